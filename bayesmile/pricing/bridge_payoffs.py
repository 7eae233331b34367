"""Lines of the bridge from the payoffs, and what the belief adds to them, to what they are worth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bayesmile.core.funding import annuity
from bayesmile.core.tilting import discount, years_ahead
from bayesmile.market import by_row
from bayesmile.pricing.bridge_lines import BridgeLine, Page
from bayesmile.wording import words

__all__ = ["payoff_side"]

Array = NDArray[np.float64]

Part = tuple[list[BridgeLine], list[str], float]
"""Lines, the terms of a sum by their keys, and what the terms come to."""


def payoff_side(page: Page) -> Iterator[BridgeLine]:
    """Assumptions, what the belief adds to them, F, S, p and the model value; all without the net cash."""
    pmf = page.belief.pmf(page.name)
    p, left = float(pmf[:-1].sum()), float(pmf[-1])
    name, priced = words(page.name), page.name in page.present.rows
    lines, kept, base = _kept(page)
    yield from lines
    failure = success = 0.0
    if left > 0.0:
        lines, terms, worth = _if_not(page) if priced else ([], [], 0.0)
        others = list(_others(page, reached=False))
        yield from (*lines, *others)
        failure = base + worth + sum(line.value for line in others)
        formula = " + ".join([*kept, *terms, *(line.key for line in others)])
        yield page.line("failure", f"F, worth if {name} is not reached by the horizon", formula, failure)
    if p > 0.0:
        lines, terms, worth = _if_reached(page, pmf[:-1] / p) if priced else ([], [], 0.0)
        others = list(_others(page, reached=True))
        yield from (*lines, *others)
        success = base + worth + sum(line.value for line in others)
        formula = " + ".join([*kept, *terms, *(line.key for line in others)]).replace("+ -", "- ")
        yield page.line("success", f"S, worth if {name} is reached by the horizon", formula, success)
    yield page.of_belief("probability", f"p, chance that {name} is reached by the horizon", p, "probability")
    formula = "success" if left <= 0.0 else "failure"
    if 0.0 < p and left > 0.0:
        formula = "(1 - probability) * failure + probability * success"
    label = "what the payoffs are worth at our probabilities"
    yield page.line("model_value", label, formula, left * failure + p * success)


def _kept(page: Page) -> Part:
    """Floor, and cash whose burn has ended; the net cash is left out."""
    payoffs = page.payoffs
    lines = [page.assumed("floor", "floor", payoffs.floor, "kept in every state", page.unit)]
    if payoffs.funding_milestone in page.present.rows or payoffs.cash == 0.0:
        return lines, ["floor"], payoffs.floor
    label = f"cash that the burn left when {words(payoffs.funding_milestone)} was reached"
    lines.append(page.assumed("cash", "cash", payoffs.cash, label, page.unit))
    return lines, ["floor", "cash"], payoffs.floor + payoffs.cash


def _if_not(page: Page) -> Part:
    """Last cell of the row of the milestone in question."""
    last = float(page.present.rows[page.name][-1])
    if isinstance(page.payoffs.values[page.name], np.ndarray):
        label = "beyond: the last cell of its row of present values"
        return [page.assumed("beyond", f"values.{page.name}", last, label, page.unit)], ["beyond"], last
    if page.name != page.payoffs.funding_milestone:
        return [], [], 0.0
    label = "beyond: present value of failure, and of success after the horizon"
    return [page.assumed("beyond", "beyond", page.payoffs.beyond, label, page.unit)], ["beyond"], last


def _if_reached(page: Page, given: Array) -> Part:
    """Own success of the milestone in question, its month having the law `given`."""
    payoffs, value = page.payoffs, page.payoffs.values[page.name]
    if not isinstance(value, float):
        worth = float(given @ page.present.rows[page.name][:-1])
        return [page.of_belief("own", "average of its row of present values", worth, page.unit)], ["own"], worth
    grid, law = page.belief.grid, f"over the months in which {words(page.name)} is reached"
    month, fraction = grid.moment(page.as_of)
    years = years_ahead(grid.months, month, fraction)
    factor = float(given @ discount(grid.months, month, fraction, payoffs.required_return + payoffs.dilution))
    power = "r" if payoffs.has_cash_contract else "(r + d)"
    label = f"V, value when {words(page.name)} is reached"
    lines = [page.assumed("value", f"values.{page.name}", value, label, page.unit), *_rates(page)]
    lines.append(page.of_belief("years", f"expected years to success: average {law}", float(given @ years), "years"))
    label = f"discount factor: average of exp(-{power} x years) {law}"
    lines.append(page.of_belief("discount", label, factor, "factor"))
    if not payoffs.has_cash_contract or page.name != payoffs.funding_milestone:
        return lines, ["value * discount"], value * factor
    spent = float(given @ annuity(grid.months, month, fraction, payoffs.required_return))
    label = f"years of burn at present value: average of (1 - exp(-r x years)) / r {law}"
    lines += [*_cash(page), page.of_belief("annuity", label, spent, "years")]
    return lines, ["value * discount", "cash", "-burn * annuity"], value * factor + payoffs.cash - payoffs.burn * spent


def _rates(page: Page) -> Iterator[BridgeLine]:
    payoffs = page.payoffs
    rate = "required_return"
    yield page.assumed(rate, rate, payoffs.required_return, "r, required return, continuous", "a year")
    if not payoffs.has_cash_contract:
        label = "d, growth of the share count until success, continuous"
        yield page.assumed("dilution", "dilution", payoffs.dilution, label, "a year")


def _cash(page: Page) -> Iterator[BridgeLine]:
    payoffs = page.payoffs
    yield page.assumed("cash", "cash", payoffs.cash, "cash of today less debt", page.unit)
    yield page.assumed("burn", "burn", payoffs.burn, "cash spent a year until success", f"{page.unit} a year")


def _others(page: Page, *, reached: bool) -> Iterator[BridgeLine]:
    """Worth of each of the other priced milestones, given that this one is reached or not."""
    names = [name for name in page.present.rows if name != page.name]
    if not names:
        return
    row = by_row(page.belief, page.name, page.belief.grid.months - 1, reached=reached)
    given, side = page.belief.update(row), "reached" if reached else "not_reached"
    for name in names:
        label = f"worth of {words(name)} if {words(page.name)} is {'' if reached else 'not '}reached"
        worth = float(given.pmf(name) @ page.present.rows[name])
        yield page.of_belief(f"{name.replace('-', '_')}_if_{side}", label, worth, page.unit)
