"""The market page: funding contracts, laws of amounts, classes with weights, adjusted closes, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from bayesmile.assumptions import assumptions_of
from bayesmile.dossier import Dossier, load
from bayesmile.dossier_check import check
from bayesmile.elicitation import Prior
from bayesmile.errors import InvalidInput
from bayesmile.files.market_schema import Amount, NetAmount
from bayesmile.market import fair_price
from tests.dossier_folder import FILES, line_of, replaced, write

SAID = '\nrationale = "assumed"\nsource = "assumption"\n'
DILUTION = f"[payoffs.dilution]\nvalue = 0.02{SAID}"
CASH = f"[payoffs.cash]\nvalue = 30.0{SAID}[payoffs.burn]\nvalue = 12.0{SAID}"
MARKET = FILES["market.toml"]


def spoiled(tmp_path: Path, *pairs: tuple[str, str], **files: str) -> Path:
    """Folder of the small dossier with replacements in market.toml, and with other files."""
    text = MARKET
    for old, new in pairs:
        text = replaced(text, old, new)
    return write(tmp_path, {**FILES, "market.toml": text, **{f"{name}.csv": table for name, table in files.items()}})


def error_of(folder: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        load(folder)
    return str(caught.value).removeprefix(f"{folder}/")


# Funding.


def test_cash_and_burn_are_read(tmp_path: Path) -> None:
    market = load(spoiled(tmp_path, (DILUTION, CASH))).market
    assert market is not None
    assert (market.payoffs.cash, market.payoffs.burn, market.payoffs.dilution) == (30.0, 12.0, 0.0)
    assert {"cash", "burn"} <= set(market.amounts)
    assert "dilution" not in market.amounts


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([(DILUTION, DILUTION + CASH)], ["dilution and cash and burn", "not both"]),
        ([(DILUTION, DILUTION + CASH.partition("[payoffs.burn]")[0])], ["dilution and cash;", "not both"]),
        ([(DILUTION, "")], ["no funding: dilution is missing, or cash and burn are"]),
        ([(DILUTION, CASH.partition("[payoffs.burn]")[0])], ["received cash without burn"]),
        ([(DILUTION, f"[payoffs.burn]\nvalue = 1{SAID}")], ["received burn without cash"]),
        ([(DILUTION, f"{CASH}[payoffs.net_cash]\nvalue = 1{SAID}")], ["received net_cash with cash and burn"]),
    ],
)
def test_funding_is_one_whole_contract(
    tmp_path: Path, pairs: Sequence[tuple[str, str]], says: Sequence[str]
) -> None:
    message = error_of(spoiled(tmp_path, *pairs))
    assert message.startswith(f"market.toml:{line_of(MARKET, '[payoffs.floor]')}: payoffs: ")
    assert [part for part in says if part not in message] == []


def test_no_cash_and_no_burn_is_no_dilution(tmp_path: Path) -> None:
    none = CASH.replace("30.0", "0").replace("12.0", "0")
    plain = load(spoiled(tmp_path / "a", ("value = 0.02", "value = 0")))
    funded = load(spoiled(tmp_path / "b", (DILUTION, none)))
    values = [fair_price(each.belief("2024-06"), each.market.payoffs, as_of="2024-06") for each in (plain, funded)]
    assert values[0] == values[1]


def test_a_late_success_that_the_burn_outruns_is_a_warning(tmp_path: Path) -> None:
    burning = CASH.replace("12.0", "900.0")
    (problem,) = [each for each in check(spoiled(tmp_path, (DILUTION, burning))) if "outrun" in each.message]
    assert problem.level == "warning"
    assert problem.message.startswith("view 2024-06-30: from 2025-")
    assert problem.place.line == line_of(replaced(MARKET, DILUTION, burning), "[payoffs.burn]")


def test_a_net_debt_is_kept_in_every_state(tmp_path: Path) -> None:
    dossiers = [
        load(spoiled(tmp_path / str(number), (DILUTION, DILUTION + table)))
        for number, table in enumerate(["", f"[payoffs.net_cash]\nvalue = -7.5\nlow = -9\nhigh = -6{SAID}"])
    ]
    plain, owing = (fair_price(each.belief("2024-06"), each.market.payoffs, as_of="2024-06") for each in dossiers)
    assert owing == pytest.approx(plain - 7.5, rel=1e-12)
    assert dossiers[1].market.priors["net_cash"].law == "normal"


def test_stages_name_their_milestones(tmp_path: Path) -> None:
    stages = f"[payoffs.values.design]\nvalue = 5{SAID}[payoffs.values.launch]"
    keys = 'beyond_milestone = "design"\nunpaid = ["design"]\n'
    pairs = [("[payoffs.values.launch]", stages), ("[payoffs.floor]", f"[payoffs]\n{keys}[payoffs.floor]")]
    payoffs = load(spoiled(tmp_path / "a", *pairs)).market.payoffs
    assert (payoffs.beyond_milestone, payoffs.unpaid) == ("design", ("design",))
    assert load(spoiled(tmp_path / "b", pairs[0])).market.payoffs.beyond_milestone == "launch"
    for key in ("beyond_milestone", "unpaid"):
        wrong = [pairs[0], (pairs[1][0], pairs[1][1].replace(f'{key} = ', f'{key}   = ').replace("design", "desing"))]
        message = error_of(spoiled(tmp_path / key, *wrong))
        assert "'desing', which is unknown; did you mean 'design'" in message


# Amounts and their curves.


def amount(value: float, low: float, high: float, **more: object) -> Amount:
    return Amount(value=value, low=low, high=high, rationale="why", source="where", **more)  # type: ignore[arg-type]


def test_the_law_follows_the_interval() -> None:
    assert amount(12.0, 6.0, 24.0).prior() == Prior.lognormal(12.0, 6.0, 24.0)
    assert amount(12.0, 6.0, 24.0, law="normal").prior() == Prior.normal(12.0, 6.0, 24.0)
    assert amount(0.3, 0.1, 0.5, law="beta").prior() == Prior.beta(0.3, 0.1, 0.5)
    assert amount(0.3, 0.1, 0.6, law="gamma").prior() == Prior.gamma_between(0.3, 0.1, 0.6)
    assert amount(1.0, 0.0, 2.5).prior() == Prior.gamma_between(1.0, 0.0, 2.5)
    net = NetAmount(value=-1.0, low=-3.0, high=1.0, rationale="why", source="where")
    assert net.prior() == Prior.normal(-1.0, -3.0, 1.0)
    assert Amount(value=1.0, rationale="why", source="where").prior() is None
    assert amount(1.0, 1.0, 1.0).prior() is None


def test_a_gamma_keeps_the_mean_and_its_interval() -> None:
    for mean, low, high in ((1.0, 0.0, 2.5), (1.0, 0.0, 1.2), (40.0, 0.0, 100.0), (3.0, 1.0, 6.0)):
        prior = Prior.gamma_between(mean, low, high)
        law = stats.gamma(prior.first, scale=1.0 / prior.second)
        assert law.mean() == pytest.approx(mean, rel=1e-12)
        assert law.cdf(high) - law.cdf(low) == pytest.approx(0.95 if low == 0.0 else 0.9, abs=1e-10)
    wide = Prior.gamma_between(1.0, 0.0, 9.0)
    assert (wide.first, wide.mean) == (1.0, 1.0)
    assert wide.misfit > 0.25  # so that check says what it is taken as


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("low = 10.0\nhigh = 20.0", "allowed is a value inside low and high"),
        ("low = 5.0\nhigh = 10.0", "allowed is a value inside low and high"),
        ('low = 0\nhigh = 20.0\nlaw = "lognormal"', "log-normal prior, low: received 0"),
        ('low = 5\nhigh = 20.0\nlaw = "beta"', "beta prior: received 90% interval 5 to 20"),
        ('low = 5\nhigh = 20.0\nlaw = "cauchy"', "received 'cauchy'; allowed is 'lognormal', 'normal', 'beta' or"),
        ('law = "normal"', "law: received 'normal' without low and high"),
        ("low = -5\nhigh = 20.0", "payoffs.beyond.low: received -5.0; allowed is a number of at least 0"),
    ],
)
def test_an_interval_needs_a_curve(tmp_path: Path, new: str, says: str) -> None:
    message = error_of(spoiled(tmp_path, ("low = 5.0\nhigh = 20.0", new)))
    assert message.startswith("market.toml:")
    assert says in message


def test_a_lopsided_interval_is_a_warning(tmp_path: Path) -> None:
    folder = spoiled(tmp_path, ("low = 5.0\nhigh = 20.0", "low = 9.5\nhigh = 90.0"))
    (problem,) = check(folder)
    assert problem.message.startswith("payoffs.beyond: lopsided for its centre; taken as log-normal with median 10")


def test_an_amount_that_leaves_its_curve_is_fixed(tmp_path: Path) -> None:
    dossier = load(spoiled(tmp_path, ("high = 20.0", 'high = 20.0\nlaw = "lognormal"')))
    assert dossier.set("payoffs.beyond", 19.0).market.priors["beyond"].quantile(0.5) == pytest.approx(19.0)
    for value in (5.0, 20.0, 21.0, 0.0):
        market = dossier.set("payoffs.beyond", value).market
        assert market.payoffs.beyond == value
        assert "beyond" not in market.priors


def test_a_share_factor_is_drawn_and_not_swept(tmp_path: Path) -> None:
    factor = f"[payoffs.share_factor]\nvalue = 1.05\nlow = 1.0\nhigh = 1.1{SAID}"
    dossier = load(spoiled(tmp_path, (DILUTION, DILUTION + factor)))
    assert dossier.market.priors["share_factor"].quantile(0.5) == pytest.approx(1.05)
    assert dossier.market.capitalisation("2024-06-30").value == 5.0 * 100.0
    swept = assumptions_of(dossier, dossier.known_by("2024-06-30"), dossier.roadmap.names)
    assert [one.field for one in swept if one.field.startswith("payoffs")] == ["payoffs.beyond"]
    none = factor.replace("value = 1.05\nlow = 1.0\nhigh = 1.1", "value = 0")
    assert "share_factor: received 0" in error_of(spoiled(tmp_path / "none", (DILUTION, DILUTION + none)))


def test_the_rest_of_the_page_is_read(tmp_path: Path) -> None:
    dossier = load(
        spoiled(
            tmp_path,
            ('priced = "launch"', 'priced = "launch"\nbenchmark = "All shares"'),
            (DILUTION, f"{DILUTION}[payoffs.risk_free]\nvalue = 0.03{SAID}[spending.burn]\nvalue = 9{SAID}"),
            ('item = "deal-1"', 'item = "deal-1"\nsession = "after"\nbenchmark_return = -0.01\nbeta = 1.3'),
            benchmark="date,close,source\n2023-03-03,99.0,index\n2023-03-01,100.0,index\n",
        )
    )
    market = dossier.market
    assert (market.risk_free.value, market.benchmark_name) == (0.03, "All shares")
    assert (market.spending.burn.value, market.spending.stock_compensation) == (9.0, None)
    assert [(row.date, row.close) for row in market.benchmark] == [("2023-03-01", 100.0), ("2023-03-03", 99.0)]
    (event,) = market.events
    assert (event.session, event.benchmark_return, event.beta) == ("after", -0.01, 1.3)
    assert "risk_free" not in market.amounts
    assert check(dossier.path) == []


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ('session = "noon"', "session: received 'noon'; allowed is 'before', 'during' or 'after'"),
        ("benchmark_return = -1", "benchmark_return: received -1"),
        ('beta = "high"', "beta: received 'high'; allowed is a finite number"),
    ],
)
def test_bad_events_are_refused(tmp_path: Path, new: str, says: str) -> None:
    assert says in error_of(spoiled(tmp_path, ('item = "deal-1"', f'item = "deal-1"\n{new}')))


# Files of prices and share counts.


def test_an_unnamed_benchmark_is_a_warning(tmp_path: Path) -> None:
    table = "date,close,source\n2023-03-01,100.0,index\n"
    (problem,) = check(spoiled(tmp_path, benchmark=table))
    assert "nothing says what the closes of benchmark.csv are of" in problem.message


def test_a_benchmark_needs_a_market(tmp_path: Path) -> None:
    folder = write(tmp_path, {**FILES, "benchmark.csv": "date,close,source\n2023-03-01,100.0,index\n"})
    for name in ("market.toml", "prices.csv", "shares.csv"):
        (folder / name).unlink()
    messages = [str(problem) for problem in check(folder)]
    assert len(messages) == 3
    assert all("missing file" in message for message in messages)


def test_the_benchmark_is_checked_as_prices_are(tmp_path: Path) -> None:
    twice = "date,close,source\n2023-03-01,100.0,index\n2023-03-01,101.0,index\n"
    assert error_of(spoiled(tmp_path, benchmark=twice)).startswith("benchmark.csv:3: date: 2023-03-01 has a price")
    empty = error_of(spoiled(tmp_path / "empty", benchmark="date,close,source\n"))
    assert empty == "benchmark.csv: no price; a market needs at least one"


def adjusted(*cells: str) -> str:
    closes = (("2023-03-03", "4.4"), ("2023-03-01", "4.0"), ("2024-06-28", "5.0"))
    lines = (f"{date},{close},exchange,{cell}" for (date, close), cell in zip(closes, cells, strict=True))
    return "\n".join(["date,close,source,adjusted", *lines, ""])


def test_returns_come_from_adjusted_closes_and_the_capitalisation_from_those_of_the_day(tmp_path: Path) -> None:
    market = load(spoiled(tmp_path, prices=adjusted("2.2", "2.0", "5.0"))).market
    assert market.closes_for_returns() == (("2023-03-01", 2.0), ("2023-03-03", 2.2), ("2024-06-28", 5.0))
    assert market.capitalisation("2023-03-03").value == 4.4 * 90.0
    plain = load(write(tmp_path / "plain")).market
    assert plain.closes_for_returns() == (("2023-03-01", 4.0), ("2023-03-03", 4.4), ("2024-06-28", 5.0))


def test_adjusted_closes_stand_in_every_row_or_in_none(tmp_path: Path) -> None:
    message = error_of(spoiled(tmp_path, prices=adjusted("2.2", "", "5.0")))
    assert message == "prices.csv:3: adjusted: the cell is empty; allowed is a value in every row, or in none"
    assert load(spoiled(tmp_path / "none", prices=adjusted("", "", ""))).market.prices[0].adjusted is None
    assert "adjusted" in error_of(spoiled(tmp_path / "zero", prices=adjusted("0", "1", "1")))


@pytest.mark.parametrize(
    ("closes", "adjusted_ones", "split"),
    [((8.0, 4.1), (4.0, 4.1), "2:1"), ((0.4, 4.1), (4.0, 4.1), "1:10"), ((4.0, 4.1), (3.9, 4.1), "")],
)
def test_a_split_that_the_share_count_does_not_hold_is_a_warning(
    tmp_path: Path, closes: tuple[float, float], adjusted_ones: tuple[float, float], split: str
) -> None:
    """From the split on the close is one of new shares, and the count, until the next filing, one of old ones."""
    days = ("2023-05-02", "2023-05-03")
    rows = [f"{row[0]},{row[1]},exchange,{row[2]}" for row in zip(days, closes, adjusted_ones, strict=True)]
    prices = "\n".join(["date,close,source,adjusted", *rows, "2024-06-28,5.0,exchange,5.0", ""])
    found = [each for each in check(spoiled(tmp_path / "a", prices=prices)) if "split" in each.message]
    assert [each.level for each in found] == ["warning"] * bool(split)
    for each in found:
        assert str(each.place).endswith("prices.csv:3")
        assert f"2023-05-03: the adjusted close over the close jumps as at a split of {split}," in each.message
        assert "the share count used until 2024-02-15 is that of 2022-12-31" in each.message
    after = FILES["shares.csv"] + "2023-05-03,2023-05-03,180,all,filed,release\n"
    assert not any("split" in each.message for each in check(spoiled(tmp_path / "b", prices=prices, shares=after)))


def test_a_day_without_quotes_is_shown_as_it_was_written(tmp_path: Path) -> None:
    message = error_of(spoiled(tmp_path, ('date = "2023-03-03"', "date = 2023-03-03")))
    assert "date: received 2023-03-03 without quotes; allowed is text in quotes" in message


def weighted(text: str, weights: dict[str, str]) -> str:
    header, *lines = text.splitlines()
    return "\n".join([f"{header},weight", *(f"{line},{weights.get(line.split(',')[3], '')}" for line in lines), ""])


def test_classes_are_added_up_with_their_weights(tmp_path: Path) -> None:
    market = load(spoiled(tmp_path, shares=weighted(FILES["shares.csv"], {"B": "1.5"}))).market
    assert market.shares_at("2024-06-30").shares == 60.0 + 40.0 * 1.5
    assert market.capitalisation("2023-03-03").value == pytest.approx(4.4 * (50.0 + 40.0 * 1.5), rel=1e-15)
    assert market.shares_at("2022-01-01").shares == 80.0
    message = error_of(spoiled(tmp_path / "zero", shares=weighted(FILES["shares.csv"], {"B": "0"})))
    assert message.startswith("shares.csv:3: weight: received 0")
    assert "above 0" in message


def test_every_number_has_its_place() -> None:
    for name in ("quantumscape", "phase2_drug"):
        dossier: Dossier = load(name)
        market = dossier.market
        for key in [*(f"payoffs.{one}" for one in market.amounts), *(row.key for row in market.prices)]:
            file, _, line = market.places[key].partition(":")
            text = (dossier.path / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
            assert text.startswith(f"[{key}]" if file == "market.toml" else key.removeprefix("close ")), key


def test_priors_are_those_of_the_intervals() -> None:
    market = load("quantumscape").market
    assert set(market.priors) == {name for name, amount in market.amounts.items() if amount.low is not None}
    value = market.priors["values.commercialization"]
    assert value.quantile(0.5) == pytest.approx(35e9)
    draws = value.sample(20_000, np.random.default_rng(7))
    assert np.mean((draws > 12e9) & (draws < 90e9)) == pytest.approx(0.9, abs=0.01)
