"""A dossier small enough to be fitted hundreds of times, with every part of the model in it."""

from __future__ import annotations

from pathlib import Path

from bayesmile.dossier import Dossier, load

AS_OF = "2023-12-31"
SCHEDULE = [("pilot", "2021-03"), ("launch", "2023-06")]

_ASSUMED = 'rationale = "assumed"\nsource = "assumption"\n'

KINDS = f"""\
[kind.deal]
title = "Deal"
base_rate = 2.0
lift = 3.0
lead = 10
promotional = true
{_ASSUMED}
[kind.deal.prior]
lift = [1.2, 7.5]
{_ASSUMED}
[kind.deal.attributes.binding]
yes_if_near = 0.7
yes_otherwise = 0.3
{_ASSUMED}
[kind.deal.attributes.binding.prior]
yes_if_near = [0.5, 0.87]
yes_otherwise = [0.14, 0.49]
{_ASSUMED}
[kind.hiring]
title = "Hiring"
base_rate = 1.5
lift = 2.5
lead = 8
{_ASSUMED}
[kind.hiring.prior]
lift = [1.0, 6.2]
{_ASSUMED}
[kind.hiring.attributes.senior]
yes_if_near = 0.6
yes_otherwise = 0.4
{_ASSUMED}
[kind.hiring.attributes.senior.prior]
yes_if_near = [0.4, 0.78]
yes_otherwise = [0.22, 0.6]
{_ASSUMED}
"""


def _milestone(name: str, after: str, delay: str, prior: str, observed: str = "true") -> str:
    return f"""\
[[milestone]]
name = "{name}"
title = "{name}"
after = [{after}]
observed = {observed}
reporting_lag = 1
reached_when = "it is"
resolved_by = "letter"
deadline = "2025"
risk = "technical"
[milestone.delay]
{delay}
{_ASSUMED}
[milestone.delay.prior]
{prior}
{_ASSUMED}
"""


ROADMAP = f"""\
[dossier]
name = "calibration"
title = "Calibration"
start = "2020-01"
months = 72
hype = 1.0
hype_shape = 4.0
hype_rationale = "assumed"

{
    _milestone(
        "pilot",
        "",
        'family = "lognormal"\nmedian = 20\nsigma = 0.5\nnever = 0.05',
        "median = [12, 33.3]\nsigma = [0.3, 0.83]",
    )
}
{
    _milestone(
        "plant",
        '"pilot"',
        'family = "gamma"\nmean = 12\nsd = 6\nnever = 0.1',
        "mean = [7, 20.6]\nnever = [0.03, 0.21]",
        observed="false",
    )
}
{_milestone("launch", '"pilot", "plant"', 'family = "weibull"\nmedian = 9\nshape = 1.5', "median = [5, 16.2]")}
[[stream]]
kind = "deal"
milestone = "launch"
covers = ["2019-07", ""]
rationale = "complete"

[[stream]]
kind = "hiring"
milestone = "plant"
covers = ["2020-01", ""]
rationale = "complete"

[[slip]]
lead_from = 0
mean = 0.2
sd = 0.4
{_ASSUMED}
[slip.prior]
mean = [-0.2, 0.6]
sd = [0.25, 0.64]
{_ASSUMED}
"""


def small_dossier(folder: Path) -> Dossier:
    """Dossier of three milestones, each after all before it, two streams and one slip class; it has no items."""
    target = folder / "calibration"
    target.mkdir(parents=True)
    (target / "kinds.toml").write_text(KINDS)
    (target / "roadmap.toml").write_text(ROADMAP)
    (target / "announcements.csv").write_text(
        "id,announced,entered,retracted,type,milestone,kind,story,when,ratio,attributes,headline,counterparty,source,note\n"
    )
    return load(target)
