"""A trace as tables: data frames by sort of row, plain records for JSON, and CSV that no spreadsheet obeys."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

import numpy as np

from bayesmile.pricing.trace import Trace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["records", "tables", "trace_csv"]

_COLUMNS = ("name", "row", "value", "unit", "kind", "title", "formula", "inputs", "source", "paths")


def tables(trace: Trace) -> dict[str, pd.DataFrame]:
    """Tables of a trace: one of the single numbers, and one of each sort of row.

    Returns
    -------
    dict of str to DataFrame
        ``"numbers"``: indexed by the lines' names, with ``value``, ``unit``, ``kind``, ``title``, ``formula`` and
        ``source``. The others, such as ``"months"`` or ``"levels"``: indexed by the rows' labels, a column a line.

    Examples
    --------
    >>> import bayesmile as bm
    >>> from bayesmile.pricing.trace import trace_price
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> made = tables(trace_price(belief, payoffs, price=85.0, as_of="2026-01"))
    >>> float(made["numbers"].loc["implied", "value"]), made["months"]["pmf"].iloc[:3].tolist()
    (0.75, [0.25, 0.25, 0.0])
    """
    import pandas as pd

    single = [line for line in trace.lines if not np.ndim(line.value)]
    fields = ("value", "unit", "kind", "title", "formula", "source")
    numbers = [[getattr(line, field) for field in fields] for line in single]
    index = pd.Index([line.name for line in single], name="name")
    found = {"numbers": pd.DataFrame(numbers, columns=list(fields), index=index)}
    for sort, labels in trace.rows.items():
        columns = {line.name: np.asarray(line.value) for line in trace.lines if line.rows == sort}
        found[sort] = pd.DataFrame(columns, index=pd.Index(list(labels), name=sort))
    return found


def records(trace: Trace) -> list[dict[str, object]]:
    """Lines of a trace as plain data, for JSON: an infinite number is ``"inf"`` or ``"-inf"``, none is null.

    Examples
    --------
    >>> import bayesmile as bm
    >>> from bayesmile.pricing.trace import trace_price
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> made = records(trace_price(belief, payoffs, price=85.0, as_of="2026-01"))
    >>> next(line["formula"] for line in made if line["name"] == "implied")
    '(market_value - failure) / (success - failure)'
    """
    return [
        {
            "name": line.name,
            "title": line.title,
            "kind": line.kind,
            "unit": line.unit,
            "value": _plain(float(line.value))
            if not line.rows
            else [_plain(v) for v in np.asarray(line.value).tolist()],
            "rows": list(trace.rows[line.rows]) if line.rows else None,
            "formula": line.formula,
            "inputs": list(line.inputs),
            "source": line.source,
            "paths": list(line.paths),
        }
        for line in trace.lines
    ]


def _plain(value: float) -> float | str | None:
    if math.isfinite(value):
        return value
    return None if math.isnan(value) else "inf" if value > 0.0 else "-inf"


def trace_csv(trace: Trace) -> str:
    """One row a number, with full digits: its line, its label among the line's rows, formula, source and places."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for line in trace.lines:
        values = np.atleast_1d(np.asarray(line.value)).tolist()
        labels = trace.rows[line.rows] if line.rows else ("",)
        rest = (
            line.unit,
            line.kind,
            line.title,
            line.formula,
            " ".join(line.inputs),
            line.source,
            " ".join(line.paths),
        )
        for label, value in zip(labels, values, strict=True):
            shown = _plain(value)
            number = "" if shown is None else repr(shown) if isinstance(shown, float) else shown
            texts = [_guarded(text) for text in rest]
            writer.writerow((line.name, _guarded(label), number, *texts))
    return file.getvalue()


def _guarded(text: str) -> str:
    """Text of a cell; what a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{text}" if text[:1] and text[0] in "=+-@\t\r\n" else text
