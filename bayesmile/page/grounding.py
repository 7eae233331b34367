"""Parts of the page on what it all rests on: sensitivity, assumptions, diagnostics, and how to make it again."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from bayesmile.page.blocks import Block, Bullets, Entries, Paragraph, Picture, Table, linked, table
from bayesmile.page.material import Material
from bayesmile.pages.layout import as_text
from bayesmile.pages.uncertainty import uncertainty_page
from bayesmile.plots.tornado import plot_tornado
from bayesmile.report import Report, View
from bayesmile.sections.basis import phrase
from bayesmile.sections.foundation import Amount
from bayesmile.sections.grounds import Ground
from bayesmile.sections.uncertainty import Uncertainty
from bayesmile.sections.weights import amount
from bayesmile.wording import implied, interval, money, percent, sentence, words

__all__ = ["assumption_blocks", "diagnostic_blocks", "recipe_blocks", "sensitivity_blocks"]

_SHOWN = 12
_SPANS = "all news of the next "  # days that the watch list adds by itself
_MODULES = ("numpy", "scipy", "plotly")


def sensitivity_blocks(made: Material) -> Iterator[Block]:
    """Which prior moves the answer most."""
    part, currency = made.view.weights, made.currency
    yield Paragraph(part.lead)
    if not made.tornado:
        return
    note = "Open dots are the low end of each assumption, filled dots the high end; dotted lines are as things stand."
    yield Picture("tornado", plot_tornado(made.tornado, phrase(part.target), currency, most=_SHOWN), note)
    rows: list[Entries] = []
    for line in made.tornado:
        about = line.assumption
        low, now, high = (amount(about.field, x, currency) for x in (about.low, about.value, about.high))
        even = "none" if line.break_even is None else amount(about.field, line.break_even, currency)
        row: Entries = [sentence(words(about.label)), (now, about.value), (low, about.low), (high, about.high)]
        for end in (line.low, line.high):
            row.append((percent(end.ours), end.ours))
        for end in (line.low, line.high):
            row.append("" if end.implied != end.implied else (implied(end.implied), end.implied))
        rows.append([*row, (even, "" if line.break_even is None else line.break_even), about.convention])
    columns = ["Assumption", ">Now", ">Low", ">High", ">Ours at low", ">Ours at high", ">Implied at low"]
    columns += [">Implied at high", ">Where both meet", "Interval from"]
    yield table("sensitivity", columns, rows, caption="Every assumption moved alone", folded=True)


def assumption_blocks(made: Material) -> Iterator[Block]:
    """Every assumption with its rationale and source."""
    part = made.view.foundation
    yield Paragraph(part.lead)
    if part.hindsight:
        yield Paragraph(part.hindsight)
    if part.assumptions:
        yield _amounts(made, part.assumptions)
    if part.market_note:
        yield Paragraph(part.market_note)
    if part.comparables:
        yield _comparables(made)
    grounds = made.grounds
    yield _grounds("delays", "Delays of the milestones, in months, with 90% intervals", grounds.delays)
    if grounds.news:
        yield _grounds("news_rates", "Kinds of news and streams: yearly rates, lifts, leads in months", grounds.news)
    if grounds.slips:
        yield _grounds("slips", "Slip of stated dates, on a log scale", grounds.slips)
    if grounds.hype.rationale:
        yield _grounds("hype", "Hype", (grounds.hype,))


def _amounts(made: Material, amounts: tuple[Amount, ...]) -> Table:
    rows: list[Entries] = []
    for one in amounts:
        field = f"payoffs.{one.name}"
        low, high = ("" if x is None else amount(field, x, made.currency) for x in (one.low, one.high))
        now = amount(field, one.value, made.currency)
        rows.append([words(one.name), (now, one.value), low, high, one.rationale, linked([one.source])])
    columns = ["Assumption", ">Value", ">Low", ">High", "Rationale", "Source"]
    return table("payoffs", columns, rows, caption="What success and failure are worth, with 90% intervals")


def _comparables(made: Material) -> Table:
    rows: list[Entries] = []
    for name, one in made.view.foundation.comparables.items():
        value = one["value"]
        number = float(value) if isinstance(value, (int, float)) else 0.0
        about: Entries = [str(one["date"]), str(one["note"]), linked([str(one["source"])])]
        rows.append([name, (money(number, made.currency), number), *about])
    columns = ["Company", ">Market value", "Date", "Note", "Source"]
    return table("comparables", columns, rows, caption="Documented market values of other companies", folded=True)


def _grounds(name: str, caption: str, lines: tuple[Ground, ...]) -> Table:
    rows: list[Entries] = []
    for line in lines:
        source = " ; ".join(dict.fromkeys(part for part in (line.source, line.prior_source) if part))
        row: Entries = [sentence(line.what), "; ".join(line.numbers), line.rationale, line.prior_rationale]
        rows.append([*row, linked([source] if source else [])])
    columns = ["What", "Numbers (90% interval)", "Rationale", "Rationale of the intervals", "Source"]
    return table(name, columns, rows, caption=caption, folded=True)


def diagnostic_blocks(made: Material) -> Iterator[Block]:
    """How good the intervals are, and what the evidence said about each number."""
    part = made.view.uncertainty
    yield Paragraph(part.lead)
    if part.targets:
        yield _targets(part)
    if part.learned:
        yield _learned(part)
    if part.targets and (notes := tuple(_notes(part))):
        yield Bullets(notes)
    if made.view.foundation.warnings:
        yield Paragraph("Warnings:")
        yield Bullets(tuple(sentence(f"{text}.") for text in made.view.foundation.warnings))


def _targets(part: Uncertainty) -> Table:
    rows: list[Entries] = [
        [
            sentence(name),
            (percent(one.mean), one.mean),
            interval(one.low, one.high),
            (percent(one.central), one.central),
            (f"{100.0 * one.error:.2f} points", one.error),
        ]
        for name, one in part.targets.items()
    ]
    columns = ["Probability of", ">Mean", ">90% interval", ">Central", ">Monte Carlo error"]
    return table("targets", columns, rows, caption="The headline probabilities and their errors")


def _learned(part: Uncertainty) -> Table:
    rows: list[Entries] = [
        [
            sentence(words(one.label)),
            (f"{one.before:.3g} (sd {one.before_sd:.2g})", one.before),
            (f"{one.after:.3g} (sd {one.after_sd:.2g})", one.after),
            (f"{one.shift:+.2f}", one.shift),
            (f"{max(one.contraction, 0.0):.0%}", one.contraction),
            "yes" if one.moved else "prior only",
        ]
        for one in part.learned
    ]
    columns = ["Number", ">Prior", ">Posterior", ">Shift, prior sd", ">Contraction", "Moved by the evidence"]
    return table("learned", columns, rows, caption="What the evidence said about each number", folded=True)


def _notes(part: Uncertainty) -> Iterator[str]:
    """Take the notes from the page of the terminal, one a bullet, so that both say the same."""
    for line in as_text(uncertainty_page(part), width=100_000).splitlines():
        if line.startswith("- "):
            yield line.removeprefix("- ").strip()


def recipe_blocks(made: Material) -> Iterator[Block]:
    """How to make the page again, byte for byte."""
    report, view = made.report, made.view
    command = shlex.join(_command(report, view, made.basis.dossier.catalysts_ahead(view.as_of)))
    rows: list[Entries] = [
        ["Command", f"{command} --html report.html"],
        ["Dossier", f"{report.name}, SHA-256 of its files and changes: {report.hash}"],
        ["Changed assumptions", "; ".join(report.changes) or "none"],
        ["bayesmile", _version("bayesmile")],
        ["Python", sys.version.split()[0]],
    ]
    rows += [[name, _version(name)] for name in _MODULES]
    yield Paragraph("The same files, changes, seed and versions give this page again, byte for byte.")
    yield table("recipe", ["What", "Value"], rows, caption="How to make this page again")
    yield Paragraph(view.foundation.disclaimer)


def _command(report: Report, view: View, own: Mapping[str, str]) -> list[str]:
    """Words of the command that makes the report; the dossier's own days ahead need none."""
    parts = ["bayesmile", "report", report.name]
    parts += [part for one in report.views for part in ("--as-of", one.as_of)]
    if view.price is not None and view.price.given:
        parts += ["--price", f"{view.price.value:.17g}"]
    parts += ["--draws", str(view.uncertainty.draws), "--seed", str(view.uncertainty.seed)]
    parts += ["--parity"] if view.uncertainty.parity is not None else []
    parts += [part for change in report.changes for part in ("--set", change)]
    if view.supposed is not None:
        parts += [part for news in view.supposed.suppositions for part in ("--suppose", news)]
    if view.ahead is not None:
        days = [one for one in view.ahead.catalysts if not one.milestone and not one.label.startswith(_SPANS)]
        days = [one for one in days if own.get(one.date) != one.label]
        parts += [part for one in days for part in ("--catalyst", f"{one.date}={one.label}")]
    return parts


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
