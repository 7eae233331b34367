"""Numbers and text as TOML takes them."""

from __future__ import annotations

__all__ = ["quoted", "short"]


def short(value: float) -> str:
    """Write a number with three digits.

    Examples
    --------
    >>> short(2.0), short(0.12345), short(12_345.0)
    ('2.0', '0.123', '1.23e+04')
    """
    text = f"{float(value):.3g}"
    return text if "." in text or "e" in text else f"{text}.0"


def quoted(words: str) -> str:
    r"""Quote text as a basic string; what cannot be printed becomes a blank.

    Examples
    --------
    >>> print(quoted('a "b" \\ c'))
    "a \"b\" \\ c"
    """
    safe = "".join(letter if letter.isprintable() else " " for letter in words)
    return '"' + safe.replace("\\", "\\\\").replace('"', '\\"') + '"'
