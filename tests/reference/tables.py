"""Real tables read directly, apart from the package, and the bundled classes made of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bayesmile.reference.reading import read_class
from bayesmile.reference.table import ReferenceClass


def months(text: pd.Series) -> pd.Series:
    """Calendar months of dates, counted apart from the package; NaN where there is none."""
    return 12.0 * text.str[:4].astype(float) + text.str[5:7].astype(float) - 1.0


def raw(data_dir: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(data_dir / f"{name}.csv", dtype=str)


def bundled(data_dir: Path, name: str, table: str = "") -> ReferenceClass:
    return read_class(data_dir / f"{table or name}.csv", name, set_aside=True)


def reached(klass: ReferenceClass, milestone: str) -> pd.DataFrame:
    return klass.reached[klass.reached["milestone"] == milestone].set_index("entity")
