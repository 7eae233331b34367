"""Price rows for prices.csv and benchmark.csv: what they add, repeat or contradict there."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from bayesmile.downloads.amounts import number_text, price_agrees
from bayesmile.downloads.merging import Cells, Change, Draft, Merge, Verdict, merged_bytes, plan_merge, table_of
from bayesmile.downloads.quotes import PriceHistory
from bayesmile.errors import InvalidInput
from bayesmile.files.problems import Place
from bayesmile.files.text import Table
from bayesmile.wording import count

__all__ = ["draft_prices"]

_SHOWN = 5


def draft_prices(
    history: PriceHistory, table: Table, data: bytes, *, source: str, replace: bool, adjusted: bool
) -> Draft:
    """Put a history into a file of prices.

    Parameters
    ----------
    history : PriceHistory
    table, data : Table and bytes
        The file.
    source : str
        What each row names as its source.
    replace : bool
        Let new rows take the place of those that they contradict.
    adjusted : bool
        Give the file a column of adjusted closes.

    Raises
    ------
    InvalidInput
        If rows contradict each other, or adjusted closes are missing.
    """
    has_adjusted = any(record.cells.get("adjusted") for record in table.records) or (
        not table.records and "adjusted" in table.columns
    )
    if adjusted and not has_adjusted:
        table, data = _with_adjusted(history, table, data)
        has_adjusted = True
    rows = [
        {"date": quote.date, "close": number_text(quote.close), "source": source}
        | ({"adjusted": _adjusted(quote.adjusted)} if has_adjusted else {})
        for quote in history.prices
    ]
    bare = [row["date"] for row in rows if row.get("adjusted") == ""]
    if bare:
        raise InvalidInput(
            f"{history.file}: no adjusted close for {_some(bare)}; {table.file} has them in every row"
        )
    merge = plan_merge(table, rows, "date", _compare_prices)
    if merge.contradicting and not replace:
        raise InvalidInput(_refusal(merge, table.file, history.file))
    _refuse_two_scales(merge, table, rows)
    return Draft(data=merged_bytes(data, table, merge, "date"), merge=merge, notes=_unused(history, has_adjusted))


def _adjusted(value: float | None) -> str:
    return "" if value is None else number_text(value)


def _unused(history: PriceHistory, has_adjusted: bool) -> tuple[str, ...]:
    differ = any(quote.adjusted and not price_agrees(quote.adjusted, quote.close) for quote in history.prices)
    if has_adjusted or not differ:
        return ()
    return ("its adjusted closes are left out, because the file has no column for them; --adjusted makes one",)


def _with_adjusted(history: PriceHistory, table: Table, data: bytes) -> tuple[Table, bytes]:
    """Return the file with a column of adjusted closes, taken from the history for the rows that are there."""
    known = {quote.date: quote for quote in history.prices}
    bare = [
        record.cells["date"]
        for record in table.records
        if record.cells["date"] not in known or known[record.cells["date"]].adjusted is None
    ]
    if bare:
        raise InvalidInput(
            f"--adjusted: {history.file} has no adjusted close for {_some(bare)} of {table.file}; allowed is one in"
            " every row"
        )
    columns = [name for name in table.columns if name != "adjusted"] + ["adjusted"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n" if b"\r\n" in data else "\n")
    writer.writerow(columns)
    for record in table.records:
        cells = {**record.cells, "adjusted": _adjusted(known[record.cells["date"]].adjusted)}
        writer.writerow([cells[name] for name in columns])
    wider = text.getvalue().encode()
    return table_of(Path(table.file).name, Place(table.file), wider), wider


def _some(dates: Sequence[str]) -> str:
    shown = ", ".join(sorted(dates)[:_SHOWN])
    return shown if len(dates) <= _SHOWN else f"{shown} and {len(dates) - _SHOWN} more"


def _compare_prices(old: Cells, new: Cells) -> Verdict:
    if not price_agrees(float(old["close"]), float(new["close"])):
        return "contradiction"
    both = old.get("adjusted"), new.get("adjusted")
    if both[0] and both[1] and not price_agrees(float(both[0]), float(both[1])):
        return "contradiction"
    return "same"


def _refusal(merge: Merge, file: str, download: str) -> str:
    shown = "; ".join(_contradiction(change) for change in merge.contradicting[:_SHOWN])
    left = len(merge.contradicting) - _SHOWN
    rows = f"{count(len(merge.contradicting), 'row')} that {file} has with another number"
    more = f"; and {left} more" if left > 0 else ""
    return f"{download}: {rows}: {shown}{more}{_steady_ratio(merge)} (--replace takes the new ones)"


def _contradiction(change: Change) -> str:
    old = change.record.cells if change.record is not None else {}
    closes = price_agrees(float(old["close"]), float(change.cells["close"]))
    column = "adjusted" if closes else "close"
    return f"line {change.line}, {change.cells['date']}: {column} {old[column]} there, {change.cells[column]} here"


def _steady_ratio(merge: Merge) -> str:
    """Point out where all new closes are the same multiple of the old ones: a split came between."""
    pairs = [(change.record.cells["close"], change.cells["close"]) for change in merge.contradicting if change.record]
    ratios = [float(new) / float(old) for old, new in pairs]
    low, high = min(ratios, default=1.0), max(ratios, default=1.0)
    if len(ratios) > 1 and high < 1.02 * low and not 0.9 < low < 1.1:
        return f"; each is {low:.4g} times what is there: a split between the two downloads?"
    return ""


def _refuse_two_scales(merge: Merge, table: Table, rows: Sequence[Cells]) -> None:
    """Refuse to leave rows with the adjusted closes of an older download beside those of a newer one."""
    if not any(_rescaled(change) for change in merge.contradicting):
        return
    covered = {row["date"] for row in rows}
    left = [record.cells["date"] for record in table.records if record.cells["date"] not in covered]
    if left:
        raise InvalidInput(
            f"{table.file}: its adjusted closes have another scale, and those of {_some(left)} would stay; allowed is a"
            " download that covers every row"
        )


def _rescaled(change: Change) -> bool:
    old = change.record.cells.get("adjusted") if change.record is not None else ""
    new = change.cells.get("adjusted")
    return bool(old and new) and not price_agrees(float(old or 0), float(new or 0))
