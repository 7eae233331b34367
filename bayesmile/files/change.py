"""Changing one field of a dossier by its dotted name."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel, ValidationError

from bayesmile.errors import InvalidInput
from bayesmile.files.folder import KINDS
from bayesmile.files.market_schema import Amount, NetAmount
from bayesmile.files.numbers import Number, numbers_of
from bayesmile.files.read import Content, Parsed
from bayesmile.files.schema import MilestoneEntry, Slip, StreamEntry
from bayesmile.files.text import Keys

__all__ = ["change", "fields", "values_of"]

_UNTOUCHED = ("catalyst", "comparable", "event")  # records of what happened or will, not assumptions


def fields(content: Content) -> dict[str, tuple[str, Keys]]:
    """File and path of every field that can be set, by dotted name."""
    models = {KINDS: content.kinds, "roadmap.toml": content.roadmap, "market.toml": content.market}
    found: dict[str, tuple[str, Keys]] = {}
    for name, model in models.items():
        if model is not None:
            found |= {dotted: (name, keys) for dotted, keys in _leaves(model, (), ())}
    return found


def values_of(content: Content) -> dict[str, object]:
    """Value of every field that can be set, by its full dotted name; None for one that is absent."""
    known = fields(content).items()
    full = {dotted: where for dotted, where in known if where[1][-1] != "value" or dotted.endswith(".value")}
    return {dotted: _held(content, name, keys) for dotted, (name, keys) in full.items()}


def _leaves(value: object, keys: Keys, names: tuple[str, ...]) -> Iterator[tuple[str, Keys]]:
    if isinstance(value, BaseModel):
        if isinstance(value, Amount):  # "payoffs.floor" is short for "payoffs.floor.value"
            yield ".".join(names), (*keys, "value")
        for field in type(value).model_fields:
            if (keys or field not in _UNTOUCHED) and not _is_absent_amount(value, field):
                yield from _leaves(getattr(value, field), (*keys, field), (*names, field))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves(entry, (*keys, key), (*names, key))
    elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
        for number, entry in enumerate(value):
            yield from _leaves(entry, (*keys, number), (*names, *_entry(entry, number)))
    else:
        yield ".".join(names), keys


def _is_absent_amount(table: BaseModel, field: str) -> bool:
    """Whether a table lacks an amount that it may do without: with its rationale it is more than one number to set."""
    wanted = get_args(type(table).model_fields[field].annotation)
    is_amount = any(isinstance(one, type) and issubclass(one, Amount) for one in wanted)
    return is_amount and getattr(table, field) is None


def _entry(entry: BaseModel, number: int) -> tuple[str, ...]:
    if isinstance(entry, MilestoneEntry):
        return (entry.name,)
    if isinstance(entry, StreamEntry):
        return entry.kind, entry.milestone
    return tuple(entry.name.split(".")) if isinstance(entry, Slip) else (str(number),)


def _value(value: object, old: object) -> object:
    """Value as TOML has it: numpy numbers become plain ones, and text is read where it can be and is not wanted."""
    if isinstance(value, str):
        try:
            read = tomllib.loads(f"value = {value}")
        except (ValueError, RecursionError):
            return value
        is_other = len(read) != 1 or (isinstance(old, str) and not isinstance(read["value"], str))
        return value if is_other else read["value"]
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def _held(content: Content, name: str, keys: Keys) -> object:
    """Value that a field has now, be it only by default."""
    held: object = {KINDS: content.kinds, "roadmap.toml": content.roadmap, "market.toml": content.market}[name]
    for key in keys:
        held = held[key] if isinstance(held, (dict, list)) else getattr(held, str(key))  # type: ignore[index]
    return held


def change(content: Content, field: str, value: object) -> tuple[Parsed, str]:
    """Files with one field changed, and the change as ``"FIELD=VALUE"``; the result is still to be checked.

    The 90% interval of an uncertain number keeps its shape about the new centre (see `Number.moved_to`). A number of
    the market page keeps its interval as it is, and loses it where it is no longer inside.

    Raises
    ------
    InvalidInput
        If there is no such field.
    """
    known = fields(content)
    if field not in known:
        raise InvalidInput(f"set {field}: unknown field; {_near(field, list(known))}")
    name, keys = known[field]
    plain = _value(value, _held(content, name, keys))
    parsed = content.parsed.with_value(name, keys, plain)
    for number in numbers_of(content):
        if (number.file, number.keys) == (name, keys) and number.interval is not None:
            parsed = parsed.with_value(name, number.place, _moved(content, number, plain))
    if _leaves_interval(content, name, keys, plain):
        for key in ("low", "high", "law"):
            parsed = parsed.with_value(name, (*keys[:-1], key), None)
    return parsed, f"{field}={value}"


def _moved(content: Content, number: Number, value: object) -> list[float] | None:
    """Interval about a new centre; none where the number is settled by it, and as it was about what is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None if number.interval is None else list(number.interval)
    kind = content.kinds.kind.get(str(number.keys[1])) if number.file == KINDS else None
    is_inert = kind is not None and number.keys[-1] == "lift" and value == 1.0 and not kind.attributes
    interval = None if is_inert else number.moved_to(float(value))
    return None if interval is None else list(interval)


def _leaves_interval(content: Content, name: str, keys: Keys, value: object) -> bool:
    """Whether a number of the market page leaves its interval, which was argued for the old number only.

    An end of it counts as outside, and so does a number about which no curve has the interval.
    """
    entry: object = content.parsed.documents[name].tree
    for key in keys[:-1]:
        entry = entry.get(str(key)) if isinstance(entry, dict) else None
    if keys[-1] != "value" or not isinstance(entry, dict) or not isinstance(value, (int, float)):
        return False
    low, high = entry.get("low"), entry.get("high")
    if low is None or high is None:
        return False
    try:
        NetAmount.model_validate({**entry, "value": value})
    except ValidationError:
        return True
    return False


def _near(field: str, known: list[str]) -> str:
    """Nearest names, or those below the part of the name that is known."""
    close = difflib.get_close_matches(field, known, n=4, cutoff=0.75)
    if close:
        return f"did you mean {' or '.join(close)}?"
    stem = field
    while "." in stem:
        stem = stem.rpartition(".")[0]
        below = (name.removeprefix(f"{stem}.") for name in known if name.startswith(f"{stem}."))
        inside = sorted({name.partition(".")[0] for name in below})
        if inside:
            return f"allowed below {stem}: {', '.join(inside)}"
    return f"allowed are names that begin with {', '.join(sorted({name.partition('.')[0] for name in known}))}"
