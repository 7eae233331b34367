"""Good tables: what a class file makes of them."""

from __future__ import annotations

import math
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmile.errors import InvalidInput
from bayesmile.reference.chain import first_shown
from bayesmile.reference.reading import read_class
from tests.reference.classes import ABOUT, LONG, LONG_EVENTS, LONG_TABLE, WIDE, month, read, wide_table


def rows(klass, entity):
    table = klass.reached[klass.reached["entity"] == entity].set_index("milestone")
    return {
        name: (first, last, known)
        for name, first, last, known in table[["first", "last", "known"]].itertuples(name=None)
    }


def test_wide_table():
    klass = read(WIDE, wide_table())
    assert (klass.name, klass.milestones, klass.factors) == ("bridges", ("permit", "opening"), ("kind", "span"))
    entities = klass.entities
    assert entities["entered"].tolist() == [month("2019-04"), month("2019-08"), month("2020-01")]
    assert entities["through"].tolist() == [month("2021-12")] * 3
    assert entities["cluster"].tolist() == ["rhine", "rhine", "loire"]
    assert entities["kind"].tolist() == ["arch", "beam", "unknown"]
    assert entities["span"].tolist() == ["below 50 m", "50 to 200 m", "200 m or more"]
    assert entities["line"].tolist() == [2, 3, 4]
    assert [(str(x), str(y)) for x, y in zip(entities["ended"], entities["ended_known"], strict=True)] == [
        ("nan", "nan"),
        ("nan", "nan"),
        (str(float(month("2020-11"))),) * 2,
    ]
    assert rows(klass, "north") == {
        "permit": (month("2019-09"),) * 3,
        "opening": (month("2021-06"),) * 3,
    }
    assert rows(klass, "south") == {}
    targets = klass.targets[["entity", "issued", "target"]].to_numpy().tolist()
    assert targets == [["north", month("2019-05"), month("2020-12")], ["west", month("2020-02"), month("2021-09")]]
    assert (klass.set_aside, klass.notes, klass.provenance.licence) == ((), (), "none needed")


def test_long_table_counts_the_first_status_at_or_beyond_and_never_goes_back():
    klass = read(LONG, LONG_TABLE, events=LONG_EVENTS)
    assert rows(klass, "north") == {
        "permit": (-math.inf, month("2019-04"), month("2019-04")),
        "construction": (month("2020-02"),) * 3,
        "opening": (month("2021-06"),) * 3,
    }
    assert rows(klass, "south") == {
        "permit": (month("2020-10"),) * 3,
        "construction": (month("2020-10"),) * 3,
    }
    assert klass.entities["cluster"].tolist() == ["north", "south"]
    assert klass.targets["target"].tolist() == [month(t) for t in ("2020-12", "2021-03", "2022-01", "2022-01")]


def test_order_of_the_events_in_their_file_does_not_matter():
    head, *lines = LONG_EVENTS.splitlines()
    again = read(LONG, LONG_TABLE, events="\n".join([head, *reversed(lines)]))
    klass = read(LONG, LONG_TABLE, events=LONG_EVENTS)
    for table in ("reached", "targets"):
        left, right = (getattr(one, table).drop(columns="line") for one in (klass, again))
        assert left.equals(right)


@given(
    st.lists(st.tuples(st.integers(10, 40), st.integers(0, 4)), max_size=12),
    st.integers(10, 25),
    st.integers(25, 40),
)
def test_first_shown_is_the_earliest_listing_that_is_far_enough(listed, entered, through):
    listed = sorted(listed, key=lambda one: one[0])
    found = first_shown([(period, stage, None) for period, stage in listed], entered, through, 4)
    for number in range(4):
        enough = [period for period, stage in listed if stage > number and period <= through]
        if not enough:
            assert found[number] is None
        else:
            assert found[number].last == max(min(enough), entered)
            assert found[number].first == (-math.inf if min(enough) <= entered else min(enough))


def test_milestone_passed_over_is_reached_with_the_next_or_between():
    passed = "north,rhine,2019-04,2021-12,arch,20,,2021-06,open,,,"
    together = rows(read(WIDE, wide_table(north=passed)), "north")
    assert together["permit"] == together["opening"] == (month("2021-06"),) * 3
    spec = WIDE.replace('through = "seen"', 'through = "seen"\nundated = "between"')
    between = rows(read(spec, wide_table(north=passed)), "north")
    assert between["permit"] == (month("2019-04"), month("2021-06"), month("2021-06"))
    assert between["opening"] == (month("2021-06"),) * 3


def test_status_listed_after_the_last_milestone_does_not_postpone_the_one_before():
    late = LONG_EVENTS.replace("north,2020-02,building,2021-03", "north,2021-09,building,")
    klass = read(LONG, LONG_TABLE, events=late)
    assert rows(klass, "north")["construction"] == (month("2021-06"),) * 3


def test_dates_less_precise_than_a_period_are_brackets():
    loose = "north,rhine,2019-04,2021-12,arch,20,2019,2021-Q2,open,,,"
    found = rows(read(WIDE, wide_table(north=loose)), "north")
    assert found["permit"] == (month("2019-04"), month("2019-12"), month("2019-12"))
    assert found["opening"] == (month("2021-04"), month("2021-06"), month("2021-06"))


def test_last_month_that_is_not_over_is_left_out_and_said_so():
    spec = WIDE.replace('through = "seen"', 'through = "2021-06-10"')
    klass = read(spec, wide_table(north="north,rhine,2019-04,,arch,20,2019-09,2021-06-04,open,,,"))
    assert klass.entities["through"].tolist() == [month("2021-05")] * 3
    assert rows(klass, "north") == {"permit": (month("2019-09"),) * 3}
    assert klass.notes == ("1 date left out: in the last month, which was not over when the table was made",)


def test_furthest_stage_does_not_bring_back_what_the_last_month_hides():
    spec = (
        WIDE.replace('through = "seen"', 'through = "2021-06-10"\nfurthest = "fate"')
        .replace('date = "opened"', 'date = "opened"\nfurthest = ["open"]')
    )
    klass = read(spec, wide_table(north="north,rhine,2019-04,,arch,20,2019-09,2021-06-04,open,,,"))
    assert rows(klass, "north") == {"permit": (month("2019-09"),) * 3}


def test_target_within_the_month_in_which_it_was_stated():
    klass = read(LONG, LONG_TABLE, events=LONG_EVENTS + "south,2020-11,planned,2020-11-05\n")
    assert klass.targets["target"].tolist()[-1] == klass.targets["issued"].tolist()[-1] == month("2020-11")


def test_furthest_stage_shows_a_milestone_without_a_date():
    spec = (
        WIDE.replace('through = "seen"', 'through = "seen"\nfurthest = "fate"')
        .replace('date = "opened"', 'date = "opened"\nfurthest = ["open"]')
        .replace('date = "permitted"', 'date = "permitted"\nfurthest = ["dropped"]')
    )
    undated = {
        "north": "north,rhine,2019-04,2021-12,arch,20,2019-09,,open,,,",
        "west": "west,loire,2020-01,2021-12,,200.5,,,dropped,2020-11-30,,",
    }
    klass = read(spec, wide_table(**undated))
    assert rows(klass, "north")["opening"] == (month("2019-09"), month("2021-12"), month("2021-12"))
    assert rows(klass, "west") == {"permit": (month("2020-01"), month("2020-11"), month("2020-11"))}


def test_ends_offset_bracketed_and_without_a_date():
    spec = WIDE.replace('date = "dropped"', 'date = "dropped"\noffset = 2')
    assert read(spec, wide_table()).entities["ended"]["west"] == month("2021-01")
    bracketed = WIDE.replace('date = "dropped"', 'bracket = ["stated", "dropped"]')
    entities = read(bracketed, wide_table()).entities
    assert math.isnan(entities["ended"]["west"]) and entities["ended_known"]["west"] == month("2020-11")
    undated = read(WIDE, wide_table(west="west,loire,2020-01,2021-12,,200,2020-03,,dropped,,,")).entities
    assert math.isnan(undated["ended"]["west"]) and undated["ended_known"]["west"] == month("2021-12")


def test_milestones_before_entry_may_be_kept():
    spec = WIDE.replace('through = "seen"', 'through = "seen"\nbefore_entry = "keep"')
    found = read(spec, wide_table(north="north,rhine,2019-04,2021-12,arch,20,2018-09,2021-06,open,,,"))
    assert rows(found, "north")["permit"] == (-math.inf, month("2019-04"), month("2019-04"))


def test_small_levels_are_pooled_but_not_the_unknown_ones():
    spec = WIDE.replace('levels = ["arch", "beam"]', "other = 2")
    more = {name: f"{name},rhine,2019-04,2021-12,arch,,,,waiting,,," for name in ("a", "b")}
    klass = read(spec, wide_table(**more))
    assert klass.entities["kind"].tolist() == ["arch", "other", "unknown", "arch", "arch"]
    assert klass.entities["span"].tolist()[-1] == "unknown"


def test_weeks_and_names_of_two_columns():
    spec = (
        ABOUT.replace('title = "Bridges"', 'title = "Bridges"\nperiod = "week"')
        + """
[entity]
id = ["city", "bridge"]
entered = "begun"
through = "2020-02-20"
[[factor]]
name = "year"
year_of = "begun"
edges = [2010, 2020]
[[milestone]]
name = "opening"
date = "opened"
family = "gamma"
"""
    )
    klass = read(spec, "city,bridge,begun,opened\nparis,north,2020-01-01,2020-01-20\nparis,south,1999-12-31,\n")
    assert klass.entities.index.tolist() == ["paris/north", "paris/south"]
    assert klass.entities["year"].tolist() == ["2020 or more", "below 2010"]
    # 1970-01-01 and every seventh day after it begin a week; 2020-01-01 was day 18262, 2020-01-20 day 18281
    assert klass.entities["entered"].tolist()[0] == 18262 // 7
    assert klass.reached["last"].tolist() == [18281 // 7]
    assert klass.entities["through"].tolist() == [(18312 + 1) // 7 - 1] * 2
    assert (klass.period, klass.families) == ("week", {"opening": "gamma"})


VERSIONS = (
    ABOUT
    + """
[entity]
id = ["bridge"]
entered = "begun"
through = "2022-12"
before_entry = "keep"
[events]
file = "events"
entity = ["bridge"]
announced = "day"
target = "value"
target_where = { column = "field", values = ["plan"] }
target_lookup = true
target_past = "leave_out"
[lookup]
file = "versions"
key = "version"
date = "date"
undated = "extrapolate"
[[milestone]]
name = "half"
date = "half"
lookup = true
[[milestone]]
name = "opening"
date = "opened"
lookup = true
"""
).replace('"events"', '"events.csv"').replace('"versions"', '"versions.csv"')
DATES = "version,date\nv8,2020-01-10\nv9,2020-05-09\nv10,2020-09-06\nv11,2021-03-01\n"


def test_versions_stand_for_dates_and_targets_use_only_those_known_when_stated():
    events = (
        "bridge,day,field,value\n"
        "north,2020-09-20,plan,v12\n"
        "north,2020-09-21,other,v20\n"
        "north,2020-10-20,plan,v9\n"
        "north,2020-11-20,plan,v11\n"
    )
    klass = read(VERSIONS, "bridge,begun,half,opened\nnorth,2020-09-20,v5,v11\n", events=events, versions=DATES)
    assert rows(klass, "north") == {
        "half": (-math.inf, month("2020-09"), month("2020-09")),
        "opening": (month("2021-03"),) * 3,
    }
    # gaps known by then: 120 and 120 days, though the next version came after 176
    assert klass.targets[["issued", "target"]].to_numpy().tolist() == [
        [month("2020-09"), month("2021-05")],
        [month("2020-11"), month("2021-01")],
    ]
    assert klass.notes == ("1 stated date left out: over when stated",)


def test_versions_of_a_calendar_known_in_advance():
    spec = VERSIONS.replace('undated = "extrapolate"\n', "")
    table, head = "bridge,begun,half,opened\nnorth,2020-02,,\n", "bridge,day,field,value\n"
    klass = read(spec, table, events=head + "north,2020-02-01,plan,v11\n", versions=DATES)
    assert klass.targets["target"].tolist() == [month("2021-03")]
    with pytest.raises(InvalidInput, match=r"events.csv:2: value: received 'v12', which has no date"):
        read(spec, table, events=head + "north,2020-02-01,plan,v12\n", versions=DATES)
    with pytest.raises(InvalidInput, match=r"received 'v12', which nothing known by 2020-02-01 can date"):
        read(VERSIONS, table, events=head + "north,2020-02-01,plan,v12\n", versions=DATES)


def test_events_beside_another_table_are_found_through_data():
    folder, elsewhere = Path(mkdtemp()), Path(mkdtemp())
    (folder / "class.toml").write_text(LONG, encoding="utf-8")
    (folder / "table.csv").write_text(LONG_TABLE, encoding="utf-8")
    (elsewhere / "events.csv").write_text(LONG_EVENTS, encoding="utf-8")
    assert len(read_class(folder / "table.csv", folder / "class.toml", data=elsewhere)) == 2


@pytest.mark.parametrize("period", [month("2020-05"), month("2020-11"), month("2021-12")])
def test_what_is_read_can_be_looked_at_as_of_any_month(period):
    klass = read(WIDE, wide_table()).known_at(period)
    assert (klass.reached["known"] <= period).all() and (klass.targets["issued"] <= period).all()
    assert klass.entities["ended_known"].notna().sum() == (period >= month("2020-11"))
