"""How far stated dates slip, as tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.reference.pooledslips import PooledSlips, summary
from bayesmile.wording import percent

__all__ = ["slips_json", "slips_page"]

_WORST_RHAT, _LEAST_ESS = 1.05, 100.0
_NEW = "one not seen"

Row = Mapping[Hashable, Any]


def slips_page(pooled: PooledSlips, notes: Sequence[str] = ()) -> list[RenderableType]:
    """Show what was counted, what is believed of each member and of one not seen, and how far to trust it.

    Parameters
    ----------
    pooled : PooledSlips
    notes : sequence of str
        Where the statements come from.
    """
    rows = summary(pooled).to_dict("records")
    counted = [_counted(row) for row in rows if row["member"]]
    believed = [_believed(row, pooled.coarse) for row in rows]
    columns = (">lead", ">stated", ">of", ">met", ">pending", ">given up", ">by the date", ">overrun")
    return [
        table(("member", *columns), counted, title="Stated dates and what came of them; leads in months"),
        paragraph(""),
        table(
            ("member", ">lead", "<mean slip (log)", "<sd (log)", "<on time", "<never"),
            believed,
            title="Slip by lead: middle of the posterior, and 90% interval",
        ),
        paragraph(""),
        bullets([*_meaning(pooled), *_health(pooled), *notes]),
    ]


def slips_json(pooled: PooledSlips, notes: Sequence[str] = ()) -> dict[str, object]:
    """Return the same as numbers with full digits; NaN is null."""
    rows = [
        {str(name): None if value != value else value for name, value in row.items()}
        for row in summary(pooled).to_dict("records")
    ]
    return {
        "edges": list(pooled.edges),
        "coarse": list(pooled.coarse),
        "slips": rows,
        "diagnostics": pooled.diagnostics,
        "notes": list(notes),
    }


def _counted(row: Row) -> tuple[str, ...]:
    numbers = [f"{row[name]:,}" for name in ("statements", "entities", "met", "pending", "ended")]
    share = "-" if row["by the date"] != row["by the date"] else percent(row["by the date"])
    overrun = "-" if row["overrun"] != row["overrun"] else f"{row['overrun']:.2f}"
    return (str(row["member"]), str(row["lead"]), *numbers, share, overrun)


def _believed(row: Row, coarse: Sequence[str]) -> tuple[str, ...]:
    slip = [f"{row[name]:.2f} ({row[f'{name} low']:.2f} to {row[f'{name} high']:.2f})" for name in ("mean", "sd")]
    shares = [
        f"{percent(row[name])} ({percent(row[f'{name} low'])} to {percent(row[f'{name} high'])})"
        for name in ("on_time", "never")
    ]
    if row["member"] in coarse:
        shares[0] = "-"
    return (str(row["member"]) or _NEW, str(row["lead"]), *slip, *shares)


def _meaning(pooled: PooledSlips) -> list[str]:
    """Say what the columns mean."""
    notes = [
        "stated: first dates and changes of them, of so many entities; by the date: of those whose date had passed or"
        " that were given up; overrun: middle of the time taken over the time stated (Kaplan-Meier, those given up left"
        " out).",
        "mean slip, sd: of the log of time taken over time stated, of what comes and is not on time to the month;"
        " never: chance that it does not come at all. Each entity counts once a lead class.",
        "Members lean on each other: the fewer statements one has, the more. Industries differ, and nothing here says"
        " that a company is like a register of power units; the last rows are what may be believed of one not seen.",
    ]
    if pooled.coarse:
        names = ", ".join(pooled.coarse)
        notes.append(f"Dates that are ends of years, without a chance of being on time to the month: {names}.")
    return notes


def _health(pooled: PooledSlips) -> list[str]:
    seen = pooled.diagnostics
    if "max_rhat" not in seen:
        return []
    rhat, ess, bad = seen["max_rhat"], seen["min_ess"], seen["divergences"]
    good = rhat < _WORST_RHAT and ess > _LEAST_ESS
    state = "" if good else ": run with more --draws and --tune before a number is relied on"
    told = f"largest R-hat {rhat:.3f}, least effective draws {ess:.0f}, {bad:.0f} divergent transitions{state}"
    return [f"Sampler: {told}."]
