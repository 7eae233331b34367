"""Share counts of filings: repeats once, classes told apart, counts that lack a class left out."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bayesmile.downloads.filings import Fact, Filings
from bayesmile.wording import count, listed

__all__ = ["SHARE_TAGS", "FiledCount", "share_counts"]

SHARE_TAGS = (
    "dei:EntityCommonStockSharesOutstanding",
    "us-gaap:CommonStockSharesOutstanding",
    "ifrs-full:NumberOfSharesOutstanding",
)
"""The better first: the cover page names a day nearer to the filing than the balance sheet."""

_AVERAGE_TAGS = ("us-gaap:WeightedAverageNumberOfSharesOutstandingBasic", "ifrs-full:WeightedAverageShares")
_SPLIT_TAG = "us-gaap:StockholdersEquityNoteStockSplitConversionRatio1"
_ROUNDING = 1e-3  # relative: one count is the other, rounded
_LEAST_SHARE = 0.5  # of the average count of a period nearby; below it a class is missing
_NEARBY, _STALE = 120, 200  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledCount:
    """Shares of one class as of a day, as one filing gives them.

    Attributes
    ----------
    as_of, filed : str
        The day, and when the count became public.
    shares : float
    share_class : str
        "all", or "class 1 of 2" by the order in the filing: the file does not keep the names of classes.
    tag, accession, form : str
        Where it comes from.
    """

    as_of: str
    filed: str
    shares: float
    share_class: str
    tag: str
    accession: str
    form: str


def share_counts(filings: Filings) -> tuple[tuple[FiledCount, ...], tuple[str, ...]]:
    """Share counts by day and filing, and what a reader should know about them.

    A day's counts come from one tag, the cover page's where it has any. A count that a later filing repeats was public
    with the first; another value of a later filing replaces it from its own day on. Several values of one day in one
    filing are classes, unless one is another rounded, or the sum of the others.

    Parameters
    ----------
    filings : Filings

    Returns
    -------
    counts : tuple of FiledCount
        By day, filing and class.
    notes : tuple of str
    """
    notes, counts = list[str](), list[FiledCount]()
    for tag in SHARE_TAGS:
        known = {each.as_of for each in counts}
        facts = [fact for fact in filings.facts(tag, unit="shares") if fact.start is None and fact.end not in known]
        counts += _one_tag(facts, notes)
    counts = _of_whole_company(filings, counts, notes)
    notes += _warnings(filings, counts)
    return tuple(sorted(counts, key=lambda each: (each.as_of, each.filed, each.share_class))), tuple(notes)


def _one_tag(facts: Sequence[Fact], notes: list[str]) -> list[FiledCount]:
    usable = [fact for fact in facts if fact.value > 0.0 and fact.filed >= fact.end]
    if len(usable) < len(facts):
        left = count(len(facts) - len(usable), "share count")
        notes.append(f"{left} left out: of no share, or of a day after the filing")
    found = list[FiledCount]()
    for day in sorted({fact.end for fact in usable}):
        found += _one_day([fact for fact in usable if fact.end == day], notes)
    return found


def _one_day(facts: Sequence[Fact], notes: list[str]) -> Iterator[FiledCount]:
    """Yield the counts of one day by filing; only one with as many classes as the first can replace them."""
    filings = list(dict.fromkeys((fact.filed, fact.accession) for fact in sorted(facts, key=lambda fact: fact.filed)))
    last: list[float] = []
    for filed, accession in filings:
        mine = [fact for fact in facts if (fact.filed, fact.accession) == (filed, accession)]
        values = _classes([fact.value for fact in mine])
        if last and len(values) != len(last):
            notes.append(
                f"the counts of {mine[0].end} in {accession} left out: {count(len(values), 'value')}, where the first"
                f" filing has {len(last)}"
            )
            continue
        if any(not math.isclose(new, old, rel_tol=_ROUNDING) for new, old in zip(values, last or values, strict=True)):
            notes.append(f"the count of {mine[0].end} was changed by {accession}, from {filed} on")
        elif last:
            continue
        last = values
        for number, value in enumerate(values, start=1):
            name = "all" if len(values) == 1 else f"class {number} of {len(values)}"
            yield FiledCount(
                as_of=mine[0].end,
                filed=filed,
                shares=value,
                share_class=name,
                tag=mine[0].tag,
                accession=accession,
                form=mine[0].form,
            )


def _classes(values: Sequence[float]) -> list[float]:
    """Return the counts of single classes in one filing: without rounded repeats and without their sum."""
    kept = list[float]()
    for value in values:
        same = [old for old in kept if math.isclose(old, value, rel_tol=_ROUNDING)]
        if not same:
            kept.append(value)
        elif _zeros(value) < _zeros(same[0]):
            kept[kept.index(same[0])] = value
    for value in kept:
        others = [other for other in kept if other != value]
        if len(others) > 1 and math.isclose(sum(others), value, rel_tol=1e-6):
            return others
    return kept


def _zeros(value: float) -> int:
    digits = f"{value:.0f}"
    return len(digits) - len(digits.rstrip("0"))


def _of_whole_company(filings: Filings, counts: Sequence[FiledCount], notes: list[str]) -> list[FiledCount]:
    """Leave out days whose count is far below the average count of a period nearby: there a class is missing."""
    averages = [fact for tag in _AVERAGE_TAGS for fact in filings.facts(tag, unit="shares") if fact.value > 0.0]
    kept = list[FiledCount]()
    for each in counts:
        same = [other for other in counts if (other.as_of, other.filed) == (each.as_of, each.filed)]
        total = sum(other.shares for other in same)
        average = _average_near(averages, each)
        if average is None or total >= _LEAST_SHARE * average.value:
            kept.append(each)
        elif each is same[0]:
            notes.append(
                f"the count of {each.as_of} ({total:,.0f} by {each.tag}) left out: the filing {average.accession}"
                f" gives an average of {average.value:,.0f} for the time to {average.end}; a class is missing, or the"
                " shares were put together"
            )
    return kept


def _average_near(averages: Sequence[Fact], each: FiledCount) -> Fact | None:
    """Average count of the same filing, of the period that ends nearest to the day."""
    near = [fact for fact in averages if fact.accession == each.accession and _apart(fact.end, each.as_of) <= _NEARBY]
    return min(near, key=lambda fact: (_apart(fact.end, each.as_of), fact.start or ""), default=None)


def _apart(first: str, second: str) -> int:
    return abs((dt.date.fromisoformat(first) - dt.date.fromisoformat(second)).days)


def _warnings(filings: Filings, counts: Sequence[FiledCount]) -> list[str]:
    notes = []
    whole = "the file holds only facts of the company as a whole: counts that filings give by class are not in it"
    if not counts:
        tags = listed(list(SHARE_TAGS))
        notes.append(f"no share count ({tags}): {whole}; take them from the cover page of the latest filing")
    elif _apart(max(each.as_of for each in counts), filings.last_filed) > _STALE:
        last = max(each.as_of for each in counts)
        notes.append(
            f"the latest share count is of {last}, but the company filed until {filings.last_filed}: {whole}"
        )
    several = sorted({each.as_of for each in counts if each.share_class != "all"})
    if several:
        notes.append(
            f"several classes on {count(len(several), 'day')}, named by their order, because the file does not keep"
            " their names: check the order against the filings"
        )
    for fact in filings.facts(_SPLIT_TAG):
        if fact.value not in (0.0, 1.0):
            notes.append(
                f"{fact.accession}, filed {fact.filed}, states a split ratio of {fact.value:g} as of {fact.end}: counts"
                " before it are of old shares"
            )
    return list(dict.fromkeys(notes))
