"""Where the figures of a dossier's market stand: file, line and field, and the lines of a trace that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from bayesmile.files.folder import MARKET_FILES
from bayesmile.files.market_page import ShareCount
from bayesmile.files.problems import Place
from bayesmile.files.rows import PriceRow
from bayesmile.pricing.lines import Lines
from bayesmile.wording import plain

if TYPE_CHECKING:
    from pydantic import BaseModel

    from bayesmile.dossier import Dossier
    from bayesmile.files.read import Placed

__all__ = ["add_close", "add_shares", "amount_sources", "close_source", "engine_source", "field_source"]


def _text(place: Place, what: str = "") -> str:
    """Name of the file without its folder, which differs from machine to machine."""
    name = PurePath(place.file).name + ("" if place.line is None else f":{place.line}")
    return f"{name} {what}".rstrip()


def _row_place[R: BaseModel](placed: Iterable[Placed[R]], row: R, name: str) -> Place:
    return next((one.place for one in placed if one.row == row), Place(name))


def field_source(dossier: Dossier, *keys: str | int) -> str:
    """File, line and name of a field of market.toml, and whether it was changed since it was read."""
    field = ".".join(str(key) for key in keys if key != "value")
    changed = [change for change in dossier.changes if change.split("=", 1)[0].removesuffix(".value") == field]
    where = _text(dossier.content.place(MARKET_FILES[0], *keys), field)
    return f"changed: {plain(changed[-1])}" if changed else where


def engine_source(dossier: Dossier, what: str) -> str:
    """Say what the engine was asked, of which dossier."""
    return f"engine, dossier {dossier.hash[:12]}, {what}"


def amount_sources(dossier: Dossier) -> Mapping[str, str]:
    """Source of every number of the payoffs, by its field."""
    fields = () if dossier.market is None else tuple(dossier.market.amounts)
    return {name: field_source(dossier, "payoffs", *name.split(".", 1), "value") for name in fields}


def close_source(dossier: Dossier, row: PriceRow) -> str:
    """File, line and day of a close."""
    return _text(_row_place(dossier.content.prices, row, "prices.csv"), f"close of {row.date}")


def add_close(lines: Lines, dossier: Dossier, row: PriceRow, name: str, currency: str, paths: Sequence[str]) -> None:
    """Add a closing price."""
    title = f"Price per share, close of {row.date}"
    lines.input(name, row.close, f"{currency} a share", title, source=close_source(dossier, row), paths=paths)


def add_shares(
    lines: Lines, dossier: Dossier, count: ShareCount, name: str, paths: Sequence[str] = ()
) -> tuple[str, ...]:
    """Add the shares of each class, in shares of the priced class, and their sum; return the names of the classes."""
    terms, classes = [], []
    for number, row in enumerate(count.rows, start=1):
        one = f"{name}_class{number}"
        source = _text(_row_place(dossier.content.shares, row, "shares.csv"), f"class {plain(row.class_)}")
        lines.input(one, row.shares, "shares", f"Shares, class {plain(row.class_)}, as of {row.as_of}", source=source)
        weight = row.weight
        if weight != 1.0:
            title = f"Shares of the priced class to which one of class {plain(row.class_)} comes"
            lines.input(f"{one}_weight", weight, "ratio", title, source=source)
        terms.append(one if weight == 1.0 else f"{one} * {one}_weight")
        classes.append(one)
    title = f"Shares of all classes, as of {count.as_of} ({count.kind}, public {count.filed})"
    lines.formula(name, " + ".join(terms), "shares", title, paths=paths)
    return tuple(classes)
