"""Checks across the entries of a dossier: names that must exist, be unique, or fit each other."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Iterator, Sequence

from bayesmile.files.fields import MOST_MONTHS
from bayesmile.files.folder import BENCHMARK, KINDS
from bayesmile.files.market_schema import Amount, MarketFile
from bayesmile.files.numbers import Number, numbers_of
from bayesmile.files.problems import Place, Problems
from bayesmile.files.read import Content, Placed, unknown_kind
from bayesmile.files.rows import PriceRow
from bayesmile.files.schema import Slip
from bayesmile.files.text import nearest
from bayesmile.files.validate import label
from bayesmile.grid import MonthGrid, parse_month
from bayesmile.periods import month_label
from bayesmile.wording import count

__all__ = ["check_market", "check_roadmap"]

ROADMAP, MARKET = "roadmap.toml", "market.toml"
WORST_MISFIT = 0.25  # of a stated interval, between its ends and the fitted 5% and 95% points
LAST_HORIZON = "2160-12"  # a report looks past the horizon, as far again as the grid is long


def _unknown(what: str, name: str, allowed: Iterable[str]) -> str:
    return f"{what}: received {name!r}, which is unknown{nearest(name, allowed)}"


def check_roadmap(content: Content, problems: Problems) -> None:
    """Milestones, streams, slip classes, views and priors of kinds.toml and roadmap.toml."""
    if not _check_horizon(content, problems):
        return
    _check_milestones(content, problems)
    _check_cycle(content, problems)
    _check_streams(content, problems)
    _check_slips(content, problems)
    _check_views(content, problems)
    _check_catalysts(content, problems)
    _check_priors(content, problems)


def _check_horizon(content: Content, problems: Problems) -> bool:
    dossier = content.roadmap.dossier
    last = parse_month(dossier.start) + dossier.months - 1
    if last <= parse_month(LAST_HORIZON):
        return True
    problems.error(
        content.place(ROADMAP, "dossier", "months"),
        f"dossier.months: received {dossier.months} from {dossier.start}, a horizon of {month_label(last)};"
        f" allowed are horizons up to {LAST_HORIZON}",
    )
    return False


def _check_milestones(content: Content, problems: Problems) -> None:
    names = [entry.name for entry in content.roadmap.milestone]
    grid = MonthGrid(content.roadmap.dossier.start, content.roadmap.dossier.months)
    for number, entry in enumerate(content.roadmap.milestone):
        what = f"milestone {entry.name}"
        if entry.name in names[:number]:
            problems.error(content.place(ROADMAP, "milestone", number), f"{what}: this name is given twice")
        for parent in entry.after:
            if parent not in names:
                problems.error(
                    content.place(ROADMAP, "milestone", number, "after"), _unknown(f"{what}, after", parent, names)
                )
        if len(set(entry.after)) < len(entry.after):
            problems.error(
                content.place(ROADMAP, "milestone", number, "after"), f"{what}, after: a name is given twice"
            )
        if not 0 <= grid.deadline(entry.deadline) < grid.months:
            problems.error(
                content.place(ROADMAP, "milestone", number, "deadline"),
                f"{what}, deadline: received {entry.deadline}; allowed are dates from {grid.label(0)} to {grid.last}",
            )


def _check_cycle(content: Content, problems: Problems) -> None:
    graph = {entry.name: entry.after for entry in content.roadmap.milestone}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        cycle = list(error.args[1])
        number = [entry.name for entry in content.roadmap.milestone].index(cycle[-1])
        problems.error(
            content.place(ROADMAP, "milestone", number, "after"),
            f"milestone {cycle[-1]}, after: milestones wait for each other in a cycle: {' -> '.join(cycle)}",
        )


def _check_streams(content: Content, problems: Problems) -> None:
    kinds, seen = content.kinds.kind, set[tuple[str, str]]()
    names = [entry.name for entry in content.roadmap.milestone]
    for number, stream in enumerate(content.roadmap.stream):
        what = f"stream {stream.kind} on {stream.milestone}"
        place = content.place(ROADMAP, "stream", number)
        if stream.milestone not in names:
            problems.error(
                content.place(ROADMAP, "stream", number, "milestone"),
                _unknown(f"{what}, milestone", stream.milestone, names),
            )
        if stream.kind not in kinds:
            problems.error(
                content.place(ROADMAP, "stream", number, "kind"),
                f"{what}, kind: {unknown_kind(content, stream.kind)}",
            )
        elif kinds[stream.kind].inert:
            lines = content.place(KINDS, "kind", stream.kind)
            problems.error(place, f"{what}: this kind moves nothing (see {lines}) and has no stream")
        if (stream.kind, stream.milestone) in seen:
            problems.error(place, f"{what}: this stream is given twice")
        seen.add((stream.kind, stream.milestone))


def _check_slips(content: Content, problems: Problems) -> None:
    """Refuse two classes for one statement; and none where the same lead has one after other postponements."""
    slips = sorted(enumerate(content.roadmap.slip), key=lambda pair: (pair[1].lead_from, pair[1].postponements_from))
    before = len(problems.found)
    for at, (number, slip) in enumerate(slips):
        twice = next((other for _, other in slips[:at] if _overlap(slip, other)), None)
        if twice is not None:
            problems.error(
                content.place(ROADMAP, "slip", number, "lead_from"),
                f"slip, lead_from: received {_covered(slip)}; the class from {_covered(twice)} covers it already",
            )
    if len(problems.found) > before:
        return
    said = set[tuple[int, str]]()
    for lead in sorted({slip.lead_from for _, slip in slips} | {slip.lead_to or 0 for _, slip in slips}):
        holding = [(number, slip) for number, slip in slips if lead in _leads(slip)]
        for number, key, message in _gaps(sorted(holding, key=lambda pair: pair[1].postponements_from)):
            if (number, key) not in said:
                problems.error(content.place(ROADMAP, "slip", number, key), f"slip, {key}: {message}")
            said.add((number, key))


def _leads(slip: Slip) -> range:
    return range(slip.lead_from, MOST_MONTHS * 10 if slip.lead_to is None else slip.lead_to)


def _times(slip: Slip) -> range:
    return range(slip.postponements_from, MOST_MONTHS * 10 if slip.postponements_to is None else slip.postponements_to)


def _overlap(slip: Slip, other: Slip) -> bool:
    pairs = ((_leads(slip), _leads(other)), (_times(slip), _times(other)))
    return all(max(one.start, two.start) < min(one.stop, two.stop) for one, two in pairs)


def _covered(slip: Slip) -> str:
    return f"{slip.lead_from} {slip.after}".strip()


def _gaps(holding: Sequence[tuple[int, Slip]]) -> Iterator[tuple[int, str, str]]:
    """Numbers of postponements for which the classes of one lead leave none: position, key and message."""
    allowed = "allowed are classes that leave no number of postponements out, or one without these keys"
    covered = 0
    for number, slip in holding:
        first = slip.postponements_from
        if first > covered:
            missing = "" if first == covered + 1 else f"{covered} to "
            yield (
                number,
                "postponements_from",
                f"received {first}, and no class holds {missing}{count(first - 1, 'postponement')} of targets"
                f" {slip.ahead} months ahead; {allowed}",
            )
        covered = _times(slip).stop
    if holding and (end := holding[-1][1].postponements_to) is not None:
        number, slip = holding[-1]
        yield (
            number,
            "postponements_to",
            f"received {end}, and no class holds {count(end, 'postponement')} or more of targets {slip.ahead} months"
            f" ahead; {allowed}",
        )


def _check_views(content: Content, problems: Problems) -> None:
    dossier = content.roadmap.dossier
    grid = MonthGrid(dossier.start, dossier.months)
    names = [entry.name for entry in content.roadmap.milestone]
    for name in dossier.headline:
        if name not in names:
            problems.error(content.place(ROADMAP, "dossier", "headline"), _unknown("dossier.headline", name, names))
    for view in dossier.default_as_of:
        place = content.place(ROADMAP, "dossier", "default_as_of")
        with problems.at(place, "dossier.default_as_of: "):
            if not 0 <= grid.moment(view)[0] < grid.months:
                problems.error(
                    place,
                    f"dossier.default_as_of: received {view}; allowed are dates from {grid.label(0)} to {grid.last}",
                )


def _check_catalysts(content: Content, problems: Problems) -> None:
    grid = MonthGrid(content.roadmap.dossier.start, content.roadmap.dossier.months)
    for number, entry in enumerate(content.roadmap.catalyst):
        if not 0 <= grid.moment(entry.date)[0] < grid.months:
            problems.error(
                content.place(ROADMAP, "catalyst", number, "date"),
                f"catalyst.date: received {entry.date}; allowed are days from {grid.label(0)} to {grid.last}",
            )


def _check_priors(content: Content, problems: Problems) -> None:
    """Intervals of the uncertain numbers: each around its number, with a curve that has both."""
    for number in numbers_of(content):
        if number.interval is not None:
            _check_prior(content, number, problems)
    for position, stream in enumerate(content.roadmap.stream):
        if stream.lift is None and stream.prior is not None and stream.prior.lift is not None:
            problems.error(
                content.place(ROADMAP, "stream", position, "prior", "lift"),
                f"stream {stream.kind} on {stream.milestone}, prior.lift: the stream has no lift of its own; give one,"
                " or the interval to the kind",
            )


def _check_prior(content: Content, number: Number, problems: Problems) -> None:
    place = content.place(number.file, *number.place)
    what = label(content.parsed.documents[number.file].tree, number.place)
    if number.file == KINDS and number.keys[-1] == "lift" and content.kinds.kind[str(number.keys[1])].inert:
        problems.error(place, f"{what}: a kind of lift 1 without attributes moves nothing, so its lift has no interval")
        return
    prior = None
    with problems.at(place, f"{what}: "):
        prior = number.prior()
    if prior is not None and prior.misfit > WORST_MISFIT:
        problems.warn(place, f"{what}: lopsided for its centre; taken as {prior.describe()}")


def check_market(content: Content, problems: Problems) -> None:
    """Names, dates and doublets of market.toml, prices.csv and shares.csv."""
    if content.market is None:
        return
    names = [entry.name for entry in content.roadmap.milestone]
    values = content.market.payoffs.values
    for name in values:
        if name not in names:
            problems.error(content.place(MARKET, "payoffs", "values", name), _unknown("payoffs.values", name, names))
    _check_names(content.market, content, problems)
    for name, amount in (*content.market.payoffs.amounts.items(), ("risk_free", content.market.payoffs.risk_free)):
        _check_amount(name, amount, content, problems)
    ids = [placed.row.id for placed in content.items]
    for number, event in enumerate(content.market.event):
        if event.item not in ids:
            close = nearest(event.item, ids).split(" Allowed:")[0].split("; allowed:")[0]
            problems.error(
                content.place(MARKET, "event", number, "item"),
                f"event {event.title}, item: received {event.item!r}, which is no id of announcements.csv{close}",
            )
    for file, rows in (("prices.csv", content.prices), (BENCHMARK, content.benchmark)):
        _check_prices(file, rows, content, problems)
    _check_shares(content, problems)


def _check_names(market: MarketFile, content: Content, problems: Problems) -> None:
    """Milestones that market.toml names outside [payoffs.values]: each one of those priced there."""
    values, numbers = market.payoffs.values, market.payoffs
    named = [("market", "priced", market.market.priced)]
    named += [("payoffs", "unpaid", name) for name in numbers.unpaid]
    named += [("payoffs", "beyond_milestone", name) for name in [numbers.beyond_milestone] if name is not None]
    for table, key, name in named:
        if name not in values:
            problems.error(content.place(MARKET, table, key), _unknown(f"{table}.{key}", name, values))


def _check_amount(name: str, amount: Amount | None, content: Content, problems: Problems) -> None:
    prior = None if amount is None else amount.prior()
    if prior is not None and prior.misfit > WORST_MISFIT:
        place = content.place(MARKET, "payoffs", *name.split("."))
        problems.warn(place, f"payoffs.{name}: lopsided for its centre; taken as {prior.describe()}")


def _check_prices(file: str, rows: Sequence[Placed[PriceRow]], content: Content, problems: Problems) -> None:
    seen: dict[str, Place] = {}
    for placed in rows:
        if placed.row.date in seen:
            line = seen[placed.row.date].line
            problems.error(placed.place, f"date: {placed.row.date} has a price already, in line {line}")
        seen.setdefault(placed.row.date, placed.place)
    bare = [placed for placed in rows if placed.row.adjusted is None]
    if len(bare) < len(rows):
        for placed in bare:
            problems.error(placed.place, "adjusted: the cell is empty; allowed is a value in every row, or in none")
    if not rows and file in content.parsed.tables and not problems.failed:
        problems.error(Place(content.parsed.tables[file].file), "no price; a market needs at least one")


def _check_shares(content: Content, problems: Problems) -> None:
    seen: dict[tuple[str, ...], Place] = {}
    classes: dict[tuple[str, str], set[str]] = {}
    for placed in content.shares:
        row = placed.row
        key = (row.as_of, row.filed, row.class_, row.kind)
        if key in seen:
            line = seen[key].line
            problems.error(placed.place, f"class: {row.class_!r} of {row.as_of} is given already, in line {line}")
        seen.setdefault(key, placed.place)
        together = classes.setdefault((row.as_of, row.kind), set())
        together.add(row.class_)
        if len(together) > 1 and any(name.split()[0].lower() == "all" for name in together):
            problems.error(
                placed.place,
                f"class: received {row.class_!r}; shares of 'all' classes and of single ones cannot be added up",
            )
    if not content.shares and "shares.csv" in content.parsed.tables and not problems.failed:
        problems.error(Place(content.parsed.tables["shares.csv"].file), "no share count; a market needs at least one")
