"""The bridge: from a price per share to what the payoffs must explain, and from the payoffs to what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayesmile.belief import Belief
from bayesmile.errors import InvalidInput
from bayesmile.files.market_page import Market
from bayesmile.grid import When
from bayesmile.market import present_values
from bayesmile.payoffs import Payoffs
from bayesmile.pricing.bridge_lines import BridgeLine, Page, has_price, market_side, reading_side
from bayesmile.pricing.bridge_payoffs import payoff_side

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Bridge", "bridge"]

_COLUMNS = ("key", "side", "label", "formula", "value", "unit", "source", "cited")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """Every number between a price per share and a model value, in the order in which an analyst recomputes them.

    Attributes
    ----------
    as_of, currency : str
    milestone : str
        The milestone in question.
    lines : tuple of BridgeLine
        Each formula uses only lines above its own.
    notes : tuple of str
        What a reader should be told about the payoffs.
    """

    as_of: str
    currency: str
    milestone: str
    lines: tuple[BridgeLine, ...]
    notes: tuple[str, ...]

    def value(self, key: str) -> float:
        """Value of one line.

        Raises
        ------
        InvalidInput
            If there is no such line.
        """
        for line in self.lines:
            if line.key == key:
                return line.value
        raise InvalidInput(f"bridge: received {key!r}; lines here are {', '.join(line.key for line in self.lines)}")

    def to_pandas(self) -> pd.DataFrame:
        """One row a line, by its key: side, label, formula, value, unit, source, cited."""
        import pandas as pd

        table = [[getattr(line, column) for column in _COLUMNS] for line in self.lines]
        return pd.DataFrame(table, columns=list(_COLUMNS)).set_index("key")


def bridge(
    market: Market,
    payoffs: Payoffs,
    belief: Belief,
    as_of: When,
    price: float | None = None,
    *,
    per_share: float | None = None,
    milestone: str | None = None,
) -> Bridge:
    """Lay out a price and its payoffs line by line.

    One side leads from the price per share to the value that the payoffs must explain: the market value less any net
    cash. The other leads to what they are worth at our probabilities, (1 - p) F + p S. Both leave net cash out, where
    `two_state` has it in F and S. The last lines compare the two.

    Parameters
    ----------
    market : Market
        Prices and share counts, and where each number stands.
    payoffs : Payoffs
        Those in use.
    belief : Belief
    as_of : str or date
    price : float, optional
        Market value of the equity; from prices.csv and shares.csv if left out.
    per_share : float, optional
        Price per share instead of the last close.
    milestone : str, optional
        The milestone in question; that of the market page if left out.

    Returns
    -------
    Bridge
        Without a price that is public by the as-of date, only the side of the payoffs. F is left out where the
        milestone is certain, S where it is impossible.

    Raises
    ------
    InvalidInput
        If both prices are given, a price is negative, no share count is public for a price per share, or a milestone is
        not on the roadmap.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> dossier = load("phase2_drug")
    >>> found = bridge(dossier.market, dossier.market.payoffs, dossier.belief("2025-12-31"), "2025-12-31")
    >>> [(line.key, line.value, line.source) for line in found.lines[:2]]
    [('price', 2.6, 'prices.csv:2'), ('shares_common', 80000000.0, 'shares.csv:2')]
    >>> found.value("market_value"), found.lines[3].formula
    (208000000.0, 'price * shares')
    """
    if price is not None and per_share is not None:
        raise InvalidInput("price: received both a market value and a price per share; allowed is one of them")
    name = milestone or market.priced
    if name not in belief.roadmap.names:
        raise InvalidInput(f"milestone: received {name!r}; allowed are {', '.join(belief.roadmap.names)}")
    present = present_values(belief, payoffs, as_of)
    page = Page(market=market, payoffs=payoffs, present=present, belief=belief, as_of=as_of, name=name)
    lines = list[BridgeLine]()
    if price is not None or per_share is not None or has_price(page):
        lines += market_side(page, price, per_share)
    lines += payoff_side(page)
    lines += reading_side(page, {line.key: line.value for line in lines})
    return Bridge(
        as_of=str(as_of), currency=market.currency, milestone=name, lines=tuple(lines), notes=present.notes
    )
