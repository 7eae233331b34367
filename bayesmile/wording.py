"""Numbers and borrowed text as people read them: whole percents, plain money, nothing that a terminal would obey."""

from __future__ import annotations

import math
import unicodedata

__all__ = [
    "bits",
    "count",
    "implied",
    "interval",
    "listed",
    "money",
    "percent",
    "plain",
    "points",
    "sentence",
    "times",
    "words",
]

_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
_EXACT = 1e-12  # sums of probabilities carry that much rounding
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def percent(probability: float) -> str:
    """Whole percent of a probability; never 0% or 100% unless it is exactly so.

    Examples
    --------
    >>> [percent(p) for p in (0.0, 0.001, 0.214, 0.999, 1.0, 1.37)]
    ['0%', '<1%', '21%', '>99%', '100%', '137%']
    """
    if math.isnan(probability):
        return "undefined"
    if 0.0 < probability < 0.005:
        return "<1%"
    if 0.995 < probability < 1.0 - _EXACT:
        return ">99%"
    return f"{round(100.0 * probability):d}%"


def implied(probability: float) -> str:
    """Probability that a price implies, which may leave 0 to 1.

    Examples
    --------
    >>> implied(0.87), implied(2.77), implied(-0.1)
    ('87%', 'over 100%', 'below 0%')
    """
    if probability > 1.0:
        return "over 100%"
    return "below 0%" if probability < 0.0 else percent(probability)


def interval(low: float, high: float) -> str:
    """Range of two probabilities, the lower first.

    Examples
    --------
    >>> interval(0.41, 0.2), interval(0.001, 0.002)
    ('20% to 41%', '<1%')
    """
    first, last = percent(min(low, high)), percent(max(low, high))
    return first if first == last else f"{first} to {last}"


def points(change: float) -> str:
    """Change of a probability given as a fraction, in percentage points with its sign.

    Examples
    --------
    >>> points(0.0312), points(-0.0001), points(0.0)
    ('+3.1', '0.0', '0.0')
    """
    return _signed(100.0 * change, 1)


def bits(change: float) -> str:
    """Change of log-odds given in bits, with its sign; a dash for what is undefined.

    Examples
    --------
    >>> bits(1.284), bits(0.0), bits(-math.inf)
    ('+1.28', '0.00', '-inf')
    """
    return "-" if math.isnan(change) else _signed(change, 2)


def _signed(number: float, digits: int) -> str:
    """Write a number with its sign, unless it rounds to nothing."""
    text = f"{number:+.{digits}f}"
    return text if not math.isfinite(number) or float(text) else text[1:]


def times(factor: float) -> str:
    """Multiple of something, to the precision a reader can use.

    Examples
    --------
    >>> times(2.0 ** 1.284), times(14.2), times(0.251)
    ('2.4 times', '14 times', '0.25 times')
    """
    if not math.isfinite(factor):
        return "endlessly many times"
    return f"{factor:.2g} times" if factor < 10.0 else f"{factor:,.0f} times"


def money(amount: float, currency: str = "USD") -> str:
    """Amount of money in a few words.

    Examples
    --------
    >>> money(10_094_000_000.0), money(-257e6, "EUR"), money(17.85)
    ('$10.1 billion', '-€257 million', '$17.85')
    """
    if not math.isfinite(amount):
        return "undefined"
    mark = _SIGNS.get(currency, f"{plain(currency)} ")
    sign, size = "-" if amount < 0.0 else "", abs(amount)
    if amount == 0.0:
        return f"{mark}0"
    for scale, name in _SCALES:
        if size >= 0.9995 * scale:
            return f"{sign}{mark}{size / scale:.3g} {name}"
    return f"{sign}{mark}{size:,.2f}"


def count(number: float, noun: str) -> str:
    """Count with its noun in the plural where needed.

    Examples
    --------
    >>> count(1, "announcement"), count(12, "announcement")
    ('1 announcement', '12 announcements')
    """
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def listed(names: list[str] | tuple[str, ...]) -> str:
    """Names in a sentence.

    Examples
    --------
    >>> listed(["packs"]), listed(["packs", "yield", "sales"])
    ('packs', 'packs, yield and sales')
    """
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def words(name: str) -> str:
    """Name of a milestone or kind as words.

    Examples
    --------
    >>> words("field_testing")
    'field testing'
    """
    return plain(name).replace("_", " ")


def sentence(text: str) -> str:
    """Text with a capital first letter.

    Examples
    --------
    >>> sentence("packs by 2029-12")
    'Packs by 2029-12'
    """
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    r"""Text of a ledger made harmless: control, formatting and direction characters are shown, not obeyed.

    Examples
    --------
    >>> plain("Deal\x1b[31m \u202egnihton"), plain("two\nlines")
    ('Deal<U+001B>[31m <U+202E>gnihton', 'two lines')
    """
    spaced = " ".join(text.split())
    return "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in _HIDDEN else c for c in spaced)
