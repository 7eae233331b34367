"""Bad tables and class files: each fault with its file, line and what was received; none of the rows lost."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesmile.errors import InvalidInput
from bayesmile.reference.reading import read_class, read_class_file
from tests.reference.classes import ABOUT, LONG, LONG_EVENTS, LONG_TABLE, WIDE, WIDE_ROWS, read, wide_table

START = "north,rhine,2019-04,2021-12,arch,20,"

# A row in the place of the first one (line 2), and what is said of it.
BAD_ROWS = {
    "order": (START + "2021-08,2021-06,open,,,", "opened '2021-06' is before permitted"),
    "day order": (START + "2019-09-20,2019-09-10,open,,,", "'2019-09-10' is before permitted"),
    "entry": (START + "2019-03,2021-06,open,,,", "permitted '2019-03' is before begun"),
    "after through": ("north,rhine,2019-04,2021-05,arch,20,2019-09,2021-06,open,,,", "opened '2021-06' is after"),
    "nothing followed": ("north,rhine,2019-04,2019-03,arch,20,,,waiting,,,", "begun '2019-04' is after the last whole"),
    "never pending": (START + ",2019-04,open,,,", "it was never known to be pending"),
    "end before entry": (START + ",,dropped,2019-03,,", "dropped '2019-03' is before begun"),
    "end at entry": (START + ",,dropped,2019-04,,", "ended by the end of 2019-04"),
    "end after through": (START + ",,dropped,2022-01,,", "dropped '2022-01' is after '2021-12'"),
    "after the end": (START + "2020-09,,dropped,2020-04,,", "permitted '2020-09' is after it ended"),
    "both": (START + ",2020-09,dropped,2020-10,,", "received 'dropped', but the last"),
    "no date": (START + ",,open,,,", "received 'open', but nothing says when"),
    "pending": (START + ",2020-09,waiting,,,", "received 'waiting', but the last milestone"),
    "fate": (START + ",,lost,,,", "fate: received 'lost', which is unknown"),
    "group": ("north,rhine,2019-04,2021-12,truss,20,,,waiting,,,", "kind: received 'truss', which is unknown"),
    "number": ("north,rhine,2019-04,2021-12,arch,long,,,waiting,,,", "metres: received 'long'; allowed is a"),
    "infinite": ("north,rhine,2019-04,2021-12,arch,inf,,,waiting,,,", "metres: received 'inf'"),
    "date": ("north,rhine,2019-13,2021-12,arch,20,,,waiting,,,", "begun: received '2019-13'"),
    "no entry": ("north,rhine,,2021-12,arch,20,,,waiting,,,", "begun: the cell is empty"),
    "loose entry": ("north,rhine,2019,2021-12,arch,20,,,waiting,,,", "allowed is a day or a month"),
    "no cluster": ("north,,2019-04,2021-12,arch,20,,,waiting,,,", "river: the cell is empty"),
    "no name": (",rhine,2019-04,2021-12,arch,20,,,waiting,,,", "bridge: a cell is empty"),
    "target": (START + ",,waiting,,2020-05,2020-04", "received '2020-04', before it was stated"),
    "early target": (START + ",,waiting,,2019-02,2020-04", "stated '2019-02' is before begun"),
    "cells": ("north,rhine,2019-04,2021-12,arch", "5 cells; allowed are 12"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_row_is_refused_by_line_or_set_aside(name: str):
    row, says = BAD_ROWS[name]
    with pytest.raises(InvalidInput) as caught:
        read(WIDE, wide_table(north=row))
    assert "1 fault in rows" in str(caught.value)
    assert "table.csv:2: " in str(caught.value) and says in str(caught.value)
    klass = read(WIDE, wide_table(north=row), set_aside=True)
    assert klass.entities.index.tolist() == ["south", "west"]
    assert len(klass.set_aside) == 1 and "table.csv:2: " in klass.set_aside[0] and says in klass.set_aside[0]
    assert set(klass.reached["entity"]) | set(klass.targets["entity"]) <= {"south", "west"}


def test_name_that_stands_twice_puts_both_rows_aside():
    table = wide_table(again=WIDE_ROWS["south"])
    with pytest.raises(InvalidInput, match=r"table.csv:3: received 'south', which stands on line 5 too"):
        read(WIDE, table)
    klass = read(WIDE, table, set_aside=True)
    assert klass.entities.index.tolist() == ["north", "west"]
    assert [line.split("table.csv:")[1][0] for line in klass.set_aside] == ["3", "5"]


# An event added at the end (line 7), the entity that suffers, and what is said of it.
BAD_EVENTS = {
    "status": ("south,2020-11,buildings,", "south", "received 'buildings', which is unknown; did you mean 'building'"),
    "early": ("south,2019-07,planned,", "south", "announced '2019-07', before listed '2019-08'"),
    "late": ("south,2022-01,planned,", "south", "announced '2022-01' is after '2021-12'"),
    "date": ("south,soon,planned,", "south", "report: received 'soon'"),
    "loose date": ("south,2020,planned,", "south", "allowed is a day or a month"),
    "target": ("south,2020-11,planned,2020-10", "south", "planned: received '2020-10', before it was stated"),
    "target date": ("south,2020-11,planned,later", "south", "planned: received 'later'"),
    "entity": ("east,2020-11,planned,", None, "bridge: received 'east', which the table of entities does not hold"),
    "cells": ("south,2020-11", None, "2 cells; allowed are 4"),
}


@pytest.mark.parametrize("name", BAD_EVENTS)
def test_bad_event_is_refused_by_line_or_its_entity_set_aside(name: str):
    row, entity, says = BAD_EVENTS[name]
    with pytest.raises(InvalidInput) as caught:
        read(LONG, LONG_TABLE, events=LONG_EVENTS + row + "\n")
    assert "events.csv:7: " in str(caught.value) and says in str(caught.value)
    klass = read(LONG, LONG_TABLE, events=LONG_EVENTS + row + "\n", set_aside=True)
    said = klass.set_aside if entity else klass.notes
    assert len(said) == 1 and "events.csv:7: " in said[0] and says in said[0]
    assert len(klass) + len(klass.set_aside) == 2
    if entity:
        assert entity not in klass.entities.index and "table.csv:3: " in said[0]


def test_events_of_others_may_be_left_out_and_are_counted():
    spec = LONG.replace('status = "status"', 'status = "status"\nothers = "leave_out"')
    klass = read(spec, LONG_TABLE, events=LONG_EVENTS + "east,2020-11,planned,\n")
    assert klass.notes == ("1 event left out: of entities that the table of entities does not hold",)


def test_many_faults_are_counted_and_ten_are_listed():
    rows = {f"b{n}": f"b{n},rhine,never,2021-12,arch,20,,,waiting,,," for n in range(13)}
    with pytest.raises(InvalidInput) as caught:
        read(WIDE, wide_table(**rows))
    message = str(caught.value)
    assert "13 faults in rows" in message and "and 3 more" in message
    assert message.count("table.csv:") == 11  # ten lines, and the table itself at the beginning
    assert message.index("table.csv:5: ") < message.index("table.csv:14: ")


def test_table_of_nothing_but_faults_is_refused_even_so():
    with pytest.raises(InvalidInput, match="every row has faults"):
        read(WIDE, wide_table(north="", south="", west=BAD_ROWS["date"][0]), set_aside=True)


def test_text_of_a_table_cannot_command_a_terminal():
    row = BAD_ROWS["fate"][0].replace("lost", "\u202elost")
    with pytest.raises(InvalidInput) as caught:
        read(WIDE, wide_table(north=row))
    assert "\u202e" not in str(caught.value)


CELLS = st.sampled_from(
    ["", "2019-04", "2019-04-12", "2020-02", "2021-06", "2022-05", "x", "open", "waiting", "dropped"]
)


@settings(max_examples=60)
@given(st.lists(st.lists(CELLS, min_size=9, max_size=9), min_size=1, max_size=4))
def test_no_row_is_lost_whatever_stands_in_it(cells):
    good = {name: row for name, row in WIDE_ROWS.items() if name == "south"}
    rows = {f"b{n}": ",".join([f"b{n}", "rhine", one[0], "2021-12", "arch", *one[1:]]) for n, one in enumerate(cells)}
    klass = read(WIDE, wide_table(north="", west="", **good, **rows), set_aside=True)
    assert len(klass) + len(klass.set_aside) == 1 + len(rows)
    last = klass.reached[klass.reached["milestone"] == "opening"].set_index("entity")["last"]
    assert (last > klass.entities["entered"].loc[last.index]).all()
    ended = klass.entities["ended_known"].dropna()
    assert (ended > klass.entities["entered"].loc[ended.index]).all() and not set(ended.index) & set(last.index)
    assert (klass.reached["first"] <= klass.reached["last"]).all()


# A change of a class file, and what is said of it.
BAD_CLASSES = {
    "unknown key": ('cluster = "river"', 'clusters = "river"', "unknown key 'clusters'; did you mean 'cluster'?"),
    "missing": ('entered = "begun"\n', "", "entity.entered: missing"),
    "no milestone way": ('date = "opened"', "", "allowed is either date or status"),
    "two ways": ('date = "opened"', 'date = "opened"\nstatus = ["open"]', "allowed is either date or status"),
    "status without events": ('date = "opened"', 'status = ["open"]', "without status in [events]"),
    "lookup": ('date = "opened"', 'date = "opened"\nlookup = true', "without the table [lookup]"),
    "furthest": ('date = "opened"', 'date = "opened"\nfurthest = ["open"]', "without furthest in [entity]"),
    "twice": ('name = "permit"', 'name = "opening"', "milestone: received 'opening' twice"),
    "factor": ('name = "kind"', 'name = "line"', "received the name 'line'"),
    "edges": ("edges = [50, 200]", "edges = [200, 50]", "each above the one before"),
    "unit": ("edges = [50, 200]", "", "received a unit without edges"),
    "values": ('pending = ["waiting"]', 'pending = ["open"]', "received 'open' twice"),
    "bracket": ('date = "dropped"', 'bracket = ["dropped"]', "bracket: received ['dropped']; allowed is a list of 2"),
    "offset": ('date = "dropped"', "offset = 1", "received an offset without date"),
    "family": ('date = "opened"', 'date = "opened"\nfamily = "normal"', "received 'normal'"),
    "period": ('title = "Bridges"', 'title = "Bridges"\nperiod = "year"', "received 'year'"),
    "column": ('date = "opened"', 'date = "open_date"', "no column 'open_date', which the class file"),
    "through": ('through = "seen"', 'through = "seen_last"', "no column 'seen_last'"),
    "not TOML": ("[entity]", "[entity", "not valid TOML"),
}


@pytest.mark.parametrize("name", BAD_CLASSES)
def test_bad_class_file_is_refused_even_when_rows_are_set_aside(name: str):
    old, new, says = BAD_CLASSES[name]
    assert WIDE.count(old) == 1
    with pytest.raises(InvalidInput) as caught:
        read(WIDE.replace(old, new), wide_table(), set_aside=True)
    assert says in str(caught.value)
    assert ("table.csv:1: " if says.startswith("no column") else "class.toml") in str(caught.value)


def test_events_need_their_file_and_something_to_say():
    with pytest.raises(InvalidInput, match=r"events\.csv: no such file"):
        read(LONG, LONG_TABLE)
    with pytest.raises(InvalidInput, match="neither status nor target"):
        read(WIDE + '[events]\nfile = "e.csv"\nentity = ["b"]\nannounced = "d"\n', wide_table())
    with pytest.raises(InvalidInput, match="letters, digits"):
        read(LONG.replace('"events.csv"', '"../events.csv"'), LONG_TABLE, events=LONG_EVENTS)


@pytest.mark.parametrize(
    ("versions", "says"),
    [
        ("version,date\nv1,2020-05\nv1,2020-06\n", "allowed is each name once"),
        ("version,date\nv1,2020-05\nv2,2020-04\n", "allowed is a day after"),
        ("version,date\nv1\n", "1 cells"),
        ("version,date\nv1,soon\n", "versions.csv:2: date"),
    ],
)
def test_bad_lookup_is_refused(versions: str, says: str):
    spec = (
        ABOUT
        + '[entity]\nid = ["b"]\nentered = "begun"\nthrough = "2022-01"\n'
        + '[lookup]\nfile = "versions.csv"\nkey = "version"\ndate = "date"\n'
        + '[[milestone]]\nname = "m"\ndate = "v"\nlookup = true\n'
    )
    with pytest.raises(InvalidInput) as caught:
        read(spec, "b,begun,v\na,2020-01,v1\n", set_aside=True, versions=versions)
    assert says in str(caught.value)
    with pytest.raises(InvalidInput, match=r"table.csv:2: v: received 'w7', which is unknown"):
        read(spec, "b,begun,v\na,2020-01,w7\n", versions="version,date\nv1,2020-05\n")


@pytest.mark.parametrize("where", ["", "us_power_unit", "nowhere/class.toml", "a\0b"])
def test_unknown_class_file_names_the_bundled_ones(where: str):
    with pytest.raises(InvalidInput, match="us_power_units"):
        read_class_file(where)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "empty file"), (b"bridge\n", "no rows"), (b"\xff\xfe", "UTF-8"), (b'bridge,"\n', "never closed")],
)
def test_table_that_is_no_table(data: bytes, says: str):
    folder = Path(mkdtemp())
    (folder / "class.toml").write_text(WIDE, encoding="utf-8")
    (folder / "table.csv").write_bytes(data)
    with pytest.raises(InvalidInput, match=says):
        read_class(folder / "table.csv", folder / "class.toml", set_aside=True)
    with pytest.raises(InvalidInput, match="not a regular file"):
        read_class(folder, folder / "class.toml")
    with pytest.raises(InvalidInput, match="no such file"):
        read_class(folder / "none.csv", folder / "class.toml")
