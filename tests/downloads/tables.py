"""One invented price history of an invented share, EXMP, as each site would write it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

CLOSES = (992.32, 1004.59, 1234.5, 1213.0, 1012.875, 1012.9)
DAYS = tuple(dt.date(2025, 5, day) for day in (12, 13, 14, 15, 16, 19))
VOLUME = 1_250_000


def _table(header: str, row: Callable[[dt.date, float], str], *, newest_first: bool = False, end: str = "\n") -> str:
    pairs = list(zip(DAYS, CLOSES, strict=True))
    rows = [row(day, close) for day, close in (reversed(pairs) if newest_first else pairs)]
    return end.join([header, *rows]) + end


def _comma(number: float) -> str:
    return f"{number:,.3f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def _yahoo(day: dt.date, close: float) -> str:
    return f"{day},{close - 1},{close + 1},{close - 2},{close},{close},{VOLUME}"


def _copied(day: dt.date, close: float) -> str:
    return f"{day:%b} {day.day}, {day.year}\t1.00\t{close:,.3f}\t1.00\t{close:,.3f}\t{close:,.3f}\t{VOLUME:,}"


_LONG = (
    "Date\tOpen\tHigh\tLow\tClose Close price adjusted for splits.\tAdj Close Adjusted close price adjusted for splits"
    " and dividend and/or capital gain distributions.\tVolume"
)
_FIVE = "Date,Open,High,Low,Close,Volume"
_TIINGO = "date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor"
_ALPHA = "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient"
_INVESTING = '"Date","Price","Open","High","Low","Vol.","Change %"'

SITES: Mapping[str, tuple[str, str, str]] = {
    "yahoo": ("Yahoo Finance", "split-adjusted", _table("Date,Open,High,Low,Close,Adj Close,Volume", _yahoo)),
    "yahoo, stars": (
        "Yahoo Finance",
        "split-adjusted",
        _table("Date,Open,High,Low,Close*,Adj Close**,Volume", _yahoo, newest_first=True, end="\r\n"),
    ),
    "yahoo, copied": ("Yahoo Finance", "split-adjusted", _table(_LONG, _copied, newest_first=True)),
    "yfinance": (
        "yfinance",
        "adjusted",
        _table(
            "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits",
            lambda d, c: f"{d} 00:00:00-04:00,1,{c},1,{c},{VOLUME},0.0,0.0",
        ),
    ),
    "stooq": (
        "Stooq or a table like its own",
        "adjusted",
        _table(_FIVE, lambda d, c: f"{d},1,{c},1,{c},{VOLUME}", end="\r\n"),
    ),
    "stooq, Polish": (
        "Stooq",
        "adjusted",
        _table("Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen", lambda d, c: f"{d},1,{c},1,{c},{VOLUME}"),
    ),
    "nasdaq": (
        "Nasdaq.com",
        "split-adjusted",
        _table(
            "Date,Close/Last,Volume,Open,High,Low",
            lambda d, c: f"{d:%m/%d/%Y},${c},{VOLUME},$1.00,${c},$1.00",
            newest_first=True,
        ),
    ),
    "investing, names": (
        "Investing.com",
        "split-adjusted",
        "\ufeff"
        + _table(_INVESTING, lambda d, c: f'"{d:%b %d, %Y}","{c:,.3f}","1.00","{c:,.3f}","1.00","1.25M","1.1%"'),
    ),
    "investing, numbers": (
        "Investing.com",
        "split-adjusted",
        _table(_INVESTING, lambda d, c: f'"{d:%m/%d/%Y}","{c:,.3f}","1.00","{c:,.3f}","1.00","1.25M","-1.1%"'),
    ),
    "investing, Spanish": (
        "Investing.com",
        "split-adjusted",
        _table(
            '"Fecha","Último","Apertura","Máximo","Mínimo","Vol.","% var."',
            lambda d, c: f'"{d:%d.%m.%Y}","{_comma(c)}","1,00","{_comma(c)}","1,00","1,25M","-0,08%"',
        ),
    ),
    "alphavantage": (
        "Alpha Vantage",
        "as-traded",
        _table(_ALPHA, lambda d, c: f"{d},1,{c},1,{c},{c},{VOLUME},0.0000,1.0", newest_first=True),
    ),
    "tiingo": (
        "Tiingo",
        "as-traded",
        _table(_TIINGO, lambda d, c: f"{d},{c},{c},1,1,{VOLUME},{c},{c},1,1,{VOLUME},0.0,1.0"),
    ),
    "eodhd": (
        "EODHD",
        "as-traded",
        _table("Date,Open,High,Low,Close,Adjusted_close,Volume", lambda d, c: f"{d},1,{c},1,{c},{c},{VOLUME}"),
    ),
    "marketwatch": (
        "MarketWatch or a table like its own",
        "split-adjusted",
        _table(_FIVE, lambda d, c: f'{d:%m/%d/%Y},"1.00","{c:,.3f}","1.00","{c:,.3f}","{VOLUME:,}"'),
    ),
    "google": (
        "Google Finance",
        "split-adjusted",
        _table("Date,Close", lambda d, c: f"{d.month}/{d.day}/{d.year} 16:00:00,{c}"),
    ),
    "google, Sheets of the continent": (
        "Google Finance",
        "split-adjusted",
        _table("Date;Close", lambda d, c: f"{d:%d.%m.%Y} 16:00:00;{_comma(c)}"),
    ),
    "plain": ("table of days and prices", "unknown", _table("date,close", lambda d, c: f"{d},{c}")),
    "plain, semicolons": (
        "table of days and prices",
        "unknown",
        _table("date;close", lambda d, c: f"{d:%d.%m.%Y};{_comma(c)}"),
    ),
}
"""Name of the case: the site, what its closes are, and the text."""


def saved(folder: Path, text: str | bytes, name: str = "EXMP.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def plain(closes: Sequence[tuple[str, float]]) -> str:
    return "date,close\n" + "".join(f"{date},{close!r}\n" for date, close in closes)
