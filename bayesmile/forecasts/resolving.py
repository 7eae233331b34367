"""What happened, put into the log: one statement decides every forecast that follows from it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bayesmile.errors import InvalidInput
from bayesmile.files.text import nearest
from bayesmile.forecasts.clock import Clock, utc_now
from bayesmile.forecasts.logbook import Log, Logged, append, chained, checked
from bayesmile.forecasts.making import DEFAULT_FILE
from bayesmile.forecasts.outcomes import Outcomes, decides, window
from bayesmile.forecasts.records import LogRow
from bayesmile.grid import parse_deadline
from bayesmile.periods import Period, month_label, parse_period

__all__ = ["Happened", "Resolved", "resolve"]

Happened = Literal["yes", "no", "unknown"]
"""What a resolution says; *unknown* only takes back a wrong one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A resolution that was put into a log, and what it changed.

    Attributes
    ----------
    record : Logged
    changed : tuple of (Logged, bool or None)
        Forecasts whose outcome it changes, each with the new one; None where a forecast is open again.
    still_open : int
        Forecasts of the same milestone and rule that stay open.
    head : str
        Hash of the last record.
    written : bool
        False for a dry run.
    """

    file: str
    record: Logged
    changed: tuple[tuple[Logged, bool | None], ...]
    still_open: int
    head: str
    written: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A resolution as asked for."""

    target: str
    milestone: str | None
    by: str | None
    happened: str
    on: Period
    source: str
    note: str
    supersedes: tuple[str, ...]


def resolve(
    target: str,
    *,
    milestone: str | None = None,
    by: str | None = None,
    happened: Happened,
    on: str,
    source: str,
    path: str | os.PathLike[str] = DEFAULT_FILE,
    supersedes: Sequence[str] = (),
    note: str = "",
    dry_run: bool = False,
    clock: Clock = utc_now,
) -> Resolved:
    """Put into the log what happened.

    A milestone reached in month m resolves each of its forecasts: *yes* with a deadline in m or later, *no* with an
    earlier one. A milestone not reached by a deadline resolves the forecasts with that deadline or an earlier one.

    Parameters
    ----------
    target : str
        Id of a forecast, or the name of a dossier, which needs a milestone.
    milestone : str, optional
    by : str, optional
        Deadline; that of the forecast if left out. *No* needs one.
    happened : "yes", "no" or "unknown"
    on : str
        With *yes*, when it happened: a day, month, quarter or year. Else the day on which that was known.
    source : str
        Where it was read.
    path : str or path
    supersedes : sequence of str
        Ids of wrong resolutions that this one corrects; they stay in the log and no longer count.
    note : str
    dry_run : bool
        Whether to do everything but write.
    clock : callable
        What says the time.

    Raises
    ------
    InvalidInput
        If nothing in the log is meant, a date lies in the future or on the wrong side of the deadline, the resolution
        contradicts one that stands (its line is named), or it changes nothing.
    """
    if happened not in ("yes", "no", "unknown"):
        raise InvalidInput(f"happened: received {happened!r}; allowed are yes, no and, to take back, unknown")
    asked = _Asked(
        target=target,
        milestone=milestone,
        by=by,
        happened=happened,
        on=parse_period(on),
        source=source,
        note=note,
        supersedes=tuple(supersedes),
    )
    log, (record,) = append(path, lambda log, made: [_fields(log, made, asked)], clock=clock, dry_run=dry_run)
    before = Outcomes(Log(path=log.path, data=b"", records=log.records[:-1], head=log.head))
    mine = [one for one in log.of("forecast") if one.row.question == record.row.question]
    now = [(one, Outcomes(log).of(one.row.question, one.row.month)) for one in mine]
    changed = tuple((one, is_so) for one, is_so in now if before.of(one.row.question, one.row.month) is not is_so)
    return Resolved(
        file=str(path),
        record=record,
        changed=changed,
        still_open=sum(is_so is None for _, is_so in now),
        head=log.head,
        written=not dry_run,
    )


def _fields(log: Log, made: str, asked: _Asked) -> Mapping[str, object]:
    """Fields of the record, checked against what stands in the log."""
    meant = _meant(log, asked)
    row = meant.row
    by = asked.by if asked.by is not None or asked.target != row.id else row.month
    fields = {
        "record": "resolution",
        "dossier": row.dossier,
        "milestone": row.milestone,
        "rule": row.rule,
        "deadline": None if by is None else month_label(parse_deadline(by)),
        "happened": asked.happened,
        "on": asked.on.text,
        "supersedes": " ".join(asked.supersedes),
        "source": asked.source,
        "note": asked.note,
    }
    _check_dates(asked, None if by is None else parse_deadline(by), made)
    _check_against(log, checked(log, chained(log, fields, made)).row, asked)
    return fields


def _meant(log: Log, asked: _Asked) -> Logged:
    """Find a forecast of the question that is meant."""
    forecasts = log.of("forecast")
    by_id = {one.row.id: one for one in forecasts}
    if asked.target in by_id:
        found = by_id[asked.target]
        if asked.milestone not in (None, found.row.milestone):
            raise InvalidInput(f"{found.place}: {asked.target} is about {found.row.milestone}, not {asked.milestone}")
        return found
    named = [one for one in forecasts if one.row.dossier == asked.target]
    if not named:
        hint = nearest(asked.target, dict.fromkeys(one.row.dossier for one in forecasts))
        raise InvalidInput(f"{log.path}: received {asked.target!r}, neither a forecast nor a dossier in the log{hint}")
    about = {one.row.rule: one for one in reversed(named) if one.row.milestone == asked.milestone}
    if not about:
        hint = nearest(str(asked.milestone or ""), dict.fromkeys(one.row.milestone for one in named))
        raise InvalidInput(f"milestone: received {asked.milestone!r}, of which the log holds no forecast{hint}")
    if len(about) > 1:
        ids = ", ".join(one.row.id for one in reversed(about.values()))
        raise InvalidInput(
            f"milestone: {asked.milestone} was forecast under {len(about)} resolution rules; give a forecast in place"
            f" of the dossier, one for each rule: {ids}"
        )
    return next(iter(about.values()))


def _check_dates(asked: _Asked, by: int | None, made: str) -> None:
    """Check the date against today and the deadline."""
    on, today = asked.on, made[:10]
    if on.first.isoformat() > today:
        raise InvalidInput(f"on: received {on.text}; allowed are dates up to today, {today} (UTC)")
    if asked.happened != "yes" and on.first != on.last:
        raise InvalidInput(f"on: received {on.text}; allowed with {asked.happened} is the day on which it was known")
    if asked.happened == "no" and by is None:
        raise InvalidInput("by: missing; allowed is the deadline by which it had not happened")
    if by is None:
        return
    if asked.happened == "no" and 12 * on.first.year + on.first.month - 1 <= by:
        raise InvalidInput(f"on: received {on.text}; allowed with no are days after the deadline, {month_label(by)}")
    if asked.happened == "yes" and on.ordinal > by:
        raise InvalidInput(
            f"on: received {on.text}, not wholly by the deadline, {month_label(by)}; allowed with yes are earlier dates"
        )


def _check_against(log: Log, draft: LogRow, asked: _Asked) -> None:
    """Refuse a resolution that contradicts one that stands, or that changes nothing."""
    standing = {one.row.id: one for one in Outcomes(log).standing(draft.question)}
    for name in asked.supersedes:
        if name not in standing:
            hint = nearest(name, standing)
            raise InvalidInput(f"supersedes: received {name!r}, no resolution of this milestone that stands{hint}")
    if draft.happened == "unknown" and not asked.supersedes:
        raise InvalidInput("happened: received 'unknown'; allowed are yes and no, and unknown with what it supersedes")
    kept = [one for name, one in standing.items() if name not in asked.supersedes]
    for one in kept:
        if window(draft).met(window(one.row)).empty:
            raise InvalidInput(
                f"happened: received {_said(draft)}, which contradicts {one.place}, {one.row.id}: {_said(one.row)};"
                f" if that is wrong, supersede {one.row.id}"
            )
    before, after = decides(one.row for one in kept), decides([*(one.row for one in kept), draft])
    months = [one.row.month for one in log.of("forecast") if one.row.question == draft.question]
    if not asked.supersedes and all(before.by(month) is after.by(month) for month in months):
        waiting = sorted({month for month in months if before.by(month) is None})
        raise InvalidInput(
            f"nothing to resolve: {_said(draft)} decides no open forecast of {draft.milestone}; open deadlines are"
            f" {', '.join(waiting) or '(none)'}"
        )


def _said(row: LogRow) -> str:
    """Words for what a resolution says."""
    if row.happened == "yes":
        return f"yes, on {row.on}"
    return f"no, by {row.deadline}" if row.happened == "no" else "unknown"
