"""Lines of a trace: every number with its formula, what that takes its numbers from, and where the first came from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from bayesmile.errors import InvalidInput
from bayesmile.pricing.formulas import Value, evaluate, names, substitute

__all__ = ["Kind", "Lines", "TraceLine", "look_up"]

Kind = Literal["input", "engine", "formula"]

_SMALL = 1e-3  # below it differences count as such: of two numbers that nearly cancel no digits are left


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TraceLine:
    """One number, or a row of numbers of one sort, and where it comes from.

    Attributes
    ----------
    name : str
        Name by which formulas use it.
    value : float or array, shape (n,)
    unit : str
        ``"USD"``, ``"shares"``, ``"probability"``, ``"bits"``, ...
    title : str
        What it is, in words.
    kind : "input", "engine" or "formula"
        An assumption or a figure of the dossier's files; a number of the engine, which the price does not change; or
        arithmetic on other lines.
    formula : str
        Of `bayesmile.pricing.formulas`; empty for the other kinds.
    inputs : tuple of str
        Names of the lines that the formula uses.
    source : str
        File, line and field of an input; what the engine was asked, of which dossier.
    paths : tuple of str
        Where the report's JSON view has it, such as ``"levels.failure"`` or ``"levels.lines[*].implied"`` for a row.
    rows : str
        What the numbers of a row are about, such as ``"months"``; empty for a single number.
    """

    name: str
    value: Value
    unit: str
    title: str
    kind: Kind
    formula: str = ""
    inputs: tuple[str, ...] = ()
    source: str = ""
    paths: tuple[str, ...] = ()
    rows: str = ""


@dataclass(slots=True)
class Lines:
    """Lines of a trace in an order in which each uses only earlier ones: a directed graph without cycles.

    Attributes
    ----------
    found : dict of str to TraceLine
    said : mapping of str to object
        Sections of a report by name. A formula with a path has the value that the report states there, so that
        `difference` compares the two.

    Examples
    --------
    >>> lines = Lines()
    >>> lines.input("price", 12.0, "USD", "Price", source="given")
    >>> lines.formula("half", "price / 2", "USD", "Half of it")
    >>> lines["half"].value, lines["half"].inputs, lines.difference()
    (6.0, ('price',), 0.0)
    """

    found: dict[str, TraceLine] = field(default_factory=dict)
    said: Mapping[str, object] = field(default_factory=dict)

    def __iter__(self) -> Iterator[TraceLine]:
        """Lines in their order."""
        return iter(self.found.values())

    def __len__(self) -> int:
        """Count the lines."""
        return len(self.found)

    def __contains__(self, name: object) -> bool:
        """Tell whether a line has this name."""
        return name in self.found

    def __getitem__(self, name: str) -> TraceLine:
        """Return the line of a name."""
        if name not in self.found:
            raise InvalidInput(f"trace: received the name {name!r}; no line has it")
        return self.found[name]

    def _add(self, line: TraceLine) -> None:
        if line.name in self.found:
            raise InvalidInput(f"trace: received the name {line.name!r} twice; allowed is one line for each")
        self.found[line.name] = line

    def input(
        self,
        name: str,
        value: ArrayLike,
        unit: str,
        title: str,
        *,
        source: str,
        paths: Sequence[str] = (),
        rows: str = "",
    ) -> None:
        """Add an assumption or a figure of the files."""
        self._add(_given("input", name, value, unit, title, source, paths, rows))

    def engine(
        self,
        name: str,
        value: ArrayLike,
        unit: str,
        title: str,
        *,
        source: str,
        paths: Sequence[str] = (),
        rows: str = "",
    ) -> None:
        """Add numbers of the engine."""
        self._add(_given("engine", name, value, unit, title, source, paths, rows))

    def formula(self, name: str, text: str, unit: str, title: str, *, paths: Sequence[str] = ()) -> None:
        """Add arithmetic on earlier lines; its value is what the report states, or what the formula gives."""
        used, found = names(text), self.at(text)
        if self.said and paths:
            stated = look_up(self.said, paths[0])
            found = stated if np.ndim(found) else _plain(np.atleast_1d(stated)[0])
        self._add(
            TraceLine(
                name=name,
                value=found,
                unit=unit,
                title=title,
                kind="formula",
                formula=text,
                inputs=used,
                paths=tuple(paths),
                rows=next((self[one].rows for one in used if self[one].rows), "") if np.ndim(found) else "",
            )
        )

    def at(self, formula: str, changed: Mapping[str, float] | None = None) -> Value:
        """Value of a formula of these lines, some of them taken to be other numbers than they are."""
        other = dict(changed or {})
        return evaluate(formula, {name: self[name].value for name in names(formula) if name not in other} | other)

    def evaluated(self, changed: Mapping[str, ArrayLike] | None = None) -> dict[str, Value]:
        """Work out every formula from the inputs and the engine's numbers alone.

        Parameters
        ----------
        changed : mapping of str to float, optional
            Inputs that are to have another value.

        Raises
        ------
        InvalidInput
            If a changed name is no input.
        """
        values: dict[str, Value] = {}
        for name in changed or {}:
            if self[name].kind != "input":
                raise InvalidInput(f"trace: received a value for {name!r}; allowed are inputs")
        for line in self:
            if line.kind == "formula":
                values[line.name] = evaluate(line.formula, values)
            else:
                values[line.name] = _plain((changed or {}).get(line.name, line.value))
        return values

    def difference(self) -> float:
        """Largest relative difference between a line's value and what its formula gives; infinite where one is none."""
        values = self.evaluated()
        return max((_apart(line.value, values[line.name]) for line in self), default=0.0)

    def inline(self, name: str, stop: Sequence[str] = ()) -> str:
        """Write the formula of a line in terms of inputs and engine numbers alone, and of the lines in `stop`.

        Examples
        --------
        >>> lines = Lines()
        >>> lines.input("price", 12.0, "USD", "Price", source="given")
        >>> lines.formula("half", "price / 2", "USD", "Half of it")
        >>> lines.formula("rest", "price - half", "USD", "What is left")
        >>> lines.inline("rest")
        'price - (price / 2)'
        """
        parts = {
            used: f"({self.inline(used, stop)})"
            for used in self[name].inputs
            if used not in stop and self[used].kind == "formula"
        }
        return substitute(self[name].formula, parts)


def look_up(said: object, path: str) -> Value:
    """Find numbers in nested records, mappings and sequences, by a path such as ``"levels.lines[*].implied"``.

    An absent number is NaN; a field in nats ends in ``_nats`` in a path, as it does in a report's JSON.

    Examples
    --------
    >>> look_up({"levels": {"lines": [{"implied": 0.5}, {"implied": None}]}}, "levels.lines[*].implied").tolist()
    [0.5, nan]
    """
    found = [said]
    for step in path.split("."):
        name, *rest = step.replace("]", "").split("[")
        found = [_field(one, name) for one in found]
        for place in rest:
            found = [entry for one in found for entry in _entries(one, place)]
    numbers = [math.nan if one is None else float(one) for one in found]  # type: ignore[arg-type]
    return _plain(numbers if "[*]" in path else numbers[0])


def _field(record: object, name: str) -> object:
    if isinstance(record, Mapping):
        return record[name]
    return getattr(record, name if hasattr(record, name) else name.removesuffix("_nats"))


def _entries(row: object, place: str) -> Sequence[object]:
    entries = tuple(row) if isinstance(row, Sequence) else ()
    return entries if place == "*" else (entries[int(place)],)


def _given(
    kind: Kind, name: str, value: ArrayLike, unit: str, title: str, source: str, paths: Sequence[str], rows: str
) -> TraceLine:
    found = _plain(value)
    if (rows != "") != (np.ndim(found) == 1):
        raise InvalidInput(f"trace: line {name!r} received rows {rows!r} for {np.ndim(found)} dimensions of numbers")
    return TraceLine(
        name=name, value=found, unit=unit, title=title, kind=kind, source=source, paths=tuple(paths), rows=rows
    )


def _plain(value: ArrayLike) -> Value:
    found = np.array(value, dtype=np.float64)
    found.setflags(write=False)
    return float(found) if found.ndim == 0 else found


def _apart(one: Value, other: Value) -> float:
    """Largest relative difference, entry by entry; equal infinities and two NaN are alike."""
    first, second = np.broadcast_arrays(np.asarray(one), np.asarray(other))
    gaps = (_gap(float(a), float(b)) for a, b in zip(first.ravel(), second.ravel(), strict=True))
    return max(gaps, default=0.0)


def _gap(a: float, b: float) -> float:
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    if not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(a - b) / max(abs(a), abs(b), _SMALL)
