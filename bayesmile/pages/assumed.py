"""Page on how sure one can be of what a price assumes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import RenderableType

from bayesmile.pages.layout import IF_SO, bullets, doubled, paragraph, table
from bayesmile.sections.assumed import Assumed, AssumedLine, enough
from bayesmile.wording import interval, money, percent, sentence, words

__all__ = ["assumed_page"]


def assumed_page(part: Assumed, currency: str, then: Assumed | None = None) -> list[RenderableType]:
    """Show the implied distribution by what varies, and market against ours for every open milestone; `then`: if so."""
    now, others = (
        [(sentence(one.what), enough(one.low), enough(one.median), enough(one.high)) for one in some]
        for some in (part.varied, () if then is None else then.varied)
    )
    rows = doubled(now, others)
    columns = ("As these vary", ">5%", ">Median", ">95%")
    blocks: list[RenderableType] = [paragraph(part.lead), paragraph(part.flag, "bold")]
    blocks.append(table(columns, rows, title="Implied probability of the priced milestone by the horizon"))
    titles = ("<Milestone", "<By", ">Ours", ">Market", ">P(market > ours)")
    lines = doubled(map(_row, part.lines), () if then is None else map(_row, then.lines), names=2)
    key = "Means of ours and medians of the market's, by the reach tilt, with 90% intervals"
    blocks.append(table(titles, lines, title=key))
    blocks += [] if then is None else [paragraph(""), paragraph(f"{sentence(IF_SO)}: {then.flag}")]
    return [*blocks, bullets(_notes(part, currency))]


def _row(line: AssumedLine) -> tuple[str, ...]:
    ours = "-" if line.ours is None else line.ours.cell
    market = "none" if math.isnan(line.median) else f"{percent(line.median)} ({_span(line.low, line.high)})"
    mark = " ~" if line.within_noise else "  "
    return (words(line.milestone), line.by, ours, market, f"{percent(line.above_ours)}{mark}")


def _span(low: float, high: float) -> str:
    first, last = percent(low), percent(high)
    return first if first == last else f"{first.removesuffix('%')}-{last}"


def _notes(part: Assumed, currency: str) -> Iterator[str]:
    if part.market_value is not None:
        low, middle, high = (money(getattr(part.market_value, end), currency) for end in ("low", "median", "high"))
        yield (
            f"The count of shares is drawn as well, so that the market value in these draws is {middle} ({low} to"
            f" {high}), not that at the count used above."
        )
    yield (
        f"{part.draws:,} joint draws, each inverted by itself; the numbers are drawn independently of each other."
        " The prior of a success value is about its mean, not about how single outcomes scatter around it."
    )
    if any(line.within_noise for line in part.lines):
        yield "~: within the noise; which of the two is greater is left open."
    if part.infeasible > 0.0:
        yield (
            f"In {percent(part.infeasible)} of the draws no probability is enough. They count as the market above ours,"
            " and are left out of the market's medians and intervals by milestone."
        )
    if part.below > 0.0:
        share = percent(part.below)
        yield f"In {share} of the draws the price is no more than failure leaves; they count as below ours."
    if part.exponential is None:
        yield "By the exponential tilt no distribution is given: several milestones are priced, and tilted jointly."
    elif not math.isnan(part.exponential.median):
        one = part.exponential
        yield (
            f"By the exponential tilt, which may also move dates, the median is {percent(one.median)}"
            f" ({interval(one.low, one.high)}) where one exists; in {percent(part.exponential_missing)} of the draws"
            " none does."
        )
