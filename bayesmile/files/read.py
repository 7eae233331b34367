"""From the bytes of a dossier's files to checked entries, with the place of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import BaseModel

from bayesmile.files.folder import BENCHMARK, KINDS, decode, is_bundled
from bayesmile.files.market_schema import MarketFile
from bayesmile.files.problems import Place, Problems
from bayesmile.files.rows import ItemRow, PriceRow, ShareRow
from bayesmile.files.schema import KindsFile, RoadmapFile
from bayesmile.files.text import Document, Keys, Table, nearest, read_csv, read_toml
from bayesmile.files.validate import validate, validate_row

__all__ = ["COLUMNS", "OPTIONAL_COLUMNS", "Content", "Parsed", "Placed", "parse", "read_content", "unknown_kind"]

_ROWS: Mapping[str, type[ItemRow] | type[PriceRow] | type[ShareRow]] = {
    "announcements.csv": ItemRow,
    "prices.csv": PriceRow,
    "shares.csv": ShareRow,
    BENCHMARK: PriceRow,
}
OPTIONAL_COLUMNS = {"prices.csv": ("adjusted",), BENCHMARK: ("adjusted",), "shares.csv": ("weight",)}
"""Columns that a CSV file may do without."""

COLUMNS = {
    name: tuple(field.alias or column for column, field in row.model_fields.items()) for name, row in _ROWS.items()
}
"""Columns of each CSV file, in the order in which a new file has them; the optional ones stand last."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """Files as trees and tables, not yet checked; those with faults in their syntax are absent."""

    documents: Mapping[str, Document]
    tables: Mapping[str, Table]

    def with_value(self, name: str, keys: Keys, value: object) -> Parsed:
        """Return the same files with one value of a TOML file changed."""
        document = self.documents[name]
        changed = replace(document, tree=_changed(document.tree, keys, value))
        return replace(self, documents={**self.documents, name: changed})


def _changed(tree: object, keys: Keys, value: object) -> dict[str, object]:
    """Copy of nested tables and lists with the value at `keys` replaced."""
    if not keys:
        return value  # type: ignore[return-value]  # the innermost call returns the leaf
    if isinstance(tree, list):
        position = int(keys[0])
        entries = [*tree[:position], _changed(tree[position], keys[1:], value), *tree[position + 1 :]]
        return entries  # type: ignore[return-value]  # only the outermost call is a document
    table = dict(tree) if isinstance(tree, dict) else {}
    return {**table, str(keys[0]): _changed(table.get(str(keys[0])), keys[1:], value)}


@dataclass(frozen=True, slots=True)
class Placed[R: BaseModel]:
    """A checked CSV row and its place."""

    place: Place
    row: R


@dataclass(frozen=True, slots=True)
class Content:
    """Checked entries of all files; a dossier without a price has no market."""

    parsed: Parsed
    kinds: KindsFile
    roadmap: RoadmapFile
    items: tuple[Placed[ItemRow], ...]
    market: MarketFile | None
    prices: tuple[Placed[PriceRow], ...]
    shares: tuple[Placed[ShareRow], ...]
    benchmark: tuple[Placed[PriceRow], ...] = ()

    def place(self, name: str, *keys: str | int) -> Place:
        """Place of a value of a TOML file."""
        return self.parsed.documents[name].place(keys)


def parse(files: Mapping[str, tuple[Place, bytes]], problems: Problems) -> Parsed:
    """Trees and tables of the files, each fault added to `problems`."""
    documents, tables = dict[str, Document](), dict[str, Table]()
    for name, (place, data) in files.items():
        text = decode(data, place, problems)
        if text is None:
            continue
        if name in COLUMNS:
            table = read_csv(text, place, COLUMNS[name], problems, optional=OPTIONAL_COLUMNS.get(name, ()))
            if table is not None:
                tables[name] = table
        else:
            document = read_toml(text, place, problems)
            if document is not None:
                documents[name] = document
    return Parsed(documents, tables)


def read_content(parsed: Parsed, problems: Problems) -> Content | None:
    """Entries of all files; None where a TOML file or a CSV header cannot be used."""
    kinds = _document(KindsFile, parsed, KINDS, problems)
    roadmap = _document(RoadmapFile, parsed, "roadmap.toml", problems)
    items = _table(ItemRow, parsed, "announcements.csv", problems)
    market = _document(MarketFile, parsed, "market.toml", problems)
    prices = _table(PriceRow, parsed, "prices.csv", problems)
    shares = _table(ShareRow, parsed, "shares.csv", problems)
    benchmark = _table(PriceRow, parsed, BENCHMARK, problems)
    if kinds is None or roadmap is None or "announcements.csv" not in parsed.tables:
        return None
    if market is None and "market.toml" in parsed.documents:
        return None
    return Content(parsed, kinds, roadmap, items, market, prices, shares, benchmark)


def _document[R: BaseModel](model: type[R], parsed: Parsed, name: str, problems: Problems) -> R | None:
    return validate(model, parsed.documents[name], problems) if name in parsed.documents else None


def _table[R: BaseModel](model: type[R], parsed: Parsed, name: str, problems: Problems) -> tuple[Placed[R], ...]:
    records = parsed.tables[name].records if name in parsed.tables else ()
    rows = ((record.place, validate_row(model, record, problems)) for record in records)
    return tuple(Placed(place, row) for place, row in rows if row is not None)


def unknown_kind(content: Content, kind: str) -> str:
    """Say that a kind is unknown, and to which kinds.toml."""
    file = content.parsed.documents[KINDS].file
    used = "the bundled kinds.toml" if is_bundled(file) else file
    return f"received {kind!r}, which is unknown (kinds of {used}){nearest(kind, content.kinds.kind)}"
