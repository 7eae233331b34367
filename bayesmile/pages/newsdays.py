"""Tables of all days with announcements, and of their part of the run-up."""

from __future__ import annotations

import math

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.pricing.eventdays import EventDays, NewsDay
from bayesmile.pricing.runup import LargeDay, RunUp
from bayesmile.sections.newsdays import NewsDays
from bayesmile.wording import bits, percent

__all__ = ["news_days_page"]

_KEY = (
    "Return: between the closes that hold the answer, in excess of the benchmark's part where there is one. Least: bits"
    " whatever success is worth. Ours: bits at our payoffs. Model: what the items meant to the model. Noise: the return"
    " over what an ordinary time as long scatters by; beyond 1.96 it stands out."
)


def news_days_page(part: NewsDays) -> list[RenderableType]:
    """Event study of every announcement day, then the run-up."""
    blocks: list[RenderableType] = [paragraph(part.lead)]
    if part.days.rows:
        blocks += [_studies(part.days), paragraph(""), bullets(_notes(part.days))]
    if part.run_up is not None:
        blocks += [paragraph(""), paragraph(part.run_up_lead), _shares(part.run_up), paragraph("")]
        blocks += [paragraph("The largest moves:"), bullets(_large(day) for day in part.run_up.largest)]
    return blocks


def _studies(days: EventDays) -> RenderableType:
    columns = ("<Closes", "What became public", ">Return", ">Least", ">Ours", ">Model", ">Noise")
    return table(columns, [_row(row) for row in days.rows], title=_KEY)


def _row(row: NewsDay) -> tuple[str, ...]:
    more = f" (and {len(row.headlines) - 1} more)" if len(row.headlines) > 1 else ""
    return (
        f"{row.previous[2:]} to {row.close[2:]}",
        f"{row.date}: {row.headlines[0]}{more}",
        f"{100.0 * math.expm1(row.excess):+.1f}%",
        f"{row.bound_bits:.2f}",
        bits(row.bits),
        bits(row.model_bits),
        "-" if math.isnan(row.standard) else f"{row.standard:+.2f}",
    )


def _notes(days: EventDays) -> list[str]:
    unknown = [row for row in days.rows if len(row.day_returns) == 2]
    notes = []
    if unknown:
        notes.append(
            f"On {len(unknown)} of them it is not known whether it was before, during or after trading: both returns"
            " count together, since either may hold the answer. They were"
            f" {'; '.join(f'{row.date} {_both(row)}' for row in unknown)}."
        )
    benchmarks = {row.benchmark.note for row in days.rows if not row.benchmark.known}
    notes += [f"{note[:1].upper()}{note[1:]}." for note in sorted(benchmarks)]
    against = [row.date for row in days.rows if row.outside and row.verdict.endswith("the other way than the model")]
    if against:
        notes.append(f"Outside the noise and against the model: {', '.join(against)}.")
    also = [f"{row.date} {_few(row.overlaps)}" for row in days.rows if row.overlaps]
    return notes + ([f"Also public around them, of any kind: {'; '.join(also)}."] if also else [])


def _few(headlines: tuple[str, ...]) -> str:
    return headlines[0] + (f" (and {len(headlines) - 1} more)" if len(headlines) > 1 else "")


def _both(row: NewsDay) -> str:
    return " and ".join(f"{100.0 * move:+.1f}%" for move in row.day_returns)


def _shares(whole: RunUp) -> RenderableType:
    rows = [
        (
            part.label,
            f"{part.days}",
            f"{part.log_return:+.2f}",
            "-" if part.share is None else f"{100.0 * part.share:.0f}%",
            f"{part.random_mean:+.2f}",
            f"{part.random_low:+.2f} to {part.random_high:+.2f}",
            percent(part.chance),
        )
        for part in whole.shares
    ]
    title = (
        f"Log return of {whole.log_return:+.2f} by days; as many random days ({whole.draws:,d} draws), and how often"
        " they make as much. All items hold those that were written because the price had moved."
    )
    columns = ("Days that answer", ">Days", ">Log return", ">Share", ">Random", ">95% of draws", ">As much")
    return table(columns, rows, title=title)


def _large(day: LargeDay) -> str:
    said = "; ".join(day.acting) if day.acting else "no announcement that acts"
    others = f" (also: {'; '.join(day.others)})" if day.others else ""
    return f"{day.move.date} {100.0 * day.move.simple_return:+.1f}%: {said}{others}"
