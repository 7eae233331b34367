"""Price histories as downloaded from the usual sites, recognised by their header."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bayesmile.downloads.amounts import DECIMALS, Mark
from bayesmile.downloads.dates import ORDERS, Order
from bayesmile.downloads.layouts import BASES, Basis
from bayesmile.downloads.rows import Rows, lines_of, read_rows
from bayesmile.downloads.sheets import column_name, read_bytes
from bayesmile.downloads.splits import Quote, Split, find_splits, parse_split, restore_closes
from bayesmile.errors import InvalidInput
from bayesmile.files.text import nearest
from bayesmile.wording import count, plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PriceHistory", "read_prices"]

_MEANINGS: dict[Basis, str] = {
    "as-traded": "closes as they were traded: times the shares of the day they give the capitalisation",
    "split-adjusted": (
        "closes adjusted for every later split: before a split they are not those of the day, and times the shares"
        " filed then they give no capitalisation; a split is taken back with --split DAY=NEW:OLD"
    ),
    "adjusted": (
        "closes adjusted for later splits and dividends, good for returns: times shares they give the capitalisation"
        " only where neither followed; a split is taken back with --split DAY=NEW:OLD, a dividend is not"
    ),
    "unknown": "the file does not say whether its closes have been adjusted for splits or dividends",
}
_SAME_DAY = 1e-6  # relative: two rows of one file that differ by less say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceHistory:
    """Closing prices of one file; made by `read_prices`.

    Attributes
    ----------
    file, site, digest : str
        Where it was read, whose table it is, and the SHA-256 of its bytes.
    basis : str
        What its closes have been adjusted for: "as-traded", "split-adjusted", "adjusted" (splits and dividends) or
        "unknown". Splits that were given have been taken back whatever the basis.
    prices : tuple of Quote
        By date: close, and adjusted close and volume or None.
    splits : tuple of Split
        Splits that the file states, that were given, or that prices and volumes look like.
    notes : tuple of str
        What a reader should know: the basis, the order of days, what was left out, splits found.
    skipped : tuple of (int, str)
        Line and fault of each row that could not be read.
    """

    file: str
    site: str
    digest: str
    basis: Basis
    prices: tuple[Quote, ...]
    splits: tuple[Split, ...]
    notes: tuple[str, ...]
    skipped: tuple[tuple[int, str], ...]

    def to_pandas(self) -> pd.DataFrame:
        """Return the prices as a table: index `date`, columns `close`, `adjusted`, `volume`; NaN for what is absent."""
        import pandas as pd

        table = pd.DataFrame(
            [(quote.close, quote.adjusted, quote.volume) for quote in self.prices],
            columns=["close", "adjusted", "volume"],
            index=pd.DatetimeIndex([quote.date for quote in self.prices], name="date"),
        )
        return table.astype(float)

    @property
    def source(self) -> str:
        """What a row taken from here names as its source."""
        return f"{self.site}, {plain(Path(self.file).name)} (sha256 {self.digest[:12]})"


def read_prices(
    path: str | os.PathLike[str],
    *,
    layout: str | None = None,
    dates: Order | None = None,
    decimals: Mark | None = None,
    closes: Basis | None = None,
    date_column: str | None = None,
    price_column: str | None = None,
    splits: str | Sequence[str] = (),
    skip_bad: bool = False,
) -> PriceHistory:
    r"""Read a price history as a site gives it; the site is recognised by its header.

    Parameters
    ----------
    path : str or path
        A CSV file, or what a page copied into a text file gives.
    layout : str, optional
        Whose table it is, where the header does not say: "yahoo", "stooq", "nasdaq", "investing", ...
    dates : "dmy" or "mdy", optional
        Order of day and month, where it is open.
    decimals : "point" or "comma", optional
        Decimal mark, where it is open.
    closes : str, optional
        What the closes have been adjusted for, if not what the site says: "as-traded", "split-adjusted", "adjusted".
    date_column, price_column : str, optional
        Columns by their names in the header.
    splits : str or sequence of str
        Splits to take back, as ``"2025-06-10=2:1"``: closes adjusted for them become those of the day.
    skip_bad : bool
        Leave out rows that cannot be read, and say which, instead of refusing the file.

    Returns
    -------
    PriceHistory

    Raises
    ------
    InvalidInput
        If the file is no such table, a row cannot be read, a day has two prices, or it can be read in two ways.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "EXMP.csv"
    ...     _ = path.write_text("Date,Close/Last,Volume,Open,High,Low\n05/14/2025,$12.50,1000,$12,$13,$11\n")
    ...     history = read_prices(path)
    >>> history.site, history.prices[0].date, history.prices[0].close
    ('Nasdaq.com', '2025-05-14', 12.5)
    """
    _check_word("--dates", dates, ORDERS)
    _check_word("--decimals", decimals, DECIMALS)
    _check_word("--closes", closes, BASES)
    given = [parse_split(text) for text in ((splits,) if isinstance(splits, str) else splits)]
    named = {"date": date_column, "close": price_column}
    columns = {role: column_name(name) for role, name in named.items() if name is not None}
    file, data = os.fspath(path), read_bytes(path)
    rows = read_rows(file, data, columns, layout=layout, order=dates, mark=decimals)
    if rows.bad and not skip_bad:
        raise InvalidInput(_refusal(file, rows.bad))
    basis = closes or rows.basis
    quotes, repeats = _by_day(file, rows, basis)
    restored, told = restore_closes(quotes, given, basis, asserted=closes is not None)
    found, odd = find_splits(quotes)
    all_splits = _together(given, rows.splits, found)
    meaning = f"{rows.site}: {_MEANINGS[basis]}"
    notes = (*rows.notes, *repeats, meaning, *told, *_warnings(all_splits, given, basis), *odd)
    digest = hashlib.sha256(data).hexdigest()
    return PriceHistory(
        file=file,
        site=rows.site,
        digest=digest,
        basis=basis,
        prices=restored,
        splits=all_splits,
        notes=(*notes, *_left_out(rows.bad), *_shape(restored)),
        skipped=rows.bad,
    )


def _check_word(field: str, value: str | None, allowed: Sequence[str]) -> None:
    if value is not None and value not in allowed:
        raise InvalidInput(f"{field}: received {value!r}{nearest(str(value), allowed)}")


def _refusal(file: str, bad: Sequence[tuple[int, str]]) -> str:
    reasons = "; ".join(f"line {line}: {reason}" for line, reason in bad[:5])
    more = f"; and {lines_of([line for line, _ in bad[5:]])}" if len(bad) > 5 else ""
    return f"{file}: {count(len(bad), 'row')} cannot be read: {reasons}{more} (--skip-bad leaves such rows out)"


def _left_out(bad: Sequence[tuple[int, str]]) -> list[str]:
    lines = lines_of([line for line, _ in bad])
    return [f"{count(len(bad), 'row')} that cannot be read left out: {lines}"] if bad else []


def _by_day(file: str, rows: Rows, basis: Basis) -> tuple[tuple[Quote, ...], list[str]]:
    """One quote a day, by date; a fully adjusted close is its own adjusted close."""
    days, repeated = dict[str, Quote](), 0
    for quote in rows.quotes:
        first = days.setdefault(quote.date, quote)
        if first is quote:
            continue
        repeated += 1
        if abs(first.close - quote.close) > _SAME_DAY * first.close:
            raise InvalidInput(
                f"{file}:{quote.line}: {quote.date} has the close {quote.close:g} here and {first.close:g} in line"
                f" {first.line}; allowed is one close a day"
            )
    if not days:
        raise InvalidInput(f"{file}: no row with a price")
    quotes = tuple(days[date] for date in sorted(days))
    if basis == "adjusted":
        quotes = tuple(replace(quote, adjusted=quote.close) for quote in quotes)
    return quotes, [f"{count(repeated, 'row')} repeated with the same close"] if repeated else []


def _together(*groups: Sequence[Split]) -> tuple[Split, ...]:
    """Return the splits of all groups by date, those of an earlier group first; a day counts once."""
    kept = list[Split]()
    for split in itertools.chain(*groups):
        if not any(each.date == split.date for each in kept):
            kept.append(split)
    return tuple(sorted(kept, key=lambda split: split.date))


def _warnings(splits: Sequence[Split], given: Sequence[Split], basis: Basis) -> list[str]:
    """Say of each split that nobody gave what it does to the closes."""
    notes = []
    for split in splits:
        if split in given:
            continue
        option = f"--split {split.date}={split.text}"
        what = f"{'split' if split.certain else 'possible split'} {split.text}: {split.evidence}"
        if split.certain and basis in ("split-adjusted", "adjusted"):
            notes.append(f"{what}; the closes before it are not those of the day: {option} takes it back")
        elif split.certain:
            notes.append(f"{what}; nothing was changed for it")
        else:
            notes.append(f"{what}; nothing was changed for it: if it is one, give {option}")
    return notes


def _shape(quotes: Sequence[Quote]) -> list[str]:
    """Say what is odd about the days."""
    import datetime as dt

    days = [dt.date.fromisoformat(quote.date) for quote in quotes]
    weekends = sum(day.weekday() > 4 for day in days)
    gaps = sorted((after - before).days for before, after in itertools.pairwise(days))
    notes = [f"{count(weekends, 'row')} on a Saturday or Sunday"] if weekends else []
    if gaps and gaps[len(gaps) // 2] > 4:
        notes.append(f"not daily: {gaps[len(gaps) // 2]} days from one price to the next in the middle")
    return notes
