"""Option chains from CSV: this project's columns, or a table as Yahoo gives it; every complaint names its line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bayesmile.errors import InvalidInput
from bayesmile.files.folder import decode
from bayesmile.files.problems import Place, Problems
from bayesmile.options.quotes import Chain, Kind, Quote
from bayesmile.wording import plain

__all__ = ["chosen", "read_chains"]

_SPELLINGS = {
    "chain": ("chain",),
    "underlying": ("underlying", "symbol", "ticker"),
    "quote_date": ("quote_date", "date", "as_of"),
    "expiry": ("expiry", "expiration", "expiration_date"),
    "spot": ("spot", "underlying_price", "stock_price"),
    "currency": ("currency",),
    "type": ("type", "option_type", "right"),
    "strike": ("strike", "strike_price"),
    "last": ("last", "last_price"),
    "bid": ("bid",),
    "ask": ("ask",),
    "mark": ("mark", "mid"),
    "iv": ("iv", "implied_volatility"),
    "contract": ("contract_symbol", "contract_name", "contract"),
}
_COLUMNS = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}
_KINDS: Mapping[str, Kind] = {"c": "call", "call": "call", "calls": "call", "p": "put", "put": "put", "puts": "put"}
_ABSENT = {"", "-", "--", "n/a", "na", "nan", "none", "null"}
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?(e[+-]?\d+)?", re.IGNORECASE)
_CONTRACT = re.compile(r"([A-Z0-9.^]{1,6}?)(\d{6})([CP])(\d{8})")
_SHARED = ("underlying", "quote_date", "spot", "currency")


@dataclass(frozen=True, slots=True)
class _Row:
    place: Place
    name: str
    underlying: str
    quote_date: dt.date | None
    expiry: dt.date | None
    spot: float | None
    currency: str
    quote: Quote


def read_chains(path: str | Path) -> tuple[Chain, ...]:
    """Chains of a CSV file, one for each name and expiry, in the order in which the file has them.

    Columns: chain, underlying, quote_date, expiry, spot, currency, type, strike, last, bid, ask, mark, iv, in any
    order; strike is needed, and the type or a contract symbol such as AAPL251219C00150000, which also gives underlying
    and expiry. A table saved from Yahoo (contractSymbol, lastPrice, ...) is read as it is. An empty cell, a dash or nan
    is an absent number.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InvalidInput
        If the file cannot be read, a cell cannot be understood, or rows of one chain contradict each other.
    """
    place = Place(str(path))
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InvalidInput(f"{plain(str(path))}: cannot be read: {error.strerror or error}") from None
    problems = Problems()
    text = decode(data, place, problems)
    problems.raise_first()
    columns, ignored, rows = _table(text or "", place)
    if not rows:
        raise InvalidInput(f"{place}: it has no quotes, only a header")
    stem = Path(path).stem
    return _grouped([_row(here, dict(zip(columns, cells, strict=True)), stem) for here, cells in rows], ignored)


def chosen(chains: Sequence[Chain], name: str | None = None, expiry: dt.date | None = None) -> Chain:
    """Return the one chain that is asked for.

    Raises
    ------
    InvalidInput
        If none or several have that name and expiry.
    """
    found = [one for one in chains if name in (None, one.name) and expiry in (None, one.expiry)]
    if len(found) == 1:
        return found[0]
    have = "; ".join(f"{plain(one.name)} of expiry {one.expiry or 'unknown'}" for one in found or chains)
    asked = " and ".join(
        ([] if name is None else [f"chain {plain(name)!r}"]) + [f"expiry {expiry}"] * (expiry is not None)
    )
    raise InvalidInput(f"received {asked or 'neither a chain nor an expiry'}, allowed is one of: {have}")


def _table(text: str, place: Place) -> tuple[list[str], tuple[str, ...], list[tuple[Place, list[str]]]]:
    """Column names as used here (an unread column keeps a name of its own), unread columns, and the rows."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, begun = list[tuple[Place, list[str]]](), 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((Place(place.file, begun), [cell.strip() for cell in cells]))
            begun = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInput(f"{Place(place.file, begun)}: broken CSV: {error}") from None
    (first, header), rows = rows[0], rows[1:]
    columns = [_COLUMNS.get(_snake(name), f"?{k}") for k, name in enumerate(header)]
    _check_columns(columns, header, first)
    for here, cells in rows:
        if len(cells) != len(columns):
            raise InvalidInput(f"{here}: {len(cells)} cells; allowed are {len(columns)}, as in the header")
    unread = [plain(name) for name, column in zip(header, columns, strict=True) if column.startswith("?") and name]
    return columns, tuple(unread), rows


def _snake(name: str) -> str:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def _check_columns(columns: Sequence[str], header: Sequence[str], place: Place) -> None:
    for name in _SPELLINGS:
        if columns.count(name) > 1:
            twice = [plain(said) for said, column in zip(header, columns, strict=True) if column == name]
            raise InvalidInput(f"{place}: columns {' and '.join(twice)} both give the {name}; allowed is one")
    if "strike" not in columns or not {"type", "contract"} & set(columns):
        raise InvalidInput(
            f"{place}: received the columns {', '.join(map(plain, header))}; needed are strike, and type or a contract"
            " symbol"
        )


def _row(place: Place, cells: Mapping[str, str], stem: str) -> _Row:
    contract = _contract(place, cells.get("contract", ""))
    strike = _number(place, cells, "strike")
    kind = _kind(place, cells.get("type", ""), contract)
    if strike is None or strike <= 0.0:
        raise InvalidInput(f"{place}: strike: received {cells['strike']!r}; allowed is a number above 0")
    expiry = _day(place, cells, "expiry")
    _agree(place, contract, kind, strike, expiry)
    underlying = plain(cells.get("underlying", "")) or (contract[0] if contract else "")
    return _Row(
        place=place,
        name=plain(cells.get("chain", "")) or underlying or plain(stem),
        underlying=underlying,
        quote_date=_day(place, cells, "quote_date"),
        expiry=expiry or (contract[1] if contract else None),
        spot=_spot(place, cells),
        currency=plain(cells.get("currency", "")).upper(),
        quote=Quote(
            kind=kind,
            strike=strike,
            line=place.line or 0,
            bid=_number(place, cells, "bid"),
            ask=_number(place, cells, "ask"),
            last=_number(place, cells, "last"),
            mark=_number(place, cells, "mark"),
            iv=_number(place, cells, "iv"),
        ),
    )


def _number(place: Place, cells: Mapping[str, str], column: str) -> float | None:
    text = cells.get(column, "")
    if text.lower() in _ABSENT:
        return None
    percent = column == "iv" and text.endswith("%")
    digits = text.removesuffix("%") if percent else text.removeprefix("$")
    if not any(sign.isdigit() for sign in digits) or not digits.isascii() or not _NUMBER.fullmatch(digits):
        raise InvalidInput(f"{place}: {column}: received {text!r}; allowed is a number, or nothing")
    value = float(digits.replace(",", ""))
    if not math.isfinite(value):
        raise InvalidInput(f"{place}: {column}: received {text!r}; allowed is a finite number")
    return value / 100.0 if percent else value


def _spot(place: Place, cells: Mapping[str, str]) -> float | None:
    spot = _number(place, cells, "spot")
    if spot is not None and spot <= 0.0:
        raise InvalidInput(f"{place}: spot: received {cells['spot']!r}; allowed is a number above 0, or nothing")
    return spot


def _day(place: Place, cells: Mapping[str, str], column: str) -> dt.date | None:
    text = cells.get(column, "")
    if text.lower() in _ABSENT:
        return None
    try:
        return dt.date.fromisoformat(re.sub(r"[T ][0-9:.+-]*Z?$", "", text))
    except ValueError:
        raise InvalidInput(f"{place}: {column}: received {text!r}; allowed is a day such as 2025-12-19") from None


def _kind(place: Place, text: str, contract: tuple[str, dt.date, Kind, float] | None) -> Kind:
    if not text and contract is not None:
        return contract[2]
    if text.lower() not in _KINDS:
        raise InvalidInput(f"{place}: type: received {text!r}; allowed are C, P, call and put")
    return _KINDS[text.lower()]


def _contract(place: Place, text: str) -> tuple[str, dt.date, Kind, float] | None:
    """Underlying, expiry, kind and strike that a contract symbol of the Options Clearing Corporation names."""
    if not text:
        return None
    found = _CONTRACT.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        expiry = dt.date(2000 + int(found[2][:2]), int(found[2][2:4]), int(found[2][4:]))
    except ValueError:
        raise InvalidInput(f"{place}: contract: received {text!r}; allowed is such as AAPL251219C00150000") from None
    return found[1], expiry, _KINDS[found[3].lower()], int(found[4]) / 1000.0


def _agree(
    place: Place,
    contract: tuple[str, dt.date, Kind, float] | None,
    kind: Kind,
    strike: float,
    expiry: dt.date | None,
) -> None:
    if contract is None:
        return
    _, ends, side, level = contract
    for column, told, symbol in (("type", kind, side), ("strike", strike, level), ("expiry", expiry or ends, ends)):
        if told != symbol:
            raise InvalidInput(f"{place}: {column}: received {told}, but the contract symbol says {symbol}")


def _grouped(rows: Iterable[_Row], ignored: tuple[str, ...]) -> tuple[Chain, ...]:
    groups = dict[tuple[str, dt.date | None], list[_Row]]()
    for row in rows:
        groups.setdefault((row.name, row.expiry), []).append(row)
    return tuple(_chain(group, ignored) for group in groups.values())


def _chain(rows: Sequence[_Row], ignored: tuple[str, ...]) -> Chain:
    first = rows[0]
    for row in rows[1:]:
        for name in _SHARED:
            if getattr(row, name) != getattr(first, name):
                raise InvalidInput(
                    f"{row.place}: {name}: received {getattr(row, name)}, but {getattr(first, name)} on line"
                    f" {first.place.line}; allowed is one for all quotes of a chain and expiry"
                )
    if first.quote_date is not None and first.expiry is not None and first.expiry <= first.quote_date:
        raise InvalidInput(f"{first.place}: expiry: received {first.expiry}; allowed are days after {first.quote_date}")
    return Chain(
        name=first.name,
        quotes=tuple(row.quote for row in rows),
        quote_date=first.quote_date,
        expiry=first.expiry,
        spot=first.spot,
        underlying=first.underlying,
        currency=first.currency,
        ignored=ignored,
    )
