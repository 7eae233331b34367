"""A dossier: the folder on disk as roadmap, ledger and market, and what was known and believed as of a date."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bayesmile.belief import Belief
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.evidence import Achieved, NotYet
from bayesmile.files.build import build_ledger, build_market, build_roadmap
from bayesmile.files.change import change
from bayesmile.files.cross import check_market, check_roadmap
from bayesmile.files.facts import named
from bayesmile.files.folder import find, read_folder
from bayesmile.files.market_page import Capitalisation, Market, ShareCount
from bayesmile.files.problems import Place, Problems
from bayesmile.files.read import Content, parse, read_content
from bayesmile.files.rows import ItemRow, PriceRow
from bayesmile.files.schema import CatalystEntry, Kind, MilestoneEntry, Slip, StreamEntry
from bayesmile.grid import Moment, MonthGrid, When, parse_moment
from bayesmile.inference import infer
from bayesmile.known import Known
from bayesmile.ledger import Ledger
from bayesmile.roadmap import Roadmap
from bayesmile.unreported import unreported

__all__ = ["Dossier", "load", "market_of", "read"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dossier:
    """Everything that a dossier's files say; made by `load`.

    Attributes
    ----------
    name, title, summary, hindsight : str
        What it is called and about, and with what hindsight its priors were written.
    path : Path
        Its folder.
    grid : MonthGrid
        Months of the roadmap.
    roadmap : Roadmap
        Milestones and delays.
    ledger : Ledger
        Items, streams, hype and inert kinds.
    market : Market or None
        Payoffs, prices and share counts; None for a project without a price.
    milestones : mapping of str to MilestoneEntry
        What counts as reached, which source decides, deadline, kind of risk, rationale and source of the delay.
    items : mapping of str to ItemRow
        Rows of announcements.csv by id, for headlines and sources; of a record re-entered, the last row.
    kinds : mapping of str to Kind
        Kinds of announcement with their rates and rationales.
    streams : tuple of StreamEntry
        Streams as written, with their rationales.
    slips : tuple of Slip
        Slip of guidance by lead.
    catalysts : tuple of CatalystEntry
        Days that are known to come; see `catalysts_ahead`.
    default_as_of, headline : tuple of str
        Views that a report shows, and milestones that it names first.
    hash : str
        SHA-256 over the files (and over `changes`): equal hashes mean equal input.
    changes : tuple of str
        Changes made by `set`, as ``"FIELD=VALUE"``.
    content : Content
        Entries as read from the files.
    """

    name: str
    title: str
    summary: str
    hindsight: str
    path: Path
    grid: MonthGrid
    roadmap: Roadmap
    ledger: Ledger
    market: Market | None
    milestones: Mapping[str, MilestoneEntry]
    items: Mapping[str, ItemRow]
    kinds: Mapping[str, Kind]
    streams: tuple[StreamEntry, ...]
    slips: tuple[Slip, ...]
    catalysts: tuple[CatalystEntry, ...]
    default_as_of: tuple[str, ...]
    headline: tuple[str, ...]
    hash: str
    changes: tuple[str, ...]
    content: Content

    def __repr__(self) -> str:
        """Name, size and changes."""
        changed = "".join(f", {change}" for change in self.changes)
        return f"Dossier({self.name!r}, {len(self.roadmap)} milestones, {len(self.ledger)} items{changed})"

    def known_by(self, as_of: When) -> Known:
        """Evidence that was public by the as-of date, with *not yet* for each observed milestone.

        An observed milestone that nothing reports as achieved had not happened in the months whose happenings would
        have been reported: those that ended at least `reporting_lag` months ago. The month under way counts only from
        its last day on, since an event in its remaining days is still possible; a lag counts in months' ends (with a
        lag of 1, January is closed from the end of February).

        Nothing is added for a milestone that must have happened because a later one, which needs it, is known to be
        achieved; of an ``any`` join that is so of what all its parents need. Where an ``any`` join has happened and
        all its parents are observed and unreported, nothing is added for these parents, nor for what they need: at
        least one has happened without a report, so that the assumption that it would be known has failed.

        An achieved item announced within a month counts at once, its absence only from the month's end. Within a month
        the belief about an observed milestone is therefore not a martingale; from month's end to month's end it is.

        Parameters
        ----------
        as_of : str or date
            A day, included; or ``"YYYY-MM"``, the first moment of that month.

        Raises
        ------
        InvalidInput
            If the date cannot be read.

        Examples
        --------
        >>> known = load("phase2_drug").known_by("2025-12-30")
        >>> [item.label for item in known.items if isinstance(item, NotYet)]
        ['NotYet phase3_start through 2025-10', 'NotYet filing through 2025-09', 'NotYet approval through 2025-11']
        """
        return self.with_not_yet(self.ledger.known_by(as_of))

    def with_not_yet(self, known: Known) -> Known:
        """Return the same evidence with *not yet* as `known_by` adds it: for views of a part of the ledger.

        Raises
        ------
        InvalidInput
            If `known` has no as-of moment.
        """
        if known.as_of is None:
            raise InvalidInput("with_not_yet: received evidence without an as-of date; allowed is evidence as of one")
        return known.plus(*self._not_yet(known, known.as_of))

    def _not_yet(self, known: Known, as_of: Moment) -> Iterator[NotYet]:
        facts = [item for item in known.items if isinstance(item, Achieved)]
        achieved = {str(item.milestone): self.grid.index(item.month) for item in facts}
        observed = [milestone.name for milestone in self.roadmap if milestone.observed]
        silent = [name for name in observed if name not in achieved]
        exempt = unreported(self.roadmap, achieved, silent)
        month = as_of.ordinal - self.grid.origin
        closed = month if as_of.fraction == 1.0 else month - 1
        for name in (name for name in silent if name not in exempt):
            milestone = self.roadmap[name]
            through = min(closed - milestone.reporting_lag, self.grid.months - 1)
            if through >= 0:
                source = f"nothing reported by the as-of date; reporting lag of {milestone.reporting_lag} months"
                yield NotYet(milestone.name, self.grid.label(through), announced=as_of.day, source=source)

    def belief(self, as_of: When) -> Belief:
        """Posterior of every milestone's month from what was public by the as-of date (see `known_by`).

        Raises
        ------
        InvalidInput
            If the date cannot be read, lies after the last month of the grid, or so near to it that the lead of a
            stream reaches past it.
        ImpossibleEvidence
            If the evidence contradicts itself or the roadmap; the message names the rows.

        Examples
        --------
        >>> dossier = load("phase2_drug")
        >>> 0.0 < dossier.belief("2025-12-31").prob("approval", by="2035") < 0.3
        True
        """
        known = self.known_by(as_of)
        if known.as_of is not None and known.as_of.ordinal - self.grid.origin >= self.grid.months:
            raise InvalidInput(
                f"as_of: received {as_of!r}; allowed are dates up to {self.grid.last}, the last month of the grid"
            )
        try:
            return infer(self.roadmap, known, self.grid)
        except ImpossibleEvidence as error:
            raise named(error, known.items, self.content) from None

    def catalysts_ahead(self, as_of: When) -> dict[str, str]:
        """Words by day for the days ahead of a date, as far as they were announced by it.

        Raises
        ------
        InvalidInput
            If the date cannot be read.

        Examples
        --------
        >>> load("phase2_drug").catalysts_ahead("2025-12-31")
        {}
        """
        today, found = parse_moment(as_of).day.isoformat(), dict[str, list[str]]()
        for one in self.catalysts:
            if one.announced <= today < one.date:
                found.setdefault(one.date, []).append(one.title)
        return {day: "; ".join(found[day]) for day in sorted(found)}

    def price_at(self, date: When) -> PriceRow:
        """Last close on or before a date (see `Market.price_at`)."""
        return market_of(self).price_at(date)

    def shares_at(self, date: When, *, implied: bool = False) -> ShareCount:
        """Latest count of all classes that was public on a date (see `Market.shares_at`)."""
        return market_of(self).shares_at(date, implied=implied)

    def capitalisation(self, as_of: When, *, implied: bool = False) -> Capitalisation:
        """Market value of the equity as of a date (see `Market.capitalisation`)."""
        return market_of(self).capitalisation(as_of, implied=implied)

    def set(self, field: str, value: object) -> Dossier:
        """Return the same dossier with one number or word changed, checked as the files are.

        Parameters
        ----------
        field : str
            Dotted name: ``"milestone.field_testing.delay.median"``, ``"stream.partner_deal.packs.base_rate"``,
            ``"slip.14.mean"`` (the class from 14 months), ``"kind.partner_deal.lift"``, ``"dossier.hype"``,
            ``"payoffs.required_return"``, ``"payoffs.values.commercialization"``;
            ``"milestone.field_testing.delay.prior.median"`` for an interval. A number that has an interval takes it
            along: same ratios, differences or ratios of odds.
        value : object
            New value; text is read as TOML where it can be (``"2e10"``, ``"true"``), else as text.

        Raises
        ------
        InvalidInput
            If there is no such field (the nearest are named) or the value is not allowed.

        Examples
        --------
        >>> load("phase2_drug").set("milestone.filing.delay.never", "0.4").roadmap["filing"].delay.never
        0.4
        """
        parsed, text = change(self.content, field, value)
        problems = Problems()
        content = read_content(parsed, problems)
        changes = (*self.changes, text)
        dossier = None if content is None else _assemble(content, self.path, (self.hash, text), changes, problems)
        for problem in problems.found:
            if problem.level == "error":
                raise InvalidInput(f"{text}: {problem.message}")
        if dossier is None:
            raise InvalidInput(f"{text}: cannot be set")
        return dossier


def market_of(dossier: Dossier) -> Market:
    """Market page of a dossier.

    Raises
    ------
    InvalidInput
        If it has none, or is no dossier but the name of one.

    Examples
    --------
    >>> market_of(load("phase2_drug")).priced
    'approval'
    """
    if not isinstance(dossier, Dossier):
        raise InvalidInput(f"dossier: received {dossier!r:.60}; allowed is a Dossier, as load(NAME) returns it")
    if dossier.market is None:
        raise InvalidInput(
            f"dossier {dossier.name}: it has no market.toml, prices.csv and shares.csv, so nothing says what its"
            " milestones pay"
        )
    return dossier.market


def load(where: str | os.PathLike[str]) -> Dossier:
    """Read a dossier; no code is run and nothing is written.

    Parameters
    ----------
    where : str or path
        Folder of a dossier, or the name of a bundled one. Its kinds are those of the first kinds.toml found: inside the
        folder, beside it, bundled.

    Raises
    ------
    InvalidInput
        With the first error: file, line, field, what was received and what is allowed. `check` lists all.

    Examples
    --------
    >>> load("phase2_drug").roadmap.names
    ('phase3_start', 'filing', 'approval')
    """
    problems = Problems()
    folder = find(where)
    dossier = read(read_folder(folder, problems), folder, problems)
    problems.raise_first()
    if dossier is None:
        raise InvalidInput(f"{folder}: cannot be read")
    return dossier


def read(files: Mapping[str, tuple[Place, bytes]], folder: Path, problems: Problems) -> Dossier | None:
    """Dossier of the bytes of its files; None after errors, all of which are in `problems`."""
    content = read_content(parse(files, problems), problems)
    if content is None:
        return None
    parts = [part for name in sorted(files) for part in (name, files[name][1])]
    return _assemble(content, folder, parts, (), problems)


def _hash(parts: tuple[str | bytes, ...] | list[str | bytes]) -> str:
    """SHA-256 over texts and bytes, each preceded by its length so that no two lists of parts run together."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _assemble(
    content: Content,
    folder: Path,
    parts: tuple[str | bytes, ...] | list[str | bytes],
    changes: tuple[str, ...],
    problems: Problems,
) -> Dossier | None:
    """Check the entries against each other and build the objects; None after errors."""
    check_roadmap(content, problems)
    check_market(content, problems)
    if problems.failed:
        return None
    roadmap = build_roadmap(content, problems)
    ledger = build_ledger(content, problems)
    market = build_market(content, problems)
    if problems.failed or roadmap is None or ledger is None:
        return None
    head = content.roadmap.dossier
    return Dossier(
        name=head.name,
        title=head.title,
        summary=head.summary,
        hindsight=head.hindsight,
        path=folder,
        grid=MonthGrid(head.start, head.months),
        roadmap=roadmap,
        ledger=ledger,
        market=market,
        milestones=MappingProxyType({entry.name: entry for entry in content.roadmap.milestone}),
        items=MappingProxyType({placed.row.id: placed.row for placed in content.items}),
        kinds=MappingProxyType(dict(content.kinds.kind)),
        streams=tuple(content.roadmap.stream),
        slips=tuple(content.roadmap.slip),
        catalysts=tuple(content.roadmap.catalyst),
        default_as_of=tuple(head.default_as_of),
        headline=tuple(head.headline),
        hash=_hash(parts),
        changes=changes,
        content=content,
    )
