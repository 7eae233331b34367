"""Hypothesis strategy: small dossiers with every kind of delay, join and news, as the texts of their files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from hypothesis import strategies as st

import bayesmile as bm
from tests.dossier_folder import HEADER, write

AS_OF = "2023-06-20"
BASIS = 'rationale = "assumed"\nsource = "assumption"\n'

KINDS = f"""\
[kind.deal]
title = "Deal"
base_rate = 0.8
lift = 2.0
lead = 10
promotional = true
prior = {{ lift = [1.2, 3.4], rationale = "assumed", source = "assumption" }}
{BASIS}
[kind.deal.attributes.binding]
yes_if_near = 0.6
yes_otherwise = 0.3
prior = {{ yes_if_near = [0.4, 0.8], yes_otherwise = [0.15, 0.5], rationale = "assumed", source = "assumption" }}
{BASIS}
[kind.setback]
title = "Setback"
base_rate = 0.5
lift = 0.5
lead = 6
prior = {{ lift = [0.25, 0.9], rationale = "assumed", source = "assumption" }}
{BASIS}
[kind.mood]
title = "Mood"
lift = 1.0
{BASIS}"""

# Centre and 90% interval of each number of a family.
FAMILIES: Mapping[str, Mapping[str, tuple[float, float, float]]] = {
    "lognormal": {"median": (14, 8, 25), "sigma": (0.6, 0.35, 1.0)},
    "gamma": {"mean": (15, 9, 26), "sd": (8, 4, 14)},
    "weibull": {"median": (12, 7, 20), "shape": (1.5, 1.0, 2.4)},
    "loglogistic": {"median": (10, 6, 17), "shape": (2.2, 1.4, 3.4)},
}
NEVER = (0.15, 0.05, 0.3)


def milestone(name: str, family: str, after: Sequence[str], *, needs: str, observed: bool) -> str:
    """Entry of a milestone; the last family, a table, has no uncertain number."""
    numbers = {} if family == "tabulated" else {**FAMILIES[family], "never": NEVER}
    values = "".join(f"{key} = {centre}\n" for key, (centre, _, _) in numbers.items())
    prior = "".join(f"{key} = [{low}, {high}]\n" for key, (_, low, high) in numbers.items())
    table = f"pmf = {json.dumps([0.0, *[0.02] * 45])}\n"
    return f"""\
[[milestone]]
name = "{name}"
title = "{name}"
after = {json.dumps(list(after))}
needs = "{needs}"
observed = {json.dumps(observed)}
reporting_lag = 1
reached_when = "done"
resolved_by = "letter"
deadline = "2025"
risk = "technical"
[milestone.delay]
family = "{family}"
{values or table}{BASIS}
""" + (f"[milestone.delay.prior]\n{prior}{BASIS}\n" if prior else "")


def stream(kind: str, about: str, *, first: str, own: bool) -> str:
    """Entry of a stream, with a lift of its own or that of its kind."""
    lift = f'lift = 1.6\nprior = {{ lift = [1.1, 2.4], {BASIS.strip().replace(chr(10), ", ")} }}\n' if own else ""
    head = f'[[stream]]\nkind = "{kind}"\nmilestone = "{about}"\ncovers = ["{first}", ""]\n'
    return f'{head}{lift}rationale = "complete"\n'


def slip(first: int, last: int | None, mean: float, more: str = "") -> str:
    """Entry of a class of slips, with more keys of its own."""
    end = ("" if last is None else f"lead_to = {last}\n") + more
    prior = f"[slip.prior]\nmean = [{mean - 0.3}, {mean + 0.3}]\nsd = [0.25, 0.8]\n{BASIS}"
    return f"[[slip]]\nlead_from = {first}\n{end}mean = {mean}\nsd = 0.45\n{BASIS}{prior}"


SLIPS: Sequence[Sequence[str]] = (
    (slip(0, 18, 0.2), slip(18, None, 0.5)),
    (slip(0, 18, 0.2, "on_time = 0.23\nwhether = 0.4\n"), slip(18, None, 0.5, "whether = 1.7\n")),
    (
        slip(0, 40, 0.2, "postponements_to = 1\nwhether = 0.8\n"),
        slip(0, 40, 0.1, "postponements_from = 1\non_time = 0.15\nwhether = 0.6\n"),
        slip(40, None, 0.5),
    ),
)

HEAD = """\
[dossier]
name = "small"
title = "Small"
start = "2020-01"
months = 72
hype = 1.0
hype_shape = 4.0
"""
LETTERS = "abcde"


@st.composite
def roadmaps(draw: st.DrawFn) -> str:
    """Text of roadmap.toml: up to five milestones, all and any joins, streams of two kinds on some of them."""
    names = LETTERS[: draw(st.integers(2, 5))]
    entries = []
    for k, name in enumerate(names):
        family = draw(st.sampled_from([*FAMILIES, "tabulated"]))
        after = sorted(draw(st.sets(st.sampled_from(names[:k]), max_size=3))) if k else []
        needs = draw(st.sampled_from(["all", "any"])) if after else "all"
        entries.append(milestone(name, family, after, needs=needs, observed=draw(st.booleans())))
    for kind in ("deal", "setback"):
        for about in sorted(draw(st.sets(st.sampled_from(names), max_size=2))):
            first = draw(st.sampled_from(["2020-01", "2021-05"]))
            entries.append(stream(kind, about, first=first, own=draw(st.booleans())))
    return "\n".join([HEAD, *entries, *draw(st.sampled_from(SLIPS))])


def months(first: int, last: int) -> st.SearchStrategy[str]:
    """Draw a month from one index to another, counted from the start of 2020."""
    return st.integers(first, last).map(lambda at: f"{2020 + at // 12}-{at % 12 + 1:02d}")


@st.composite
def ledgers(draw: st.DrawFn, roadmap: str) -> str:
    """Text of announcements.csv: facts, targets stated before and after them, deals with and without answers."""
    names = [name for name in LETTERS if f'name = "{name}"' in roadmap]
    rows = []
    for place, name in enumerate(names):
        for first, last in ((2, 20), (21, 36)):
            if draw(st.booleans()):
                rows.append(f"{draw(months(first, last))},guidance,{name},,{draw(months(37, 80))},")
        if draw(st.integers(0, 3)) == 0:
            rows.append(f"2023-05-05,achieved,{name},,{draw(months(7 * place + 2, 7 * place + 10))},")
        for kind in ("deal", "setback"):
            if f'kind = "{kind}"\nmilestone = "{name}"' in roadmap:
                for month in draw(st.lists(months(17, 40), max_size=3, unique=True)):
                    answer = draw(st.sampled_from(["yes", "no", "unknown"])) if kind == "deal" else ""
                    rows.append(f"{month}-10,announcement,{name},{kind},,{answer and 'binding=' + answer}")
    if draw(st.booleans()):
        rows.append("2023-02-02,likelihood_ratio,a,,2024,")
    return "\n".join([HEADER, *(_line(number, row) for number, row in enumerate(rows))]) + "\n"


def _line(number: int, row: str) -> str:
    announced, what, about, kind, when, attributes = row.split(",")
    ratio = "1.7" if what == "likelihood_ratio" else ""
    return f"item-{number},{announced},,,{what},{about},{kind},,{when},{ratio},{attributes},News,,paper,"


@st.composite
def dossiers(draw: st.DrawFn) -> Mapping[str, str]:
    """Files of a small dossier by name."""
    roadmap = draw(roadmaps())
    return {"kinds.toml": KINDS, "roadmap.toml": roadmap, "announcements.csv": draw(ledgers(roadmap))}


def loaded(files: Mapping[str, str]) -> bm.Dossier:
    """Dossier of these files, read from a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        return bm.load(write(Path(folder), files))
