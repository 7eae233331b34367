"""Chains from CSV: both layouts, absent cells, and one clear sentence with file and line for everything else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bayesmile.errors import InvalidInput
from bayesmile.options.quotes import Chain, Quote
from bayesmile.options.reading import chosen, read_chains

HEADER = "chain,underlying,quote_date,expiry,spot,currency,type,strike,last,bid,ask,mark,iv"
GOOD = "deal,X,2025-01-28,2025-12-19,36.29,USD,C,45.0,3.35,3.0,3.25,,"


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "chain.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_own_layout(tmp_path: Path):
    later = GOOD.replace("2025-12-19", "2026-01-16")
    chains = read_chains(written(tmp_path, HEADER, GOOD, "", later, GOOD.replace(",C,", ",put,")))
    assert [(one.name, one.expiry, len(one.quotes)) for one in chains] == [
        ("deal", dt.date(2025, 12, 19), 2),
        ("deal", dt.date(2026, 1, 16), 1),
    ]
    first = chains[0]
    assert (first.underlying, first.spot, first.currency) == ("X", 36.29, "USD")
    assert first.years == pytest.approx(325 / 365)
    assert first.quotes == (
        Quote(kind="call", strike=45.0, last=3.35, bid=3.0, ask=3.25, line=2),
        Quote(kind="put", strike=45.0, last=3.35, bid=3.0, ask=3.25, line=5),
    )


def test_columns_may_be_missing_and_in_any_order(tmp_path: Path):
    (chain,) = read_chains(written(tmp_path, "ask,strike,type", "3.25,45,c", "-,50,P"))
    assert chain.name == "chain" and chain.spot is None and chain.expiry is None and chain.years is None
    assert [(quote.bid, quote.ask) for quote in chain.quotes] == [(None, 3.25), (None, None)]


def test_layout_of_yahoo(tmp_path: Path):
    header = (
        "contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,percentChange,volume,openInterest,"
        "impliedVolatility,inTheMoney,contractSize,currency"
    )
    (chain,) = read_chains(
        written(
            tmp_path,
            header,
            "AAPL251219C00150000,2025-10-06 19:59:58+00:00,150.0,108.1,106.9,108.8,0,0,3,10,0.68,True,REGULAR,USD",
            "AAPL251219P00152500,2025-10-06 19:59:58+00:00,152.5,0.1,0.09,0.11,0,0,3,10,nan,False,REGULAR,USD",
        )
    )
    assert (chain.name, chain.underlying) == ("AAPL", "AAPL")
    assert (chain.expiry, chain.quote_date) == (dt.date(2025, 12, 19), None)
    assert [(quote.kind, quote.strike, quote.last, quote.iv) for quote in chain.quotes] == [
        ("call", 150.0, 108.1, 0.68),
        ("put", 152.5, 0.1, None),
    ]
    assert "openInterest" in chain.ignored and "bid" not in chain.ignored


def test_table_copied_from_the_site(tmp_path: Path):
    (chain,) = read_chains(
        written(
            tmp_path,
            "Contract Name,Last Trade Date (EDT),Strike,Last Price,Bid,Ask,Change,% Change,Implied Volatility",
            'SPX251219C05000000,x,"5,000.00","1,712.50",-,"1,720.10",--,-,45.2%',
        )
    )
    quote = chain.quotes[0]
    assert (quote.strike, quote.last, quote.bid, quote.ask) == (5000.0, 1712.5, None, 1720.1)
    assert quote.iv == pytest.approx(0.452)


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ((HEADER,), "no quotes"),
        ((HEADER, GOOD.replace("3.25", "cheap")), "chain.csv:2: ask: received 'cheap'"),
        ((HEADER, GOOD.replace("3.25", "inf")), "chain.csv:2: ask: received 'inf'"),
        ((HEADER, GOOD.replace("3.25", "1e999")), "chain.csv:2: ask: received '1e999'"),
        ((HEADER, GOOD.replace("3.25", "3_25")), "chain.csv:2: ask: received '3_25'"),
        ((HEADER, GOOD.replace(",C,", ",X,")), "chain.csv:2: type: received 'X'"),
        ((HEADER, GOOD.replace("45.0", "-45")), "chain.csv:2: strike: received '-45'"),
        ((HEADER, GOOD.replace("45.0", "")), "chain.csv:2: strike: received ''"),
        ((HEADER, GOOD.replace("36.29", "0")), "chain.csv:2: spot: received '0'"),
        ((HEADER, GOOD.replace("2025-12-19", "19/12/2025")), "chain.csv:2: expiry: received '19/12/2025'"),
        ((HEADER, GOOD.replace("2025-12-19", "2025-01-28")), "chain.csv:2: expiry: received 2025-01-28"),
        ((HEADER, GOOD, GOOD.replace("36.29", "37")), "chain.csv:3: spot: received 37.0, but 36.29 on line 2"),
        ((HEADER, GOOD + ",7"), "chain.csv:2: 14 cells"),
        ((HEADER, '"' + GOOD), "broken CSV"),
        (("strike,bid,ask", "45,3,4"), "needed are strike, and type"),
        (("type,strike,last,lastPrice", "C,45,3,4"), "columns last and lastPrice both give the last"),
        (("contract,strike", "AAPL251399C00150000,150"), "contract: received 'AAPL251399C00150000'"),
        (("contract,strike", "AAPL251219C00150000,151"), "strike: received 151.0, but the contract symbol says 150.0"),
    ],
)
def test_bad_files_are_refused_with_their_line(tmp_path: Path, lines: tuple[str, ...], named: str):
    with pytest.raises(InvalidInput) as caught:
        read_chains(written(tmp_path, *lines))
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_empty_and_binary_files_are_refused(tmp_path: Path):
    for name, data in (("none.csv", None), ("empty.csv", b""), ("odd.csv", b"\xff\xfe\x00"), ("folder", None)):
        path = tmp_path / name
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(InvalidInput, match=name):
            read_chains(path)


def test_one_chain_must_be_meant(tmp_path: Path):
    chains = read_chains(written(tmp_path, HEADER, GOOD, GOOD.replace("deal", "other")))
    assert chosen(chains, "other").name == "other"
    for name, expiry in ((None, None), ("none", None), ("deal", dt.date(2030, 1, 1))):
        with pytest.raises(InvalidInput, match="deal of expiry 2025-12-19"):
            chosen(chains, name, expiry)


@pytest.mark.parametrize(
    "fields", [{"kind": "future"}, {"strike": 0.0}, {"strike": float("nan")}, {"bid": float("inf")}, {"ask": "3"}]
)
def test_senseless_quotes_are_refused(fields: dict[str, object]):
    with pytest.raises(InvalidInput):
        Quote(**{"kind": "call", "strike": 45.0, **fields})  # type: ignore[arg-type]


def test_chain_needs_quotes_and_a_later_expiry():
    quote = Quote(kind="call", strike=45.0)
    with pytest.raises(InvalidInput, match="no quotes"):
        Chain(name="X", quotes=())
    with pytest.raises(InvalidInput, match="after"):
        Chain(name="X", quotes=(quote,), quote_date=dt.date(2025, 1, 2), expiry=dt.date(2025, 1, 1))
