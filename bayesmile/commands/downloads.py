"""Commands that put downloaded files into a dossier: import prices and import facts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmile.commands.shared import AsJson, Moments, Where, app, check_moments
from bayesmile.errors import InvalidInput
from bayesmile.wording import plain

if TYPE_CHECKING:
    from bayesmile.downloads.companyfacts import CompanyFacts
    from bayesmile.downloads.fragments import Funding
    from bayesmile.downloads.quotes import PriceHistory
    from bayesmile.downloads.writing import Imported

__all__: list[str] = []

_SHOWN = 10

_importing = typer.Typer(
    name="import",
    help="Put downloaded prices, or the facts of filings, into a dossier.",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(_importing)


@_importing.callback()
def _what(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


_Replace = Annotated[bool, typer.Option("--replace", help="Take the new number where the dossier has another one.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change and write nothing.")]


@_importing.command("prices")
def _prices(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Price history as a site gives it, in CSV.")],
    where: Where,
    benchmark: Annotated[bool, typer.Option("--benchmark", help="Write benchmark.csv instead of prices.csv.")] = False,
    adjusted: Annotated[bool, typer.Option("--adjusted", help="Give the file a column of adjusted closes.")] = False,
    splits: Annotated[
        list[str] | None,
        typer.Option("--split", metavar="DAY=NEW:OLD", help="A split to take back; may be given several times."),
    ] = None,
    closes: Annotated[
        str | None, typer.Option(metavar="WORD", help="What closes are: as-traded, split-adjusted or adjusted.")
    ] = None,
    layout: Annotated[str | None, typer.Option("--format", metavar="SITE", help="Whose table it is.")] = None,
    dates: Annotated[str | None, typer.Option(metavar="dmy|mdy", help="Order of day and month.")] = None,
    decimals: Annotated[str | None, typer.Option(metavar="point|comma", help="Decimal mark.")] = None,
    date_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of the day.")] = None,
    price_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of the close.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out rows that cannot be read.")] = False,
    source: Annotated[str | None, typer.Option(help="What each row names as its source.")] = None,
    replace: _Replace = False,
    dry_run: _DryRun = False,
    json: AsJson = False,
) -> None:
    """Put a price history into prices.csv: recognised by its header, checked first, whole or not at all."""
    from bayesmile.downloads.quotes import read_prices
    from bayesmile.downloads.writing import import_prices

    _refuse_bundled(where)
    history = read_prices(
        file,
        layout=layout,
        dates=dates,  # type: ignore[arg-type]  # checked there, with the allowed words
        decimals=decimals,  # type: ignore[arg-type]
        closes=closes,  # type: ignore[arg-type]
        date_column=date_column,
        price_column=price_column,
        splits=splits or (),
        skip_bad=skip_bad,
    )
    done = import_prices(
        history,
        where,
        benchmark=benchmark,
        adjusted=adjusted,
        replace=replace,
        dry_run=dry_run,
        source=source,
    )
    _show_prices(history, done, as_json=json)


@_importing.command("facts")
def _facts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A saved companyfacts file of EDGAR, in JSON.")],
    where: Where,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar=Moments, help="Cash and spending as public then; if left out, now.")
    ] = None,
    replace: _Replace = False,
    dry_run: _DryRun = False,
    json: AsJson = False,
) -> None:
    """Put the share counts of filings into shares.csv, and print cash and spending as text for market.toml."""
    from bayesmile.downloads.companyfacts import read_companyfacts
    from bayesmile.downloads.fragments import funding_of
    from bayesmile.downloads.writing import import_shares

    _refuse_bundled(where)
    check_moments("--as-of", () if as_of is None else (as_of,))
    facts = read_companyfacts(file)
    if not (facts.counts or facts.balances or facts.operating):
        raise InvalidInput(f"{file}: no share count, no cash and no cash flow that can be used")
    funding = funding_of(facts, as_of or facts.last_filed)
    done = import_shares(facts, where, replace=replace, dry_run=dry_run) if facts.counts else None
    _show_facts(facts, funding, done, as_json=json)


def _refuse_bundled(where: str) -> None:
    from bayesmile.files.folder import bundled, find

    if where in bundled():
        folder = find(where).resolve()
        raise InvalidInput(f"{where} is bundled: copy its folder and give the path; its folder is {folder}")


def _show_prices(history: PriceHistory, done: Imported, *, as_json: bool) -> None:
    from dataclasses import asdict

    notes = [*history.notes, *done.notes]
    if as_json:
        splits = [asdict(split) for split in history.splits]
        skipped = [{"line": line, "reason": reason} for line, reason in history.skipped]
        read = {"site": history.site, "closes": history.basis, "sha256": history.digest, "days": len(history.prices)}
        _print_json({"read": {**read, "splits": splits, "skipped": skipped}, "notes": notes, **_changes(done)})
        return
    first, last = history.prices[0].date, history.prices[-1].date
    print(f"{plain(history.file)}: {plain(history.site)}, days {len(history.prices)}, {first} to {last}")
    _tell(notes)
    _tell_changes(done, "date", "close")


def _show_facts(facts: CompanyFacts, funding: Funding, done: Imported | None, *, as_json: bool) -> None:
    from dataclasses import asdict

    from bayesmile.downloads.fragments import toml_fragment

    fragment = toml_fragment(facts, funding)
    notes = [*facts.notes, *funding.missing, *(done.notes if done else ())]
    if as_json:
        read = {"company": facts.company, "cik": facts.cik, "currency": facts.currency, "last_filed": facts.last_filed}
        money = {**asdict(funding), "net_cash": funding.net_cash, "burn": funding.burn, "toml": fragment}
        _print_json({"read": read, "funding": money, "notes": notes, **(_changes(done) if done else {})})
        return
    print(f"{plain(facts.file)}: {plain(facts.company)}, CIK {facts.cik}, filings until {facts.last_filed}")
    _tell(notes)
    if done is not None:
        _tell_changes(done, "as_of", "shares")
    if fragment:
        print("\nfor market.toml, to be pasted and argued:\n")
        print(fragment, end="")


def _tell(notes: list[str]) -> None:
    for note in notes:
        print(f"- {plain(note)}")


def _changes(done: Imported) -> dict[str, object]:
    replaced = [
        {"line": change.line, "old": change.record.cells if change.record else None, "new": dict(change.cells)}
        for change in done.replaced
    ]
    added = [dict(change.cells) for change in done.added]
    file = {"file": str(done.path), "written": done.written}
    return {**file, "added": added, "kept": len(done.kept), "replaced": replaced}


def _print_json(value: dict[str, object]) -> None:
    import sys

    from bayesmile.output import json_text

    sys.stdout.write(json_text(value))


def _tell_changes(done: Imported, day: str, number: str) -> None:
    """Say what was put into the file, or would be; rows that take the place of others with both numbers."""
    from bayesmile.output import tell_done

    for change in done.replaced[:_SHOWN]:
        old = change.record.cells[number] if change.record else ""
        print(f"replace line {change.line}, {change.cells[day]}: {plain(old)} by {change.cells[number]}")
    for change in done.added[:_SHOWN]:
        print(f"add {change.cells[day]}: {number} {change.cells[number]}")
    more = max(0, len(done.replaced) - _SHOWN) + max(0, len(done.added) - _SHOWN)
    if more:
        print(f"and {more} more")
    numbers = f"added {len(done.added)}, replaced {len(done.replaced)}, there already {len(done.kept)}"
    tell_done(f"{plain(str(done.path))}: {numbers}{'' if done.written else '; nothing written'}")
