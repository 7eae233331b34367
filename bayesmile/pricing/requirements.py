"""What would have to be true for a price to be right, in plain sentences with numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bayesmile.belief import Belief
from bayesmile.breakevens import LARGEST_RETURN, check_value, price_equation, rates_between
from bayesmile.core.equation import PriceEquation
from bayesmile.grid import When
from bayesmile.market import TwoState, checked_price, two_state
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.axes import arrival_months
from bayesmile.pricing.solving import Solved, Unknown, solve_for
from bayesmile.wording import money, percent, times, words

__all__ = ["Requirement", "what_must_hold"]

_SAME = 0.0005  # a required return is written to a tenth of a percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that would have to be true.

    Attributes
    ----------
    about : str
        ``"value"`` (what the price says of our numbers as they are), ``"probability"``, ``"success value"``,
        ``"date"``, ``"return"`` or ``"funding"``.
    text : str
        The sentence.
    held : str
        What it holds fixed, besides what the sentence itself names.
    solved : Solved
        The number behind it.
    """

    about: str
    text: str
    held: str
    solved: Solved


@dataclass(frozen=True, slots=True)
class _Case:
    belief: Belief
    payoffs: Payoffs
    as_of: When
    price: float
    currency: str
    state: TwoState
    equation: PriceEquation

    def solve(self, unknown: Unknown, *, probability: float | None = None, arrival: str | None = None) -> Solved:
        return solve_for(
            unknown,
            self.belief,
            self.payoffs,
            as_of=self.as_of,
            price=None if unknown == "price" else self.price,
            probability=probability,
            arrival=arrival,
            milestone=self.state.milestone,
        )

    def money(self, amount: float) -> str:
        return money(amount, self.currency)

    @property
    def what(self) -> str:
        return words(self.state.milestone)

    @property
    def ours(self) -> str:
        return percent(self.state.probability)

    @property
    def value(self) -> str:
        return self.money(self.equation.value)

    def held(self, *free: str) -> str:
        """Everything that stays as assumed, but for what is free or named in the sentence."""
        parts = {
            "success value": f"a success value of {self.value}",
            "dates": "our dates",
            "return": f"a required return of {_rate(self.payoffs.required_return)}",
            "funding": _funding(self.payoffs, self.currency),
        }
        kept = [text for name, text in parts.items() if name not in free and text]
        if len(self.payoffs.values) > 1:
            kept.append("the other milestones as we believe them, given that this one is reached or not")
        return "; ".join(kept)


def what_must_hold(
    belief: Belief,
    payoffs: Payoffs,
    *,
    price: float,
    as_of: When,
    milestone: str | None = None,
    currency: str = "USD",
    dates: str | Iterable[When] = (),
) -> tuple[Requirement, ...]:
    """Say what would have to be true for a price to be right: one number changed at a time, all others held.

    Parameters
    ----------
    belief, payoffs, price, as_of, milestone
        As in `implied_probability`.
    currency : str
        For the sentences.
    dates : str, or iterable of str or date
        Months of a certain success of which to say what it would have to be worth.

    Returns
    -------
    tuple of Requirement
        Also where nothing makes the price right: then the sentence says so and why.

    Raises
    ------
    InvalidInput
        As in `solve_for` with the success value as the unknown.

    Examples
    --------
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.0] * 12 + [0.5]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 24))
    >>> payoffs = bm.Payoffs({"approval": 100e6}, required_return=0.12)
    >>> for one in what_must_hold(belief, payoffs, price=60e6, as_of="2026-01")[1:4]:
    ...     print(one.text)
    At our success value of $100 million, the price needs a probability of 68% that approval is reached by 2027-12; ours
    is 50%.
    The price is what certain success is worth if success has a value of $67.6 million: below that, no probability is
    enough.
    At our probability of 50%, success needs a value of $135 million; ours is $100 million.
    """
    price = checked_price(price)
    state = two_state(belief, payoffs, as_of=as_of, milestone=milestone)
    check_value(belief, payoffs, as_of, state)
    equation = price_equation(belief, payoffs, as_of=as_of, milestone=milestone)
    case = _Case(belief, payoffs, as_of, price, currency, state, equation)
    wanted = (dates,) if isinstance(dates, str) else tuple(dates)
    months = arrival_months(belief, as_of, wanted) if wanted else ()
    parts: tuple[Callable[[_Case], Iterator[Requirement]], ...] = (_worth, _probability, _values)
    found = [one for part in parts for one in part(case)]
    found += [one for month in months for one in _dated(case, month)]
    return tuple(found + [one for part in (_arrivals, _returns, _contract) for one in part(case)])


def _rate(rate: float) -> str:
    return f"{100.0 * rate:.1f}% a year"


def _funding(payoffs: Payoffs, currency: str) -> str:
    if payoffs.has_cash_contract:
        return f"cash of {money(payoffs.cash, currency)} and a burn of {money(payoffs.burn, currency)} a year"
    return f"a dilution of {_rate(payoffs.dilution)}" if payoffs.dilution > 0.0 else ""


def _worth(case: _Case) -> Iterator[Requirement]:
    solved = case.solve("price")
    if math.isnan(solved.value):
        return
    text = f"Our numbers as they are give a value of {case.money(solved.value)}{_than(solved.value, case.price)}."
    held = f"our probability of {case.ours}; {case.held()}"
    yield Requirement(about="value", text=text, held=held, solved=solved)


def _than(value: float, price: float) -> str:
    """How a value compares with the price."""
    if price == 0.0 or value <= 0.0:
        return "" if value >= 0.0 else ", less than nothing"
    change = value / price - 1.0
    if abs(change) < _SAME:
        return ", the price"
    if change > 1.0:
        return f", {times(value / price)} the price"
    return f", {percent(abs(change))} {'less' if change < 0.0 else 'more'} than the price"


def _probability(case: _Case) -> Iterator[Requirement]:
    solved, state = case.solve("probability"), case.state
    start = f"At our success value of {case.value},"
    success, failure = case.money(state.success), case.money(state.failure)
    by = f"{case.what} is reached by {case.belief.grid.last}"
    if solved.possible:
        text = f"{start} the price needs a probability of {percent(solved.value)} that {by}; ours is {case.ours}."
    elif solved.reason == "silent":
        why = f"both are worth {success}" if state.success == state.failure else "we leave no doubt about it"
        text = f"{start} no price says how likely it is that {by}: {why}."
    elif solved.reason == "dear":
        what = "certain success" if state.success > state.failure else "certain failure"
        best = success if state.success > state.failure else failure
        text = f"{start} no probability is enough: even {what} is worth {best} today, less than the price."
    else:
        least = f"failure leaves {failure}" if state.failure < state.success else f"success is worth only {success}"
        text = f"{start} no probability is low enough: {least}, more than the price."
    yield Requirement(about="probability", text=text, held=case.held("success value"), solved=solved)


def _values(case: _Case) -> Iterator[Requirement]:
    sure, held = case.solve("success_value", probability=1.0), case.held("success value")
    failure = float(case.equation.failure())
    if case.price == failure:
        text = "The price is what failure alone leaves: it assumes no chance of success, whatever its value."
    elif case.price < failure:
        where = f"with a success value above {case.money(sure.value)}" if sure.possible else "whatever its value"
        left = f"Failure alone leaves {case.money(failure)}, more than the price"
        text = f"{left}; {where}, no probability is low enough."
    elif sure.possible:
        text = (
            f"The price is what certain success is worth if success has a value of {case.money(sure.value)}: below"
            " that, no probability is enough."
        )
    else:
        text = "Certain success is worth more than the price whatever its value: what else is kept exceeds it already."
    yield Requirement(about="success value", text=text, held=held, solved=sure)
    ours = case.solve("success_value")
    start = f"At our probability of {case.ours},"
    if ours.possible:
        text = f"{start} success needs a value of {case.money(ours.value)}; ours is {case.value}."
    else:
        rest = case.money(float(case.equation.worth(value=0.0)))
        text = f"{start} no value of success is low enough: what else is kept is worth {rest}, more than the price."
    yield Requirement(about="success value", text=text, held=held, solved=ours)


def _dated(case: _Case, month: str) -> Iterator[Requirement]:
    sure = case.solve("success_value", probability=1.0, arrival=month)
    if not sure.possible:
        text = f"Success certain to come in {month} is worth more than the price whatever its value."
    else:
        ours = case.solve("success_value", arrival=month)
        text = f"Success certain to come in {month} needs a value of {case.money(sure.value)}"
        text += f", and {case.money(ours.value)} at our probability of {case.ours}." if ours.possible else "."
    yield Requirement(about="success value", text=text, held=case.held("success value", "dates"), solved=sure)


def _arrivals(case: _Case) -> Iterator[Requirement]:
    for p, what in ((1.0, "If success is certain"), (None, f"At our probability of {case.ours}")):
        solved = case.solve("arrival", probability=p)
        worth = f"and worth {case.value}" if p == 1.0 else f"and success worth {case.value}"
        if solved.possible:
            text = f"{what} {worth}, it has to come by {solved.month}, {_ahead(solved.value)}."
        elif solved.reason == "dear":
            most = case.money(float(case.equation.worth(p, years=0.0)))
            text = f"{what} {worth}, no date is early enough: even today that makes {most}, less than the price."
        elif solved.reason == "late":
            text = f"{what} {worth}, any date by the horizon, {case.belief.grid.last}, is early enough."
        else:
            text = f"{what} {worth}, any date is early enough: however late, it is worth more than the price."
        yield Requirement(about="date", text=text, held=case.held("success value", "dates"), solved=solved)


def _ahead(years: float) -> str:
    if years < 1.0:
        months = math.floor(12.0 * years)
        return "less than a month from now" if months < 1 else f"{months} month{'s' if months > 1 else ''} from now"
    return f"{years:.1f} years from now"


def _returns(case: _Case) -> Iterator[Requirement]:
    ours, assumed = case.solve("required_return"), case.payoffs.required_return
    if ours.possible and abs(ours.value - assumed) < _SAME:
        text = f"Our numbers give the price at the required return that we take, {_rate(assumed)}."
    elif ours.possible:
        text = f"Our numbers give the price at a required return of {_rate(ours.value)}; we take {_rate(assumed)}."
    else:
        text = f"No required return makes our numbers give the price: {_no_rate(case, ours, None)}."
    held = f"our probability of {case.ours}; {case.held('return')}"
    yield Requirement(about="return", text=text, held=held, solved=ours)
    sure = case.solve("required_return", probability=1.0)
    if sure.possible:
        text = f"If success were certain, who buys at the price would earn {_rate(sure.value)}."
    else:
        text = f"If success were certain, no required return would give the price: {_no_rate(case, sure, 1.0)}."
    yield Requirement(about="return", text=text, held=case.held("return"), solved=sure)


def _no_rate(case: _Case, solved: Solved, p: float | None) -> str:
    """Why no rate meets the price; its formal value where that is below zero and exact."""
    if solved.reason == "silent":
        return "nothing is discounted"
    if solved.reason == "cheap":
        return f"at any up to {LARGEST_RETURN:,.0%} a year more is left than the price"
    fixed = case.payoffs.dilution
    rates = rates_between(fixed, fixed + LARGEST_RETURN)
    most = case.money(float(case.equation.worth(p, rate=rates).max()))
    formal = "" if math.isnan(solved.value) else f", and the price asks for {_rate(solved.value)}"
    start = "the most that any leaves is" if case.payoffs.has_cash_contract else "even none at all leaves"
    return f"{start} {most}{formal}"


def _contract(case: _Case) -> Iterator[Requirement]:
    """Dilution or burn at which our numbers give the price."""
    held = f"our probability of {case.ours}; {case.held('funding')}"
    if case.payoffs.has_cash_contract:
        burn = case.solve("burn")
        assumed = case.money(case.payoffs.burn)
        if burn.possible:
            text = f"Our numbers give the price at a burn of {case.money(burn.value)} a year; we take {assumed}."
            yield Requirement(about="funding", text=text, held=held, solved=burn)
        elif burn.reason == "dear":
            none = case.money(float(case.equation.worth(burn=0.0)))
            text = f"No burn makes our numbers give the price: even none at all leaves {none}."
            yield Requirement(about="funding", text=text, held=held, solved=burn)
        return
    if not all(isinstance(value, float) for value in case.payoffs.values.values()):
        return
    ours = case.solve("dilution")
    assumed = _rate(case.payoffs.dilution)
    if ours.possible:
        text = f"Our numbers give the price at a dilution of {_rate(ours.value)}; we take {assumed}."
    elif ours.reason == "dear":
        rate = case.payoffs.required_return
        none = case.money(float(case.equation.worth(rate=rate)))
        text = f"No dilution makes our numbers give the price: even none at all leaves {none}."
    else:
        return
    yield Requirement(about="funding", text=text, held=held, solved=ours)
