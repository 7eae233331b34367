"""The command on stated dates: slips."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmile.commands.shared import AsJson, Seed, app, check_moments
from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

    from bayesmile.dossier import Dossier
    from bayesmile.grid import Moment
    from bayesmile.reference.table import ReferenceClass

__all__: list[str] = []

_PAIR = "TABLE=NAME|FILE"


@app.command("slips")
def _slips(
    dossiers: Annotated[
        list[str] | None, typer.Argument(metavar="[DOSSIER]...", help="Dossiers whose guidance counts: name or folder.")
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", metavar=_PAIR, help="A table and its class file; or a bundled table by its name."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Folder of tables that are not found here.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY|MONTH", help="Use only what was known then, of every member.")
    ] = None,
    edges: Annotated[
        str, typer.Option(metavar="M,...", help="First lead of each class of statements, in months.")
    ] = "0,14,30",
    coarse: Annotated[
        list[str] | None,
        typer.Option("--coarse", metavar="MEMBER", help="Its dates are years: no month can be met exactly."),
    ] = None,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="Leave out entities whose rows contradict themselves, and list them.")
    ] = False,
    draws: Annotated[int, typer.Option(metavar="N", min=50, help="Kept draws of each of two chains.")] = 1000,
    tune: Annotated[int, typer.Option(metavar="N", min=50, help="Warm-up steps of each chain.")] = 1000,
    seed: Seed = 0,
    json: AsJson = False,
) -> None:
    """Measure how far stated dates slip, by lead: the planning fallacy of classes and companies, pooled."""
    from bayesmile.model.slip_pooling import pool_slips
    from bayesmile.output import interruptible, json_text, progress, show_blocks
    from bayesmile.pages.slips import slips_json, slips_page

    check_moments("--as-of", [as_of] if as_of else [])
    chosen = _edges(edges)
    with interruptible(), progress(quiet=json) as tell:
        tell("reading")
        members = _Members(as_of, data, set_aside)
        for where in dossiers or ():
            members.add_dossier(where)
        for pair in classes or ():
            members.add_class(pair)
        if not members.tables:
            raise InvalidInput(f"slips: received no member; allowed are dossiers and --class {_PAIR}")
        tell(f"statements: {sum(map(len, members.tables.values())):,} of {len(members.tables)} members")
        pooled = pool_slips(members.tables, edges=chosen, coarse=coarse or None, draws=draws, tune=tune, seed=seed)
    if json:
        sys.stdout.write(json_text(slips_json(pooled, members.notes)))
    else:
        show_blocks(slips_page(pooled, members.notes))


class _Members:
    """Tables of statements by name; what has one name is one member."""

    def __init__(self, as_of: str | None, data: Path | None, set_aside: bool) -> None:
        self.as_of, self.data, self.set_aside = as_of, data, set_aside
        self.tables: dict[str, pd.DataFrame] = {}
        self.notes: list[str] = []

    def add_dossier(self, where: str) -> None:
        """Add the guidance of a dossier."""
        from bayesmile.dossier import load
        from bayesmile.reference.statedoutcomes import stated_outcomes_of

        dossier = load(where)
        day = self.as_of or _last_default(dossier)
        self._add(dossier.name, stated_outcomes_of(dossier, day))
        self.notes.append(f"{dossier.name}: guidance of the dossier, as known on {day}.")

    def add_class(self, pair: str) -> None:
        """Add the stated dates of a reference class."""
        from bayesmile.grid import parse_moment
        from bayesmile.reference.reading import read_class
        from bayesmile.reference.statedoutcomes import stated_outcomes

        table, roadmap = self._files(pair)
        klass = read_class(table, roadmap, set_aside=self.set_aside, data=self.data)
        if klass.period != "month":
            raise InvalidInput(f"--class {pair}: received a class by the {klass.period}; allowed are months")
        if not len(klass.targets):
            raise InvalidInput(f"--class {pair}: received a class without stated dates; allowed is one that has some")
        if self.as_of:
            klass = klass.known_at(_last_whole_month(parse_moment(self.as_of)))
        self._add(klass.name, stated_outcomes(klass))
        self.notes.append(_about(klass))

    def _files(self, pair: str) -> tuple[Path, str]:
        """Paths of the table and the class file of an option."""
        from bayesmile.reference.reading import bundled_classes

        text, equals, roadmap = pair.rpartition("=")
        if not equals:
            named = bundled_classes().get(pair)
            if named is None or not named.with_suffix(".csv").is_file():
                with_tables = [name for name, path in bundled_classes().items() if path.with_suffix(".csv").is_file()]
                raise InvalidInput(
                    f"--class: received {pair!r}; allowed is {_PAIR}, or one of the bundled {', '.join(with_tables)}"
                )
            return named.with_suffix(".csv"), pair
        if not text.strip() or not roadmap.strip():
            raise InvalidInput(f"--class: received {pair!r}; allowed is {_PAIR}, such as units.csv=us_power_units")
        table = Path(text)
        return (self.data / table if self.data is not None and not table.is_file() else table), roadmap

    def _add(self, name: str, table: pd.DataFrame) -> None:
        import pandas as pd

        before = self.tables.get(name)
        self.tables[name] = table if before is None else pd.concat([before, table], ignore_index=True)
        if late := table.attrs.get("late", 0):
            self.notes.append(f"{name}: {late} statements are left out, made when it had happened or was not followed.")


def _edges(text: str) -> tuple[int, ...]:
    from bayesmile.reference.pooledslips import checked_edges

    try:
        return checked_edges([int(part) for part in text.split(",")])
    except ValueError as error:
        if isinstance(error, InvalidInput):
            raise InvalidInput(f"--{error}") from None
        raise InvalidInput(f"--edges: received {text!r}; allowed are months such as 0,14,30") from None


def _last_default(dossier: Dossier) -> str:
    if not dossier.default_as_of:
        raise InvalidInput(f"{dossier.name}: it names no default_as_of; allowed is --as-of DAY")
    return str(dossier.default_as_of[-1])


def _last_whole_month(moment: Moment) -> int:
    """Return the last month that was over."""
    return moment.ordinal if moment.fraction == 1.0 else moment.ordinal - 1


def _about(klass: ReferenceClass) -> str:
    """Say where a class comes from, and what was left out."""
    origin = klass.provenance
    aside = f" Rows set aside: {len(klass.set_aside)}; the first: {klass.set_aside[0]}" if klass.set_aside else ""
    return f"{klass.name}: {klass.title}. {origin.source}; licence: {origin.licence}; as of {origin.as_of}.{aside}"
