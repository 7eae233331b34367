"""The tables of the usual sites: their columns, and what their closing prices have been adjusted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from bayesmile.downloads.amounts import Mark
from bayesmile.downloads.dates import Order, WrittenDay
from bayesmile.errors import InvalidInput
from bayesmile.files.text import nearest

__all__ = ["BASES", "LAYOUTS", "Basis", "Layout", "columns_of", "is_header", "layout_of", "named_layout"]

Basis = Literal["as-traded", "split-adjusted", "adjusted", "unknown"]
"""What closes have been adjusted for: nothing, later splits, later splits and dividends; or it is not known."""

BASES = get_args(Basis)

_ROLES = {
    "date": ("date", "timestamp", "fecha", "datum", "data"),
    "close": ("close", "close/last", "price", "último", "zuletzt", "zamkniecie"),
    "adjusted": ("adj close", "adjusted close", "adjclose"),
    "volume": ("volume", "vol.", "wolumen"),
    "split": ("split coefficient", "splitfactor", "stock splits"),
    "dividend": ("dividend amount", "divcash", "dividends"),
    "high": ("high", "máximo", "hoch", "najwyzszy"),
    "low": ("low", "mínimo", "tief", "najnizszy"),
    "ticker": ("ticker", "symbol"),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How one site writes its table.

    Attributes
    ----------
    key, title : str
        Short name for `--format`, and the name of the site.
    needs : frozenset of str
        Columns that tell it from others.
    basis : str
        What its closes have been adjusted for, by the site's own account.
    order : "dmy", "mdy" or None
        How it writes days of two numbers; None where it differs by country or none are written.
    mark : "point", "comma" or None
        Its decimal mark; None if it differs.
    fits : callable
        Whether the days of a file are written as this site writes them: for headers that sites share.
    """

    key: str
    title: str
    needs: frozenset[str]
    basis: Basis
    order: Order | None = None
    mark: Mark | None = "point"
    fits: Callable[[WrittenDay], bool] = field(default=lambda day: True)


def _iso(day: WrittenDay) -> bool:
    return day.order == "mdy" and not day.timed


def _timed(day: WrittenDay) -> bool:
    return day.timed


_FIVE = frozenset({"date", "open", "high", "low", "close", "volume"})
_DAILY = frozenset({"timestamp", "open", "high", "low", "close"})
_YAHOO = frozenset({"date", "close", "adj close"})
_SPANISH = frozenset({"fecha", "último", "vol."})
_GERMAN = frozenset({"datum", "zuletzt", "vol."})
_POLISH = frozenset({"data", "zamkniecie"})

LAYOUTS = (
    Layout("alphavantage", "Alpha Vantage", _DAILY, "as-traded"),
    Layout("tiingo", "Tiingo", frozenset({"date", "close", "adjclose", "splitfactor"}), "as-traded"),
    Layout("eodhd", "EODHD", frozenset({"date", "close", "adjusted close"}), "as-traded"),
    Layout("yahoo", "Yahoo Finance", _YAHOO, "split-adjusted", order="mdy"),
    Layout("yfinance", "yfinance", frozenset({"date", "close", "dividends", "stock splits"}), "adjusted"),
    Layout("nasdaq", "Nasdaq.com", frozenset({"date", "close/last"}), "split-adjusted", order="mdy"),
    Layout("investing", "Investing.com", frozenset({"date", "price", "vol.", "change %"}), "split-adjusted"),
    Layout("investing", "Investing.com", _SPANISH, "split-adjusted", order="dmy", mark="comma"),
    Layout("investing", "Investing.com", _GERMAN, "split-adjusted", order="dmy", mark="comma"),
    Layout("stooq", "Stooq", _POLISH, "adjusted"),
    Layout("google", "Google Finance", frozenset({"date", "close"}), "split-adjusted", mark=None, fits=_timed),
    # Many scripts write the table of these two; its closes are taken for the most adjusted that they may be.
    Layout("stooq", "Stooq or a table like its own", _FIVE, "adjusted", fits=_iso),
    Layout("marketwatch", "MarketWatch or a table like its own", _FIVE, "split-adjusted"),
    Layout("plain", "table of days and prices", frozenset(), "unknown", mark=None),
)
"""In the order in which they are tried: the more particular header first."""


def is_header(names: Sequence[str]) -> bool:
    """Whether a row names both a day and a closing price.

    Examples
    --------
    >>> is_header(("date", "close/last", "volume")), is_header(("2025-05-01", "12.3"))
    (True, False)
    """
    return any(name in _ROLES["date"] for name in names) and any(name in _ROLES["close"] for name in names)


def columns_of(names: Sequence[str], given: dict[str, str], where: str) -> dict[str, int]:
    """Positions of the columns by what they are; those `given` by name come first.

    Raises
    ------
    InvalidInput
        If a column that is given or needed is missing, or stands twice.
    """
    found = {}
    for role, known in _ROLES.items():
        wanted = (given[role],) if role in given else known
        positions = [position for position, name in enumerate(names) if name in wanted]
        if not positions and (role in given or role in ("date", "close")):
            column = given.get(role, known[0])
            raise InvalidInput(f"{where}: no column {column!r}{nearest(column, names)}")
        if len(positions) > 1:
            raise InvalidInput(f"{where}: the header has {names[positions[0]]!r}, or a column like it, twice")
        if positions:
            found[role] = positions[0]
    return found


def layout_of(names: Sequence[str], days: Sequence[WrittenDay]) -> Layout:
    """Layout of a header and the days below it.

    Examples
    --------
    >>> layout_of(("date", "open", "high", "low", "close", "adj close", "volume"), []).title
    'Yahoo Finance'
    """
    fitting = (each for each in LAYOUTS if each.needs <= set(names) and all(each.fits(day) for day in days))
    return next(fitting)


def named_layout(key: str) -> Layout:
    """Layout of a short name.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    keys = list(dict.fromkeys(layout.key for layout in LAYOUTS))
    for layout in LAYOUTS:
        if layout.key == key:
            return layout
    raise InvalidInput(f"--format: received {key!r}{nearest(key, keys)}")
