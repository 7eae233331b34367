"""Formulas that a person, a spreadsheet and this package read alike: parsed, never run as code.

A formula is one arithmetic expression such as ``(price - failure) / (success - failure)``: names, numbers, ``+ - * /``,
the comparisons ``< <= > >=`` and the functions of `FUNCTIONS`, which spreadsheets have under the same names. Two
functions and three words are ours: ``ROOT(x, expression)``, ``CUMULATE(row)``, and ``MORE_THAN_ANY``,
``LESS_THAN_ANY`` and ``UNDEFINED`` for what is infinite or no number.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bayesmile.breakevens import LARGEST_RETURN, root_rate
from bayesmile.errors import InvalidInput

__all__ = ["FUNCTIONS", "WORDS", "Value", "evaluate", "names", "substitute"]

Array = NDArray[np.float64]
Value = float | Array

WORDS: Mapping[str, float] = {"MORE_THAN_ANY": math.inf, "LESS_THAN_ANY": -math.inf, "UNDEFINED": math.nan}
"""Words for what no cell of numbers can hold, with what they stand for."""

_LONGEST = 20_000


def _deviation(row: Value) -> Value:
    return float(np.std(np.asarray(row), ddof=1))


def _product(first: Value, *others: Value) -> Value:
    total = np.asarray(first)
    for other in others:
        total = total * np.asarray(other)
    return math.fsum(np.atleast_1d(total).tolist())


FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "ABS": np.abs,
    "CUMULATE": np.cumsum,
    "EXP": np.exp,
    "IF": np.where,
    "LN": np.log,
    "MAX": np.maximum,
    "MIN": np.minimum,
    "SQRT": np.sqrt,
    "STDEV": _deviation,
    "SUM": _product,
    "SUMPRODUCT": _product,
}
"""Functions of a formula; MAX and MIN take two arguments and, as EXP, LN, SQRT, ABS and IF, work row by row."""

_OPERATORS: Mapping[type[ast.AST], Callable[[Value, Value], Value]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}


@lru_cache(maxsize=4096)
def _parsed(formula: str) -> ast.expr:
    if len(formula) > _LONGEST:
        raise InvalidInput(f"formula: received {len(formula)} characters; allowed are up to {_LONGEST}")
    try:
        return ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise InvalidInput(f"formula: received {formula[:200]!r}, which is no expression") from None


def evaluate(formula: str, values: Mapping[str, Value]) -> Value:
    """Value of a formula where its names stand for numbers or rows of numbers.

    Parameters
    ----------
    formula : str
    values : mapping of str to float or array, shape (n,)
        What each name stands for.

    Returns
    -------
    float or array, shape (n,)
        Infinite or NaN where the formula has no finite value there.

    Raises
    ------
    InvalidInput
        If the text is no formula or holds a name that stands for nothing.

    Examples
    --------
    >>> evaluate("floor_value + SUMPRODUCT(pmf, pv)", {"floor_value": 10.0, "pmf": np.array([0.25, 0.5]), "pv": 4.0})
    13.0
    >>> round(float(evaluate("ROOT(x, 8 * EXP(-2 * x) - 1)", {})), 9) == round(math.log(8) / 2, 9)
    True
    """
    with np.errstate(all="ignore"):
        found = _value(_parsed(formula), values, formula)
    return float(found) if np.ndim(found) == 0 else np.asarray(found, dtype=np.float64)


def _value(node: ast.AST, values: Mapping[str, Value], formula: str) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name) if name in WORDS:
            return WORDS[name]
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, values, formula)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return _OPERATORS[type(operator)](_value(left, values, formula), _value(right, values, formula))
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _OPERATORS:
            return _OPERATORS[type(operator)](_value(left, values, formula), _value(right, values, formula))
        case ast.Call(func=ast.Name(id="ROOT"), args=[ast.Name(id=unknown), inner], keywords=[]):
            return _root(unknown, inner, values, formula)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS and arguments:
            return FUNCTIONS[name](*(_value(argument, values, formula) for argument in arguments))
        case ast.Name(id=name):
            raise InvalidInput(f"formula {formula[:200]!r}: received the name {name!r}, which stands for nothing")
    raise InvalidInput(f"formula {formula[:200]!r}: received {ast.unparse(node)[:80]!r}, which no formula may hold")


def _root(unknown: str, inner: ast.expr, values: Mapping[str, Value], formula: str) -> float:
    """Lowest number from 0 to 64 at which an expression is zero; NaN where there is none."""

    def at(x: float) -> float:
        return float(_value(inner, {**values, unknown: x}, formula))

    return root_rate(np.vectorize(at, otypes=[float]), 0.0, 0.0, LARGEST_RETURN)


def names(formula: str) -> tuple[str, ...]:
    """Names that a formula takes its numbers from, each once, in its order.

    Examples
    --------
    >>> names("ROOT(rate, value * EXP(-rate * tau) - value / 2) + UNDEFINED")
    ('value', 'tau')
    """
    tree = _parsed(formula)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    bound = {node.args[0].id for node in ast.walk(tree) if _is_root(node)}  # type: ignore[attr-defined]
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    ordered = sorted(found, key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in ordered if node.id not in {*called, *bound, *WORDS}))


def _is_root(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "ROOT"
        and isinstance(node.args[0], ast.Name)
    )


def substitute(formula: str, texts: Mapping[str, str]) -> str:
    """Replace names by other texts, all at once.

    Examples
    --------
    >>> substitute("value * EXP(-rate)", {"value": "B7", "rate": "(r + d)"})
    'B7 * EXP(-(r + d))'
    """
    return re.sub(r"[A-Za-z_]\w*", lambda found: texts.get(found.group(), found.group()), formula)
