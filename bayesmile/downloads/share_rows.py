"""Share counts for shares.csv: what they add, repeat or contradict there."""

from __future__ import annotations

from collections.abc import Sequence

from bayesmile.downloads.amounts import count_agrees, number_text
from bayesmile.downloads.merging import Cells, Change, Draft, Merge, Verdict, merged_bytes, plan_merge
from bayesmile.errors import InvalidInput
from bayesmile.files.rows import ShareRow
from bayesmile.files.text import Record, Table
from bayesmile.wording import count, listed

__all__ = ["draft_shares"]


def draft_shares(rows: Sequence[ShareRow], table: Table, data: bytes, *, download: str, replace: bool) -> Draft:
    """Put share counts into shares.csv.

    Days whose classes have other names there are compared by their sum and stay as they are; where both sides have one
    class, that of the file keeps its name.

    Parameters
    ----------
    rows : sequence of ShareRow
    table, data : Table and bytes
        The file.
    download : str
        Where the rows come from, for messages.
    replace : bool
        Let new rows take the place of those that they contradict.

    Raises
    ------
    InvalidInput
        If counts contradict each other.
    """
    wanted, kept, notes = list[Cells](), list[Change](), list[str]()
    for as_of in dict.fromkeys(row.as_of for row in rows):
        mine = [row for row in rows if row.as_of == as_of]
        there = [each for each in table.records if each.cells["as_of"] == as_of and each.cells["kind"] == "filed"]
        old, new = sorted({each.cells["class"] for each in there}), sorted({row.class_ for row in mine})
        if not there or old == new or len(old) == len(new) == 1:
            wanted += [_cells(row, old[0] if len(old) == len(new) == 1 else row.class_) for row in mine]
            continue
        _check_sums(mine, there, f"{download}: as of {as_of}", table.file)
        kept += [Change(_cells(row, row.class_), there[0]) for row in mine]
        notes.append(f"{as_of} keeps its classes {listed(old)}: their sum agrees with the new count")
    merge = plan_merge(table, wanted, "as_of", _compare)
    if merge.contradicting and not replace:
        raise InvalidInput(_refusal(merge, table.file, download))
    merge = Merge(merge.added, (*merge.kept, *kept), merge.contradicting)
    return Draft(data=merged_bytes(data, table, merge, "as_of"), merge=merge, notes=tuple(notes))


def _check_sums(mine: Sequence[ShareRow], there: Sequence[Record], what: str, file: str) -> None:
    latest = {each.cells["class"]: each for each in sorted(there, key=lambda each: each.cells["filed"])}
    old = sum(float(each.cells["shares"]) for each in latest.values())
    filed = max(row.filed for row in mine)
    new = sum(row.shares for row in mine if row.filed == filed)
    if not count_agrees(old, new):
        raise InvalidInput(
            f"{what} {new:,.0f} shares ({listed([row.class_ for row in mine if row.filed == filed])}), but {file} has"
            f" {old:,.0f} ({listed(sorted(latest))}); where the new ones are right, remove the rows of that day first"
        )


def _cells(row: ShareRow, name: str) -> Cells:
    shares = number_text(row.shares)
    cells = {"as_of": row.as_of, "filed": row.filed, "shares": shares, "class": name, "kind": row.kind}
    return {**cells, "source": row.source}


def _compare(old: Cells, new: Cells) -> Verdict:
    """Say how a count of the file stands to a new one; a changed count of a later filing stands beside the old one."""
    if old["kind"] != new["kind"] or old["class"] != new["class"]:
        return "other"
    if count_agrees(float(old["shares"]), float(new["shares"])):
        return "same" if old["filed"] <= new["filed"] else "other"
    return "contradiction" if old["filed"] == new["filed"] else "other"


def _refusal(merge: Merge, file: str, download: str) -> str:
    pairs = [(change, change.record.cells["shares"]) for change in merge.contradicting if change.record is not None]
    shown = "; ".join(
        f"line {change.line}, {change.cells['as_of']}: {old} there, {change.cells['shares']} here"
        for change, old in pairs
    )
    rows = f"{count(len(merge.contradicting), 'row')} that {file} has with another number"
    return f"{download}: {rows}: {shown} (--replace takes the new ones)"
