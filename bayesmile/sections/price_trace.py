"""The price traced: the bridge to the market value, what round prices assume, and announcements that close the gap."""

from __future__ import annotations

from collections.abc import Sequence

from bayesmile.pricing.lines import Lines
from bayesmile.sections.basis import Basis, Price
from bayesmile.sections.gap import GapKind
from bayesmile.sections.origins import add_close, add_shares, engine_source
from bayesmile.sections.price import PriceLevel
from bayesmile.wording import money

__all__ = ["add_kinds", "add_levels", "add_price"]

Labels = tuple[str, ...]

_KINDS = "gap.kinds[*]"


def add_price(lines: Lines, view: Basis, price: Price) -> None:
    """Add the bridge from a price per share to the market value, and to that of a later count."""
    paths = ("price.value", "valuation.price")
    if price.per_share is None:
        source = "given"
        lines.input(
            "market_value", price.value, price.currency, "Market value of the equity", source=source, paths=paths
        )
        return
    if price.date is None:
        unit = f"{price.currency} a share"
        lines.input(
            "price_per_share", price.per_share, unit, "Price per share", source="given", paths=("price.per_share",)
        )
    else:
        row = view.market.price_at(price.date)
        add_close(lines, view.dossier, row, "price_per_share", price.currency, ("price.per_share",))
    add_shares(lines, view.dossier, view.market.shares_at(view.as_of), "shares", ("price.shares",))
    text = "price_per_share * shares"
    lines.formula("market_value", text, price.currency, "Market value of the equity", paths=paths)
    if price.later_shares is not None:
        later = view.market.shares_at(view.as_of, implied=True)
        add_shares(lines, view.dossier, later, "later_shares", ("price.later_shares",))
        title = "Market value with the later count, which is not filed"
        lines.formula(
            "later_value", "price_per_share * later_shares", price.currency, title, paths=("price.later_value",)
        )


def add_levels(lines: Lines, found: Sequence[PriceLevel], currency: str) -> Labels:
    """Add what round prices near the price assume."""
    place = "levels.lines[*]"
    source = "the report: round prices near the price, and the price itself"
    prices = [level.price for level in found]
    lines.input(
        "level_price",
        prices,
        currency,
        "Market value in question",
        source=source,
        paths=(f"{place}.price",),
        rows="levels",
    )
    text = "(level_price - failure) / (success - failure)"
    lines.formula("level_implied", text, "probability", "Probability that it implies", paths=(f"{place}.implied",))
    odds = "LN((level_price - failure) / (success - level_price))"
    inside = "(level_price - failure) * (success - level_price) > 0"
    text = f"IF({inside}, ({odds} - our_log_odds) / LN(2), IF(level_implied > 0.5, MORE_THAN_ANY, LESS_THAN_ANY))"
    lines.formula("level_bits", text, "bits", "Its log-odds less ours", paths=(f"{place}.bits",))
    return tuple(money(price, currency) for price in prices)


def add_kinds(lines: Lines, view: Basis, kinds: Sequence[GapKind]) -> Labels:
    """Add what announcements of each kind are worth: the engine's answers to hypothetical ones."""
    source = engine_source(view.dossier, f"belief as of {view.as_of} with one more announcement")
    for name, unit, title in (
        ("bits_each", "bits", "Bits of the first one"),
        ("count", "announcements", "Least number of them that closes the gap"),
        ("ceiling", "probability", "Probability that endless many would give"),
        ("ceiling_bits", "bits", "The same as a move"),
    ):
        values = [getattr(kind.gap, name) for kind in kinds]
        lines.engine(f"kind_{name}", values, unit, title, source=source, paths=(f"{_KINDS}.gap.{name}",), rows="kinds")
    leads = [kind.lead for kind in kinds]
    title, where = "Months within which its milestone would follow", "roadmap.toml, kinds.toml: lead of each stream"
    lines.input("kind_lead", leads, "months", title, source=where, paths=(f"{_KINDS}.lead",), rows="kinds")
    return tuple(kind.label for kind in kinds)
