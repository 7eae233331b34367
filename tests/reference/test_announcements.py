"""Tables of announcements as read: stories, repeats, and what is wrong by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesmile.errors import InvalidInput
from bayesmile.reference.announcements import AnnouncementTable, read_announcements
from tests.reference.announced import history

HEADER = "entity,announced,kind,story,binding,headline"
GOOD = ["e0000,2010-03-04,deal,,yes,A deal", "e0001,2011-02,delay,,,Later", "e0000,2010-09-01,deal,,no,Another"]
MARCH = 12 * 2010 + 2


@pytest.fixture
def write(tmp_path: Path):
    def writer(*rows: str, header: str = HEADER) -> Path:
        path = tmp_path / "news.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return writer


KLASS = history([{"entered": 12 * 2010, "through": 12 * 2012}] * 3)


def test_rows_are_arrivals_with_period_and_answers(write):
    news = read_announcements(write(*GOOD), KLASS)
    assert news.table["announced"].tolist() == [MARCH, 12 * 2011 + 1, MARCH + 6]
    assert news.table["kind"].tolist() == ["deal", "delay", "deal"] and news.table["line"].tolist() == [2, 3, 4]
    assert news.table["binding"].tolist() == [True, None, False]
    assert news.attributes == ("binding",) and news.set_aside == () and news.notes == ()


def test_story_is_one_arrival_dated_by_its_first_row(write):
    rows = ["e0000,2010-05-01,deal,acme,yes,Signed", "e0000,2010-03-04,deal,acme,,Rumour"]
    news = read_announcements(write(*rows, "e0001,2010-04,deal,acme,,Not it"), KLASS)
    assert news.table[["entity", "announced", "binding"]].to_numpy().tolist() == [
        ["e0000", MARCH, True],
        ["e0001", MARCH + 1, None],
    ]
    assert news.notes == ("1 announcement counted with the first of their story",)


def test_what_comes_later_is_not_in_what_was_known(write):
    rows = ["e0000,2010-03-04,deal,acme,,Rumour", "e0000,2010-05-01,deal,acme,yes,Signed", "e0001,2010-04,deal,,no,"]
    news = read_announcements(write(*rows), KLASS)
    seen = {
        period: news.known_at(period).table[["entity", "binding"]].to_numpy().tolist()
        for period in range(MARCH - 1, MARCH + 3)
    }
    assert seen[MARCH - 1] == [] and seen[MARCH] == [["e0000", None]]
    assert seen[MARCH + 1] == [["e0000", None], ["e0001", False]]
    assert seen[MARCH + 2] == [["e0000", True], ["e0001", False]]
    assert news.subset(["e0001"]).table["entity"].tolist() == ["e0001"]


def test_word_for_word_repeat_counts_once_and_is_told(write):
    news = read_announcements(write(*GOOD, GOOD[0]), KLASS)
    assert len(news) == 3
    assert news.notes == ("1 announcement left out: word for word the same as another",)


BAD = {
    "date": ("e0000,soon,deal,,,", "e0000", "announced: received 'soon'"),
    "loose date": ("e0000,2010,deal,,,", "e0000", "announced: received '2010-01-01 to 2010-12-31'"),
    "kind": ("e0000,2010-04,a deal,,,", "e0000", "kind: received 'a deal'; allowed is a name"),
    "no kind": ("e0000,2010-04,,,,", "e0000", "kind: received ''"),
    "answer": ("e0000,2010-04,deal,,maybe,", "e0000", "binding: received 'maybe'; allowed are yes, no"),
    "entity": ("e9,2010-04,deal,,,", None, "entity: received 'e9', which the class does not hold"),
    "no entity": (",2010-04,deal,,,", None, "entity: a cell is empty"),
    "cells": ("e0000,2010-04", None, "2 cells; allowed are 6"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_row_is_refused_by_line_or_its_entity_set_aside(name: str, write):
    row, entity, says = BAD[name]
    path = write(*GOOD, row)
    with pytest.raises(InvalidInput) as caught:
        read_announcements(path, KLASS)
    assert "news.csv:5: " in str(caught.value) and says in str(caught.value)
    news = read_announcements(path, KLASS, set_aside=True)
    told = [line for line in news.set_aside if "news.csv:5: " in line and says in line]
    assert len(told) == 1
    assert len(news) + len(news.set_aside) == 4
    assert news.incomplete == ({entity} if entity else set())
    assert entity not in set(news.table["entity"])


def test_story_that_contradicts_itself_is_a_fault_of_the_later_row(write):
    rows = ["e0000,2010-03-04,deal,acme,yes,", "e0000,2010-04-04,deal,acme,no,"]
    with pytest.raises(InvalidInput, match=r"news.csv:3: binding: received no, but the story said yes before"):
        read_announcements(write(*rows), KLASS)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("entity,announced", "no column 'kind'"),
        ("entity,announced,kind,is it firm?", "column 'is it firm\\?' cannot name an attribute"),
        ("entity,announced,kind,kind", "column 'kind' stands twice"),
    ],
)
def test_bad_header_is_refused(header, says, write):
    with pytest.raises(InvalidInput, match=says):
        read_announcements(write("e0000,2010-03" + "," * (header.count(",") - 1), header=header), KLASS)


def test_text_of_a_row_cannot_command_a_terminal(write):
    with pytest.raises(InvalidInput) as caught:
        read_announcements(write("e0000,2010-03,\u202edeal,,,"), KLASS)
    assert "\u202e" not in str(caught.value)


def test_table_without_a_column_is_refused():
    with pytest.raises(InvalidInput, match="no column 'kind'"):
        AnnouncementTable(table=pd.DataFrame({"entity": ["e"], "announced": [np.int64(1)]}))
