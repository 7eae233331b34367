"""Section on what the priors rest on: every number of the roadmap with its interval, rationale and source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from bayesmile.dossier import Dossier
from bayesmile.files.schema import Attribute, Kind, MilestoneEntry, Slip, StreamEntry, TabulatedEntry
from bayesmile.wording import words

__all__ = ["Ground", "Grounds", "grounds_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One set of numbers and what stands behind it.

    Attributes
    ----------
    what : str
        What the numbers are about, in words.
    numbers : tuple of str
        Each as ``"name value (low to high)"``, the 90% interval where one is given.
    rationale, source : str
    prior_rationale, prior_source : str
        Of the intervals; empty without any.
    """

    what: str
    numbers: tuple[str, ...]
    rationale: str
    source: str
    prior_rationale: str = ""
    prior_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Section: assumptions about delays, news and stated dates.

    Attributes
    ----------
    delays, news, slips : tuple of Ground
        Delays of milestones, in months; kinds of news, their attributes and streams; slip of stated dates.
    hype : Ground
        Of promotional news.
    """

    delays: tuple[Ground, ...]
    news: tuple[Ground, ...]
    slips: tuple[Ground, ...]
    hype: Ground


def grounds_of(dossier: Dossier) -> Grounds:
    """Build the section.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> grounds_of(load("phase2_drug")).delays[0].what
    'delay of phase3 start (gamma)'
    """
    head = dossier.content.roadmap.dossier
    numbers = [f"hype {head.hype:g}"] + ([f"shape {head.hype_shape:g}"] if head.hype_shape else [])
    return Grounds(
        delays=tuple(_delay(entry) for entry in dossier.milestones.values()),
        news=(*_kinds(dossier), *(_stream(entry) for entry in dossier.streams)),
        slips=tuple(_slip(entry) for entry in dossier.slips),
        hype=Ground(what="hype", numbers=tuple(numbers), rationale=head.hype_rationale, source=""),
    )


def _delay(entry: MilestoneEntry) -> Ground:
    delay = entry.delay
    about = f"delay of {words(entry.name)}"
    if isinstance(delay, TabulatedEntry):
        never = 1.0 - sum(delay.pmf)
        numbers = (f"tabulated over {len(delay.pmf)} months", f"never {max(never, 0.0):.3g}")
        return Ground(what=about, numbers=numbers, rationale=delay.rationale, source=delay.source)
    names = {"gamma": ("mean", "sd"), "lognormal": ("median", "sigma")}.get(delay.family, ("median", "shape"))
    return _ground(f"{about} ({delay.family})", delay, (*names, "never"), delay.rationale, delay.source)


def _kinds(dossier: Dossier) -> Iterator[Ground]:
    used = {entry.kind for entry in dossier.streams}
    for name, kind in dossier.kinds.items():
        if name in used:
            yield _kind(name, kind)
            yield from (_attribute(name, mark, entry) for mark, entry in kind.attributes.items())


def _kind(name: str, kind: Kind) -> Ground:
    about = f"{words(name)}{' (promotional)' if kind.promotional else ''}"
    return _ground(about, kind, ("base_rate", "lift", "lead"), kind.rationale, kind.source)


def _attribute(kind: str, name: str, entry: Attribute) -> Ground:
    numbers = ("yes_if_near", "yes_otherwise")
    return _ground(f"{words(name)} of {words(kind)}", entry, numbers, entry.rationale, entry.source)


def _stream(entry: StreamEntry) -> Ground:
    about = f"{words(entry.kind)} on {words(entry.milestone)}, complete {entry.covers[0]} to {entry.covers[1] or 'now'}"
    return _ground(about, entry, ("base_rate", "lift", "lead"), entry.rationale, "")


def _slip(entry: Slip) -> Ground:
    about = f"slip of dates {entry.ahead} months ahead{f', {entry.after}' if entry.after else ''}"
    return _ground(about, entry, ("mean", "sd", "on_time", "whether"), entry.rationale, entry.source)


def _ground(what: str, entry: BaseModel, names: tuple[str, ...], rationale: str, source: str) -> Ground:
    prior = getattr(entry, "prior", None)
    told = [_number(entry, prior, name) for name in names]
    return Ground(
        what=what,
        numbers=tuple(text for text in told if text),
        rationale=rationale,
        source=source,
        prior_rationale=getattr(prior, "rationale", ""),
        prior_source=getattr(prior, "source", ""),
    )


def _number(entry: BaseModel, prior: object, name: str) -> str:
    value, span = getattr(entry, name, None), getattr(prior, name, None)
    if value is None:
        return ""
    between = "" if span is None else f" ({span[0]:g} to {span[1]:g})"
    return f"{words(name)} {value:g}{between}"
