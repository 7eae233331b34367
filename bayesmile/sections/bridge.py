"""Report section that an analyst recomputes line by line: from the price per share to the value of the payoffs."""

from __future__ import annotations

from dataclasses import dataclass

from bayesmile.pricing.bridge import Bridge, bridge
from bayesmile.pricing.bridge_lines import BridgeLine
from bayesmile.pricing.sharegrowth import ShareGrowth, share_growth
from bayesmile.sections.basis import Basis
from bayesmile.wording import money, percent, words

__all__ = ["Bridged", "bridged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridged:
    """Section: the bridge between price and payoffs, and how the years until success are paid for.

    Attributes
    ----------
    lead : str
    milestone : str
        The priced milestone.
    lines : tuple of BridgeLine
        Each formula uses only lines above its own.
    growth : ShareGrowth
        Spending, growth of the share count and the dilution assumed.
    notes : tuple of str
    """

    lead: str
    milestone: str
    lines: tuple[BridgeLine, ...]
    growth: ShareGrowth
    notes: tuple[str, ...]


def bridged(view: Basis) -> Bridged | None:
    """Build the section; None without a market, or without a price that is public by the as-of date."""
    price = view.price
    if price is None or view.dossier.market is None:
        return None
    given = price.given
    found = bridge(
        view.market,
        view.payoffs,
        view.belief,
        view.as_of,
        price.value if given and price.per_share is None else None,
        per_share=price.per_share if given else None,
    )
    growth = share_growth(view.market, view.payoffs, view.as_of, found.value("market_value"))
    return Bridged(lead=_lead(found), milestone=found.milestone, lines=found.lines, growth=growth, notes=found.notes)


def _lead(found: Bridge) -> str:
    values = {line.key: line.value for line in found.lines}
    explained, worth = (money(values[key], found.currency) for key in ("explained", "model_value"))
    lead = f"The payoffs must explain {explained} and are worth {worth} at our probabilities"
    name, p = words(found.milestone), percent(values["probability"])
    if "implied" not in values:
        return f"{lead}: {name} has a probability of {p}."
    sides = values["failure"], values["success"]
    failure, success = (money(value, found.currency) for value in sides)
    right = f"the price is right at {percent(values['implied'])}"
    if values["explained"] > max(sides):
        right = "no probability makes the price right"
    elif values["explained"] < min(sides):
        right = f"the price is less than {'failure' if sides[0] < sides[1] else 'either outcome'} leaves"
    return f"{lead}: {success} if {name} is reached and {failure} if not, with a probability of {p}; {right}."
