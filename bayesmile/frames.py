"""Items as flat records, one cell a field: the form in which a ledger goes into a table and comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING

from bayesmile.errors import InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
from bayesmile.items import Item

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "from_record", "made_of", "to_record"]

_KINDS: dict[str, type[Item]] = {
    kind.__name__: kind for kind in (Row, LikelihoodRatio, Achieved, NotYet, Announcement, Guidance)
}
_JSON = ("attributes", "loglik", "postponed")

COLUMNS = (
    *("type", "milestone", "announced", "kind", "story", "attributes", "month", "through", "by", "ratio"),
    *("issued", "target", "slip_mean", "slip_sd", "on_time", "whether", "postponed"),
    *("loglik", "source", "note", "entered", "retracted", "id"),
)
"""Columns of a ledger's table, in order; `attributes`, `postponed` and `loglik` are JSON text."""


def to_record(item: Item) -> dict[str, object]:
    """Return an item as a dict from column to text, number or None.

    Examples
    --------
    >>> from bayesmile.evidence import Achieved
    >>> record = to_record(Achieved("launch", "2027-01"))
    >>> record["type"], record["month"], record["ratio"]
    ('Achieved', '2027-01', None)
    """
    record: dict[str, object] = dict.fromkeys(COLUMNS)
    record["type"] = type(item).__name__
    for name in (field.name for field in fields(item)):
        value = getattr(item, name)
        if name in _JSON:
            value = json.dumps(value if isinstance(value, dict) else value.tolist())
        record[name] = value
    return record


def from_record(record: Mapping[str, object]) -> Item:
    """Return the item of a record; a cell of None is the field's default.

    Raises
    ------
    InvalidInput
        If the type or a column is unknown, a required cell is empty, or a cell is filled that this type has not.

    Examples
    --------
    >>> from_record({"type": "NotYet", "milestone": "launch", "through": "2026"}).label
    'NotYet launch through 2026-12'
    """
    cells = {str(name): value for name, value in record.items() if value is not None}
    kind = _KINDS.get(str(cells.pop("type", "")))
    if kind is None:
        raise InvalidInput(f"type: received {record.get('type')!r}; allowed: {', '.join(_KINDS)}")
    known = {field.name: field for field in fields(kind)}
    if extra := sorted(set(cells) - set(known)):
        raise InvalidInput(f"{kind.__name__}: received a value in column {extra[0]!r}; allowed: {', '.join(known)}")
    needed = (name for name, f in known.items() if f.default is MISSING and f.default_factory is MISSING)
    if lacking := [name for name in needed if name not in cells and name != "milestone"]:
        raise InvalidInput(f"{kind.__name__}: column {lacking[0]!r} is empty; it is required")
    for name in _JSON:
        if isinstance(text := cells.get(name), str):
            cells[name] = _decode(name, text)
    cells.setdefault("milestone", None)
    if kind is Announcement:
        cells.setdefault("announced", None)
    return kind(**cells)  # type: ignore[arg-type]  # each class checks its own fields


def _decode(name: str, text: str) -> object:
    try:
        value = json.loads(text)
        return _by_number(value) if name == "postponed" else value
    except ValueError as error:
        raise InvalidInput(f"{name}: received {text!r}; allowed is JSON ({error})") from None


def _by_number(value: object) -> object:
    """Give a mapping numbers for keys, which JSON has as text."""
    return {int(key): numbers for key, numbers in value.items()} if isinstance(value, dict) else value


def made_of[T](frame: pd.DataFrame, build: Callable[[Mapping[str, object]], T]) -> list[T]:
    """Build something of each row of a table; an error names the row.

    Raises
    ------
    InvalidInput
        Of the first row that makes nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"type": ["NotYet"], "milestone": ["launch"], "through": ["2026"]})
    >>> made_of(frame, from_record)[0].label
    'NotYet launch through 2026-12'
    """
    made = []
    for row, record in _records(frame):
        try:
            made.append(build(record))
        except InvalidInput as error:
            raise InvalidInput(f"row {row}: {error}") from None
    return made


def _records(frame: pd.DataFrame) -> Iterator[tuple[object, dict[str, object]]]:
    """Rows of a table as records, each with its label; a missing cell is None.

    Examples
    --------
    >>> import pandas as pd
    >>> list(_records(pd.DataFrame({"ratio": [2.0, None]}, index=["a", "b"])))
    [('a', {'ratio': 2.0}), ('b', {'ratio': None})]
    """
    import pandas as pd

    def cell(value: object) -> object:
        missing = pd.api.types.is_scalar(value) and pd.isna(value)  # type: ignore[call-overload]
        return None if missing else value

    for row, record in zip(frame.index, frame.astype(object).to_dict("records"), strict=True):
        yield row, {str(name): cell(value) for name, value in record.items()}
