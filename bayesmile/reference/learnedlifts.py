"""Learned lifts as draws, as a table, and as kinds of a dossier."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmile.errors import InvalidInput
from bayesmile.reference.contrasts import Contrast, within_contrast
from bayesmile.reference.liftcounts import LiftCounts
from bayesmile.reference.table import Provenance
from bayesmile.reference.tomltext import quoted, short
from bayesmile.wording import words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LearnedLifts", "lift_fragment", "lift_rationale", "lift_table", "mark_table"]

Array = NDArray[np.float64]

_QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LearnedLifts:
    """Draws of base rates, lifts, hype and attributes of the kinds of announcements of a reference class.

    Attributes
    ----------
    name, title : str
        Of the class.
    milestone : str
        Before which the window lies.
    lead : int
        Length of the window in periods.
    period : str
    provenance : Provenance
    counts : LiftCounts
        What they were learned from.
    draws : dict of str to array
        By variable of the model, shape (draw, kind), (draw, group) or (draw, mark).
    diagnostics : dict of str to float
        Largest R-hat, least ESS, divergent transitions, seconds.
    notes, set_aside : tuple of str
        What was left out.
    """

    name: str
    title: str
    milestone: str
    lead: int
    period: str
    provenance: Provenance
    counts: LiftCounts
    draws: dict[str, Array]
    diagnostics: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of announcements."""
        return self.counts.kinds

    def lift(self, kind: str | None = None) -> Array:
        """Draws of the lift of a kind, shape (draw,); of None: of a kind not seen.

        Raises
        ------
        InvalidInput
            If the kind is unknown.
        """
        if kind is None:
            rng = np.random.default_rng(0)
            middle, spread = self.draws["log_lift_typical"], self.draws["log_lift_spread"]
            return np.asarray(np.exp(middle + spread * rng.normal(size=middle.size)))
        return np.asarray(np.exp(self.draws["log_lift"][:, self._number(kind)]))

    def base_rate(self, kind: str) -> Array:
        """Draws of the announcements a year outside the window, shape (draw,)."""
        return np.asarray(np.exp(self.draws["log_base"][:, self._number(kind)]))

    def hype_shape(self, kind: str) -> Array | None:
        """Draws of the shape of the multiplier of an entity for a kind, shape (draw,); None: taken as 1."""
        if "log_hype_shape" not in self.draws:
            return None
        return np.asarray(np.exp(self.draws["log_hype_shape"][:, self.counts.group[self._number(kind)]]))

    def answers(self, kind: str) -> dict[str, tuple[Array, Array]]:
        """Draws of P(yes) inside the window and outside of each attribute of a kind, each of shape (draw,)."""
        self._number(kind)
        marks, found = self.counts.marks, {}
        for at in np.flatnonzero((marks["kind"] == kind).to_numpy()):
            otherwise = self.draws["logit_otherwise"][:, at]
            near = otherwise + self.draws["log_odds_ratio"][:, at]
            found[str(marks["attribute"].iloc[at])] = (_sigmoid(near), _sigmoid(otherwise))
        return found

    def within(self, kind: str) -> Contrast:
        """Lift of a kind by comparisons within entities alone, with its 90% interval."""
        self._number(kind)
        rows = self.counts.seen[self.counts.seen["kind"] == kind]
        near, far, inside, outside = (
            rows[name].to_numpy(dtype=np.float64)
            for name in ("arrivals_inside", "arrivals_outside", "inside", "outside")
        )
        _, cluster = np.unique(rows["cluster"].to_numpy(dtype=str), return_inverse=True)
        return within_contrast(near, far, inside, outside, cluster)

    def _number(self, kind: str) -> int:
        if kind not in self.kinds:
            raise InvalidInput(f"kind: received {kind!r}; allowed are {', '.join(self.kinds)}")
        return self.kinds.index(kind)


def lift_table(learned: LearnedLifts) -> pd.DataFrame:
    """State base rate, lift, hype and lift within entities of each kind.

    Parameters
    ----------
    learned : LearnedLifts

    Returns
    -------
    DataFrame
        One row a kind: `kind`, `promotional`, `arrivals_inside`, `arrivals_outside`, years of exposure `inside` and
        `outside`, and columns such as `lift low`, `lift`, `lift high` (5%, 50%, 95% of the posterior) for `base rate`
        (a year), `lift`, `hype shape` (NaN where there is none) and `within` (a point and its 90% interval).
    """
    import pandas as pd

    rows = []
    for kind, promotional in zip(learned.kinds, learned.counts.promotional, strict=True):
        seen = learned.counts.seen[learned.counts.seen["kind"] == kind]
        row: dict[str, object] = {"kind": kind, "promotional": promotional}
        row |= {name: seen[name].sum() for name in ("arrivals_inside", "arrivals_outside", "inside", "outside")}
        shape = learned.hype_shape(kind)
        draws = {"base rate": learned.base_rate(kind), "lift": learned.lift(kind)}
        draws["hype shape"] = np.full(2, np.nan) if shape is None else shape
        for name, values in draws.items():
            row |= dict(zip((f"{name} low", name, f"{name} high"), np.quantile(values, _QUANTILES), strict=True))
        within = learned.within(kind)
        row |= {"within low": within.low, "within": within.lift, "within high": within.high}
        rows.append(row)
    return pd.DataFrame(rows)


def mark_table(learned: LearnedLifts) -> pd.DataFrame:
    """State the probabilities of each attribute inside the window and outside.

    Returns
    -------
    DataFrame
        One row an attribute of a kind: `kind`, `attribute`, and columns such as `near low`, `near`, `near high` (5%,
        mean, 95% of the posterior) for `near` and `otherwise`.
    """
    import pandas as pd

    rows = []
    for kind in learned.kinds:
        for attribute, (near, otherwise) in learned.answers(kind).items():
            row: dict[str, object] = {"kind": kind, "attribute": attribute}
            for name, values in (("near", near), ("otherwise", otherwise)):
                low, high = np.quantile(values, (_QUANTILES[0], _QUANTILES[2]))
                row |= {f"{name} low": low, name: values.mean(), f"{name} high": high}
            rows.append(row)
    sides = [f"{side}{end}" for side in ("near", "otherwise") for end in (" low", "", " high")]
    return pd.DataFrame(rows, columns=["kind", "attribute", *sides])


def lift_rationale(learned: LearnedLifts) -> str:
    """Say in one sentence what the numbers were learned from."""
    seen, from_ = learned.counts.seen, learned.provenance
    used = int(seen[["arrivals_inside", "arrivals_outside"]].sum().sum())
    licence = f", licence: {from_.licence}" if from_.licence else ""
    as_of = f", as of {from_.as_of}" if from_.as_of else ""
    return (
        f"Learned from {seen['entity'].nunique():,} entities and {used:,} announcements of the class {learned.name}"
        f" ({learned.title}), about {learned.milestone} within {learned.lead} {learned.period}s{licence}{as_of}."
    )


def lift_fragment(learned: LearnedLifts) -> str:
    """Write the learned numbers as the `[kind.NAME]` tables of a kinds file.

    Parameters
    ----------
    learned : LearnedLifts

    Returns
    -------
    str
        TOML. A lift is the middle of its posterior, a probability its mean, and `prior` the 90% interval.

    Raises
    ------
    InvalidInput
        If the class is by the week: dossiers are by the month.
    """
    if learned.period != "month":
        raise InvalidInput(f"class {learned.name}: received one by the {learned.period}; allowed is months")
    who, marks = lift_rationale(learned), mark_table(learned).to_dict("records")
    parts = [f"# {who}\n{_hype(learned)}"]
    for row in lift_table(learned).to_dict("records"):
        parts.append(_kind(row, learned, who))
        parts += [_mark(mark, learned, who) for mark in marks if mark["kind"] == row["kind"]]
    return "\n".join(parts)


def _hype(learned: LearnedLifts) -> str:
    """Say what the shape of hype is, which stands in another file of a dossier."""
    if True not in learned.counts.promotional or "log_hype_shape" not in learned.draws:
        return ""
    shape = learned.hype_shape(learned.kinds[learned.counts.promotional.index(True)])
    assert shape is not None
    low, middle, high = np.quantile(shape, _QUANTILES)
    return f"# In [dossier] of roadmap.toml: hype_shape = {short(middle)} (90% interval {low:.3g} to {high:.3g})\n"


def _kind(row: Mapping[Hashable, float], learned: LearnedLifts, who: str) -> str:
    kind = str(row["kind"])
    note = (
        f"{who} Arrivals in the window {row['arrivals_inside']:,.0f} in {row['inside']:,.0f} years, outside"
        f" {row['arrivals_outside']:,.0f} in {row['outside']:,.0f}. Base rate: 90% interval {row['base rate low']:.3g}"
        f" to {row['base rate high']:.3g}. {_apart(row)}The lead is chosen, not learned."
    )
    lines = [f"[kind.{kind}]", f"title = {quoted(words(kind).capitalize())}"]
    lines += [f"base_rate = {short(row['base rate'])}", f"lift = {short(row['lift'])}", f"lead = {learned.lead}"]
    lines += [f"promotional = {'true' if row['promotional'] else 'false'}"]
    lines += [f"rationale = {quoted(note)}", f"source = {quoted(_source(learned))}", f"[kind.{kind}.prior]"]
    lines.append(f"lift = [{short(row['lift low'])}, {short(row['lift high'])}]")
    spread = "The 5% and 95% points of the posterior for this class; another class may differ by more. "
    lines += [f"rationale = {quoted(spread + who)}", f"source = {quoted(_source(learned))}\n"]
    return "\n".join(lines)


def _apart(row: Mapping[Hashable, float]) -> str:
    """Say what comparisons within entities give, and how entities differ."""
    if np.isnan(row["within"]):
        return ""
    return (
        f"Within entities alone the lift is {row['within']:.2f} (90% interval {row['within low']:.2f} to"
        f" {row['within high']:.2f}). "
    )


def _mark(row: Mapping[Hashable, float], learned: LearnedLifts, who: str) -> str:
    head = f"kind.{row['kind']}.attributes.{row['attribute']}"
    names = {"yes_if_near": "near", "yes_otherwise": "otherwise"}
    note = f"{who} Counted by itself: attributes that go together say less than the product of their ratios."
    lines = [f"[{head}]", *(f"{name} = {short(row[of])}" for name, of in names.items())]
    lines += [f"rationale = {quoted(note)}", f"source = {quoted(_source(learned))}", f"[{head}.prior]"]
    lines += [f"{name} = [{short(row[f'{of} low'])}, {short(row[f'{of} high'])}]" for name, of in names.items()]
    lines += [f"rationale = {quoted('The 5% and 95% points of the posterior. ' + who)}"]
    return "\n".join([*lines, f"source = {quoted(_source(learned))}\n"])


def _source(learned: LearnedLifts) -> str:
    return learned.provenance.source or f"reference class {learned.name}"


def _sigmoid(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))
