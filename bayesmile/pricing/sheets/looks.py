"""How cells look: inputs, numbers of the engine and formulas apart; numbers with their units."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FONT", "LOOKS", "number_format"]

FONT: Mapping[str, object] = {"font_name": "Arial", "font_size": 10, "valign": "top"}

_INK, _RULE, _PAPER = "#1F3044", "#B8C2CC", "#EEF1F4"
_INPUT: Mapping[str, object] = {
    "font_color": "#0B3FA8",
    "bg_color": "#FFF8DC",
    "border": 1,
    "border_color": _RULE,
    "align": "right",
}
_ENGINE: Mapping[str, object] = {"font_color": "#1E5A3A", "bg_color": "#EAF4EC", "align": "right"}

LOOKS: Mapping[str, Mapping[str, object]] = {
    "plain": {},
    "text": {},
    "unit": {"indent": 1, "font_color": "#44505C"},
    "wrapped": {"text_wrap": True},
    "small": {"text_wrap": True, "font_size": 9, "font_color": "#44505C"},
    "code": {"font_name": "Courier New", "font_size": 8, "font_color": "#44505C"},
    "rule": {"font_name": "Courier New", "font_size": 8, "font_color": "#44505C", "text_wrap": True},
    "title": {"bold": True, "font_size": 16, "font_color": _INK, "valign": "vcenter"},
    "under": {"font_color": "#44505C"},
    "part": {"bold": True, "font_size": 11, "font_color": _INK, "bottom": 2, "bottom_color": _INK},
    "header": {
        "bold": True,
        "text_wrap": True,
        "bg_color": _INK,
        "font_color": "#FFFFFF",
        "valign": "vcenter",
        "border": 1,
        "border_color": "#FFFFFF",
    },
    "input": _INPUT,
    "engine": _ENGINE,
    "formula": {"align": "right"},
    "said": {"bold": True, "bg_color": _PAPER},
    "result": {"bold": True, "top": 1, "bottom": 1, "border_color": _RULE, "bg_color": _PAPER, "align": "right"},
    "axis": {"bold": True, "bg_color": _PAPER},
    "reached": {"bg_color": "#F6DCC9", "font_color": "#7A3414"},
    "month": {**_ENGINE, "num_format": "yyyy-mm"},
    "date": {"num_format": "yyyy-mm", "align": "right"},
}
"""Formats by style."""

_UNITS: Mapping[str, str] = {
    "probability": "0.00%",
    "a year": "0.00%",
    "fraction": "0.00%",
    "bits": "+0.000;-0.000;0.000",
    "points": "+0.00;-0.00;0.00",
    "nats": "0.00000",
    "years": "0.00",
    "ratio": "0.00",
    "shares": "#,##0",
    "announcements": "0",
    "days": "0",
    "draws": "#,##0",
    "1 or 0": "0",
    "month": "yyyy-mm",
    "day": "yyyy-mm-dd",
    "months": "0.###",
    "present value of 1": "0.0000",
}


def number_format(unit: str, *, large: bool) -> str:
    """Format of numbers in a unit; money in millions where it is large.

    Examples
    --------
    >>> [number_format(unit, large=True) for unit in ("probability", "USD", "USD a share")]
    ['0.00%', '#,##0.0,,"m";-#,##0.0,,"m";0', '#,##0.00']
    """
    if unit in _UNITS:
        return _UNITS[unit]
    if not unit:
        return ""
    if unit.startswith("nats per"):
        return "0.000E+00"
    return '#,##0.0,,"m";-#,##0.0,,"m";0' if large and not unit.endswith("a share") else "#,##0.00"
