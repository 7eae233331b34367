"""Numbers as price sites write them: signs of currencies, marks of thousands, decimal commas, shortened volumes."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from typing import Literal, get_args

from bayesmile.errors import InvalidInput

__all__ = [
    "ABSENT",
    "DECIMALS",
    "Mark",
    "count_agrees",
    "decimal_mark",
    "number_text",
    "price_agrees",
    "price_of",
    "shortest",
    "volume_of",
]

Mark = Literal["point", "comma"]
"""What parts a whole number from its fraction."""

DECIMALS = get_args(Mark)
ABSENT = frozenset({"", "-", "--", "\u2013", "\u2014", "null", "nan", "n/a", "na", "none", "#n/a"})
"""Cells, in lower case, by which a site says that it has no number."""

_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]")
_CURRENCY = re.compile(r"^[$€£¥]|[$€£¥]$")
_THOUSANDS = {",": re.compile(r"[1-9]\d{0,2},\d{3}"), ".": re.compile(r"[1-9]\d{0,2}\.\d{3}")}
_OTHER: dict[Mark, Mark] = {"point": "comma", "comma": "point"}
_SIGN: dict[Mark, str] = {"point": ".", "comma": ","}
_SCALE = {"": "", "K": "e3", "M": "e6", "B": "e9", "T": "e12"}
_SINGLE_DIGITS = 9  # a number of 32 bits is told from its neighbours by so many


def _bare(text: str) -> str:
    return _CURRENCY.sub("", _SPACES.sub("", text))


def _proof(text: str) -> Mark | Literal["either"] | None:
    """Decimal mark that a number proves, "either" where a mark could be of thousands as well; None without a mark."""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        return "comma" if text.rindex(",") > text.rindex(".") else "point"
    if not points and not commas:
        return None
    mark: Mark = "comma" if commas else "point"
    if points + commas > 1:
        return _OTHER[mark]
    return "either" if _THOUSANDS[_SIGN[mark]].fullmatch(text) else mark


def decimal_mark(cells: Iterable[str], *, usual: Mark | None, where: str) -> Mark:
    """Decimal mark of a column, from the cells that can be read in one way only.

    Parameters
    ----------
    cells : iterable of str
        Cells of the column; those that are no numbers prove nothing.
    usual : "point", "comma" or None
        What the layout writes, for columns that prove nothing; None if it is not known.
    where : str
        What is read, for the message.

    Raises
    ------
    InvalidInput
        If cells contradict each other, or every one could be read both ways and the layout does not say.

    Examples
    --------
    >>> decimal_mark(["1,234.50", "12"], usual=None, where="prices.csv")
    'point'
    >>> decimal_mark(["7,16", "10,074"], usual=None, where="prices.csv")
    'comma'
    """
    bare = (_bare(cell) for cell in cells)
    proofs = {_proof(text) for text in bare if re.fullmatch(r"[\d.,]*\d[\d.,]*", text, re.ASCII)}
    certain: list[Mark] = [mark for mark in DECIMALS if mark in proofs]
    if len(certain) > 1:
        raise InvalidInput(f"{where}: some prices have a decimal point and others a decimal comma; allowed is one")
    if certain:
        return certain[0]
    if usual is None and "either" in proofs:
        raise InvalidInput(
            f"{where}: prices such as 1,234 or 1.234 only, which may be above a thousand or above one;"
            " say which with --decimals point or --decimals comma"
        )
    return usual or "point"


def _digits(text: str, mark: Mark) -> str | None:
    """Return the number with a decimal point and without marks of thousands; None if it is no number."""
    decimal, thousands = re.escape(_SIGN[mark]), re.escape(_SIGN[_OTHER[mark]])
    whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{thousands}\d{{3}})+)"
    if re.fullmatch(rf"(?:{whole}(?:{decimal}\d*)?|{decimal}\d+)", text, re.ASCII) is None:
        return None
    return text.replace(_SIGN[_OTHER[mark]], "").replace(_SIGN[mark], ".")


def price_of(text: str, mark: Mark) -> float | None:
    """Price in a cell, above 0; None where the site says that it has none.

    Raises
    ------
    InvalidInput
        If the cell is anything else.

    Examples
    --------
    >>> price_of("$1,234.50", "point"), price_of("null", "point"), price_of("7,16", "comma")
    (1234.5, None, 7.16)
    """
    if text.strip().lower() in ABSENT:
        return None
    digits = _digits(_bare(text), mark)
    if digits is None or not 0.0 < float(digits) < float("inf"):
        raise InvalidInput(f"received {text.strip()[:40]!r}; allowed is a price above 0, such as 12.32 or $1,234.50")
    return shortest(digits)


def shortest(digits: str) -> float:
    """Return the number of these digits; of one that had only 32 bits, that with the fewest digits.

    Sites that calculate with 32 bits write 12.32 as 12.319999694824219.

    Examples
    --------
    >>> shortest("12.319999694824219"), shortest("12.3199996")
    (12.32, 12.3199996)
    """
    number = float(digits)
    if len(digits.replace(".", "").strip("0")) <= _SINGLE_DIGITS or not 1e-30 < number < 1e30:
        return number
    (single,) = struct.unpack("f", struct.pack("f", number))
    if abs(single - number) > 1e-12 * number:
        return number
    candidates = (float(f"{number:.{places}g}") for places in range(1, _SINGLE_DIGITS + 1))
    return next((each for each in candidates if struct.pack("f", each) == struct.pack("f", number)), number)


def volume_of(text: str, mark: Mark) -> float | None:
    """Shares traded; None where the site says that it does not know.

    Raises
    ------
    InvalidInput
        If the cell is anything else.

    Examples
    --------
    >>> volume_of("32.94M", "point"), volume_of("1,234,567", "point"), volume_of("-", "point")
    (32940000.0, 1234567.0, None)
    """
    bare = _bare(text).upper()
    if bare.lower() in ABSENT:
        return None
    found = re.fullmatch(r"([\d.,]+)(?:(E[+]?\d{1,2})|([KMBT]?))", bare, re.ASCII)
    digits = _digits(found[1], mark) if found else None
    if found is None or digits is None:
        raise InvalidInput(f"received {text.strip()[:40]!r}; allowed is a number of shares, such as 1,234,567 or 1.2M")
    return float(digits + (found[2] or _SCALE[found[3]]))


def number_text(number: float) -> str:
    """Digits of a price or count: without those that only a division made.

    Examples
    --------
    >>> number_text(3 * 0.1), number_text(522075000.0)
    ('0.3', '522075000')
    """
    return f"{number:.0f}" if number.is_integer() else f"{number:.12g}"


def price_agrees(first: float, second: float) -> bool:
    """Whether two prices are the same but for rounding to the fewer decimals of the two, of at least two.

    Examples
    --------
    >>> price_agrees(12.32, 12.3199), price_agrees(12.32, 12.33), price_agrees(37.0, 37.04), price_agrees(0.001, 0.0013)
    (True, False, False, False)
    """
    places = max(2, min(_decimals(first), _decimals(second)))
    return abs(first - second) <= min(0.5 * 10.0**-places, 0.01 * min(first, second)) * (1.0 + 1e-9)


def _decimals(number: float) -> int:
    text = f"{number:.17f}".rstrip("0") if "e" in repr(number) else repr(number).removesuffix(".0")
    return len(text.partition(".")[2])


def count_agrees(first: float, second: float) -> bool:
    """Whether two counts are the same but for rounding to the zeros at the end of the rounder one.

    Examples
    --------
    >>> count_agrees(522_075_000.0, 522_075_123.0), count_agrees(522_075_000.0, 522_076_123.0)
    (True, False)
    """
    zeros = max(_zeros(first), _zeros(second))
    return abs(first - second) <= min(0.5 * 10.0**zeros, 1e-3 * min(first, second))


def _zeros(number: float) -> int:
    digits = f"{number:.0f}"
    return len(digits) - len(digits.rstrip("0"))
