"""Commands on reference classes: learn and backtest."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bayesmile.commands.shared import AsJson, Seed, app
from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    from bayesmile.backtest.designs import Design
    from bayesmile.backtest.forecaster import Forecaster
    from bayesmile.reference.table import ReferenceClass

__all__: list[str] = []

Table = Annotated[Path, typer.Argument(metavar="TABLE", help="CSV file with one row an entity.")]
Roadmap = Annotated[
    str, typer.Option("--roadmap", metavar="NAME|FILE", help="A bundled class, or a class file: what the columns mean.")
]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder of the other tables; that of TABLE if left out.")
]
SetAside = Annotated[
    bool, typer.Option("--set-aside", help="Leave out entities whose rows contradict themselves, and list them.")
]
Sample = Annotated[int, typer.Option(metavar="N", min=50, help="Kept draws of each of two chains.")]
Tune = Annotated[int, typer.Option(metavar="N", min=50, help="Warm-up steps of each chain.")]
Correlation = Annotated[
    float | None,
    typer.Option(
        metavar="R",
        min=0.0,
        max=1.0,
        help="Correlation of what becomes of entities of one cluster, instead of the class file's.",
    ),
]
News = Annotated[
    Path | None,
    typer.Option(
        "--announcements",
        metavar="FILE",
        help="CSV file (entity, announced, kind, attributes): learn lifts and base rates of its kinds instead.",
    ),
]
Lead = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="Of announcements: the window before the milestone, in periods.")
]
_FORECASTERS = ("engine", "delays", "constant", "leads", "kaplan-meier", "aalen-johansen", "stated", "boosting")


@app.command("learn")
def _learn(
    table: Table,
    roadmap: Roadmap,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="FACTOR=LEVEL", help="Whose numbers to show; a new group if left out."),
    ] = None,
    data: Data = None,
    set_aside: SetAside = False,
    no_statements: Annotated[bool, typer.Option("--no-statements", help="Leave stated dates out.")] = False,
    announcements: News = None,
    lead: Lead = None,
    milestone: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which milestone the news is about; the last if left out.")
    ] = None,
    promotional: Annotated[
        list[str] | None, typer.Option("--promotional", metavar="KIND", help="A kind that hype multiplies; several.")
    ] = None,
    differences: Annotated[
        bool,
        typer.Option("--differences", help="They are changes between listings: none in the first period or the last."),
    ] = False,
    correlation: Correlation = None,
    draws: Sample = 500,
    tune: Tune = 500,
    seed: Seed = 0,
    fragment: Annotated[
        Path | None, typer.Option("--fragment", metavar="FILE", help="Write the numbers as tables of a dossier too.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Learn delays, never-probabilities and the slip of stated dates, or lifts of news, from known outcomes."""
    _refuse_unread(
        announcements is not None,
        {"--group": group, "--no-statements": no_statements, "--correlation": correlation is not None},
        {"--lead": lead, "--milestone": milestone, "--promotional": promotional, "--differences": differences},
    )
    if announcements is not None:
        from bayesmile.commands.lifts import show_lifts

        show_lifts(
            lambda: _read(table, roadmap, data, set_aside),
            announcements,
            set_aside=set_aside,
            lead=lead,
            milestone=milestone,
            promotional=tuple(promotional or ()),
            differences=differences,
            draws=draws,
            tune=tune,
            seed=seed,
            fragment=fragment,
            json=json,
        )
        return
    from bayesmile.files.folder import write_whole
    from bayesmile.model.learning import learn
    from bayesmile.output import interruptible, progress, show_blocks, tell_done
    from bayesmile.pages.learned import learned_page
    from bayesmile.reference.fragment import fragment as written
    from bayesmile.reference.fragment import levels_named

    chosen = dict(_pair(text) for text in group or ())
    with interruptible(), progress(quiet=json) as tell:
        tell("reading")
        klass = _read(table, roadmap, data, set_aside)
        _check_factors(klass, chosen)
        learned = learn(
            klass, statements=not no_statements, correlation=correlation, draws=draws, tune=tune, seed=seed, tell=tell
        )
    levels_named(learned, chosen)
    if fragment is not None:
        write_whole(fragment, written(learned, chosen).encode())
    if json:
        _print_learned(learned, klass, chosen)
        return
    show_blocks(learned_page(learned, klass, chosen))
    if fragment is not None:
        tell_done(f"wrote {fragment}")


@app.command("backtest")
def _backtest(
    table: Table,
    roadmap: Roadmap,
    forecasters: Annotated[
        list[str] | None,
        typer.Option("--forecaster", metavar="F", help=f"Several times: {', '.join(_FORECASTERS)}. Left out: most."),
    ] = None,
    design: Annotated[
        Literal["held-out", "rolling"],
        typer.Option(help="Entities held out (retrospective), or only what was known at each cut."),
    ] = "held-out",
    folds: Annotated[int, typer.Option(metavar="N", min=2, help="Parts of the clusters, each held out once.")] = 2,
    every: Annotated[int, typer.Option(metavar="N", min=1, help="Forecast at entry and every so many periods.")] = 1,
    cut_every: Annotated[int, typer.Option(metavar="N", min=1, help="Rolling: periods between refits.")] = 12,
    periods: Annotated[int, typer.Option(metavar="N", min=2, help="Periods ahead; later is beyond.")] = 120,
    within: Annotated[
        list[int] | None,
        typer.Option("--within", metavar="N", min=1, help="Also score whether it happens within N periods; several."),
    ] = None,
    factor: Annotated[
        str | None, typer.Option(metavar="FACTOR", help="By which Kaplan-Meier and Aalen-Johansen group.")
    ] = None,
    data: Data = None,
    set_aside: SetAside = False,
    draws: Sample = 500,
    tune: Tune = 500,
    seed: Seed = 0,
    json: AsJson = False,
) -> None:
    """Score forecasts frozen at past dates, made without the future, beside the usual baselines."""
    from bayesmile.backtest.running import run_backtest
    from bayesmile.backtest.scores import Scoring
    from bayesmile.output import interruptible, json_text, progress, show_blocks
    from bayesmile.pages.backtest import backtest_page
    from bayesmile.reference.asof import every_period

    with interruptible(), progress(quiet=json) as tell:
        tell("reading")
        klass = _read(table, roadmap, data, set_aside)
        marks = tuple(sorted({number - 1 for number in within or (12, 24)}))
        chosen = _forecasters(klass, forecasters, factor, draws, tune, seed)
        found = run_backtest(
            klass,
            chosen,
            design=_design(klass, design, folds, cut_every, seed),
            origins=every_period(klass, every=every),
            scoring=Scoring(periods=periods, marks=marks, floor=1e-6, seed=seed),
            tell=tell,
        )
    if json:
        sys.stdout.write(json_text(found.to_dict()))
        return
    show_blocks(backtest_page(found))


def _read(table: Path, roadmap: str, data: Path | None, set_aside: bool) -> ReferenceClass:
    from bayesmile.reference.reading import read_class

    return read_class(table, roadmap, set_aside=set_aside, data=data)


def _refuse_unread(news: bool, without: Mapping[str, object], with_: Mapping[str, object]) -> None:
    """Refuse options that would not be looked at."""
    for name, value in (without if news else with_).items():
        if value is not None and value is not False:
            rule = "no --announcements" if news else "--announcements FILE"
            raise InvalidInput(f"{name}: received with {'' if news else 'no '}--announcements; allowed with {rule}")


def _pair(text: str) -> tuple[str, str]:
    """Split FACTOR=LEVEL."""
    factor, equals, level = text.partition("=")
    if not equals or not factor.strip() or not level.strip():
        raise InvalidInput(f"--group: received {text!r}; allowed is FACTOR=LEVEL, such as technology=Batteries")
    return factor.strip(), level.strip()


def _check_factors(klass: ReferenceClass, chosen: dict[str, str]) -> None:
    """Refuse an unknown group before minutes are spent on learning."""
    for factor, level in chosen.items():
        if factor not in klass.factors:
            raise InvalidInput(f"--group: received factor {factor!r}; allowed are {', '.join(klass.factors) or 'none'}")
        if level not in (known := sorted(set(map(str, klass.entities[factor])))):
            raise InvalidInput(f"--group {factor}: received {level!r}; allowed are {', '.join(known)}")


def _forecasters(
    klass: ReferenceClass, names: list[str] | None, factor: str | None, draws: int, tune: int, seed: int
) -> list[Forecaster]:
    """Forecasters by name; without names, all that the class allows."""
    from bayesmile.backtest.boosting import GradientBoosting
    from bayesmile.backtest.engine import engine
    from bayesmile.backtest.facevalue import FaceValue
    from bayesmile.backtest.frequencies import aalen_johansen, constant, kaplan_meier, lead_bins

    if factor is not None and factor not in klass.factors:
        raise InvalidInput(f"--factor: received {factor!r}; allowed are {', '.join(klass.factors) or 'none'}")
    by = factor if factor is not None else next(iter(klass.factors), None)
    made: dict[str, Forecaster] = {
        "engine": engine(draws=draws, tune=tune, seed=seed),
        "delays": engine(name="delays only", statements=False, draws=draws, tune=tune, seed=seed),
        "constant": constant(),
        "leads": lead_bins(),
        "kaplan-meier": kaplan_meier(by),
        "aalen-johansen": aalen_johansen(by),
        "stated": FaceValue(),
        "boosting": GradientBoosting(seed=seed),
    }
    for name in names or ():
        if name not in made:
            raise InvalidInput(f"--forecaster: received {name!r}; allowed are {', '.join(_FORECASTERS)}")
    stated = len(klass.targets) > 0
    usual = [name for name in _FORECASTERS if name not in (("delays",) if stated else ("delays", "leads", "stated"))]
    return [made[name] for name in dict.fromkeys(names or usual)]


def _design(klass: ReferenceClass, design: str, folds: int, cut_every: int, seed: int) -> Design:
    from bayesmile.backtest.designs import HeldOut, Rolling, even_cuts

    if design == "rolling":
        return Rolling(cuts=even_cuts(klass, every=cut_every))
    return HeldOut(folds=folds, seed=seed)


def _print_learned(learned: object, klass: ReferenceClass, group: dict[str, str]) -> None:
    """Print what was learned as JSON."""
    from bayesmile.output import json_text
    from bayesmile.reference.fragment import delay_table, rationale, slip_table
    from bayesmile.reference.learned import LearnedClass

    assert isinstance(learned, LearnedClass)
    slips = slip_table(learned, group)
    told = {
        "class": learned.name,
        "rationale": rationale(learned, group),
        "group": group,
        "entities": learned.entities,
        "events": learned.events,
        "period": learned.period,
        "delays": delay_table(learned, group).to_dict("records"),
        "slips": slips.astype(object).where(slips.notna(), None).to_dict("records"),  # no end: null
        "diagnostics": learned.diagnostics,
        "set_aside": list(klass.set_aside),
        "notes": list(klass.notes),
    }
    sys.stdout.write(json_text(told))
