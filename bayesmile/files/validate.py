"""From trees and rows to schema objects: every complaint in one sentence, with file, line and field."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from bayesmile.files.problems import Problems
from bayesmile.files.text import Document, Keys, Record

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["label", "validate", "validate_row"]

_ALLOWED = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "finite_number": "a finite number",
    "float_type": "a finite number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a table",
    "string_type": "text in quotes",
    "too_short": "something that is not empty",
}
"""What is allowed, by pydantic's name of the failure."""

_KIND_OF_DATE = re.compile(r"^(?:: |a (?:date|day|month|deadline): )+")  # the field is named already

_BOUNDS = {
    "greater_than": ("gt", "a number above {}"),
    "greater_than_equal": ("ge", "a number of at least {}"),
    "less_than": ("lt", "a number below {}"),
    "less_than_equal": ("le", "a number of at most {}"),
}


def validate[M: BaseModel](model: type[M], document: Document, problems: Problems) -> M | None:
    """Return the schema object of a TOML document, or None after errors, each of which is added to `problems`."""
    try:
        return model.model_validate(document.tree)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            keys = _keys(document.tree, detail)
            problems.error(document.place(keys), f"{label(document.tree, keys)}: {_reason(detail)}")
        return None


def validate_row[M: BaseModel](model: type[M], record: Record, problems: Problems) -> M | None:
    """Return the schema object of a CSV row, whose empty cells are absent fields, or None after errors."""
    try:
        return model.model_validate({name: cell for name, cell in record.cells.items() if cell})
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            column = f"{detail['loc'][0]}: " if detail["loc"] else ""
            reason = "the cell is empty; allowed is a value" if detail["type"] == "missing" else _reason(detail)
            problems.error(record.place, f"{column}{reason}")
        return None


def _keys(tree: object, detail: ErrorDetails) -> Keys:
    """Path in the document of a pydantic location, which also names union members and the like."""
    found: list[str | int] = []
    location = detail["loc"]
    for position, key in enumerate(location):
        if isinstance(tree, dict) and key in tree:
            tree = tree[key]
        elif isinstance(tree, list) and isinstance(key, int) and key < len(tree):
            tree = tree[key]
        elif not (detail["type"] == "missing" and position == len(location) - 1):
            continue
        found.append(key)
    if detail["type"] in ("unknown_key", "refused_key"):
        found.append(detail["ctx"]["key"])
    elif detail["type"] == "union_tag_invalid":
        found.append("family")
    return tuple(found)


def label(tree: object, keys: Keys) -> str:
    """Path of a field for people: list positions become the names of the entries.

    Examples
    --------
    >>> label({"milestone": [{"name": "launch", "delay": {"median": -3}}]}, ("milestone", 0, "delay", "median"))
    'milestone launch, delay.median'
    """
    text = ""
    for key in keys:
        tree = _child(tree, key)
        if isinstance(key, int):
            text += f" {_entry_name(tree, key)}, "
        else:
            text += key if not text or text.endswith(", ") else f".{key}"
    return text.removesuffix(", ") or "the file"


def _child(tree: object, key: str | int) -> object:
    if isinstance(tree, dict):
        return tree.get(key)
    return tree[key] if isinstance(tree, list) and isinstance(key, int) else None


def _entry_name(entry: object, number: int) -> str:
    if isinstance(entry, Mapping):
        names: Sequence[Any] = [entry.get("name"), entry.get("title")]
        if "kind" in entry and "milestone" in entry:
            names = [f"{entry['kind']} on {entry['milestone']}"]
        for name in names:
            if isinstance(name, str) and name.strip():
                return name.strip()[:60]
    return str(number + 1)


def _reason(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "missing; it must be given"
    if kind == "unknown_key":
        return f"unknown key {context['key']!r}{context['hint']}"
    if kind == "refused_key":
        return f"not allowed: {context['why']}"
    if kind == "value_error":
        return _KIND_OF_DATE.sub("", str(context["error"]))
    if kind == "union_tag_not_found":
        return "family is missing; allowed are 'lognormal', 'gamma', 'weibull', 'loglogistic', 'tabulated'"
    if kind == "union_tag_invalid":
        return f"received {context['tag']!r}; allowed are {context['expected_tags']}"
    return f"received {_shown(detail['input'])}; allowed is {_allowed(kind, context, detail['msg'])}"


def _allowed(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in _BOUNDS:
        bound, text = _BOUNDS[kind]
        return text.format(context[bound])
    if (kind == "too_short" and context.get("min_length", 1) > 1) or kind == "too_long":
        return f"a list of {context.get('max_length', context.get('min_length'))}"
    if kind == "literal_error":
        return str(context["expected"])
    if kind == "string_pattern_mismatch":
        return "letters, digits, - and _, first a letter (ids may begin with a digit and hold points)"
    return _ALLOWED.get(kind, f"something else ({message})")


def _shown(value: object) -> str:
    if isinstance(value, dt.date | dt.time):  # TOML has them without quotes
        return f"{value.isoformat()} without quotes"
    try:
        text = repr(value)
    except ValueError:  # a whole number with more digits than Python agrees to print
        return "a huge number"
    return text if len(text) <= 80 else f"{text[:77]}..."
