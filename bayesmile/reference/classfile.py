"""What a class file may hold: how the columns of a table of entities are read as histories on one chain."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from bayesmile.errors import InvalidInput
from bayesmile.files.fields import Entry, Name, Period, Probability, Text

__all__ = [
    "ChainEntry",
    "ClassEntry",
    "ClassFile",
    "EndedEntry",
    "EntityEntry",
    "EventsEntry",
    "FactorEntry",
    "LookupEntry",
    "StatedEntry",
    "WhereEntry",
]

Column = Annotated[str, StringConstraints(min_length=1)]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$")]
Values = Annotated[list[str], Field(min_length=1)]
Columns = Annotated[list[Column], Field(min_length=1)]
Family = Literal["lognormal", "gamma", "weibull", "loglogistic"]


class ClassEntry(Entry):
    """What the class is called, where it comes from, and how long a period is."""

    name: Name
    title: Text
    period: Literal["month", "week"] = "month"
    source: Text
    licence: Text
    as_of: Period


class EntityEntry(Entry):
    """Columns of the table that say which entity a row is, and over which periods it was followed."""

    id: Columns
    cluster: Column | None = None
    entered: Column
    through: Column
    correlation: Probability = 0.0
    before_entry: Literal["refuse", "keep"] = "refuse"
    undated: Literal["together", "between"] = "together"
    furthest: Column | None = None


class WhereEntry(Entry):
    """Rows that have one of some values in a column."""

    column: Column
    values: Values


class EventsEntry(Entry):
    """A table of dated events beside the table of entities."""

    file: FileName
    entity: Columns
    announced: Column
    status: Column | None = None
    no_stage: list[str] = Field(default_factory=list)
    target: Column | None = None
    target_where: WhereEntry | None = None
    target_lookup: bool = False
    target_past: Literal["refuse", "leave_out"] = "refuse"
    others: Literal["refuse", "leave_out"] = "refuse"

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.status is None and self.target is None:
            raise InvalidInput("status: received neither status nor target; allowed is one of them or both")
        asked = self.target_where is not None or self.target_lookup or self.target_past == "leave_out"
        if self.target is None and asked:
            raise InvalidInput("target: missing; target_where, target_lookup and target_past are allowed only with it")
        return self


class FactorEntry(Entry):
    """A grouping of the entities."""

    name: Name
    column: Column | None = None
    year_of: Column | None = None
    levels: Values | None = None
    other: Annotated[int, Field(ge=2)] | None = None
    edges: Annotated[list[float], Field(min_length=1)] | None = None
    unit: Text | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.column is None) == (self.year_of is None):
            raise InvalidInput("column: received none or two; allowed is either column or year_of")
        if self.edges is not None and self.edges != sorted(set(self.edges)):
            raise InvalidInput(f"edges: received {self.edges}; allowed are numbers, each above the one before")
        if self.edges is not None and self.levels is not None:
            raise InvalidInput("levels: received levels and edges; allowed is one of them")
        if self.unit is not None and self.edges is None:
            raise InvalidInput("unit: received a unit without edges; allowed is a unit of the numbers in edges")
        return self


class ChainEntry(Entry):
    """A milestone of the chain: the column of its date, or the status codes that show it."""

    name: Name
    date: Column | None = None
    lookup: bool = False
    status: Values | None = None
    furthest: Values | None = None
    family: Family | None = None

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if (self.date is None) == (self.status is None):
            raise InvalidInput("date: received none or two ways to read it; allowed is either date or status")
        if self.lookup and self.date is None:
            raise InvalidInput("lookup: received true without date; allowed is true where date names a column")
        return self


class EndedEntry(Entry):
    """How a row says that an entity was given up, and when."""

    column: Column
    values: Values
    reached: Values | None = None
    pending: Values | None = None
    silent: Values | None = None
    date: Column | None = None
    offset: Annotated[int, Field(ge=-1200, le=1200)] = 0
    bracket: Annotated[list[Column], Field(min_length=2, max_length=2)] | None = None

    @model_validator(mode="after")
    def _apart(self) -> Self:
        every = [*self.values, *(self.reached or ()), *(self.pending or ()), *(self.silent or ())]
        if twice := [value for value in every if every.count(value) > 1]:
            raise InvalidInput(f"values: received {twice[0]!r} twice; allowed is each value once")
        if self.offset and self.date is None:
            raise InvalidInput("offset: received an offset without date; allowed is one of the dates in a column")
        return self


class StatedEntry(Entry):
    """Two columns of the table of entities: a stated date of the last milestone, and when it was stated."""

    issued: Column
    target: Column


class LookupEntry(Entry):
    """A table that dates names, such as versions."""

    file: FileName
    key: Column
    date: Column
    undated: Literal["refuse", "extrapolate"] = "refuse"


class ClassFile(Entry):
    """The whole of a class file."""

    reference: ClassEntry
    entity: EntityEntry
    events: EventsEntry | None = None
    lookup: LookupEntry | None = None
    factor: list[FactorEntry] = Field(default_factory=list)
    milestone: list[ChainEntry] = Field(min_length=1)
    ended: EndedEntry | None = None
    target: list[StatedEntry] = Field(default_factory=list)

    @model_validator(mode="after")
    def _together(self) -> Self:
        _once("factor", [factor.name for factor in self.factor])
        _once("milestone", [milestone.name for milestone in self.milestone])
        codes = [code for one in self.milestone for code in one.status or ()]
        _once("status", [*codes, *(self.events.no_stage if self.events else ())])
        _once("furthest", [value for one in self.milestone for value in one.furthest or ()])
        _needs(bool(codes), self.events is not None and self.events.status is not None, "status", "status in [events]")
        furthest = any(one.furthest for one in self.milestone)
        _needs(furthest, self.entity.furthest is not None, "furthest", "furthest in [entity]")
        lookup = any(one.lookup for one in self.milestone) or (self.events is not None and self.events.target_lookup)
        _needs(lookup, self.lookup is not None, "lookup", "the table [lookup]")
        taken = {"cluster", "entered", "through", "ended", "ended_known", "line"}
        if wrong := [factor.name for factor in self.factor if factor.name in taken]:
            raise InvalidInput(f"factor: received the name {wrong[0]!r}, which every class has as a column already")
        return self


def _once(field: str, names: list[str]) -> None:
    if twice := [name for name in names if names.count(name) > 1]:
        raise InvalidInput(f"{field}: received {twice[0]!r} twice; allowed is each once")


def _needs(used: bool, there: bool, field: str, other: str) -> None:
    if used and not there:
        raise InvalidInput(f"{field}: received it without {other}; allowed is both or neither")
