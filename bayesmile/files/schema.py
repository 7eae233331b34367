"""What kinds.toml and roadmap.toml may hold: one class per table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from bayesmile.errors import InvalidInput
from bayesmile.evidence import SlipNumbers
from bayesmile.files.fields import (
    MOST_MONTHS,
    Count,
    Day,
    Entry,
    Interval,
    Month,
    Months,
    Name,
    NotNegative,
    OpenMonth,
    Period,
    Positive,
    Probability,
    Prose,
    Sourced,
    Text,
)
from bayesmile.grid import parse_month
from bayesmile.wording import count

__all__ = [
    "Attribute",
    "AttributePrior",
    "CatalystEntry",
    "DelayEntry",
    "DossierEntry",
    "GammaEntry",
    "GammaPrior",
    "Kind",
    "KindsFile",
    "LiftPrior",
    "LogLogisticEntry",
    "LogNormalEntry",
    "LogNormalPrior",
    "MilestoneEntry",
    "PriorEntry",
    "RoadmapFile",
    "ShapePrior",
    "Slip",
    "SlipPrior",
    "StreamEntry",
    "TabulatedEntry",
    "WeibullEntry",
]


_FIXED = "it is fixed, not learned: one company's news cannot tell it from the other numbers"
_CLASS_FIXED = "it is fixed, not learned: it comes from a reference class, and one company's dates cannot tell it"
_HYPE_FIXED = "hype_shape alone says how sure hype is, and is fixed"


class PriorEntry(Sourced):
    """90% intervals of the numbers of the table around it, with what they rest on."""


class AttributePrior(PriorEntry):
    """Intervals of an attribute's two rates."""

    yes_if_near: Interval | None = None
    yes_otherwise: Interval | None = None


class LiftPrior(PriorEntry):
    """Interval of a lift, of a kind or of one stream."""

    refused: ClassVar[Mapping[str, str]] = {"base_rate": _FIXED, "lead": _FIXED}

    lift: Interval | None = None


class LogNormalPrior(PriorEntry):
    """Intervals of a log-normal delay."""

    median: Interval | None = None
    sigma: Interval | None = None
    never: Interval | None = None


class GammaPrior(PriorEntry):
    """Intervals of a gamma delay."""

    mean: Interval | None = None
    sd: Interval | None = None
    never: Interval | None = None


class ShapePrior(PriorEntry):
    """Intervals of a Weibull or log-logistic delay."""

    median: Interval | None = None
    shape: Interval | None = None
    never: Interval | None = None


class SlipPrior(PriorEntry):
    """Intervals of a slip class."""

    refused: ClassVar[Mapping[str, str]] = {"on_time": _CLASS_FIXED, "whether": _CLASS_FIXED}

    mean: Interval | None = None
    sd: Interval | None = None


class Attribute(Sourced):
    """How often an attribute holds when the milestone is within reach, and otherwise."""

    yes_if_near: Probability
    yes_otherwise: Probability
    prior: AttributePrior | None = None


class Kind(Sourced):
    """A kind of announcement; of lift 1 and without attributes it is inert: it moves nothing, by assumption."""

    title: Text
    base_rate: Positive | None = None
    lift: NotNegative
    lead: Months | None = None
    promotional: bool = False
    prior: LiftPrior | None = None
    attributes: dict[Name, Attribute] = Field(default_factory=dict)

    @property
    def inert(self) -> bool:
        """Whether news of this kind moves nothing."""
        return self.lift == 1.0 and not self.attributes

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name in () if self.inert else ("base_rate", "lead"):
            if getattr(self, name) is None:
                raise InvalidInput(f"{name} is missing; every kind needs it unless its lift is 1 without attributes")
        return self


class KindsFile(Entry):
    """The whole of kinds.toml."""

    kind: dict[Name, Kind] = Field(min_length=1)


class LogNormalEntry(Sourced):
    """Log-normal delay."""

    family: Literal["lognormal"]
    median: Positive
    sigma: Positive
    never: Probability = 0.0
    prior: LogNormalPrior | None = None


class GammaEntry(Sourced):
    """Gamma delay."""

    family: Literal["gamma"]
    mean: Positive
    sd: Positive
    never: Probability = 0.0
    prior: GammaPrior | None = None


class WeibullEntry(Sourced):
    """Weibull delay."""

    family: Literal["weibull"]
    median: Positive
    shape: Positive
    never: Probability = 0.0
    prior: ShapePrior | None = None


class LogLogisticEntry(Sourced):
    """Log-logistic delay."""

    family: Literal["loglogistic"]
    median: Positive
    shape: Positive
    never: Probability = 0.0
    prior: ShapePrior | None = None


class TabulatedEntry(Sourced):
    """Delay given month by month; what is missing from one is never."""

    family: Literal["tabulated"]
    pmf: list[Probability] = Field(min_length=1)


DelayEntry = Annotated[
    LogNormalEntry | GammaEntry | WeibullEntry | LogLogisticEntry | TabulatedEntry, Field(discriminator="family")
]


class MilestoneEntry(Entry):
    """A milestone with what counts as reached, and who decides."""

    name: Name
    title: Text
    after: list[Text] = Field(default_factory=list)
    needs: Literal["all", "any"] = "all"
    observed: bool = True
    reporting_lag: Months = 0
    reached_when: Text
    resolved_by: Text
    deadline: Period
    risk: Literal["technical", "manufacturing", "commercial", "financing", "regulatory"]
    delay: DelayEntry


class StreamEntry(Entry):
    """A stream: announcements of one kind about one milestone, complete over the months covered."""

    kind: Text
    milestone: Text
    covers: Annotated[list[OpenMonth], Field(min_length=2, max_length=2)]
    base_rate: Positive | None = None
    lift: NotNegative | None = None
    lead: Months | None = None
    prior: LiftPrior | None = None
    rationale: Text

    @model_validator(mode="after")
    def _months(self) -> Self:
        first, last = self.covers
        if not first:
            raise InvalidInput("covers: the first month is empty; only the last may be, for a stream that still runs")
        if last and parse_month(last) < parse_month(first):
            raise InvalidInput(f"covers: received {first!r} to {last!r}; dates are reversed")
        return self


class Slip(Sourced):
    """Slip of guidance whose lead, from statement to target, is at least `lead_from` and below `lead_to` months.

    It holds for statements up to which the target has been put off at least `postponements_from` and fewer than
    `postponements_to` times, the statement itself included.
    """

    lead_from: Months
    lead_to: Months | None = None
    postponements_from: Count = 0
    postponements_to: Count | None = None
    mean: float
    sd: Positive
    on_time: Probability = 0.0
    whether: Positive = 1.0
    prior: SlipPrior | None = None

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.lead_to is not None and self.lead_to <= self.lead_from:
            raise InvalidInput(f"lead_to: received {self.lead_to}; allowed is more than lead_from, {self.lead_from}")
        first, end = self.postponements_from, self.postponements_to
        if end is not None and end <= first:
            raise InvalidInput(f"postponements_to: received {end}; allowed is more than postponements_from, {first}")
        return self

    @property
    def numbers(self) -> SlipNumbers:
        """Numbers of the class, as a statement takes them."""
        return SlipNumbers(self.mean, self.sd, self.on_time, self.whether)

    @property
    def ahead(self) -> str:
        """Range of leads in words: ``"14 to 30"``."""
        return f"at least {self.lead_from}" if self.lead_to is None else f"{self.lead_from} to {self.lead_to}"

    @property
    def after(self) -> str:
        """Range of postponements in words: ``"after 1 to 2 postponements"``; empty where any number will do."""
        first, end = self.postponements_from, self.postponements_to
        if end is None:
            return f"after at least {count(first, 'postponement')}" if first else ""
        if end == first + 1:
            return f"after {count(first, 'postponement')}" if first else "without a postponement"
        return f"after {first} to {end - 1} postponements"

    @property
    def name(self) -> str:
        """What tells it from the other classes: ``"14"`` by its lead, ``"14.p2"`` from two postponements on."""
        return f"{self.lead_from}.p{self.postponements_from}" if self.postponements_from else str(self.lead_from)


class CatalystEntry(Entry):
    """A day that is known to come, such as that of an earnings call, and since when it is known."""

    date: Day
    title: Text
    announced: Day
    source: Text

    @model_validator(mode="after")
    def _ahead(self) -> Self:
        if self.announced > self.date:
            raise InvalidInput(f"announced: received {self.announced}; allowed are days up to its date, {self.date}")
        return self


class DossierEntry(Entry):
    """What the dossier is called, its grid, and what a report shows first."""

    refused: ClassVar[Mapping[str, str]] = {"prior": _HYPE_FIXED}

    name: Name
    title: Text
    start: Month
    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)]
    hype: Positive = 1.0
    hype_shape: Positive | None = None
    hype_rationale: Prose = ""
    default_as_of: list[Period] = Field(default_factory=list)
    headline: list[Text] = Field(default_factory=list)
    hindsight: Prose = ""
    summary: Prose = ""


class RoadmapFile(Entry):
    """The whole of roadmap.toml."""

    dossier: DossierEntry
    milestone: list[MilestoneEntry] = Field(min_length=1)
    stream: list[StreamEntry] = Field(default_factory=list)
    slip: list[Slip] = Field(default_factory=list)
    catalyst: list[CatalystEntry] = Field(default_factory=list)
