"""Checking a dossier: every error that can be found in one go, and warnings about what reads well but may mislead."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from bayesmile.delays import Tabulated
from bayesmile.dossier import Dossier, read
from bayesmile.errors import ImpossibleEvidence, InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet
from bayesmile.files.facts import contradictions, explain, row_of
from bayesmile.files.folder import KINDS, find, read_folder
from bayesmile.files.items import RECORDING
from bayesmile.files.market_page import Market
from bayesmile.files.numbers import Number
from bayesmile.files.problems import Place, Problem, Problems
from bayesmile.files.text import Keys
from bayesmile.files.validate import label
from bayesmile.grid import MonthGrid, parse_moment
from bayesmile.inference import infer
from bayesmile.items import Item
from bayesmile.parameters import numbers_in_use
from bayesmile.periods import month_label, parse_period
from bayesmile.roadmap import Roadmap
from bayesmile.wording import listed

__all__ = ["check", "later_than_horizon", "row_warnings"]

ROADMAP = "roadmap.toml"
MOST_LATER = 0.02
_FIXED = ", which others have: taken as known exactly"
STALE_DAYS = 10
_SPLIT_NEAR = 0.02  # log distance from a simple ratio


def check(where: str | os.PathLike[str]) -> list[Problem]:
    """All errors and warnings of a dossier; an empty list is a clean bill.

    Errors come from the files and, where these are sound, from the facts that stand when all has been announced and
    from computing the belief at every default view. They are sorted by file and line.

    Parameters
    ----------
    where : str or path
        Folder of a dossier, or the name of a bundled one.

    Raises
    ------
    InvalidInput
        If there is no such folder or name.

    Examples
    --------
    >>> [problem for problem in check("phase2_drug") if problem.level == "error"]
    []
    """
    problems = Problems()
    folder = find(where)
    dossier = read(read_folder(folder, problems), folder, problems)
    if dossier is not None and not problems.failed:
        _warn_name(dossier, problems)
        _warn_items(dossier, problems)
        problems.found += contradictions(dossier.content, dossier.roadmap, dossier.ledger, dossier.grid)
        _warn_fixed(dossier, problems)
        _warn_horizon(dossier, problems)
        _check_views(dossier, problems)
        _warn_market(dossier, problems)
    return problems.in_order()


def _file(dossier: Dossier, name: str) -> Place:
    return Place(dossier.content.parsed.tables[name].file)


def row_warnings(dossier: Dossier, identifier: str) -> list[Problem]:
    """Warnings about the last row of this id: what `check` would say of it.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> row_warnings(load("phase2_drug"), "no-such-id")
    []
    """
    problems, places = Problems(), [each.place for each in dossier.content.items if each.row.id == identifier]
    _warn_items(dossier, problems)
    return [problem for problem in problems.found if places and problem.place == places[-1]]


def _row_place(dossier: Dossier, item: Item) -> Place:
    placed = row_of(dossier.content, item)
    return _file(dossier, "announcements.csv") if placed is None else placed.place


def _warn_name(dossier: Dossier, problems: Problems) -> None:
    folder = dossier.path.resolve().name
    if folder != dossier.name:
        place = dossier.content.place(ROADMAP, "dossier", "name")
        problems.warn(place, f"dossier.name: received {dossier.name!r}, but the folder is called {folder!r}")


def _warn_items(dossier: Dossier, problems: Problems) -> None:
    """Say which rows give no evidence although they look as if they did, and which dates look like slips."""
    _warn_repeats(dossier, problems)
    announced = [item.public for item in dossier.ledger.items if item.public is not None]
    if not announced:
        problems.warn(_file(dossier, "announcements.csv"), "no announcement yet: silence is the only evidence")
        return
    with problems.at(_file(dossier, "announcements.csv")):
        for item in dossier.ledger.known_by(max(announced)).outside:
            message = (
                f"{item.id}: announced {item.announced}, outside the months covered by its stream: it gives no row"
            )
            problems.warn(_row_place(dossier, item), message)
    for item in dossier.ledger.items:
        reasons = [*_late_report(dossier, item), *_odd_dates(dossier, item)]
        for reason in reasons:
            problems.warn(_row_place(dossier, item), f"{item.id}: {reason}")


def _warn_repeats(dossier: Dossier, problems: Problems) -> None:
    """Say which rows repeat an earlier one in all that they say."""
    first: dict[tuple[str, ...], Item] = {}
    standing = [item for item in dossier.ledger.items if item.retracted is None]
    for item in sorted(standing, key=lambda item: _row_place(dossier, item).line or 0):
        before = first.setdefault(item.key(RECORDING), item)
        if before is not item:
            line = _row_place(dossier, before).line
            problems.warn(
                _row_place(dossier, item),
                f"{item.id}: repeats line {line}, {before.id} ({item.label}), and counts once",
            )


def _late_report(dossier: Dossier, item: Item) -> Iterator[str]:
    """Say where an as-of view would have been wrong because a fact was reported later than its lag."""
    if not isinstance(item, Achieved) or item.milestone is None or item.public is None:
        return
    milestone = dossier.roadmap[item.milestone]
    happened = parse_period(item.month).last
    months = 12 * (item.public.year - happened.year) + item.public.month - happened.month
    if milestone.observed and months > milestone.reporting_lag:
        yield (
            f"announced {months} month{'s' * (months != 1)} after it happened, later than the reporting_lag of"
            f" {milestone.reporting_lag}; views in between take it for not yet reached"
        )


def _odd_dates(dossier: Dossier, item: Item) -> Iterator[str]:
    """Say which dates of an item that acts leave it without effect, or look like a slip of the pen."""
    if item.public is None or (isinstance(item, Announcement) and item.kind in dossier.ledger.inert_kinds):
        return
    grid, views = dossier.grid, [parse_moment(view).day for view in dossier.default_as_of]
    public = f"{item.public:%Y-%m}"
    if public > grid.last:
        yield f"announced {item.announced}, after the horizon {grid.last}: it counts nowhere"
    elif views and item.public > max(views):
        yield f"announced {item.announced}, after every view of dossier.default_as_of: it counts nowhere"
    elif not isinstance(item, Announcement) and public < grid.label(0):
        yield f"announced {item.announced}, before the grid's first month {grid.label(0)}"
    if isinstance(item, (NotYet, LikelihoodRatio)):
        month = str(item.through if isinstance(item, NotYet) else item.by)
        if month < grid.label(0):
            yield f"when: {month} lies before the grid's first month {grid.label(0)}: it says nothing"
    elif isinstance(item, Guidance) and str(item.target) > grid.last:
        yield f"when: the target {item.target} lies past the horizon {grid.last}"


def later_than_horizon(dossier: Dossier) -> dict[str, float]:
    """Probability, before any evidence, that a milestone comes after the horizon (and not never).

    The mass beyond the horizon less that of *never*, which is exact too: on a grid of one month, delays that either
    happen at once or never leave beyond what never happens.
    """
    prior = infer(dossier.roadmap, [], dossier.grid)
    at_once = Roadmap(
        replace(milestone, delay=Tabulated([1.0 - float(getattr(milestone.delay, "never", 0.0))]))
        for milestone in dossier.roadmap
    )
    never = infer(at_once, [], MonthGrid(dossier.grid.start, 1))
    return {name: float(prior.pmf(name)[-1] - never.pmf(name)[-1]) for name in dossier.roadmap.names}


def _warn_fixed(dossier: Dossier, problems: Problems) -> None:
    """Say which numbers have no interval in a file that gives intervals for others: they are taken as known exactly."""
    numbers = [number for number in numbers_in_use(dossier) if not number.settled and not _is_inert(dossier, number)]
    stating = {number.file for number in numbers if number.interval is not None}
    fixed: dict[tuple[str, Keys], list[str]] = {}
    for number in numbers:
        if number.interval is None and number.file in stating:
            fixed.setdefault((number.file, number.keys[:-1]), []).append(str(number.keys[-1]))
    for (file, table), names in fixed.items():
        what = label(dossier.content.parsed.documents[file].tree, table)
        problems.warn(dossier.content.place(file, *table), f"{what}: no 90% interval for {listed(names)}{_FIXED}")
    head, has_hype = dossier.content.roadmap.dossier, any(stream.promotional for stream in dossier.ledger.streams)
    if ROADMAP in stating and has_hype and head.hype_shape is None:
        problems.warn(dossier.content.place(ROADMAP, "dossier"), "dossier.hype: no hype_shape: taken as known exactly")


def _is_inert(dossier: Dossier, number: Number) -> bool:
    return number.file == KINDS and dossier.kinds[str(number.keys[1])].inert


def _warn_horizon(dossier: Dossier, problems: Problems) -> None:
    for name, later in later_than_horizon(dossier).items():
        if later > MOST_LATER:
            place = dossier.content.place(ROADMAP, "dossier", "months")
            problems.warn(
                place,
                f"dossier.months: before any news, {name} comes after the horizon {dossier.grid.last} with probability"
                f" {later:.1%}; more than {MOST_LATER:.0%} blurs later with never: a longer grid parts them",
            )


def _check_views(dossier: Dossier, problems: Problems) -> None:
    """Compute every default view, so that whatever would stop a report is known now."""
    place = dossier.content.place(ROADMAP, "dossier", "default_as_of")
    if not dossier.default_as_of:
        problems.warn(dossier.content.place(ROADMAP, "dossier"), "dossier.default_as_of: no view is named")
    for view in dossier.default_as_of:
        try:
            belief = dossier.belief(view)
        except InvalidInput as error:
            problems.error(place, f"view {view}: {error}")
            continue
        except ImpossibleEvidence as error:
            row, message = explain(error, dossier.known_by(view).items, dossier.content)
            if not any(problem.level == "error" and problem.place == row for problem in problems.found):
                problems.error(row or place, f"view {view}: {message}" if row is None else f"{message} (view {view})")
            continue
        for warning in belief.evidence.warnings:
            problems.warn(place, f"view {view}: {warning}")
        _warn_coverage(dossier, view, problems)


def _warn_coverage(dossier: Dossier, view: str, problems: Problems) -> None:
    month = month_label(parse_moment(view).ordinal)
    ended = [stream.label for stream in dossier.ledger.streams if (stream.last or month) < month]
    if ended:
        place = dossier.content.place(ROADMAP, "dossier", "default_as_of")
        streams = ", ".join(ended[:3]) + (f" and {len(ended) - 3} more streams" if len(ended) > 3 else "")
        problems.warn(place, f"view {view}: after the months covered by {streams}; their silence since says nothing")


def _warn_market(dossier: Dossier, problems: Problems) -> None:
    if dossier.market is None:
        return
    for note in dossier.market.payoffs.notes:
        problems.warn(dossier.content.place("market.toml", "payoffs", "required_return"), note)
    for view in dossier.default_as_of:
        _warn_price(dossier, view, problems)
    _warn_benchmark(dossier, problems)
    _warn_splits(dossier, dossier.market, problems)
    dates = {row.date for row in dossier.market.prices}
    for number, event in enumerate(dossier.market.events):
        missing = [date for date in (event.previous_close_date, event.date) if date not in dates]
        if missing and not event.reported_moves:
            place = dossier.content.place("market.toml", "event", number)
            problems.warn(place, f"event {event.title}: no price of {' and '.join(missing)} and no reported move")


def _warn_benchmark(dossier: Dossier, problems: Problems) -> None:
    market = dossier.market
    if market is not None and market.benchmark and market.benchmark_name is None:
        place = dossier.content.place("market.toml", "market")
        problems.warn(place, "market.benchmark: not given, so nothing says what the closes of benchmark.csv are of")


def _warn_splits(dossier: Dossier, market: Market, problems: Problems) -> None:
    """Say which splits, as adjusted closes show them, the share count in use on that day does not hold yet."""
    for before, after in pairwise(market.prices):
        if before.adjusted is None or after.adjusted is None:
            continue
        ratio = _split_of((after.adjusted / after.close) / (before.adjusted / before.close))
        counts = market.share_counts(after.date)
        if not ratio or not counts or (used := market.shares_at(after.date)).as_of >= after.date:
            continue
        later = [row.filed for row in market.shares if row.as_of >= after.date and row.filed > after.date]
        until = f"until {min(later)}" if later else "from then on"
        place = replace(_file(dossier, "prices.csv"), line=int(market.places[after.key].rpartition(":")[2]))
        problems.warn(
            place,
            f"{after.date}: the adjusted close over the close jumps as at a split of {ratio}, but the share count used"
            f" {until} is that of {used.as_of}: market values are wrong by as much unless it counts new shares",
        )


def _split_of(factor: float) -> str:
    """Text of the split by which the adjustment jumps so, such as ``"2:1"``; empty for what is none.

    Examples
    --------
    >>> _split_of(2.001), _split_of(0.1), _split_of(1.5), _split_of(1.03), _split_of(1.7)
    ('2:1', '1:10', '3:2', '', '')
    """
    large = max(factor, 1.0 / factor)
    for new, old in ((3, 2), (max(2, round(large)), 1)):
        if abs(math.log(large * old / new)) < _SPLIT_NEAR:
            return f"{new}:{old}" if factor > 1.0 else f"{old}:{new}"
    return ""


def _warn_late(dossier: Dossier, view: str, problems: Problems) -> None:
    """Say from which month on the burn leaves less than failure does."""
    market = dossier.market
    if market is None or dossier.grid.moment(view)[0] >= dossier.grid.months:
        return
    for note in market.payoffs.present_values(dossier.grid, view).notes:
        if note not in market.payoffs.notes:
            place = dossier.content.place("market.toml", "payoffs", "burn")
            problems.warn(place, f"view {view}: {note}")


def _warn_price(dossier: Dossier, view: str, problems: Problems) -> None:
    _warn_late(dossier, view, problems)
    try:
        capital = dossier.capitalisation(view)
    except InvalidInput as error:
        problems.warn(dossier.content.place(ROADMAP, "dossier", "default_as_of"), f"view {view}: {error}")
        return
    age = (parse_moment(view).day - dt.date.fromisoformat(capital.price.date)).days
    if age > STALE_DAYS:
        problems.warn(_file(dossier, "prices.csv"), f"view {view}: the last price is {age} days old")
    if capital.shares.kind == "implied":
        message = f"view {view}: the share count is implied by other figures, not filed"
        problems.warn(_file(dossier, "shares.csv"), message)
