"""Amounts over a time: quarters taken out of the sums since the fiscal year began."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bayesmile.downloads.filings import Fact

__all__ = ["Flow", "flows_of", "latest", "trailing_year"]

_LENGTHS = ((3, 80, 100), (6, 170, 194), (9, 262, 285), (12, 350, 380))  # months, and days of calendars of 52 weeks too
_QUARTER = _LENGTHS[0][1:]
_SLACK = 10  # days by which fiscal years end apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """An amount over a period, as one filing gives it or as two of them give it.

    Attributes
    ----------
    start, end : str
        First and last day.
    months : int
        3, 6, 9 or 12.
    value : float
    filed, accession : str
        When all of it was public, and the filings that it comes from, the latest last.
    derived : bool
        Whether it is a difference of two sums since the fiscal year began.
    """

    start: str
    end: str
    months: int
    value: float
    filed: str
    accession: str
    derived: bool


def flows_of(facts: Sequence[Fact]) -> tuple[Flow, ...]:
    """Amounts of one tag by period, each version once, with the quarters that only sums give.

    A period that several filings give with one value was public with the first. A later filing that gives another
    value is a version of its own, from its own day on. The quarter up to the end of a sum is that sum less the sum of
    the same fiscal year up to a quarter before, in the version public then; quarters that are stated are not derived.

    Parameters
    ----------
    facts : sequence of Fact
        Of one tag and unit; those without a start, or of other lengths than 3, 6, 9 and 12 months, are left out.

    Returns
    -------
    tuple of Flow
        By end, length and filing.
    """
    stated = list[Flow]()
    for fact in sorted(facts, key=lambda fact: (fact.filed, fact.accession)):
        months = _months(fact.start, fact.end)
        if fact.start is None or months is None:
            continue
        before = latest(stated, fact.start, fact.end)
        if before is None or before.value != fact.value:
            stated.append(_flow(fact, fact.start, months))
    derived = [flow for whole in stated if (flow := _last_quarter(whole, stated)) is not None]
    return tuple(sorted([*stated, *derived], key=lambda flow: (flow.end, flow.months, flow.filed, flow.accession)))


def _flow(fact: Fact, start: str, months: int) -> Flow:
    return Flow(
        start=start,
        end=fact.end,
        months=months,
        value=fact.value,
        filed=fact.filed,
        accession=fact.accession,
        derived=False,
    )


def _days(start: str, end: str) -> int:
    return (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days + 1


def _months(start: str | None, end: str) -> int | None:
    length = _days(start, end) if start is not None else 0
    return next((months for months, least, most in _LENGTHS if least <= length <= most), None)


def latest(flows: Sequence[Flow], start: str, end: str, *, filed: str = "9999") -> Flow | None:
    """Version of a period that was in force on a day: that of the latest filing by then; None without one."""
    versions = [flow for flow in flows if flow.start == start and flow.end == end and flow.filed <= filed]
    return max(versions, key=lambda flow: (flow.filed, flow.accession), default=None)


def _last_quarter(whole: Flow, stated: Sequence[Flow]) -> Flow | None:
    """Last quarter of a sum since the fiscal year began; None where it is stated, or the earlier sum is missing."""
    if whole.months == 3:
        return None
    if any(flow.months == 3 and flow.end == whole.end and flow.filed <= whole.filed for flow in stated):
        return None
    earlier = [
        flow
        for flow in stated
        if flow.start == whole.start and flow.months == whole.months - 3 and flow.filed <= whole.filed
    ]
    part = max(earlier, key=lambda flow: (flow.end, flow.filed, flow.accession), default=None)
    if part is None:
        return None
    start = (dt.date.fromisoformat(part.end) + dt.timedelta(days=1)).isoformat()
    if not _QUARTER[0] <= _days(start, whole.end) <= _QUARTER[1]:
        return None
    return Flow(
        start=start,
        end=whole.end,
        months=3,
        value=whole.value - part.value,
        filed=whole.filed,
        accession=_joined(part, whole),
        derived=True,
    )


def _joined(*flows: Flow) -> str:
    """Filings of several amounts, by the day they were filed."""
    by_day = sorted(flows, key=lambda flow: flow.filed)
    return ", ".join(dict.fromkeys(name for flow in by_day for name in flow.accession.split(", ")))


def trailing_year(flows: Sequence[Flow], filed: str) -> Flow | None:
    """Amount of the latest twelve months that were public on a day.

    A fiscal year where its end is the latest; else the four quarters up to the latest end, each in the version in
    force. Where one of them is missing, the latest end before; None where nothing gives twelve months.

    Parameters
    ----------
    flows : sequence of Flow
        Of one tag, from `flows_of`.
    filed : str
        The day.
    """
    public = [flow for flow in flows if flow.filed <= filed]
    ends = sorted({flow.end for flow in public}, reverse=True)
    for end in ends:
        years = [flow for flow in public if flow.months == 12 and flow.end == end]
        if years:
            return max(years, key=lambda flow: (flow.filed, flow.accession))
        quarters = _four_quarters(public, end)
        if quarters is not None:
            return quarters
    return None


def _four_quarters(public: Sequence[Flow], end: str) -> Flow | None:
    chain = list[Flow]()
    while len(chain) < 4:
        slack = _SLACK if chain else 0
        quarters = [flow for flow in public if flow.months == 3 and abs(_days(flow.end, end) - 1) <= slack]
        newest = max(quarters, key=lambda flow: (flow.end, flow.filed, flow.accession), default=None)
        if newest is None:
            return None
        chain.append(newest)
        end = (dt.date.fromisoformat(newest.start) - dt.timedelta(days=1)).isoformat()
    return Flow(
        start=chain[-1].start,
        end=chain[0].end,
        months=12,
        value=sum(flow.value for flow in chain),
        filed=max(flow.filed for flow in chain),
        accession=_joined(*chain),
        derived=True,
    )
