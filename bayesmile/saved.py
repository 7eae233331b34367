"""Beliefs on disk: what was known, the roadmap and the answer, so that a loaded belief can be carried on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.errors import InvalidInput
from bayesmile.frames import from_record, to_record
from bayesmile.grid import Moment, MonthGrid
from bayesmile.items import Item
from bayesmile.known import Context, Known
from bayesmile.roadmap import Roadmap, milestone_of, milestone_record
from bayesmile.rows import CompiledRow
from bayesmile.solution import Delays, Solution
from bayesmile.storage import load_whole, save_whole
from bayesmile.streams import Stream

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["load_belief", "save_belief"]

Array = NDArray[np.float64]

_FORMAT, _VERSION = "bayesmile belief", 1
_ASIDE = ("items", "outside", "superseded", "inert", "duplicates", "supposed")  # of what is known
_ARRAYS = ("pmf", "beyond", "loglik", "row_loglik", "row_constant", "log_marginal")


def save_belief(belief: Belief, path: str | Path, *, about: Mapping[str, str] | None = None) -> None:
    """Save a belief to a ``.nc`` file or a ``.zarr`` folder, in the place of what stood there: whole or not at all.

    The file holds the probabilities as `Belief.to_dataset` labels them, the rows behind them, and as JSON the roadmap
    and all evidence, so that any reader of netCDF or Zarr can use it.

    Parameters
    ----------
    belief : Belief
    path : str or Path
    about : mapping of str to str, optional
        What the file should say of where it came from, such as the name and hash of a dossier: attributes that begin
        with ``about_``.

    Raises
    ------
    InvalidInput
        If the place cannot be written to, a delay or an item is none of the package's own, or `about` is not text.

    Examples
    --------
    >>> import tempfile
    >>> import bayesmile as bm
    >>> roadmap = bm.Roadmap([bm.Milestone("pilot", delay=bm.LogNormal(median=12, sigma=0.5))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 60))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_belief(belief, f"{folder}/pilot.nc")
    ...     again = load_belief(f"{folder}/pilot.nc")
    >>> news = bm.NotYet("pilot", through="2026-06")
    >>> again.update(news).prob("pilot", by="2026") == belief.update(news).prob("pilot", by="2026")
    True
    """
    if not isinstance(belief, Belief):
        raise InvalidInput(f"save_belief: received {belief!r:.60}; allowed is a Belief")
    told = {} if about is None else dict(about)
    if not all(isinstance(text, str) for pair in told.items() for text in pair):
        raise InvalidInput(f"save_belief about: received {about!r:.80}; allowed are texts by name")
    save_whole(_dataset(belief).assign_attrs({f"about_{name}": text for name, text in told.items()}), path)


def load_belief(path: str | Path) -> Belief:
    """Load what `save_belief` saved.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Belief
        The same numbers to the last bit, and the same again after `Belief.update` with the same version of the package
        on the same machine.

    Raises
    ------
    InvalidInput
        If it cannot be read, is no saved belief, was written in a newer format, or was changed or cut short.
    """
    data = load_whole(path)
    if data.attrs.get("format") != _FORMAT:
        raise InvalidInput(f"{path}: no saved belief; allowed is what save_belief wrote")
    version = data.attrs.get("format_version")
    if not isinstance(version, (int, np.integer)) or not 1 <= version <= _VERSION:
        raise InvalidInput(
            f"{path}: format {version}, written by bayesmile {data.attrs.get('bayesmile_version')};"
            f" this version reads formats up to {_VERSION}"
        )
    try:
        text, arrays = str(data["contents"].item()), {name: _plain(data[name].values) for name in _ARRAYS}
        if data.attrs.get("digest") == _digest(text, arrays):
            return _belief(json.loads(text), arrays)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InvalidInput(f"{path}: cannot be read: {type(error).__name__} {error}") from None
    raise InvalidInput(f"{path}: changed or cut short since it was saved: its digest does not fit")


def _dataset(belief: Belief) -> xr.Dataset:
    from importlib.metadata import version

    solution = belief.solution
    width = belief.grid.months + 1
    rows = np.array([row.loglik for row in solution.rows]).reshape(-1, width)
    text = json.dumps(_contents(belief))
    data = belief.to_dataset().assign(
        loglik=(("milestone", "cell"), solution.loglik),
        row_loglik=(("row", "cell"), rows),
        row_constant=("row", np.array([row.constant for row in solution.rows], dtype=np.float64)),
        log_marginal=((), np.float64(solution.log_marginal)),
        contents=((), text),
    )
    arrays = {name: _plain(data[name].values) for name in _ARRAYS}
    about = {"format": _FORMAT, "format_version": _VERSION, "bayesmile_version": version("bayesmile")}
    return data.assign_attrs(**about, digest=_digest(text, arrays))


def _plain(values: NDArray[Any]) -> Array:
    return np.array(values, dtype="<f8", order="C")


def _digest(text: str, arrays: Mapping[str, Array]) -> str:
    """SHA-256 over the JSON and all arrays with their shapes: a file that lost a part of itself is noticed."""
    digest = hashlib.sha256(text.encode())
    for name in _ARRAYS:
        digest.update(f"{name} {arrays[name].shape}".encode() + arrays[name].tobytes())
    return digest.hexdigest()


def _contents(belief: Belief) -> dict[str, object]:
    known, context = belief.evidence, belief.evidence.context
    pool = {id(item): item for name in _ASIDE for item in getattr(known, name)}
    pool |= {id(item): item for row in belief.rows for item in row.items}
    numbers = {key: number for number, key in enumerate(pool)}

    def numbered(items: Iterable[Item]) -> list[int]:
        return [numbers[id(item)] for item in items]

    moment = context.as_of
    return {
        "roadmap": [milestone_record(one) for one in belief.roadmap],
        "grid": {"start": str(belief.grid.start), "months": int(belief.grid.months)},
        "items": [to_record(item) for item in pool.values()],
        "known": {name: numbered(getattr(known, name)) for name in _ASIDE},
        "warnings": list(known.warnings),
        "complete_to": dict(known.complete_to),
        "streams": [asdict(stream) for stream in context.streams],
        "hype": context.hype,
        "inert_kinds": list(context.inert_kinds),
        "as_of": None if moment is None else [moment.day.isoformat(), moment.ordinal, moment.fraction],
        "rows": [[row.milestone, row.label, numbered(row.items)] for row in belief.rows],
    }


def _belief(contents: dict[str, Any], arrays: Mapping[str, Array]) -> Belief:
    roadmap = Roadmap(milestone_of(record) for record in contents["roadmap"])
    grid = MonthGrid(**contents["grid"])
    items = [from_record(record) for record in contents["items"]]
    known: dict[str, Any] = {
        name: tuple(items[number] for number in numbers) for name, numbers in contents["known"].items()
    }
    known |= {"warnings": tuple(contents["warnings"]), "complete_to": dict(contents.get("complete_to", {}))}
    evidence = Known(**known, context=_context(contents))
    rows = tuple(
        CompiledRow(milestone, loglik, float(constant), tuple(items[number] for number in numbers), label)
        for (milestone, label, numbers), loglik, constant in zip(
            contents["rows"], arrays["row_loglik"], arrays["row_constant"], strict=True
        )
    )
    pmf = np.concatenate([arrays["pmf"], arrays["beyond"][:, None]], axis=1)
    answer = Solution(rows, Delays(roadmap, grid), arrays["loglik"], float(arrays["log_marginal"]), pmf)
    return Belief(roadmap, grid, evidence, answer)


def _context(contents: dict[str, Any]) -> Context:
    told = contents["as_of"]
    moment = None if told is None else Moment(dt.date.fromisoformat(told[0]), int(told[1]), float(told[2]))
    return Context(
        streams=tuple(Stream(**one) for one in contents["streams"]),
        hype=contents["hype"],
        inert_kinds=tuple(contents["inert_kinds"]),
        as_of=moment,
    )
