"""Downloaded prices and share counts put into a dossier: checked as a whole, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bayesmile.dossier import read
from bayesmile.downloads.companyfacts import CompanyFacts
from bayesmile.downloads.merging import Change, Draft, table_of
from bayesmile.downloads.price_rows import draft_prices
from bayesmile.downloads.quotes import PriceHistory
from bayesmile.downloads.share_rows import draft_shares
from bayesmile.errors import InvalidInput
from bayesmile.files.folder import BENCHMARK, find, locked, read_folder, write_whole
from bayesmile.files.problems import Place, Problems
from bayesmile.files.read import COLUMNS
from bayesmile.files.text import Table
from bayesmile.wording import count

__all__ = ["Imported", "import_prices", "import_shares"]

PRICES, SHARES = "prices.csv", "shares.csv"
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What putting downloaded rows into a file of a dossier did, or would do.

    Attributes
    ----------
    path : Path
        The file.
    added, kept, replaced : tuple of Change
        New rows; rows that were there already and stay as they are; rows put in the place of others.
    notes : tuple of str
        What a reader should know.
    written : bool
        Whether the file was changed.
    """

    path: Path
    added: tuple[Change, ...]
    kept: tuple[Change, ...]
    replaced: tuple[Change, ...]
    notes: tuple[str, ...]
    written: bool


def import_prices(
    history: PriceHistory,
    where: str | os.PathLike[str],
    *,
    benchmark: bool = False,
    adjusted: bool = False,
    replace: bool = False,
    dry_run: bool = False,
    source: str | None = None,
) -> Imported:
    """Put a price history into a dossier's prices.csv, or into its benchmark.csv.

    Rows that are there stay as they are. A day that has another close already, beyond rounding, is refused with both
    closes, unless it is to be replaced. The dossier is checked as it would be afterwards, under the lock of the file,
    and only then is the file replaced, whole.

    Parameters
    ----------
    history : PriceHistory
        From `read_prices`.
    where : str or path
        Folder of a dossier with a market page.
    benchmark : bool
        Write benchmark.csv, which may be new.
    adjusted : bool
        Give prices.csv a column of adjusted closes, which every row must have.
    replace : bool
        Take the history's closes where the file has others.
    dry_run : bool
        Check everything and write nothing.
    source : str, optional
        What each row names as its source, if not site, file and SHA-256.

    Raises
    ------
    InvalidInput
        If a day contradicts the file, adjusted closes are missing, the dossier would be invalid, or the file cannot be
        locked or written.
    """
    name = BENCHMARK if benchmark else PRICES
    source = _checked_source(source or history.source)

    def draft(table: Table, data: bytes) -> Draft:
        return draft_prices(history, table, data, source=source, replace=replace, adjusted=adjusted)

    complete = all(quote.adjusted is not None for quote in history.prices)
    columns = [column for column in COLUMNS[BENCHMARK] if column != "adjusted" or complete]
    return _put(where, name, draft, dry_run=dry_run, header=columns if benchmark else None)


def import_shares(
    facts: CompanyFacts, where: str | os.PathLike[str], *, replace: bool = False, dry_run: bool = False
) -> Imported:
    """Put the share counts of a company's filings into a dossier's shares.csv.

    Counts that are there stay as they are. A count of the same day, class and filing date with another number is
    refused with both, unless it is to be replaced; so is a day whose classes are named otherwise and add up to another
    number, which nothing replaces.

    Parameters
    ----------
    facts : CompanyFacts
        From `read_companyfacts`.
    where, replace, dry_run
        As in `import_prices`.

    Raises
    ------
    InvalidInput
        As `import_prices`, or if the facts hold no share count.
    """
    rows = facts.share_rows()
    if not rows:
        raise InvalidInput(f"{facts.file}: {next(iter(facts.notes), 'no share count')}")

    def draft(table: Table, data: bytes) -> Draft:
        return draft_shares(rows, table, data, download=facts.file, replace=replace)

    return _put(where, SHARES, draft, dry_run=dry_run)


def _checked_source(text: str) -> str:
    if text.strip() and text.isprintable() and not text.lstrip().startswith(_FORMULA):
        return text.strip()
    raise InvalidInput(f"source: received {text!r}; allowed is printable text that no spreadsheet takes for a formula")


def _put(
    where: str | os.PathLike[str],
    name: str,
    draft: Callable[[Table, bytes], Draft],
    *,
    dry_run: bool,
    header: Sequence[str] | None = None,
) -> Imported:
    """Change one file of a dossier under its lock, checked with all others; `header` makes one that is missing."""
    folder = find(where)
    path = folder / name
    with contextlib.nullcontext() if dry_run else locked(path):
        problems = Problems()
        files = read_folder(folder, problems)
        problems.raise_first()
        place, data = files.get(name, (Place(str(path)), f"{','.join(header or ())}\n".encode()))
        if not (name in files and _only_a_header(name, place, data)):
            before = read(files, folder, problems)  # what is broken already is reported as it is, before the new rows
            problems.raise_first()
            if before is None or before.market is None:
                raise InvalidInput(
                    f"{folder}: the dossier has no market.toml, prices.csv and shares.csv to put prices in"
                )
        made = draft(table_of(name, place, data), data)
        after = read({**files, name: (place, made.data)}, folder, problems)
        if after is None or problems.failed:
            reason = next((problem.message for problem in problems.found if problem.level == "error"), "cannot be read")
            raise InvalidInput(f"{path}: with the new rows it would be refused: {reason}")
        changed = made.data != data or name not in files
        if changed and not dry_run:
            write_whole(path, made.data)
    merge = made.merge
    notes = (*made.notes, *_placeholders(table_of(name, place, made.data)))
    return Imported(
        path=path,
        added=merge.added,
        kept=merge.kept,
        replaced=merge.contradicting,
        notes=notes,
        written=changed and not dry_run,
    )


def _only_a_header(name: str, place: Place, data: bytes) -> bool:
    """Whether a file waits for its first rows, as after its placeholders were removed."""
    try:
        return not table_of(name, place, data).records
    except InvalidInput:
        return False


def _placeholders(table: Table) -> list[str]:
    lines = [record.place.line for record in table.records if record.cells["source"].strip().lower() == "placeholder"]
    return [f"{count(len(lines), 'row')} of {table.file} is still a placeholder: remove it"] if lines else []
