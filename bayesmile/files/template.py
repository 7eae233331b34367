"""Text of a new dossier: two milestones, to be edited; it passes `check` as it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["TEMPLATE"]

_ROADMAP = """\
# What the project must reach, how long each step may take, and which news bears on it.
#
# EDIT EVERYTHING: names, dates and numbers below are placeholders. Keep a rationale (why this number) and a source
# (a link, a citation or "assumption") for each assumption. `bayesmile check @NAME@` says what is
# wrong, with file and line.

[dossier]
name = "@NAME@"                # the name of this folder
title = "Example: from a pilot to a product"
start = "2024-01"              # first month of the grid
months = 240                   # number of months; what comes later is "beyond"
hype = 1.0                     # rate multiplier of promotional news: above 1 for a company that announces a lot
hype_shape = 4.0               # how sure that is: 90% between a third of it and twice it; without it, hype is fixed
hype_rationale = "Average by assumption."
default_as_of = ["2025-12-31"] # views that a report shows: a day counts to its end
headline = ["product"]         # milestones that a report names first
hindsight = "Placeholder. Say here when the priors were written and what was known then."
summary = "Placeholder. Two or three sentences about the project."

# One [[milestone]] for each step. A step is ready when all of the steps in `after` have happened; with
# needs = "any", the first of them.
[[milestone]]
name = "pilot"
title = "Pilot in operation"
after = []
observed = true                # its happening would be known ...
reporting_lag = 3              # ... so many months later at the latest; until then silence means "not yet"
reached_when = "Placeholder. What counts as reached, and what does not."
resolved_by = "Placeholder. Which source decides."
deadline = "2026"              # the date people ask about: a year, "2026-Q3" or a month
risk = "technical"             # technical, manufacturing, commercial, financing or regulatory

# Months from being ready to happening. family and its numbers: "lognormal" median, sigma; "gamma" mean, sd;
# "weibull" median, shape; "loglogistic" median, shape; "tabulated" pmf = [...].
# never: the chance that it never happens.
#
# A `prior` table below gives 90% intervals of the numbers above it: you would bet nine to one that the number lies
# inside. It is turned into a curve: the number stays its median (a chance stays its mean), and 90% of it lie inside the
# interval. The interval of `median` is about the typical delay, not about single delays, which are further apart.
# A number without an interval is taken as known exactly. What the interval rests on has a rationale of its own.
[milestone.delay]
family = "lognormal"
median = 18
sigma = 0.6
never = 0.2
rationale = "Placeholder. Why these numbers; with sigma 0.6, 90% of the delays lie between 7 and 48 months."
source = "assumption"
[milestone.delay.prior]
median = [12, 27]
sigma = [0.4, 0.9]
never = [0.08, 0.35]
rationale = "Placeholder. Why not narrower, and why not wider."
source = "assumption"

[[milestone]]
name = "product"
title = "Product on sale"
after = ["pilot"]
observed = true
reporting_lag = 3
reached_when = "Placeholder. What counts as reached, and what does not."
resolved_by = "Placeholder. Which source decides."
deadline = "2029"
risk = "commercial"

[milestone.delay]
family = "gamma"
mean = 24
sd = 10
never = 0.3
rationale = "Placeholder. Why these numbers."
source = "assumption"
[milestone.delay.prior]
mean = [17, 34]
sd = [7, 14]
never = [0.15, 0.47]
rationale = "Placeholder. Why not narrower, and why not wider."
source = "assumption"

# A [[stream]] claims that announcements.csv holds every announcement of one kind about one milestone in the months
# covered, so that silence counts. Kinds, their rates and lifts are those of a kinds.toml in this folder,
# else of one beside it, else the bundled ones. base_rate, lift and lead may be replaced here, for this stream;
# a lift of its own takes its own [stream.prior] with the interval.
[[stream]]
kind = "partner_deal"
milestone = "product"
covers = ["2021-01", ""]       # first and last month; "" while the ledger is kept up
base_rate = 0.4                # a year, when the milestone is not within reach
rationale = "Placeholder. Why the ledger is complete, and why this rate."

# Stated dates slip: log(real time / stated time) is Normal(mean, sd). One class for each range of leads, in months.
# A class may also say: on_time, how often the stated month is met exactly; whether, how often such a date is stated of
# what is never reached, for each time it is stated of the rest; postponements_from and postponements_to, how often the
# target has been put off. Left out, they are 0, 1, and any number.
[[slip]]
lead_from = 0
lead_to = 24
mean = 0.2
sd = 0.5
rationale = "Placeholder. Near dates slip by a fifth in the middle."
source = "assumption"
[slip.prior]
mean = [-0.1, 0.5]
sd = [0.35, 0.7]
rationale = "Placeholder. Why not narrower, and why not wider."
source = "assumption"

[[slip]]
lead_from = 24
mean = 0.5
sd = 0.6
rationale = "Placeholder. Far dates slip more."
source = "assumption"
[slip.prior]
mean = [0.2, 0.8]
sd = [0.4, 0.9]
rationale = "Placeholder. Why not narrower, and why not wider."
source = "assumption"
"""

_ANNOUNCEMENTS = (
    "id,announced,entered,retracted,type,milestone,kind,story,when,ratio,attributes,headline,counterparty,source,note\n"
    "example-deal,2025-03-18,2025-12-31,,announcement,product,partner_deal,,,,binding=no; timeline=yes,"
    'Placeholder: agreement with a partner,A partner,placeholder,"An attribute is yes, no or unknown"\n'
    "example-target,2025-06-30,2025-12-31,,guidance,product,,,2028,,,"
    'Placeholder: product promised for 2028,,placeholder,"when: the target here; for achieved, the month it happened"\n'
)

_MARKET = """\
# What a price of the company is read through. Without a price, remove market.toml, prices.csv and shares.csv together.

[market]
currency = "USD"
units = "dollars"
priced = "product"             # the milestone that the price is read as being about
note = "Placeholder."

# Each number: value, and if you can a 90% interval low to high. `value` of a success is a MEAN, not the best case.
[payoffs.floor]                # present value kept whatever happens
value = 0.0
rationale = "Placeholder."
source = "assumption"

[payoffs.beyond]               # present value if no priced milestone is reached by the horizon
value = 50e6
rationale = "Placeholder. What would be left."
source = "assumption"

[payoffs.required_return]      # a year; without the risk of failure, which the roadmap carries
value = 0.12
low = 0.09
high = 0.15
rationale = "Placeholder."
source = "assumption"

# The money needed until success comes from new shares: `dilution`. Or it is spent out of cash: then write, instead of
# [payoffs.dilution], the two tables [payoffs.cash] (today, less debt) and [payoffs.burn] (a year), never both.
[payoffs.dilution]             # yearly growth of the share count until success
value = 0.04
rationale = "Placeholder."
source = "assumption"

[payoffs.values.product]       # total diluted equity value when it is reached, in money of that day, above the floor
value = 5e9
low = 2e9
high = 12e9
rationale = "Placeholder."
source = "assumption"

# What is spent a year, to be compared with the dilution above; used in no other number.
[spending.burn]
value = 60e6
rationale = "Placeholder."
source = "placeholder"
"""

_PRICES = """\
date,close,source
2025-12-30,12.50,placeholder
"""

_SHARES = """\
as_of,filed,shares,class,kind,source
2025-09-30,2025-11-14,100000000,common,filed,placeholder
"""

TEMPLATE: Mapping[str, str] = MappingProxyType(
    {
        "roadmap.toml": _ROADMAP,
        "announcements.csv": _ANNOUNCEMENTS,
        "market.toml": _MARKET,
        "prices.csv": _PRICES,
        "shares.csv": _SHARES,
    }
)
"""Files of a new dossier by name; ``@NAME@`` stands for its name."""
