"""The day of an announcement traced: prices on both sides, F and S as of it, bits, noise, and the model's own move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from numpy.typing import ArrayLike

from bayesmile.attribution import belief_without
from bayesmile.files.market_schema import MarketEvent
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
    first = here.day.moves[0].study.move
    title = "Log return of the benchmark"
    here.input(
        "benchmark_return", first.benchmark_return, "nats", title, _benchmark(here), "study.move.benchmark_return"
    )
    here.input("beta", first.beta, "ratio", "Sensitivity to the benchmark", _benchmark(here), "study.move.beta")
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
            found += [close_source(dossier, row) for row in here.view.market.prices if row.date in _days(event)]
    return "; ".join(found)


def _days(event: MarketEvent) -> tuple[str, str]:
    return event.previous_close_date, event.date


def _benchmark(here: _Day) -> str:
    number = here.view.market.events.index(here.event)
    return field_source(here.view.dossier, "event", number)


def _add_noise(here: _Day) -> Mapping[str, tuple[str, ...]]:
    """Volatility of ordinary days, from the closes before the event; nothing where there are too few."""
    if here.day.moves[0].study.move.volatility is None:
        return {}
    market = here.view.market
    days = TradingDays.of(market.prices).quiet(here.event.previous_close_date)
    closes = {row.date: row for row in market.prices}
    first, last = (close_source(here.view.dossier, closes[day]) for day in (days[0].previous, days[-1].date))
    unit, source = f"{market.currency} a share", f"{first} to {last}"
    for name, ends, title in (
        ("close_from", [part.previous for part in days], "Close of the trading day before"),
        ("close_to", [part.date for part in days], "Close of an ordinary day before the event"),
    ):
        here.input(name, [closes[day].for_returns for day in ends], unit, title, source)
    here.formula("daily_return", "LN({close_to} / {close_from})", "nats", "Log return of the day")
    text, path = "STDEV({daily_return})", "study.move.volatility"
    here.formula("volatility", text, "nats", "Standard deviation of ordinary daily log returns", path)
    return {f"days{here.state.suffix}": tuple(part.date for part in days)}


def _add_bits(here: _Day) -> None:
    """Add the move in nats and bits: its bound, at our payoffs, by shares of it, and of an ordinary day."""
    here.formula("log_return", "LN({after} / {expected})", "nats", "Log return beyond the benchmark's part")
    text = "({expected} - {failure}) / ({success} - {failure})"
    here.formula("implied_before", text, "probability", "Implied before", "study.probability_before")
    text = "({after} - {failure}) / ({success} - {failure})"
    here.formula("implied_after", text, "probability", "Implied after", "study.probability_after")
    here.formula("bound", "ABS({log_return})", "nats", "The move is at least this", "study.bound_nats")
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
