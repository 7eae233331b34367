"""The records of a log as a table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bayesmile.forecasts.logbook import open_log
from bayesmile.forecasts.making import DEFAULT_FILE
from bayesmile.forecasts.outcomes import Outcomes
from bayesmile.forecasts.records import COLUMNS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_log"]


def read_log(path: str | os.PathLike[str] = DEFAULT_FILE) -> pd.DataFrame:
    """Return the records of a log as a table, one row a record, indexed by id.

    Columns are those of the file without the guards of a spreadsheet, with `line`, its line in the file, and `outcome`,
    what resolutions say of a forecast: True, False, or missing while it is open.

    Raises
    ------
    InvalidInput
        If the log cannot be read or was changed after it was written; the message names the line.
    """
    import pandas as pd

    log = open_log(path)
    outcomes = Outcomes(log)
    rows = []
    for one in log.records:
        is_forecast = one.row.record == "forecast"
        outcome = outcomes.of(one.row.question, one.row.month) if is_forecast else None
        rows.append({**one.row.model_dump(), "line": one.place.line, "outcome": outcome})
    return pd.DataFrame(rows, columns=[*COLUMNS, "line", "outcome"]).set_index("id")
