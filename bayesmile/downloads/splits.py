"""Share splits in a price history: stated, found, and taken back out of closes that were adjusted for them."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median

from bayesmile.checks import positive
from bayesmile.downloads.layouts import Basis
from bayesmile.errors import InvalidInput
from bayesmile.wording import count

__all__ = ["Quote", "Split", "find_splits", "parse_split", "restore_closes", "split_of"]

_MOST_SHARES = 1000
_NEAR_FACTOR, _NEAR_CLOSE = 0.02, 0.08  # log distance from a simple ratio: of adjustment factors, of closes
_LEAST_JUMP = math.log(1.2)  # an ordinary dividend moves the factor by less
_LEAST_SPLIT, _LEAST_REVERSE = Fraction(3, 2), Fraction(1, 2)  # nearer to 1, closes alone tell too little
_STEADY = math.log(2.5)  # money traded a day that stays within this has seen no crash
_WINDOW = 5  # rows on each side
_CLEAR = 0.3  # a move of less than this share of the split's, on its day, leaves no doubt
_LONGEST_GAP = 10  # days between two closes that still show what a split did
_COMMON = [(n, 1) for n in (*range(2, 21), 25, 30, 40, 50, 100)] + [(3, 2), (4, 3), (5, 4), (5, 2), (5, 3), (7, 4)]
_RATIOS = tuple(Fraction(a, b) for each in _COMMON for a, b in (each, each[::-1]))


@dataclass(frozen=True, slots=True)
class Quote:
    """A day's close; `line` is where it stands in the file."""

    date: str
    close: float
    adjusted: float | None = None
    volume: float | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Split:
    """A split of shares.

    Attributes
    ----------
    date : str
        First day on which the new shares were traded.
    new, old : int
        `new` shares for `old`: 2 for 1, or 1 for 10.
    evidence : str
        What says so, as a sentence.
    certain : bool
        Whether it was stated (by the file or by the caller) rather than found.
    """

    date: str
    new: int
    old: int
    evidence: str
    certain: bool

    @property
    def ratio(self) -> float:
        """New shares for each old one."""
        return self.new / self.old

    @property
    def text(self) -> str:
        """Text such as ``"2:1"``."""
        return f"{self.new}:{self.old}"


def parse_split(text: str, field: str = "--split") -> Split:
    """Split from text such as ``"2025-06-10=2:1"``.

    Raises
    ------
    InvalidInput
        If it is not a day and two whole numbers that differ.

    Examples
    --------
    >>> parse_split("2025-06-10=1:10").ratio
    0.1
    """
    allowed = "allowed is DAY=NEW:OLD, such as 2025-06-10=2:1"
    found = re.fullmatch(r"\s*(\d{4}-\d{2}-\d{2})\s*=\s*(\d{1,4})\s*:\s*(\d{1,4})\s*", text, re.ASCII)
    try:
        date = dt.date.fromisoformat(found[1]) if found else None
    except ValueError:
        date = None
    if found is None or date is None:
        raise InvalidInput(f"{field}: received {text!r}; {allowed}")
    new, old = int(found[2]), int(found[3])
    if not 0 < min(new, old) < max(new, old) <= _MOST_SHARES:
        raise InvalidInput(f"{field}: received {text!r}; {allowed}, two different numbers up to {_MOST_SHARES}")
    return Split(date.isoformat(), new, old, "as given", certain=True)


def split_of(date: str, ratio: float, evidence: str) -> Split | None:
    """Split of a stated ratio of new shares to old ones; None for 0 and 1, by which sites say that there was none.

    Raises
    ------
    InvalidInput
        If the ratio is not a number above 0, or no ratio of whole numbers up to 1000.

    Examples
    --------
    >>> split_of("2025-06-10", 1.5, "column").text, split_of("2025-06-10", 1.0, "column")
    ('3:2', None)
    """
    if ratio in (0.0, 1.0):
        return None
    fraction = Fraction(positive("split", ratio)).limit_denominator(_MOST_SHARES)
    if not 0 < fraction.numerator <= _MOST_SHARES or abs(math.log(float(fraction) / ratio)) > 0.001:
        raise InvalidInput(f"split: received {ratio!r}; allowed is a ratio of whole numbers up to {_MOST_SHARES}")
    return Split(date, fraction.numerator, fraction.denominator, evidence, certain=True)


def find_splits(quotes: Sequence[Quote]) -> tuple[tuple[Split, ...], tuple[str, ...]]:
    """Find splits that closes, adjusted closes and volumes give away, and jumps that are none.

    With an adjusted close, its ratio to the close jumps at a split by the split's ratio; a dividend moves it by
    less. Without one, a close that falls to a simple fraction while the money traded a day stays what it was. Closes
    that a site has adjusted for a split show nothing of it.

    Parameters
    ----------
    quotes : sequence of Quote
        By date.

    Returns
    -------
    splits : tuple of Split
    notes : tuple of str
        Jumps of the adjustment that are no simple ratio.

    Examples
    --------
    >>> days = [Quote("2025-06-09", 40.0, 20.0), Quote("2025-06-10", 20.4, 20.4)]
    >>> [split.text for split in find_splits(days)[0]]
    ['2:1']
    """
    splits, notes = list[Split](), list[str]()
    for position in range(1, len(quotes)):
        before, after = quotes[position - 1], quotes[position]
        if before.adjusted is not None and after.adjusted is not None:
            factor = math.log(after.adjusted / after.close) - math.log(before.adjusted / before.close)
            if abs(factor) < _LEAST_JUMP:
                continue
            ratio = _simple(factor, _NEAR_FACTOR)
            told = f"{after.date}: the adjusted close over the close jumps by {math.exp(factor):.3f}"
            if ratio is None:
                notes.append(f"{told}, no simple ratio: a large dividend, a spin-off or an uncommon split")
            else:
                splits.append(Split(after.date, ratio.numerator, ratio.denominator, told, certain=False))
        else:
            splits.extend(_by_volume(quotes, position))
    return tuple(splits), tuple(notes)


def _simple(log_ratio: float, tolerance: float) -> Fraction | None:
    nearest = min(_RATIOS, key=lambda ratio: abs(log_ratio - math.log(ratio)))
    return nearest if abs(log_ratio - math.log(nearest)) <= tolerance else None


def _by_volume(quotes: Sequence[Quote], position: int) -> Iterator[Split]:
    """Yield the split that a jump of the close looks like, unless the volume speaks of a crash or a leap."""
    before, after = quotes[position - 1], quotes[position]
    jump = math.log(before.close / after.close)
    ratio = _simple(jump, _NEAR_CLOSE) if abs(jump) >= _LEAST_JUMP else None
    if ratio is None or (ratio < _LEAST_SPLIT and ratio > _LEAST_REVERSE):
        return
    told = f"{after.date}: the close goes from {before.close:g} to {after.close:g}"
    money = [_money(quotes[max(0, position - _WINDOW) : position]), _money(quotes[position : position + _WINDOW])]
    if None in money:
        if not _LEAST_REVERSE < ratio < 1 / _LEAST_REVERSE:
            told += ", near a simple ratio; no volume says whether it is a split or a move"
            yield Split(after.date, ratio.numerator, ratio.denominator, told, certain=False)
    elif abs(math.log((money[1] or 1.0) / (money[0] or 1.0))) <= _STEADY:
        told += ", while the money traded a day stays what it was"
        yield Split(after.date, ratio.numerator, ratio.denominator, told, certain=False)


def _money(quotes: Sequence[Quote]) -> float | None:
    amounts = [quote.close * quote.volume for quote in quotes if quote.volume]
    return median(amounts) if amounts else None


def restore_closes(
    quotes: Sequence[Quote], splits: Sequence[Split], basis: Basis, *, asserted: bool = False
) -> tuple[tuple[Quote, ...], tuple[str, ...]]:
    """Return closes as they were traded: those before a split times its ratio, where they had been adjusted for it.

    Closes that already show a split are left as they are. Where there was no adjusted close, the close adjusted for
    all the splits becomes it; volumes that had been adjusted are divided.

    Parameters
    ----------
    quotes : sequence of Quote
        By date.
    splits : sequence of Split
        Those to take back.
    basis : str
        What the closes have been adjusted for; "unknown" lets the closes around each split say it.
    asserted : bool
        Whether `basis` is the caller's word, so that the closes around a split are not asked.

    Returns
    -------
    quotes : tuple of Quote
    notes : tuple of str
        What was done, a sentence for each split.

    Raises
    ------
    InvalidInput
        If a day is given twice, or the closes around a split fit neither, or contradict "as-traded".
    """
    if len({split.date for split in splits}) < len(splits):
        raise InvalidInput("--split: a day is given twice; allowed is one split a day")
    shown = [split for split in splits if _shows(quotes, split, basis, asserted)]
    taken = [split for split in splits if split not in shown]
    restored = tuple(_restored(quote, _later(taken, quote), _later(shown, quote), bool(splits)) for quote in quotes)
    notes = []
    for split in splits:
        number = count(sum(quote.date < split.date for quote in quotes), "close")
        what = f"multiplied by {split.new}/{split.old}" if split in taken else "left as it was: it shows the split"
        notes.append(f"split {split.text} on {split.date}, {split.evidence}: {number} before it, each {what}")
    return restored, tuple(notes)


def _later(splits: Sequence[Split], quote: Quote) -> Fraction:
    """Shares that one share of the day has become by these splits."""
    return math.prod((Fraction(split.new, split.old) for split in splits if quote.date < split.date), start=Fraction(1))


def _restored(quote: Quote, taken: Fraction, shown: Fraction, made: bool) -> Quote:
    adjusted = quote.close * shown.denominator / shown.numerator if made and quote.adjusted is None else quote.adjusted
    volume = None if quote.volume is None else quote.volume * taken.denominator / taken.numerator
    close = quote.close * taken.numerator / taken.denominator
    return replace(quote, close=close, adjusted=adjusted, volume=volume)


def _shows(quotes: Sequence[Quote], split: Split, basis: Basis, asserted: bool) -> bool:
    """Whether the closes around a split fall by its ratio, that is, are as they were traded."""
    pairs = ((a, b) for a, b in itertools.pairwise(quotes) if a.date < split.date <= b.date)
    before, after = next(pairs, (None, None))
    if asserted or before is None or after is None or _days(before, after) > _LONGEST_GAP:
        if basis != "unknown":
            return basis == "as-traded"
        raise InvalidInput(
            f"--split {split.date}={split.text}: no closes on both sides of it say whether the file has been adjusted"
            " for it; say it with --closes as-traded or --closes split-adjusted"
        )
    share = math.log(before.close / after.close) / math.log(split.ratio)
    if abs(share - 1.0) < _CLEAR:
        return True
    if abs(share) < _CLEAR and basis != "as-traded":
        return False
    fitting = "the split" if basis == "as-traded" else "closes with it or without it"
    raise InvalidInput(
        f"--split {split.date}={split.text}: the close goes from {before.close:g} on {before.date} to {after.close:g}"
        f" on {after.date}, which does not fit {fitting};"
        " check the day, or say what the closes are with --closes as-traded or --closes split-adjusted"
    )


def _days(before: Quote, after: Quote) -> int:
    return (dt.date.fromisoformat(after.date) - dt.date.fromisoformat(before.date)).days
