"""Milestones and the graph that joins them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from bayesmile.cards import roadmap_card
from bayesmile.core.structure import Graph
from bayesmile.delays import Delay
from bayesmile.errors import InvalidInput
from bayesmile.frames import made_of
from bayesmile.lawrecords import LAW_COLUMNS, law_of, law_record

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Milestone", "Needs", "Roadmap", "milestone_of", "milestone_record"]

Array = NDArray[np.float64]
Needs = Literal["all", "any"]

_COLUMNS = ("milestone", "after", "needs", "observed", "reporting_lag", *LAW_COLUMNS)


@dataclass(frozen=True, slots=True)
class Milestone:
    """One step of a roadmap: it happens a delay after it is ready.

    Parameters
    ----------
    name : str
        Unique name.
    delay : Delay
        Time from ready to happening, in months.
    after : str or sequence of str
        Parents. Without parents the milestone is ready at month 0.
    needs : {"all", "any"}
        Ready when the last (``"all"``) or the first (``"any"``) of its parents has happened.
    observed : bool
        Whether its happening would be known. A dossier's as-of view adds *not yet* for observed milestones only.
    reporting_lag : int
        Months from happening to being known.

    Raises
    ------
    InvalidInput
        If a field has a wrong type or value.

    Examples
    --------
    >>> from bayesmile.delays import LogNormal
    >>> Milestone("certification", after=["first_flight"], delay=LogNormal(18, 0.5)).after
    ('first_flight',)
    """

    name: str
    delay: Delay = field(kw_only=True)
    after: Sequence[str] = field(default=(), kw_only=True)
    needs: Needs = field(default="all", kw_only=True)
    observed: bool = field(default=True, kw_only=True)
    reporting_lag: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        """Check the fields."""
        if not isinstance(self.name, str) or not self.name.strip():
            raise InvalidInput(f"Milestone name: received {self.name!r}; allowed is text that is not empty")
        where = f"milestone {self.name}"
        if not isinstance(self.delay, Delay):
            raise InvalidInput(
                f"{where}, delay: received {self.delay!r}; allowed is a delay such as LogNormal(12, 0.5)"
            )
        object.__setattr__(self, "after", _parents(where, self.after))
        if self.needs not in ("all", "any"):
            raise InvalidInput(f"{where}, needs: received {self.needs!r}; allowed is 'all' or 'any'")
        if not isinstance(self.observed, (bool, np.bool_)):
            raise InvalidInput(f"{where}, observed: received {self.observed!r}; allowed is True or False")
        lag = self.reporting_lag
        if isinstance(lag, bool) or not isinstance(lag, (int, np.integer)) or lag < 0:
            raise InvalidInput(
                f"{where}, reporting_lag: received {lag!r}; allowed is a whole number of months, 0 or more"
            )


@dataclass(frozen=True, slots=True, init=False)
class Roadmap:
    """Milestones joined to a directed acyclic graph, kept in topological order.

    Parameters
    ----------
    milestones : iterable of Milestone
        In any order.

    Raises
    ------
    InvalidInput
        If a name is given twice, a parent is unknown or the graph has a cycle.

    Examples
    --------
    >>> from bayesmile.delays import LogNormal
    >>> step = LogNormal(12, 0.5)
    >>> roadmap = Roadmap([Milestone("launch", after="pilot", delay=step), Milestone("pilot", delay=step)])
    >>> roadmap.names
    ('pilot', 'launch')
    """

    milestones: tuple[Milestone, ...]
    names: tuple[str, ...]
    graph: Graph
    _numbers: dict[str, int] = field(compare=False, repr=False)
    _delays: dict[int, tuple[Array, Array]] = field(compare=False, repr=False)

    def __init__(self, milestones: Iterable[Milestone]) -> None:
        given = tuple(milestones)
        for item in given:
            if not isinstance(item, Milestone):
                raise InvalidInput(f"Roadmap: received {item!r}; allowed are Milestone objects")
        if not given:
            raise InvalidInput("Roadmap: received no milestone; allowed is at least one")
        ordered = _ordered(given)
        numbers = {item.name: number for number, item in enumerate(ordered)}
        graph = Graph(
            parents=tuple(tuple(numbers[parent] for parent in item.after) for item in ordered),
            earliest=tuple(item.needs == "any" for item in ordered),
        )
        for name, value in (
            ("milestones", ordered),
            ("names", tuple(numbers)),
            ("graph", graph),
            ("_numbers", numbers),
            ("_delays", {}),
        ):
            object.__setattr__(self, name, value)

    def __hash__(self) -> int:
        """Hash of the milestones, which decide everything else."""
        return hash(self.names)

    def __getitem__(self, name: str) -> Milestone:
        """Milestone by name."""
        return self.milestones[self.number(name)]

    def __iter__(self) -> Iterator[Milestone]:
        """Milestones in topological order."""
        return iter(self.milestones)

    def __len__(self) -> int:
        """Count the milestones."""
        return len(self.milestones)

    def __contains__(self, name: object) -> bool:
        """Whether a milestone has this name."""
        return name in self._numbers

    def _repr_html_(self) -> str:
        """Table for a notebook: what each milestone waits for, and how long it takes then."""
        return roadmap_card(self)

    def to_pandas(self) -> pd.DataFrame:
        """Milestones as a table, one row each in topological order, for reading and for `from_pandas`.

        Columns: milestone, after (a JSON list of names), needs, observed, reporting_lag, law, and the law's numbers in
        months: median, sigma, mean, sd, shape, never, pmf.

        Raises
        ------
        InvalidInput
            If a delay is none of the package's own laws.

        Examples
        --------
        >>> from bayesmile.delays import LogNormal
        >>> roadmap = Roadmap([Milestone("launch", delay=LogNormal(12, 0.5))])
        >>> roadmap.to_pandas()[["milestone", "law", "median"]].values.tolist()
        [['launch', 'LogNormal', 12.0]]
        """
        import pandas as pd

        return pd.DataFrame.from_records([milestone_record(one) for one in self], columns=list(_COLUMNS))

    @classmethod
    def from_pandas(cls, frame: pd.DataFrame) -> Roadmap:
        """Roadmap of a table with the columns of `to_pandas`; a missing cell is the field's default.

        Raises
        ------
        InvalidInput
            Naming the row and the column.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"milestone": ["launch"], "law": ["Gamma"], "mean": [18], "sd": [7]})
        >>> Roadmap.from_pandas(frame)["launch"].delay
        Gamma(mean=18.0, sd=7.0, never=0.0)
        """
        return cls(made_of(frame, milestone_of))

    def number(self, name: str) -> int:
        """Row number of a milestone in every array of the engine.

        Raises
        ------
        InvalidInput
            If there is no milestone of that name.
        """
        try:
            return self._numbers[name]
        except (KeyError, TypeError):
            raise InvalidInput(f"milestone: received {name!r}; allowed are {', '.join(self.names)}") from None

    def ancestors(self, name: str) -> tuple[str, ...]:
        """Names of all milestones that come before `name`, in topological order, itself excluded."""
        wanted = {self.number(name)}
        for k in range(len(self) - 1, -1, -1):
            if k in wanted:
                wanted.update(self.graph.parents[k])
        return tuple(self.names[k] for k in sorted(wanted) if self.names[k] != name)

    def log_delays(self, months: int) -> tuple[Array, Array]:
        """Log pmf and log survival of every delay on a grid, (milestone, months); computed once, read-only."""
        if months not in self._delays:
            pairs = [item.delay.log_delay(months, bool(item.after)) for item in self.milestones]
            arrays = np.array([pmf for pmf, _ in pairs]), np.array([survival for _, survival in pairs])
            for array in arrays:
                array.setflags(write=False)
            self._delays[months] = arrays
        return self._delays[months]


def milestone_record(one: Milestone) -> dict[str, object]:
    """Return a milestone as a dict from column to text, number or None; see `Roadmap.to_pandas`."""
    try:
        law = law_record(one.delay)
    except InvalidInput as error:
        raise InvalidInput(f"milestone {one.name}, {error}") from None
    plain = {"milestone": one.name, "after": json.dumps(list(one.after)), "needs": one.needs}
    return {**plain, "observed": bool(one.observed), "reporting_lag": int(one.reporting_lag), **law}


def milestone_of(record: Mapping[str, object]) -> Milestone:
    """Return the milestone of a record; a cell of None is the field's default.

    Raises
    ------
    InvalidInput
        If a column is unknown or a cell cannot be used.
    """
    if extra := [name for name, value in record.items() if name not in _COLUMNS and value is not None]:
        raise InvalidInput(f"column: received {extra[0]!r}; allowed: {', '.join(_COLUMNS)}")
    cells = {name: record[name] for name in _COLUMNS[1:5] if record.get(name) is not None}
    if isinstance(after := cells.get("after"), str):
        cells["after"] = _names(after)
    if isinstance(lag := cells.get("reporting_lag"), float) and lag.is_integer():  # a column with empty cells
        cells["reporting_lag"] = int(lag)
    return Milestone(record.get("milestone"), delay=law_of(record), **cells)  # type: ignore[arg-type]  # it checks them


def _names(text: str) -> object:
    """Names of a JSON list; any other text is one name."""
    try:
        names = json.loads(text)
    except ValueError:
        return text
    return names if isinstance(names, list) else text


def _parents(where: str, after: object) -> tuple[str, ...]:
    parents = (after,) if isinstance(after, str) else tuple(after) if isinstance(after, Iterable) else None
    if parents is None or any(not isinstance(parent, str) for parent in parents) or len(set(parents)) < len(parents):
        raise InvalidInput(f"{where}, after: received {after!r}; allowed are names, each once")
    return parents


def _ordered(milestones: tuple[Milestone, ...]) -> tuple[Milestone, ...]:
    """Topological order that keeps the given order where it can."""
    by_name: dict[str, Milestone] = {}
    for item in milestones:
        if item.name in by_name:
            raise InvalidInput(f"Roadmap: milestone {item.name!r} is given twice; allowed is each name once")
        by_name[item.name] = item
    for item in milestones:
        for parent in item.after:
            if parent not in by_name:
                raise InvalidInput(
                    f"milestone {item.name}, after: received {parent!r}; allowed are {', '.join(by_name)}"
                )
    ordered: dict[str, Milestone] = {}
    while len(ordered) < len(by_name):
        ready = [x for x in milestones if x.name not in ordered and all(parent in ordered for parent in x.after)]
        if not ready:
            raise InvalidInput(f"Roadmap: milestones wait for each other in a cycle: {_cycle(by_name, ordered)}")
        ordered[ready[0].name] = ready[0]
    return tuple(ordered.values())


def _cycle(by_name: dict[str, Milestone], done: dict[str, Milestone]) -> str:
    """One cycle among the milestones that could not be ordered, as ``a -> b -> a``."""
    trail: list[str] = []
    name = next(name for name in by_name if name not in done)
    while name not in trail:
        trail.append(name)
        name = next(parent for parent in by_name[name].after if parent not in done)
    loop = [*trail[trail.index(name) :], name]
    return " -> ".join(reversed(loop))
