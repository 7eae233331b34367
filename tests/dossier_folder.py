"""A small dossier on disk that uses every kind of entry, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

KINDS = """\
[kind.deal]
title = "Deal"
base_rate = 0.5
lift = 2.0
lead = 12
promotional = true
rationale = "assumed"
source = "assumption"
[kind.deal.attributes.binding]
yes_if_near = 0.6
yes_otherwise = 0.3
rationale = "assumed"
source = "assumption"

[kind.mood]
title = "Mood"
lift = 1.0
rationale = "moves nothing"
source = "assumption"
"""

ROADMAP = '''\
# a comment = with [signs]
[dossier]
name = "small"
title = "A small dossier"
start = "2020-01"
months = 180
default_as_of = ["2024-06-30"]
headline = ["launch"]
summary = """Text over
two lines, with [brackets] = and "quotes"."""

[[milestone]]
name = "design"
title = "Design done"
reporting_lag = 2
reached_when = "frozen"
resolved_by = "letter"
deadline = "2022"
risk = "technical"
[milestone.delay]
family = "lognormal"
median = 18
sigma = 0.5
rationale = "assumed"
source = "assumption"

[[milestone]]
name = "plant"
title = "Plant built"
after = ["design"]
observed = false
reached_when = "running"
resolved_by = "visit"
deadline = "2026-Q2"
risk = "manufacturing"
delay = { family = "gamma", mean = 20, sd = 8, never = 0.1, rationale = "assumed", source = "assumption" }

[[milestone]]
name = "launch"
title = "Launch"
after = ["design", "plant"]
reporting_lag = 1
reached_when = "on sale"
resolved_by = "shop"
deadline = "2028-06"
risk = "commercial"
[milestone.delay]
family = "weibull"
median = 12
shape = 1.5
never = 0.2
rationale = "assumed"
source = "assumption"

[[stream]]
kind = "deal"
milestone = "launch"
covers = ["2020-01", ""]
rationale = "complete"

[[slip]]
lead_from = 0
lead_to = 24
mean = 0.2
sd = 0.4
rationale = "assumed"
source = "assumption"

[[slip]]
lead_from = 24
mean = 0.5
sd = 0.6
rationale = "assumed"
source = "assumption"
'''

HEADER = (
    "id,announced,entered,retracted,type,milestone,kind,story,when,ratio,attributes,headline,counterparty,source,note"
)
ANNOUNCEMENTS = f"""\
{HEADER}
done,2021-09-14,2021-09-15,,achieved,design,,,2021-08,,,Design frozen,,letter,
open,2023-01-20,,,not_yet,launch,,,2022,,,"Not on sale, they say",,letter,
target,2023-02,,,guidance,launch,,,2025-12,,,On sale in 2025,,letter,
deal-1,2023-03-02,2023-03-05,,announcement,launch,deal,acme,,,binding=unknown,A first deal,Acme,paper,
deal-2,2023-05-02,,,announcement,launch,deal,acme,,,binding=yes,The deal signed,Acme,paper,
deal-3,2024-02-02,,2024-05-01,announcement,launch,deal,,,,binding=no,A rumour,,paper,
mood,2024-03-02,,,announcement,,mood,,,,,Great expectations,,forum,
view,2024-03-20,,,likelihood_ratio,launch,,,2026,1.5,,An expert's view,,mail,
"""

MARKET = """\
[market]
currency = "EUR"
units = "euro"
priced = "launch"
[payoffs.floor]
value = 0.0
rationale = "assumed"
source = "assumption"
[payoffs.beyond]
value = 10.0
low = 5.0
high = 20.0
rationale = "assumed"
source = "assumption"
[payoffs.required_return]
value = 0.1
rationale = "assumed"
source = "assumption"
[payoffs.dilution]
value = 0.02
rationale = "assumed"
source = "assumption"
[payoffs.values.launch]
value = 1000
rationale = "assumed"
source = "assumption"
[[event]]
date = "2023-03-03"
title = "Deal day"
item = "deal-1"
previous_close_date = "2023-03-01"
reported_moves = [{ value = 0.1, source = "paper" }]
"""

PRICES = """\
date,close,source
2023-03-03,4.4,exchange
2023-03-01,4.0,exchange
2024-06-28,5.0,exchange
"""

SHARES = """\
as_of,filed,shares,class,kind,source
2023-12-31,2024-02-15,60,A,filed,report
2023-12-31,2024-03-01,40,B,filed,report
2022-12-31,2023-02-15,50,A,filed,report
2022-12-31,2023-02-15,40,B,filed,report
2024-05-31,2024-05-31,110,all,implied,paper
2021-06-30,2021-06-30,80,all,implied,paper
"""

FILES: Mapping[str, str] = {
    "kinds.toml": KINDS,
    "roadmap.toml": ROADMAP,
    "announcements.csv": ANNOUNCEMENTS,
    "market.toml": MARKET,
    "prices.csv": PRICES,
    "shares.csv": SHARES,
}


def write(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """Write the files of a dossier called small and return its folder."""
    target = folder / "small"
    target.mkdir(parents=True)
    for name, text in files.items():
        (target / name).write_bytes(text.encode())
    return target


def replaced(text: str, old: str, new: str) -> str:
    """Text with the first `old` replaced; a case that replaces nothing is an error of the test."""
    assert old in text
    return text.replace(old, new, 1)


def line_of(text: str, mark: str) -> int:
    """Line, counted from 1, on which `mark` first begins."""
    assert mark in text
    return text[: text.index(mark)].count("\n") + 1
