"""Delay laws as flat records: the form in which a roadmap goes into a table, or a file, and comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields

from bayesmile.delays import Delay, Gamma, LogLogistic, LogNormal, Tabulated, Weibull
from bayesmile.errors import InvalidInput

__all__ = ["LAW_COLUMNS", "law_of", "law_record"]

_LAWS = {law.__name__: law for law in (LogNormal, Gamma, Weibull, LogLogistic, Tabulated)}

LAW_COLUMNS = ("law", "median", "sigma", "mean", "sd", "shape", "never", "pmf")
"""Columns of a law; `pmf` is JSON text."""


def law_record(delay: Delay) -> dict[str, object]:
    """Return a law as a dict from column to text, number or None.

    Raises
    ------
    InvalidInput
        If it is none of the package's own laws.

    Examples
    --------
    >>> {name: value for name, value in law_record(LogNormal(12, 0.5)).items() if value is not None}
    {'law': 'LogNormal', 'median': 12.0, 'sigma': 0.5, 'never': 0.0}
    """
    name = type(delay).__name__
    if _LAWS.get(name) is not type(delay):
        raise InvalidInput(f"delay: received a {name}, which no table can hold; allowed: {', '.join(_LAWS)}")
    record: dict[str, object] = dict.fromkeys(LAW_COLUMNS)
    for field in fields(_LAWS[name]):
        value = getattr(delay, field.name)
        record[field.name] = json.dumps(value) if field.name == "pmf" else float(value)
    return {**record, "law": name}


def law_of(record: Mapping[str, object]) -> Delay:
    """Return the law of a record; a cell of None is the field's default.

    Raises
    ------
    InvalidInput
        If the law is unknown, a number that it needs is missing, or one is given that it has not.

    Examples
    --------
    >>> law_of({"law": "Tabulated", "pmf": "[0.5, 0.25]"})
    Tabulated(pmf=(0.5, 0.25))
    """
    law = _LAWS.get(str(record.get("law")))
    if law is None:
        raise InvalidInput(f"law: received {record.get('law')!r}; allowed: {', '.join(_LAWS)}")
    numbers = {name: record[name] for name in LAW_COLUMNS[1:] if record.get(name) is not None}
    known = {field.name: field for field in fields(law)}
    if extra := sorted(set(numbers) - set(known)):
        raise InvalidInput(f"{law.__name__}: received a value in column {extra[0]!r}; allowed: {', '.join(known)}")
    if lacking := [name for name, field in known.items() if field.default is MISSING and name not in numbers]:
        raise InvalidInput(f"{law.__name__}: column {lacking[0]!r} is empty; it is required")
    if isinstance(text := numbers.get("pmf"), str):
        numbers["pmf"] = _table(text)
    made: Delay = law(**numbers)  # type: ignore[arg-type]  # each law checks its own numbers
    return made


def _table(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"pmf: received {text!r:.60}; allowed is JSON ({error})") from None
