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
    """No allowed change of belief reprices the payoffs to this price.

    Parameters
    ----------
    price : float
        The price received, in the currency of the payoffs.
    lowest, highest : float
        Range of the expected present value that the allowed changes attain, in the same currency.
    allowed : str
        Whose range that is, for the message.
    """

    def __init__(
        self, price: float, lowest: float, highest: float, *, allowed: str = "any belief consistent with this roadmap"
    ) -> None:
        super().__init__(
            f"price {price:,.6g} lies outside the range that {allowed} can give: {lowest:,.6g} to {highest:,.6g}"
        )
        self.price, self.lowest, self.highest = price, lowest, highest
