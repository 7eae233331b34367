"""The errors that callers can catch; every one says what was received and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["BayesmileError", "ImpossibleEvidence", "InfeasiblePrice", "InvalidInput"]


class BayesmileError(Exception):
    """Base class of every error that this package raises on purpose."""


class InvalidInput(BayesmileError, ValueError):
    """Input that cannot be accepted: the message names the field, what was received and what is allowed."""


class ImpossibleEvidence(BayesmileError):
    """The evidence has zero probability under the roadmap.

    Parameters
    ----------
    message : str
        One sentence that names the contradicting items.
    items : sequence of str
        The same items, each as a short description; a smallest set that is already contradictory.
    """

    def __init__(self, message: str, items: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.items = tuple(items)


class InfeasiblePrice(BayesmileError):
    """No change of belief reprices the payoffs to this price.

    Parameters
    ----------
    price : float
        The price received, in the currency of the payoffs.
    lowest, highest : float
        Attainable range of the expected present value, in the same currency.
    """

    def __init__(self, price: float, lowest: float, highest: float) -> None:
        super().__init__(
            f"price {price:,.6g} lies outside the range that any belief consistent with this roadmap can give:"
            f" {lowest:,.6g} to {highest:,.6g}"
        )
        self.price, self.lowest, self.highest = price, lowest, highest
