"""The bridge: its lines recompute to what is reported; spending against the growth of the share count."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bayesmile.delays import Tabulated
from bayesmile.dossier import Dossier, load
from bayesmile.errors import InvalidInput
from bayesmile.files.market_page import Market
from bayesmile.files.rows import ShareRow
from bayesmile.grid import MonthGrid
from bayesmile.inference import infer
from bayesmile.market import fair_price, two_state
from bayesmile.pages.bridge import bridge_page
from bayesmile.pages.layout import as_text
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.bridge import Bridge, bridge
from bayesmile.pricing.sharegrowth import share_growth
from bayesmile.roadmap import Milestone, Roadmap
from bayesmile.sections.basis import basis
from bayesmile.sections.bridge import bridged
from tests.dossier_folder import FILES, replaced, write

SAID = '\nrationale = "assumed"\nsource = "assumption"\n'


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    return load(write(tmp_path_factory.mktemp("bridge")))


def recomputed(found: Bridge) -> dict[str, float]:
    """Every line from the ones above it, by its formula alone."""
    values: dict[str, float] = {}
    for line in found.lines:
        assert line.key not in values
        assert bool(line.formula) != bool(line.source), line.key
        values[line.key] = eval(line.formula, {}, dict(values)) if line.formula else line.value
    return values


def assert_recomputes(found: Bridge) -> dict[str, float]:
    values = recomputed(found)
    for line in found.lines:
        assert values[line.key] == pytest.approx(line.value, rel=1e-12, abs=1e-12), line.key
    return values


def assert_reports(values: dict[str, float], dossier: Dossier, payoffs: Payoffs, as_of: str, name: str) -> None:
    """Hold the last lines to what the rest of the package says, F and S less the net cash."""
    belief, net = dossier.belief(as_of), payoffs.net_cash
    state = two_state(belief, payoffs, as_of=as_of, milestone=name)
    found = [values["failure"] + net, values["success"] + net, values["probability"], values["implied"]]
    price = values["market_value"]
    said = [state.failure, state.success, state.probability, state.implied_probability(price)]
    assert found == pytest.approx(said, rel=1e-9)
    assert values["model_value"] + net == pytest.approx(fair_price(belief, payoffs, as_of=as_of), rel=1e-9)


@pytest.mark.parametrize("name", ["quantumscape", "phase2_drug"])
def test_lines_recompute_to_the_reported_values(name: str) -> None:
    dossier = load(name)
    for as_of in dossier.default_as_of:
        market = dossier.market
        values = assert_recomputes(bridge(market, market.payoffs, dossier.belief(as_of), as_of))
        assert values["market_value"] == pytest.approx(dossier.capitalisation(as_of).value, rel=1e-12)
        assert_reports(values, dossier, market.payoffs, as_of, market.priced)


def test_a_bridge_by_hand() -> None:
    """One milestone, in month 0 or 12 with chances 1/4 each: every line is a fraction that can be checked on paper."""
    dossier = load("phase2_drug")
    pmf = [0.25, *[0.0] * 11, 0.25]
    belief = infer(Roadmap([Milestone("approval", delay=Tabulated(pmf))]), [], MonthGrid("2026-01", 24))
    payoffs = Payoffs({"approval": 100.0}, floor=8.0, beyond=12.0, required_return=0.1, cash=30.0, burn=10.0)
    found = bridge(dossier.market, payoffs, belief, "2026-01", price=70.0)
    e = math.exp(-0.1)
    success = 8.0 + 100.0 * (1.0 + e) / 2.0 + 30.0 - 10.0 * (1.0 - e) / 0.1 / 2.0
    expected = {
        "market_value": 70.0,
        "explained": 70.0,
        "failure": 20.0,
        "years": 0.5,
        "discount": (1.0 + e) / 2.0,
        "annuity": (1.0 - e) / 0.2,
        "success": success,
        "probability": 0.5,
        "model_value": (20.0 + success) / 2.0,
        "excess": 70.0 - (20.0 + success) / 2.0,
        "implied": 50.0 / (success - 20.0),
    }
    assert {key: found.value(key) for key in expected} == pytest.approx(expected, rel=1e-14)
    assert [line.key for line in found.lines if line.key in ("price", "shares", "dilution", "equity_value")] == []
    assert_recomputes(found)


@pytest.mark.parametrize(
    "payoffs",
    [
        Payoffs({"launch": 900.0}, floor=3.0, beyond=7.0, required_return=0.1, cash=40.0, burn=25.0),
        Payoffs({"launch": 900.0}, beyond=7.0, required_return=0.1, dilution=0.03, net_cash=50.0),
        Payoffs({"launch": 900.0}, beyond=7.0, required_return=0.1, net_cash=-50.0),
        Payoffs(
            {"launch": 900.0, "plant": 80.0}, beyond=7.0, beyond_milestone="launch", required_return=0.1, dilution=0.05
        ),
        Payoffs(
            {"launch": 900.0, "plant": 80.0},
            beyond=7.0,
            beyond_milestone="plant",
            required_return=0.1,
            cash=40.0,
            burn=25.0,
        ),
        Payoffs({"launch": np.linspace(500.0, 10.0, 181)}, floor=3.0, beyond=7.0, required_return=0.0),
        Payoffs({"launch": 900.0, "design": 80.0}, unpaid=("design",), required_return=0.1),
        Payoffs(
            {"launch": 900.0, "design": 80.0}, beyond_milestone="design", required_return=0.1, cash=40.0, burn=25.0
        ),
        Payoffs({"plant": 900.0}, beyond=7.0, required_return=0.1, dilution=0.02),
    ],
)
def test_every_kind_of_payoff_recomputes(small: Dossier, payoffs: Payoffs) -> None:
    for as_of in ("2023-03-03", "2024-06-30"):
        found = bridge(small.market, payoffs, small.belief(as_of), as_of)
        values = assert_recomputes(found)
        assert_reports(values, small, payoffs, as_of, "launch")
        if payoffs.net_cash != 0.0:
            fair = fair_price(small.belief(as_of), payoffs, as_of=as_of)
            assert values["equity_value"] == pytest.approx(fair, rel=1e-12)
            assert values["explained"] == values["market_value"] - payoffs.net_cash


def test_classes_and_weights_stand_line_by_line(tmp_path: Path) -> None:
    lines = FILES["shares.csv"].splitlines()
    table = "\n".join([f"{lines[0]},weight", *(f"{line},{'1.5' if ',B,' in line else ''}" for line in lines[1:]), ""])
    dossier = load(write(tmp_path, {**FILES, "shares.csv": table}))
    found = bridge(dossier.market, dossier.market.payoffs, dossier.belief("2024-06-30"), "2024-06-30")
    values = assert_recomputes(found)
    assert [values[key] for key in ("shares_a", "shares_a_weight", "shares_b", "shares_b_weight")] == [60, 1, 40, 1.5]
    assert (values["shares"], values["market_value"]) == (120.0, 600.0)
    sources = {line.key: line.source for line in found.lines}
    keys = ("price", "shares_a", "shares_b")
    assert [sources[key] for key in keys] == ["prices.csv:4", "shares.csv:2", "shares.csv:3"]
    assert sources["beyond"].startswith("market.toml:")
    assert found.lines[0].cited == "exchange"


def test_numbers_that_were_changed_do_not_claim_a_place(small: Dossier) -> None:
    payoffs = small.market.payoffs.with_value("launch", 2000.0)
    found = bridge(small.market, payoffs, small.belief("2024-06"), "2024-06", price=50.0)
    sources = {line.key: line.source for line in found.lines}
    assert sources["value"] == "payoffs.values.launch, given"
    assert sources["market_value"] == "given"
    assert sources["probability"] == "belief as of 2024-06"


def test_prices_given_and_none(small: Dossier) -> None:
    payoffs, belief = small.market.payoffs, small.belief("2024-06-30")
    found = bridge(small.market, payoffs, belief, "2024-06-30", per_share=7.0)
    assert found.value("market_value") == 700.0
    with pytest.raises(InvalidInput, match="both a market value and a price per share"):
        bridge(small.market, payoffs, belief, "2024-06-30", 5.0, per_share=7.0)
    with pytest.raises(InvalidInput, match="price per share: received -1"):
        bridge(small.market, payoffs, belief, "2024-06-30", per_share=-1.0)
    with pytest.raises(InvalidInput, match="milestone: received 'lunch'"):
        bridge(small.market, payoffs, belief, "2024-06-30", milestone="lunch")
    early = bridge(small.market, payoffs, small.belief("2021-01-31"), "2021-01-31")  # before the first price
    assert {line.side for line in early.lines} == {"payoffs"}
    with pytest.raises(InvalidInput, match=r"received 'implied'; lines here are floor, beyond"):
        early.value("implied")


def test_what_is_certain_has_one_side(small: Dossier) -> None:
    payoffs = Payoffs({"launch": 900.0, "design": 80.0}, required_return=0.1)
    found = bridge(small.market, payoffs, small.belief("2024-06-30"), "2024-06-30", milestone="design")
    values = assert_recomputes(found)
    assert "failure" not in values
    assert "implied" not in values
    assert values["probability"] == pytest.approx(1.0)
    fair = fair_price(small.belief("2024-06-30"), payoffs, as_of="2024-06-30")
    assert values["model_value"] == pytest.approx(fair, rel=1e-12)


def test_a_table_of_the_bridge(small: Dossier) -> None:
    found = bridge(small.market, small.market.payoffs, small.belief("2024-06-30"), "2024-06-30")
    table = found.to_pandas()
    assert list(table.index) == [line.key for line in found.lines]
    assert table.loc["market_value", "value"] == 500.0
    assert table.loc["market_value", "formula"] == "price * shares"


# Spending against the growth of the share count.


def test_growth_by_hand(small: Dossier) -> None:
    """90 shares at the end of 2022, 100 a year later; 110 implied five months after that; 80 implied in 2021."""
    found = share_growth(small.market, small.market.payoffs, "2024-06-30", 500.0)
    filed, implied_before, implied_after = found.periods
    assert (filed.kind, filed.first, filed.last, filed.whole) == ("filed", "2022-12-31", "2023-12-31", False)
    assert filed.rate == pytest.approx(math.log(100 / 90) / (365 / 365.25), rel=1e-14)
    assert implied_before.rate == pytest.approx(math.log(90 / 80) / (549 / 365.25), rel=1e-14)
    assert implied_after.rate == pytest.approx(math.log(110 / 100) / (152 / 365.25), rel=1e-14)
    assert found.filed_rate == filed.rate
    assert found.spending_rate is None
    assert found.sentence == (
        "The dilution assumed, 2.0% a year (1.3% to 3.0%), is below the 10.5% a year by which the filed share count"
        " grew from 2022-12-31 to 2023-12-31."
    )


def test_growth_over_all_filed_counts_of_quantumscape() -> None:
    market = load("quantumscape").market
    found = share_growth(market, market.payoffs, "2025-10-16", 8.9e9)
    whole = next(period for period in found.periods if period.whole)
    years = 705 / 365.25  # 2023-07-26 to 2025-06-30
    assert whole.rate == pytest.approx(math.log((522075 + 43241) / (382550 + 65100)) / years, rel=1e-12)
    assert found.spending_rate == pytest.approx((0.30 + 0.145) / 8.9, rel=1e-14)
    assert found.sentence.startswith("The dilution assumed, 5.0% a year (3.0% to 9.0%), agrees with the 5.0% of the")
    before = share_growth(market, market.payoffs, "2024-06-30", 2e9)  # one filed count was public
    assert [period.kind for period in before.periods] == ["implied"]
    assert before.sentence == (
        "The dilution assumed, 5.0% a year (3.0% to 9.0%), is below the 22.2% of the market value that is spent a year."
    )


def test_counts_count_with_their_weights(small: Dossier) -> None:
    def market_with(weight: float) -> Market:
        rows = [
            ShareRow.model_validate({**row.model_dump(by_alias=True), "weight": weight if row.class_ == "B" else 1.0})
            for row in small.market.shares
        ]
        return replace(small.market, shares=tuple(rows))

    plain, tenfold = (share_growth(market_with(w), small.market.payoffs, "2024-06-30", None) for w in (1.0, 10.0))
    assert plain.filed_rate == pytest.approx(math.log(100 / 90) * 365.25 / 365)
    assert tenfold.filed_rate == pytest.approx(math.log(460 / 450) * 365.25 / 365)


def test_a_dilution_that_is_too_high_and_one_that_nothing_can_judge(small: Dossier, tmp_path: Path) -> None:
    high = replace(small.market.payoffs, dilution=0.5)
    assert "is above the 10.5% a year" in share_growth(small.market, high, "2024-06-30", 500.0).sentence
    nothing = share_growth(small.market, small.market.payoffs, "2023-03-01", 500.0).sentence
    assert nothing.endswith("neither spending nor two filed share counts are known.")


def test_the_cash_contract_says_how_long_the_cash_lasts(small: Dossier) -> None:
    payoffs = Payoffs({"launch": 900.0}, required_return=0.1, cash=30.0, burn=12.0)
    found = share_growth(small.market, payoffs, "2024-06-30", 500.0)
    assert (found.dilution, found.low, found.high) == (None, None, None)
    assert found.spending_rate == pytest.approx(12.0 / 500.0)  # the burn of the payoffs, where no other is given
    assert found.sentence == (
        "No dilution is assumed: EUR 12.00 a year is spent out of cash of EUR 30.00, enough for 2.5 years, against the"
        " 10.5% a year by which the filed share count grew from 2022-12-31 to 2023-12-31."
    ).replace("EUR ", "€")


# The section and its page.


def test_the_section_says_what_the_lines_say() -> None:
    view = basis(load("quantumscape"), "2025-10-16")
    part = bridged(view)
    assert part is not None
    values = {line.key: line.value for line in part.lines}
    assert values["market_value"] == pytest.approx(view.price.value, rel=1e-12)
    assert part.lead == (
        "The payoffs must explain $8.74 billion and are worth $3.38 billion at our probabilities: $9.85 billion if"
        " commercialization is reached and $350 million if not, with a probability of 32%; the price is right at 88%."
    )
    text = as_text(bridge_page(part, "USD"), width=100)
    for shown in ("522,075,000", "prices.csv:120", "= price * shares", "+12.1%", "agrees with", "5.1% of the market"):
        assert shown in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("price", "right"),
    [
        ("9e12", "no probability makes the price right."),
        ("1e8", "the price is less than failure leaves."),
        ("10/share", "the price is right at 56%."),
    ],
)
def test_the_lead_never_clips(price: str, right: str) -> None:
    part = bridged(basis(load("quantumscape"), "2025-10-16", price=price))
    assert part.lead.endswith(right)


def test_no_market_and_no_price_have_no_section(small: Dossier, tmp_path: Path) -> None:
    assert bridged(basis(small, "2021-01-31")) is None
    files = {name: text for name, text in FILES.items() if name not in ("market.toml", "prices.csv", "shares.csv")}
    assert bridged(basis(load(write(tmp_path, files)), "2024-06-30")) is None


def test_hostile_text_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    text = replaced(FILES["shares.csv"], "2024-02-15,60,A,", "2024-02-15,60,[bold]A=1+1,")
    dossier = load(write(tmp_path, {**FILES, "shares.csv": text}))
    found = bridge(dossier.market, dossier.market.payoffs, dossier.belief("2024-06-30"), "2024-06-30")
    assert found.lines[1].key == "shares_bold_a_1_1"
    assert_recomputes(found)
    page = as_text(bridge_page(bridged(basis(dossier, "2024-06-30")), "EUR"), width=160)
    assert "shares of class [bold]A=1+1" in page
