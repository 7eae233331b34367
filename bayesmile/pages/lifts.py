"""What a reference class taught about kinds of announcements, as tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.reference.learnedlifts import LearnedLifts, lift_rationale, lift_table, mark_table
from bayesmile.wording import count, percent

__all__ = ["lifts_page"]

_WORST_RHAT, _LEAST_ESS = 1.05, 100.0


def lifts_page(learned: LearnedLifts) -> list[RenderableType]:
    """Show learned lifts and attributes, what they rest on and how far the sampler can be believed.

    Parameters
    ----------
    learned : LearnedLifts
    """
    blocks: list[RenderableType] = [paragraph(lift_rationale(learned), "bold"), paragraph("")]
    blocks += [_kinds(learned), paragraph("")]
    if marks := mark_table(learned).to_dict("records"):
        names = [(str(row["kind"]), str(row["attribute"])) for row in marks]
        rows = [(*name, _share(row, "near"), _share(row, "otherwise")) for name, row in zip(names, marks, strict=True)]
        header = ("kind", "attribute", "<yes in the window", "<yes otherwise")
        blocks += [table(header, rows, title="Attributes: mean of the posterior, and 90% interval"), paragraph("")]
    blocks.append(bullets(_notes(learned)))
    return blocks


def _kinds(learned: LearnedLifts) -> RenderableType:
    rows = []
    for row in lift_table(learned).to_dict("records"):
        hype = "" if np.isnan(row["hype shape"]) else _cell(row, "hype shape")
        arrivals = f"{row['arrivals_inside']:,.0f} + {row['arrivals_outside']:,.0f}"
        cells = (_cell(row, "base rate"), _cell(row, "lift"), _cell(row, "within"), hype)
        rows.append((str(row["kind"]), arrivals, *cells))
    header = ("kind", ">in + out", "<base rate", "<lift", "<lift within", "<hype shape")
    return table(header, rows, title="Kinds: middle of the posterior, and 90% interval")


def _cell(row: Mapping[Hashable, float], name: str) -> str:
    if np.isnan(row[name]):
        return "unknown"
    return f"{row[name]:.2g} ({row[f'{name} low']:.2g} to {row[f'{name} high']:.2g})"


def _share(row: Mapping[Hashable, float], name: str) -> str:
    return f"{percent(row[name])} ({percent(row[f'{name} low'])} to {percent(row[f'{name} high'])})"


def _notes(learned: LearnedLifts) -> list[str]:
    """Say what to know before a number is used."""
    low, middle, high = np.quantile(learned.lift(), (0.05, 0.5, 0.95))
    seen = learned.diagnostics
    good = seen["max_rhat"] < _WORST_RHAT and seen["min_ess"] > _LEAST_ESS and not seen["divergences"]
    state = "" if good else ": run with more --draws and --tune before a number is relied on"
    years = learned.counts.seen.drop_duplicates("entity")[["inside", "outside"]].sum()
    notes = [
        f"base rate: announcements a year outside the window; lift: how many times that within {learned.lead}"
        f" {learned.period}s of {learned.milestone}; in + out: announcements inside the window and outside, in"
        f" {years['inside']:,.0f} and {years['outside']:,.0f} years of all entities.",
        "lift within: by comparisons within entities alone, which do not mind if busy entities fare better or worse, or"
        " are seen for longer. Where it differs, entities differ in more than a multiplier.",
        "hype shape: a of the Gamma(a, a) law of the multipliers of entities; small where few announce most.",
        f"A kind not seen here may have a lift of {middle:.2f} ({low:.2f} to {high:.2f}).",
        f"Sampler: largest R-hat {seen['max_rhat']:.3f}, least effective draws {seen['min_ess']:.0f},"
        f" {seen['divergences']:.0f} divergent transitions{state}.",
    ]
    if learned.set_aside:
        notes.append(f"{count(len(learned.set_aside), 'row')} set aside; the first: {learned.set_aside[0]}")
    return [*notes, *learned.notes]
