"""The day of an announcement traced: prices on both sides, F and S as of it, bits, noise, and the model's own move."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayesmile.attribution import belief_without
from bayesmile.files.market_schema import MarketEvent
from bayesmile.files.rows import PriceRow
from bayesmile.pricing.lines import Lines
from bayesmile.pricing.sessions import TradingDays
from bayesmile.pricing.states import State, add_state, identifier
from bayesmile.sections.basis import Basis
from bayesmile.sections.event import EventDay
from bayesmile.sections.origins import add_close, add_shares, close_source, engine_source, field_source
from bayesmile.wording import plain

__all__ = ["add_event"]

_ROWS = {"return": "accounts", "close_from": "days", "close_to": "days"}
_NOISE = 1.96  # as in bayesmile.events: a band that 95% of ordinary days stay in, were they normal


@dataclass(frozen=True, slots=True)
class _Day:
    """One event of the report, and where its lines go."""

    lines: Lines
    view: Basis
    day: EventDay
    event: MarketEvent
    number: int
    state: State

    @property
    def moves(self) -> str:
        return f"events[{self.number}].moves[*]"

    def input(self, name: str, value: ArrayLike, unit: str, title: str, source: str, path: str = "") -> None:
        paths = (f"{self.moves}.{path}",) if path else ()
        end = self.state.suffix
        sort = _ROWS.get(name, "")
        self.lines.input(name + end, value, unit, title, source=source, paths=paths, rows=sort and sort + end)

    def formula(self, name: str, text: str, unit: str, title: str, *paths: str) -> None:
        found = [f"{self.moves}.{path}" for path in paths]
        self.lines.formula(name + self.state.suffix, self.state.names(text), unit, title, paths=found)


def add_event(lines: Lines, view: Basis, day: EventDay, number: int) -> dict[str, tuple[str, ...]]:
    """Add the lines of one event of the report; return the labels of their rows."""
    event = next(one for one in view.market.events if (one.date, one.item) == (day.date, day.item))
    study = f"events[{number}].moves[*].study"
    state = State(
        belief=view.dossier.belief(event.date),
        payoffs=view.payoffs,
        as_of=event.date,
        milestone=view.market.priced,
        suffix=f"_event{number + 1}",
        engine=engine_source(view.dossier, f"belief as of {event.date}"),
        paths={"failure": (f"{study}.failure",), "success": (f"{study}.success",)},
    )
    here = _Day(lines, view, day, event, number, state)
    rows = {state.months: add_state(lines, state, view.market.currency)}
    _add_prices(here)
    rows[f"accounts{state.suffix}"] = tuple(plain(move.source) for move in day.moves)
    rows |= _add_noise(here)
    _add_bits(here)
    _add_model(here)
    _add_effects(here)
    return rows


def _add_prices(here: _Day) -> None:
    """Market value on both sides of the day, by every account of its return."""
    lines, view, event, end = here.lines, here.view, here.event, here.state.suffix
    currency, market = view.market.currency, view.market
    before = market.price_at(event.previous_close_date)
    add_close(lines, view.dossier, before, f"close_before{end}", currency, ())
    add_shares(lines, view.dossier, market.shares_at(event.previous_close_date), f"shares{end}")
    returns = [move.simple_return for move in here.day.moves]
    here.input("return", returns, "fraction", "Return of the day", _accounts(here), "simple_return")
    _add_filed(here)
    _add_benchmark(here)
    moved = "study.move"
    here.formula("before", "{close_before} * {shares}", currency, "Market value before", f"{moved}.before")
    here.formula("after", "{before} * (1 + {return})", currency, "Market value after", f"{moved}.after")
    text = "{before} * EXP({beta} * {benchmark_return})"
    here.formula("expected", text, currency, "Market value before, moved with the benchmark")


def _accounts(here: _Day) -> str:
    """Where each account of the return stands."""
    dossier, event = here.view.dossier, here.event
    number = here.view.market.events.index(event)
    reported = {move.source: place for place, move in enumerate(event.reported_moves)}
    found = []
    for move in here.day.moves:
        if move.source in reported:
            found.append(field_source(dossier, "event", number, "reported_moves", reported[move.source], "value"))
        else:
            found += [close_source(dossier, row) for row in _closes(here)]
    return "; ".join(found)


def _closes(here: _Day) -> list[PriceRow]:
    days = here.event.previous_close_date, here.event.date
    return [row for row in here.view.market.prices if row.date in days]


def _add_filed(here: _Day) -> None:
    """Return by the closes of prices.csv, where it holds both: the first account."""
    closes, end = _closes(here), here.state.suffix
    if len(closes) < 2:
        return
    unit = f"{here.view.market.currency} a share"
    for name, row in zip(("close_last", "close_next"), closes, strict=True):
        title = f"Close of {row.date}, for returns"
        here.input(name, row.for_returns, unit, title, close_source(here.view.dossier, row))
    place = f"events[{here.number}].moves[0].simple_return"
    text, title = f"close_next{end} / close_last{end} - 1", "Return of the day by the price file"
    here.lines.formula(f"return_filed{end}", text, "fraction", title, paths=(place,))


def _add_benchmark(here: _Day) -> None:
    """Add the benchmark's part, and the volatility of ordinary days."""
    over, place, end = here.day.benchmark, f"events[{here.number}].benchmark", here.state.suffix
    for name, path, value, unit, title in (
        ("benchmark_return", "log_return", over.log_return, "nats", "Log return of the benchmark"),
        ("beta", "beta", over.beta, "ratio", "Sensitivity to the benchmark"),
    ):
        paths = (f"{place}.{path}", f"{here.moves}.study.move.{name}")
        here.lines.input(name + end, value, unit, title, source=_measured(here), paths=paths)
    for name, value, unit, title in (
        ("beta_error", over.beta_error, "ratio", "Standard error of the sensitivity"),
        ("days", float(over.days), "days", "Ordinary days before the event that were measured"),
    ):
        if math.isnan(value):
            continue  # a beta that was given has no standard error
        line = f"benchmark_{name}{end}"
        here.lines.input(line, value, unit, title, source=_measured(here), paths=(f"{place}.{name}",))


def _measured(here: _Day) -> str:
    """Where the benchmark's numbers come from."""
    number = here.view.market.events.index(here.event)
    return f"{field_source(here.view.dossier, 'event', number)}: {plain(here.day.benchmark.note)}"


def _add_noise(here: _Day) -> dict[str, tuple[str, ...]]:
    """Volatility of ordinary days: from the closes before the event, or as fitted with the benchmark."""
    wanted = here.day.benchmark.volatility
    paths = f"events[{here.number}].benchmark.volatility", f"{here.moves}.study.move.volatility"
    if wanted is None:
        return {}
    market, previous = here.view.market, here.event.previous_close_date
    share = TradingDays.of(market.prices)
    days = share.quiet(previous)
    own = float(np.std([part.log_return for part in days], ddof=1)) if days else 0.0
    count = max(1, sum(previous < day <= here.event.date for day in share.dates))
    end, title = here.state.suffix, "Standard deviation of ordinary log returns over a time as long"
    if not math.isclose(own * math.sqrt(count), wanted, rel_tol=1e-12):
        source = f"least squares on prices.csv and benchmark.csv: {plain(here.day.benchmark.note)}"
        here.lines.input(f"volatility{end}", wanted, "nats", title, source=source, paths=paths)
        return {}
    closes = {row.date: row for row in market.prices}
    first, last = (close_source(here.view.dossier, closes[day]) for day in (days[0].previous, days[-1].date))
    unit, source = f"{market.currency} a share", f"{first} to {last}"
    for name, ends, what in (
        ("close_from", [part.previous for part in days], "Close of the trading day before"),
        ("close_to", [part.date for part in days], "Close of an ordinary day before the event"),
    ):
        here.input(name, [closes[day].for_returns for day in ends], unit, what, source)
    here.formula("daily_return", "LN({close_to} / {close_from})", "nats", "Log return of the day")
    here.input("length", float(count), "days", "Trading days of the event", _accounts(here))
    text = here.state.names("STDEV({daily_return}) * SQRT({length})")
    here.lines.formula(f"volatility{end}", text, "nats", title, paths=paths)
    return {f"days{end}": tuple(part.date for part in days)}


def _add_bits(here: _Day) -> None:
    """Add the move in nats and bits: its bound, at our payoffs, by shares of it, and of an ordinary day."""
    here.formula("log_return", "LN({after} / {expected})", "nats", "Log return beyond the benchmark's part")
    text = "({expected} - {failure}) / ({success} - {failure})"
    here.formula("implied_before", text, "probability", "Implied before", "study.probability_before")
    text = "({after} - {failure}) / ({success} - {failure})"
    here.formula("implied_after", text, "probability", "Implied after", "study.probability_after")
    here.formula("excess", "{after} / {expected} - 1", "fraction", "The same as a fraction", "excess_return")
    text = "ABS(LN(({after} - MIN(0, {failure})) / ({expected} - MIN(0, {failure}))))"
    here.formula("bound", text, "nats", "The move is at least this", "study.bound_nats")
    here.formula("bound_bits", "{bound} / LN(2)", "bits", "The move is at least this", "bound_bits")
    title = "Log Bayes factor at our payoffs, if all of it is about the milestone"
    here.formula("move", _factor("{after}"), "nats", title, "study.log_bayes_factor_nats")
    here.formula("move_bits", "{move} / LN(2)", "bits", title, "bits")
    for share in here.day.moves[0].bits_by_share:
        part = float(share.rstrip("%")) / 100.0
        text = f"({_factor(f'{{expected}} * EXP({part:g} * {{log_return}})')}) / LN(2)"
        name = f"move_bits_{share.rstrip('%')}"
        here.formula(name, text, "bits", f"The same if {share} of the return is about it", f"bits_by_share.{share}")
    if f"volatility{here.state.suffix}" in here.lines:
        for at, (name, sign) in enumerate((("noise_low", "-"), ("noise_high", ""))):
            text = _factor(f"{{expected}} * EXP({sign}{_NOISE} * {{volatility}})")
            title = f"What an ordinary day would give, {'97.5' if at else '2.5'}% point"
            here.formula(name, text, "nats", title, f"study.noise_nats[{at}]")
            here.formula(f"{name}_bits", f"{{{name}}} / LN(2)", "bits", title, f"noise_bits[{at}]")
    if f"unit_value{here.state.suffix}" in here.lines:
        value = f"value_{identifier(here.state.milestone)}"
        text = f"({{after}} - {{expected}}) / {{implied_before}} / ({value} * {{unit_value}})"
        text = f"IF({{implied_before}} > 0, IF({value} > 0, {text}, UNDEFINED), UNDEFINED)"
        title = "Change of the success value that would explain the day at the probability before"
        here.formula("value_change", text, "fraction", title, "study.success_value_change")


def _factor(after: str) -> str:
    """Log Bayes factor of a move to `after`; undefined unless both prices lie between F and S."""
    won = f"(({after} - {{failure}}) * ({{success}} - {{expected}}))"
    lost = f"(({{expected}} - {{failure}}) * ({{success}} - {after}))"
    inside = f"IF(MAX({{expected}}, {after}) < {{success}}, LN({won} / {lost}), UNDEFINED)"
    return f"IF({{failure}} < MIN({{expected}}, {after}), {inside}, UNDEFINED)"


def _add_model(here: _Day) -> None:
    """Add what the announcement meant to the model, with against without it."""
    lines, end, name = here.lines, here.state.suffix, here.state.milestone
    pmf = belief_without(here.view.dossier, here.event.date, here.event.item).pmf(name)
    source = engine_source(here.view.dossier, f"belief as of {here.event.date} without {plain(here.event.item)}")
    for line, value, title in (
        ("without", float(pmf[:-1].sum()), "Our probability without the announcement"),
        ("missed_without", float(pmf[-1]), "Its opposite"),
    ):
        lines.engine(line + end, value, "probability", title, source=source)
    text = here.state.names("LN({probability} / {missed}) - LN({without} / {missed_without})")
    title, place = "What the announcement meant to the model", f"events[{here.number}]"
    lines.formula(f"model{end}", text, "nats", title, paths=(f"{here.moves}.study.model_nats",))
    lines.formula(f"model_bits{end}", f"model{end} / LN(2)", "bits", title, paths=(f"{place}.model_bits",))


def _add_effects(here: _Day) -> None:
    """Add the same for each target."""
    end, targets = here.state.suffix, tuple(here.day.effects)
    source = engine_source(here.view.dossier, f"beliefs as of {here.event.date} with and without the announcement")
    for number, target in enumerate(targets, start=1):
        place, name = f"events[{here.number}].effects.{target}", f"target{number}"
        for part in ("before", "after"):
            value, title = getattr(here.day.effects[target], part), f"{target}: {part} the announcement"
            here.lines.engine(
                f"{name}_{part}{end}", value, "probability", title, source=source, paths=(f"{place}.{part}",)
            )
        text = f"100 * ({name}_after{end} - {name}_before{end})"
        here.lines.formula(f"{name}_points{end}", text, "points", f"{target}: change", paths=(f"{place}.points",))
        bits = here.day.effects[target].bits
        here.lines.engine(
            f"{name}_bits{end}", bits, "bits", f"{target}: change", source=source, paths=(f"{place}.bits",)
        )
