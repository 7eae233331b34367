"""Prices through time as tables and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.pricing.histories import HistoryInterval, interval_column, last_of_months
from bayesmile.pricing.historylines import HistoryLine
from bayesmile.sections.history import HistoryPart
from bayesmile.wording import bits, implied, money, percent, points, words

__all__ = ["history_csv", "history_page"]

_MOST_LATER = 10  # days of the appendix that are shown one by one
_JOINED = ("news", "withdrawn")


def history_page(part: HistoryPart) -> list[RenderableType]:
    """Last close of each month, then the appendix."""
    blocks: list[RenderableType] = [paragraph(part.title, "bold"), paragraph(part.lead), paragraph("")]
    blocks += [paragraph(part.label, "bold")]
    if part.lines:
        blocks += [_readings(part, _monthly(part.lines), "Last close of each month:"), _deadlines(part)]
    if part.intervals:
        blocks.append(_intervals(part))
    if part.appendix:
        shown = part.appendix if len(part.appendix) <= _MOST_LATER else _monthly(part.appendix)
        blocks += [paragraph(""), paragraph(f"Appendix. {part.why}"), _readings(part, shown, "")]
    return [*blocks, paragraph(""), bullets(_notes(part))]


def _monthly(lines: Sequence[HistoryLine]) -> list[HistoryLine]:
    dates = last_of_months([line.date for line in lines])
    return [line for line in lines if line.date in dates]


def _readings(part: HistoryPart, lines: Sequence[HistoryLine], title: str) -> RenderableType:
    rows = [
        (
            line.date,
            money(line.close, part.currency),
            "-" if math.isnan(line.value) else money(line.value, part.currency),
            percent(line.ours),
            "-" if math.isnan(line.implied) else implied(line.implied),
            "-" if math.isnan(line.gap_points) else points(line.gap_points / 100.0),
            bits(line.gap_bits),
        )
        for line in lines
    ]
    columns = ("<Date", ">Close", ">Market value", ">Ours", ">Implied", ">Points", ">Bits")
    return table(columns, rows, title=title)


def _deadlines(part: HistoryPart) -> RenderableType:
    """By the deadline, with what the payoffs were worth and how much news had come since the line before."""
    rows, at = [], 0
    for line in _monthly(part.lines):
        end = part.lines.index(line) + 1
        news = sum(len(one.news) for one in part.lines[at:end])
        at = end
        rows.append(
            (
                line.date,
                percent(line.ours_by_deadline),
                "-" if math.isnan(line.reach_by_deadline) else percent(line.reach_by_deadline),
                money(line.model_value, part.currency),
                f"{news}",
            )
        )
    title = f"The same by {part.deadline}, our model value, and items of evidence since the line before:"
    return table(("<Date", ">Ours", ">Implied", ">Model value", ">Items"), rows, title=title)


def _intervals(part: HistoryPart) -> RenderableType:
    rows = [(date, *_interval(one)) for date, one in part.intervals.items()]
    title = (
        f"Over {part.draws:,d} draws of the uncertain numbers and, beside each, of the payoffs: ours averaged, the"
        f" implied probability by its median, both by {part.horizon} with 90% intervals. Above: P(market > ours). None:"
        " no probability is enough. Trusted up to a k-hat of 0.7 and with 100 effective draws or more."
    )
    columns = ("<Date", ">Ours", ">Implied", ">Above", ">None", ">ESS", ">K-hat", "Trusted")
    return table(columns, rows, title=title)


def _interval(one: HistoryInterval) -> tuple[str, ...]:
    def cell(mean: float, low: float, high: float) -> str:
        ends = [">100" if end > 1.0 else percent(end).rstrip("%") for end in (low, high)]
        return f"{implied(mean)} ({' to '.join(ends)})"

    return (
        cell(one.mean, one.low, one.high),
        cell(one.implied_median, one.implied_low, one.implied_high),
        percent(one.above_ours),
        percent(one.infeasible),
        f"{one.ess:,.0f}",
        f"{one.khat:.2f}",
        "yes" if one.trusted else "no",
    )


def _notes(part: HistoryPart) -> list[str]:
    lines = (*part.lines, *part.appendix)
    notes = [
        f"Implied: the probability of {words(part.milestone)} by {part.horizon} that the market value of the day gives"
        " at the dates we believed in that day; by the deadline, if the price changes only whether it is reached."
        " Points and bits: that less ours. It moves with the price, the share count, the passage of time and our own"
        " timing."
    ]
    later = [line for line in lines if line.later_implied is not None]
    if later:
        last = later[-1]
        notes.append(
            f"From {later[0].date} on, other figures imply more shares than the latest filed count; with them the price"
            f" of {last.date} would imply {implied(float(last.later_implied or 0.0))} in the place of"
            f" {implied(last.implied)}."
        )
    notes += [f"{line.date}: {line.note}." for line in _monthly(lines) if line.note][:1]
    return [*notes, *([part.hindsight] if part.hindsight else [])]


def history_csv(part: HistoryPart) -> str:
    """One row a date with full digits: the fields of a line, `appendix`, and the interval of ours if there is one."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    names, more = HistoryLine.__slots__, HistoryInterval.__slots__ if part.intervals else ()
    writer.writerow((*names, "appendix", *(interval_column(name) for name in more)))
    for later, lines in (("no", part.lines), ("yes", part.appendix)):
        for line in lines:
            between = part.intervals.get(line.date)
            known = [_cell(None if between is None else getattr(between, name)) for name in more]
            writer.writerow((*(_cell(getattr(line, name)) for name in names), later, *known))
    return file.getvalue()


def _cell(value: object) -> str:
    """Text of a cell; nothing in it begins as a formula does, ids and notes beginning with letters or digits."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(value)
    return repr(value) if isinstance(value, float) else str(value)
