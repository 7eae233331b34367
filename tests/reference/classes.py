"""Small classes written to a folder, for tests that spoil them."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

from bayesmile.reference.reading import read_class
from bayesmile.reference.table import ReferenceClass

ABOUT = """
[reference]
name = "bridges"
title = "Bridges"
source = "made up"
licence = "none needed"
as_of = "2022-01"
"""

WIDE = (
    ABOUT
    + """
[entity]
id = ["bridge"]
cluster = "river"
entered = "begun"
through = "seen"

[[factor]]
name = "kind"
column = "kind"
levels = ["arch", "beam"]

[[factor]]
name = "span"
column = "metres"
edges = [50, 200]
unit = "m"

[[milestone]]
name = "permit"
date = "permitted"

[[milestone]]
name = "opening"
date = "opened"

[ended]
column = "fate"
values = ["dropped"]
reached = ["open"]
pending = ["waiting"]
date = "dropped"

[[target]]
issued = "stated"
target = "planned"
"""
)

WIDE_HEADER = "bridge,river,begun,seen,kind,metres,permitted,opened,fate,dropped,stated,planned"
WIDE_ROWS = {
    "north": "north,rhine,2019-04,2021-12,arch,20,2019-09,2021-06,open,,2019-05,2020-12",
    "south": "south,rhine,2019-08-14,2021-12,beam,50,,,waiting,,,",
    "west": "west,loire,2020-01,2021-12,,200.5,2020-03-01,,dropped,2020-11-30,2020-02,2021-Q3",
}

LONG = (
    ABOUT
    + """
[entity]
id = ["bridge"]
entered = "listed"
through = "2021-12"

[events]
file = "events.csv"
entity = ["bridge"]
announced = "report"
status = "status"
no_stage = ["planned"]
target = "planned"

[[milestone]]
name = "permit"
status = ["permitted", "allowed"]

[[milestone]]
name = "construction"
status = ["building"]

[[milestone]]
name = "opening"
date = "opened"
"""
)

LONG_TABLE = "bridge,listed,opened\nnorth,2019-04,2021-06\nsouth,2019-08,\n"
LONG_EVENTS = (
    "bridge,report,status,planned\n"
    "north,2019-04,allowed,2020-12\n"
    "north,2020-02,building,2021-03\n"
    "north,2020-06,planned,\n"
    "south,2019-08,planned,2022-01\n"
    "south,2020-10,building,2022-01\n"
)


def month(text: str) -> int:
    """Calendar month of ``"YYYY-MM"``."""
    return 12 * int(text[:4]) + int(text[5:]) - 1


def wide_table(**changed: str) -> str:
    """Table of bridges with some rows changed, added, or left out where they are empty."""
    rows = {**WIDE_ROWS, **changed}
    return "\n".join([WIDE_HEADER, *(row for row in rows.values() if row)]) + "\n"


def read(spec: str, table: str, *, set_aside: bool = False, **others: str) -> ReferenceClass:
    """Write a class file, a table, and files beside it (``events="..."`` as events.csv), and read them."""
    folder = Path(mkdtemp())
    (folder / "class.toml").write_text(spec, encoding="utf-8")
    (folder / "table.csv").write_text(table, encoding="utf-8")
    for name, text in others.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_class(folder / "table.csv", folder / "class.toml", set_aside=set_aside)
