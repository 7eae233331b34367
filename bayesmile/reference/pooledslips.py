"""How far stated dates slip, by lead, for each of several classes and for one not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.checks import whole
from bayesmile.errors import InvalidInput
from bayesmile.reference.statedoutcomes import OUTCOME_COLUMNS, OUTCOME_KINDS

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SLIP_EDGES",
    "PooledSlips",
    "checked_edges",
    "checked_statements",
    "lead_class",
    "lead_labels",
    "mostly_year_ends",
    "summary",
]

Array = NDArray[np.float64]
Index = NDArray[np.int64]

SLIP_EDGES = (0, 14, 30)
"""First lead, in months, of each class of statements: goals for the year, the year after, several years ahead."""

_QUANTILES = (0.05, 0.5, 0.95)
_DECEMBER = 11


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PooledSlips:
    """Draws of the slip of each member and lead class, and of a member not seen.

    Attributes
    ----------
    members : tuple of str
    edges : tuple of int
        First lead of each class, in months.
    tables : dict of str to DataFrame
        Statements of each member, as of `stated_outcomes`.
    coarse : tuple of str
        Members whose dates are mostly ends of years, which no month can be met of exactly: they have no on-time atom.
    draws : dict of str to array, shape (draw, member + 1, lead class)
        `mean`, `sd`, `on_time` and `never`; the last member is the one not seen.
    diagnostics : dict of str to float
        Largest R-hat, least ESS, divergent transitions.
    """

    members: tuple[str, ...]
    edges: tuple[int, ...]
    tables: Mapping[str, pd.DataFrame]
    coarse: tuple[str, ...]
    draws: dict[str, Array]
    diagnostics: dict[str, float] = field(default_factory=dict)

    def numbers(self, member: str | None, lead: int) -> dict[str, Array]:
        """Draws of one member (None: one not seen) for statements of a lead, shape (draw,).

        Raises
        ------
        InvalidInput
            If the member is unknown, or no class holds the lead.
        """
        if member is not None and member not in self.members:
            raise InvalidInput(f"member: received {member!r}; allowed are {', '.join(self.members)}")
        if whole("lead", lead, least=0) < self.edges[0]:
            raise InvalidInput(f"lead: received {lead}; allowed is at least {self.edges[0]}, where the classes begin")
        place = len(self.members) if member is None else self.members.index(member)
        at = int(lead_class(np.array([lead]), self.edges)[0])
        return {name: values[:, place, at] for name, values in self.draws.items()}


def summary(pooled: PooledSlips) -> pd.DataFrame:
    """Tabulate the slips: what was counted, and what is believed.

    Parameters
    ----------
    pooled : PooledSlips

    Returns
    -------
    DataFrame
        One row a member and lead class; the last rows are of a member not seen, empty in what was counted.

        ``member``, ``lead`` : str; ``lead from``, ``lead to`` : float
            NaN: no end.
        ``statements``, ``entities``, ``met``, ``pending``, ``ended`` : int
            Counted; ``entities`` are those with a statement of this class.
        ``by the date`` : float
            Share of the statements whose date had passed, or whose entity was given up, that were met by it.
        ``overrun`` : float
            Median of the time taken over the time stated, by Kaplan and Meier [1]_: what is pending is censored, what
            was given up is left out. NaN where half were not met.
        ``mean``, ``sd``, ``on_time``, ``never``, each with ``low`` and ``high``
            Middle and 90% interval of the posterior.

    References
    ----------
    .. [1] E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53, 1958.
    """
    import pandas as pd

    rows: list[dict[str, object]] = []
    bounds = [*map(float, pooled.edges), np.nan]
    for place, member in enumerate((*pooled.members, "")):
        for at, (label, (low, high)) in enumerate(zip(lead_labels(pooled.edges), pairwise(bounds), strict=True)):
            row: dict[str, object] = {"member": member, "lead": label, "lead from": low, "lead to": high}
            row |= _counted(pooled.tables[member], pooled.edges, at) if member else dict.fromkeys(_COUNTED, 0)
            for name, values in pooled.draws.items():
                three = np.quantile(values[:, place, at], _QUANTILES)
                row |= dict(zip((f"{name} low", name, f"{name} high"), map(float, three), strict=True))
            rows.append(row)
    frame = pd.DataFrame(rows)
    frame.loc[frame["member"] == "", ["by the date", "overrun"]] = np.nan
    return frame


_COUNTED = ("statements", "entities", *OUTCOME_KINDS, "by the date", "overrun")


def _counted(table: pd.DataFrame, edges: tuple[int, ...], at: int) -> dict[str, object]:
    """Count the statements of one lead class."""
    part = table[lead_class(table["lead"].to_numpy(dtype=np.int64), edges) == at]
    kinds = {kind: int((part["kind"] == kind).sum()) for kind in OUTCOME_KINDS}
    met, ended = part["kind"] == "met", part["kind"] == "ended"
    judged = (met & (part["high"] <= part["lead"])) | (part["low"] > part["lead"]) | ended
    judged |= (part["kind"] == "pending") & (part["high"] >= part["lead"])
    good = met & (part["high"] <= part["lead"])
    share = float(good.sum() / judged.sum()) if judged.any() else np.nan
    counts = {"statements": len(part), "entities": int(part["entity"].nunique()), **kinds}
    return {**counts, "by the date": share, "overrun": _overrun(part[~ended])}


def _overrun(part: pd.DataFrame) -> float:
    """Median of time taken over time stated, pending ones censored; NaN where it is not reached."""
    from scipy.stats import CensoredData, ecdf

    stated = part["lead"].to_numpy(dtype=np.float64) + 0.5
    ratio = (0.5 * (part["low"] + part["high"]).to_numpy(dtype=np.float64) + 0.5) / stated
    met = (part["kind"] == "met").to_numpy()
    censored = (part["high"].to_numpy(dtype=np.float64)[~met] + 1.0) / stated[~met]
    if not met.any():
        return float("nan")
    curve = ecdf(CensoredData(uncensored=ratio[met], right=censored)).cdf
    over = np.flatnonzero(curve.probabilities >= 0.5)
    return float(curve.quantiles[over[0]]) if over.size else float("nan")


def checked_edges(edges: Sequence[int]) -> tuple[int, ...]:
    """Return the first leads of the classes.

    Raises
    ------
    InvalidInput
        If there is none, or they do not rise from at least 0.
    """
    found = tuple(whole("edges", edge, least=0, most=1200) for edge in edges)
    if not found or list(found) != sorted(set(found)):
        raise InvalidInput(f"edges: received {list(edges)}; allowed are whole months from 0, each above the one before")
    return found


def checked_statements(member: str, table: pd.DataFrame) -> None:
    """Refuse a table that is not one of statements and their outcomes.

    Raises
    ------
    InvalidInput
        Naming the member, and the column or the row.
    """
    if missing := [name for name in OUTCOME_COLUMNS if name not in table.columns]:
        raise InvalidInput(f"{member}: received no column {missing[0]!r}; allowed is a table with {OUTCOME_COLUMNS}")
    for wrong, why in (
        (~table["kind"].isin(OUTCOME_KINDS), f"kind: allowed are {', '.join(OUTCOME_KINDS)}"),
        (~(table["lead"] >= 0), "lead: allowed is at least 0"),
        (~((table["low"] >= 0) & (table["high"] >= table["low"])), "low, high: allowed is 0 <= low <= high"),
    ):
        if wrong.any():
            row = table[wrong].iloc[0]
            seen = ", ".join(f"{name} {row[name]}" for name in ("kind", "lead", "low", "high"))
            raise InvalidInput(f"{member}: received {row['entity']!r} with {seen}; {why}")


def lead_class(lead: Index, edges: Sequence[int]) -> Index:
    """Return the class of each lead, -1 below the first.

    Examples
    --------
    >>> lead_class(np.array([0, 13, 14, 99]), (0, 14, 30)).tolist()
    [0, 0, 1, 2]
    """
    return np.searchsorted(np.asarray(edges), lead, side="right") - 1


def lead_labels(edges: Sequence[int]) -> tuple[str, ...]:
    """Name each class by its leads.

    Examples
    --------
    >>> lead_labels((0, 14, 30))
    ('0 to 13', '14 to 29', '30 or more')
    """
    return (*(f"{low} to {high - 1}" for low, high in pairwise(edges)), f"{edges[-1]} or more")


def mostly_year_ends(table: pd.DataFrame) -> bool:
    """Whether most of the stated months are Decembers, as dates read from a bare year are."""
    return len(table) > 0 and bool((table["target"] % 12 == _DECEMBER).mean() > 0.5)
