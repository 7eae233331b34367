from __future__ import annotations

import ast
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.errors import InvalidInput
from bayesmile.pricing.formulas import evaluate, names, substitute

NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Arithmetic of numbers and two names, as Python reads it too."""
    parts = st.one_of(NUMBERS.map(lambda x: f"({x})"), st.sampled_from(["a", "b"]))
    return draw(st.recursive(parts, lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner)))


@given(expressions(), NUMBERS, NUMBERS)
def test_arithmetic_is_that_of_python(text: str, a: float, b: float) -> None:
    tree = compile(ast.parse(text, mode="eval"), "formula", "eval")
    wanted = eval(tree, {"__builtins__": {}}, {"a": a, "b": b})  # of our own making
    assert evaluate(text, {"a": a, "b": b}) == pytest.approx(float(wanted), rel=1e-12, abs=1e-9)


def test_functions_row_by_row_and_over_rows() -> None:
    row, other = np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.25, 0.25])
    assert evaluate("SUMPRODUCT(x, y)", {"x": row, "y": other}) == float(row @ other)
    assert evaluate("SUM(x)", {"x": row}) == 7.0
    assert evaluate("STDEV(x)", {"x": row}) == pytest.approx(float(np.std(row, ddof=1)), rel=1e-15)
    assert evaluate("MAX(x, 2)", {"x": row}).tolist() == [2.0, 2.0, 4.0]
    assert evaluate("IF(x > 1.5, LN(x), UNDEFINED)", {"x": row})[1:].tolist() == np.log(row[1:]).tolist()
    assert evaluate("CUMULATE(x)", {"x": row}).tolist() == [1.0, 3.0, 7.0]


def test_words_for_what_is_no_number() -> None:
    assert evaluate("IF(x > 1, MORE_THAN_ANY, LESS_THAN_ANY)", {"x": 2.0}) == math.inf
    assert math.isnan(float(evaluate("UNDEFINED", {})))
    assert math.isnan(float(evaluate("ROOT(x, -1 - x)", {})))  # below zero from the start


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').getcwd()",
        "price.real",
        "(lambda: 1)()",
        "[1, 2][0]",
        "'text'",
        "True",
        "price if 1 else 2",
        "price == 1",
        "1 < price < 3",
        "price ** 2",
        "SUM(*price)",
        "SUM(x=price)",
        "SUM()",
        "HYPERLINK(price)",
        "unknown + 1",
        "1 +",
        "",
        "(" * 5000,
    ],
)
def test_refuses_what_is_no_formula(text: str) -> None:
    with pytest.raises(InvalidInput, match="formula"):
        evaluate(text, {"price": 1.0})


def test_names_and_substitution_take_whole_names() -> None:
    assert names("a1 * (b + EXP(-a1)) + ROOT(x, x - c)") == ("a1", "b", "c")
    assert substitute("a * ab + a_b", {"a": "1", "a_b": "(c + d)"}) == "1 * ab + (c + d)"
