"""Evidence as rows of log-likelihoods over a milestone's month: the only form in which the engine sees news."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bayesmile.core import arrivals, slip
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row, SlipNumbers
from bayesmile.grid import Moment, MonthGrid
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.periods import month_label, parse_period
from bayesmile.streams import Arrival, Stream

__all__ = ["CompiledRow", "Marginals", "Parts", "compile_parts", "compile_rows", "coverage", "monthly_rate"]

Floats = npt.NDArray[np.float64]
Marginals = Callable[[str], Floats]
"""From a milestone's name to its no-evidence pmf, shape (months + 1,)."""


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRow:
    """One additive piece of evidence about one milestone.

    Attributes
    ----------
    milestone : str
        Milestone that it is about.
    loglik : array (months + 1,)
        Log-likelihood by month; *beyond* is last.
    constant : float
        Part of the log-likelihood that does not depend on the month.
    items : tuple of Item
        Items that it came from; none for the silence of a stream.
    label : str
        Short text for people.
    """

    milestone: str
    loglik: Floats
    constant: float
    items: tuple[Item, ...]
    label: str


def compile_rows(
    known: Known | Sequence[Item],
    grid: MonthGrid,
    *,
    marginals: Marginals | None = None,
    names: Collection[str] | None = None,
) -> list[CompiledRow]:
    """Turn evidence into rows, all of which add up; constants add to the log marginal.

    Every item gives one row, every story one, and every stream one more for its silence.

    Parameters
    ----------
    known : Known or sequence of Item
        What `Ledger.known_by` returns, or items that are simply given.
    grid : MonthGrid
        The roadmap's months.
    marginals : callable, optional
        No-evidence pmf by milestone name; only guidance asks for it.
    names : collection of str, optional
        The roadmap's milestones; evidence about any other is refused.

    Raises
    ------
    InvalidInput
        If an item does not fit the grid or names an unknown milestone, or a stream's window reaches past the horizon.

    Examples
    --------
    >>> rows = compile_rows([NotYet("launch", "2026-02")], MonthGrid("2026-01", 4))
    >>> rows[0].label, rows[0].loglik.tolist()
    ('NotYet launch through 2026-02', [-inf, -inf, 0.0, 0.0, 0.0])
    """
    known = known if isinstance(known, Known) else Known.of(known)
    parts = compile_parts(known, grid, marginals=marginals, names=names)
    return [row for rows in parts.rows for row in rows]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Rows of some evidence by what they came from.

    Attributes
    ----------
    known : Known
    sources : tuple of Item or Stream
        Items that are not announcements, then streams.
    rows : tuple of tuple of CompiledRow
        Of each source.
    """

    known: Known
    sources: tuple[Item | Stream, ...]
    rows: tuple[tuple[CompiledRow, ...], ...]

    def kept(self, hype: float) -> dict[int, tuple[CompiledRow, ...]]:
        """Rows that do not change with the hype if it has changed, by the identity of what they came from."""
        return {
            id(source): rows
            for source, rows in zip(self.sources, self.rows, strict=True)
            if hype == self.known.hype or not (isinstance(source, Stream) and source.promotional)
        }


def compile_parts(
    known: Known,
    grid: MonthGrid,
    *,
    marginals: Marginals | None = None,
    names: Collection[str] | None = None,
    before: Parts | None = None,
) -> Parts:
    """Turn evidence into rows as `compile_rows` does, and keep apart what they came from.

    `before` are parts of the same announcements as of the same moment, under the same delays: streams and other items
    that are the very same objects are not compiled again.
    """
    if names is not None:
        _check_names(known, names)
    kept = {} if before is None else before.kept(known.hype)
    items = [item for item in known.items if not isinstance(item, Announcement)]
    streams = () if known.as_of is None else known.streams
    rows = [kept.get(id(item)) or (_plain(item, known, grid, marginals),) for item in items]
    fresh = [stream for stream in streams if id(stream) not in kept]
    for stream, found in zip(fresh, known.all_arrivals(fresh), strict=True):
        kept[id(stream)] = tuple(_stream_rows(stream, known, found, grid))
    return Parts(known, (*items, *streams), (*rows, *(kept[id(stream)] for stream in streams)))


def monthly_rate(stream: Stream, hype: float) -> float:
    """Arrivals a month outside the window; hype multiplies promotional streams only.

    Examples
    --------
    >>> monthly_rate(Stream("deal", "launch", base_rate=6, lift=2, lead=12, covers=("2020", None)), hype=2.0)
    0.5
    """
    return stream.base_rate / 12.0 * (hype if stream.promotional else 1.0)


def _check_names(known: Known, names: Collection[str]) -> None:
    items = (*known.items, *known.outside, *known.superseded, *known.inert)
    labelled = [(item.label, item.milestone) for item in items]
    labelled += [(f"stream {stream.label}", stream.milestone) for stream in known.streams]
    for label, milestone in labelled:
        if milestone is not None and milestone not in names:
            raise InvalidInput(f"{label}: unknown milestone {milestone!r}; allowed: {', '.join(names)}")


def _plain(item: Item, known: Known, grid: MonthGrid, marginals: Marginals | None) -> CompiledRow:
    loglik = _guidance(item, known.slip(item), grid, marginals) if isinstance(item, Guidance) else _fact(item, grid)
    return CompiledRow(str(item.milestone), loglik, 0.0, (item,), item.label)


def _fact(item: Item, grid: MonthGrid) -> Floats:
    row = np.zeros(grid.months + 1)
    match item:
        case Row():
            if item.loglik.shape != row.shape:
                raise InvalidInput(
                    f"{item.label}: loglik has {item.loglik.size} entries; allowed is months + 1 = {row.size}"
                )
            return item.loglik
        case LikelihoodRatio():
            if grid.index(item.by) >= grid.months:
                raise InvalidInput(
                    f"{item.label}: {item.by} lies past the horizon; allowed is a date up to {grid.last},"
                    " the last month of the grid"
                )
            with np.errstate(divide="ignore"):
                row[: _upto(item.by, grid)] = np.log(item.ratio)
        case NotYet():
            row[: _upto(item.through, grid)] = -np.inf
        case Achieved():
            month = grid.index(item.month)
            if not 0 <= month < grid.months:
                raise InvalidInput(
                    f"{item.label}: the month is off the grid; allowed is {grid.label(0)} to {grid.last}"
                )
            row[:] = -np.inf
            row[month] = 0.0
        case _:
            raise InvalidInput(f"evidence: received {item!r}; this kind of item has no row")
    return row


def _upto(by: object, grid: MonthGrid) -> int:
    """Return how many grid months lie up to and including a month that may be off the grid; never *beyond*."""
    return min(max(parse_period(str(by)).ordinal - grid.origin + 1, 0), grid.months)


def _guidance(item: Guidance, numbers: SlipNumbers, grid: MonthGrid, marginals: Marginals | None) -> Floats:
    if marginals is None:
        raise InvalidInput(f"{item.label}: guidance needs the no-evidence marginals of the roadmap")
    issued = parse_period(item.issued).ordinal - grid.origin
    target, (mean, sd, on_time, whether) = grid.index(item.target), numbers
    row = slip.slip_row(issued, target, mean, sd, grid.months, on_time=on_time)
    pmf = marginals(str(item.milestone))[: grid.months]
    return np.append(row, slip.log_mean_from(row, pmf, issued) + np.log(whether))


def _stream_rows(stream: Stream, known: Known, found: Sequence[Arrival], grid: MonthGrid) -> Iterator[CompiledRow]:
    assert known.as_of is not None
    weight, first, last = coverage(stream, known.as_of, grid, known.complete_to.get(stream.label))
    if not weight.size and not found:
        return
    months = np.array([arrival.ordinal - grid.origin for arrival in found], dtype=np.int64)
    view = arrivals.windows(months, weight, first, stream.lead, grid.months)
    rate = monthly_rate(stream, known.hype)
    silence, constant = arrivals.silence_row(view, rate, stream.lift)
    label = f"silence of {stream.label}, {stream.first} to {month_label(last)}"
    yield CompiledRow(stream.milestone, silence, float(constant), (), label)
    yield from _arrival_rows(stream, found, view, rate)


def coverage(stream: Stream, as_of: Moment, grid: MonthGrid, until: int | None = None) -> tuple[Floats, int, int]:
    """Fraction of each covered month elapsed, the first one's grid index, and the last one's ordinal.

    Parameters
    ----------
    stream : Stream
    as_of : Moment
    grid : MonthGrid
    until : int, optional
        Month to whose end the time from the as-of moment on is supposed to be covered too (see `Known.complete_to`).

    Raises
    ------
    InvalidInput
        If a window of the stream reaches past the horizon.
    """
    start = parse_period(stream.first).ordinal
    last = as_of.ordinal if stream.last is None else min(as_of.ordinal, parse_period(stream.last).ordinal)
    weight = np.ones(max(last - start + 1, 0))
    if weight.size and last == as_of.ordinal:
        weight[-1] = as_of.fraction
    if until is not None:
        weight, start, last = _extended(weight, start, as_of, until)
    if last - grid.origin + stream.lead >= grid.months and weight.size:
        raise InvalidInput(
            f"stream {stream.label}: {month_label(last)} and its lead of {stream.lead} months reach"
            f" {month_label(last + stream.lead)}, past the horizon {grid.last}; use a longer grid or a shorter lead"
        )
    return weight, start - grid.origin, last


def _extended(weight: Floats, start: int, as_of: Moment, until: int) -> tuple[Floats, int, int]:
    """Add the time from the as-of moment to the end of a month to what is covered."""
    first = min(start, as_of.ordinal) if weight.size else as_of.ordinal
    whole = np.zeros(max(until - first + 1, 0))
    whole[start - first : start - first + weight.size] = weight[: whole.size]
    whole[as_of.ordinal - first] += 1.0 - as_of.fraction
    whole[as_of.ordinal - first + 1 :] = 1.0
    return whole, first, until


def _arrival_rows(
    stream: Stream, found: Iterable[Arrival], view: arrivals.Windows, rate: float
) -> Iterator[CompiledRow]:
    found = list(found)
    marks = np.array([arrival.log_marks() for arrival in found]).reshape(-1, 2)
    rows, constants = arrivals.arrival_rows(view, rate, stream.lift, marks[:, 0], marks[:, 1])
    for arrival, row, constant in zip(found, rows, constants, strict=True):
        yield CompiledRow(stream.milestone, row, float(constant), arrival.items, arrival.label)
