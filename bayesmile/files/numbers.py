"""The uncertain numbers of a dossier's files: where each stands, its law, and the 90% interval given for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from scipy import special

from bayesmile.elicitation import Law, Prior
from bayesmile.errors import InvalidInput
from bayesmile.files.folder import KINDS
from bayesmile.files.read import Content
from bayesmile.files.schema import PriorEntry
from bayesmile.files.text import Keys

__all__ = ["LAWS", "Number", "numbers_of"]

ROADMAP = "roadmap.toml"

LAWS: dict[str, Law] = {
    "median": "lognormal",
    "mean": "lognormal",
    "sigma": "lognormal",
    "sd": "lognormal",
    "shape": "lognormal",
    "never": "beta",
    "lift": "lognormal",
    "yes_if_near": "beta",
    "yes_otherwise": "beta",
}
"""Law of each uncertain number by its key; the mean of a slip, which may be negative, is normal instead."""


@dataclass(frozen=True, slots=True)
class Number:
    """An uncertain number as it stands in the files.

    Attributes
    ----------
    file : str
        Name of its file.
    keys : tuple of str and int
        Path to it.
    value : float
        The number itself: centre of its prior.
    law : str
        Law of its prior.
    interval : (float, float) or None
        Low and high ends of its 90% interval; None for a number that is fixed.
    rationale, source : str
        What the interval rests on; what the number itself rests on where there is no interval.
    """

    file: str
    keys: Keys
    value: float
    law: Law
    interval: tuple[float, float] | None
    rationale: str
    source: str

    @property
    def place(self) -> Keys:
        """Path to its interval."""
        return (*self.keys[:-1], "prior", self.keys[-1])

    @property
    def settled(self) -> bool:
        """Whether there is no curve around it: a chance of exactly 0 or 1, a lift of 0."""
        return self.law != "normal" and (self.value == 0.0 or (self.law == "beta" and self.value == 1.0))

    def prior(self) -> Prior | None:
        """Curve of the interval; None for a fixed number.

        Raises
        ------
        InvalidInput
            If no curve has this centre and this interval.
        """
        if self.interval is None:
            return None
        make = {"lognormal": Prior.lognormal, "normal": Prior.normal, "beta": Prior.beta}[self.law]
        return make(self.value, *self.interval)

    def moved_to(self, value: float) -> tuple[float, float] | None:
        """Interval of the same shape about another centre: same ratios, same differences, or same ratios of odds.

        None where the number is fixed, or becomes so: where no curve has that centre and interval, as for a chance of
        exactly 0 or 1.

        Examples
        --------
        >>> number = Number("roadmap.toml", ("slip", 0, "sd"), 0.5, "lognormal", (0.25, 1.0), "why", "where")
        >>> number.moved_to(1.0), number.moved_to(0.0)
        ((0.5, 2.0), None)
        """
        if self.interval is None or value == self.value:
            return self.interval
        low, high = (_shifted(self.law, end, self.value, value) for end in self.interval)
        try:
            replace(self, value=value, interval=(low, high)).prior()
        except InvalidInput:
            return None
        return low, high


def _shifted(law: Law, end: float, old: float, new: float) -> float:
    """End of an interval after its centre has gone from `old` to `new`."""
    if law == "normal":
        return end + (new - old)
    if law == "beta" and 0.0 < new < 1.0:
        return float(special.expit(special.logit(end) - special.logit(old) + special.logit(new)))
    return end / old * new


def numbers_of(content: Content) -> Iterator[Number]:
    """Every uncertain number of kinds.toml and roadmap.toml, in the order of the files."""
    for name, kind in content.kinds.kind.items():
        yield from _numbers(KINDS, ("kind", name), kind, kind.prior)
        for attribute, rates in kind.attributes.items():
            yield from _numbers(KINDS, ("kind", name, "attributes", attribute), rates, rates.prior)
    for position, milestone in enumerate(content.roadmap.milestone):
        prior = getattr(milestone.delay, "prior", None)
        yield from _numbers(ROADMAP, ("milestone", position, "delay"), milestone.delay, prior)
    for position, stream in enumerate(content.roadmap.stream):
        yield from _numbers(ROADMAP, ("stream", position), stream, stream.prior)
    for position, slip in enumerate(content.roadmap.slip):
        yield from _numbers(ROADMAP, ("slip", position), slip, slip.prior)


def _numbers(file: str, table: Keys, entry: object, prior: PriorEntry | None) -> Iterable[Number]:
    """Numbers of one table, in the order in which its schema has them."""
    fields = type(entry).model_fields  # type: ignore[attr-defined]
    for name in fields:
        value = getattr(entry, name)
        if name not in LAWS or value is None:
            continue
        interval = getattr(prior, name, None)
        law: Law = "normal" if table[0] == "slip" and name == "mean" else LAWS[name]
        said = entry if interval is None else prior
        yield Number(
            file=file,
            keys=(*table, name),
            value=value,
            law=law,
            interval=None if interval is None else (interval[0], interval[1]),
            rationale=getattr(said, "rationale", ""),
            source=getattr(said, "source", ""),
        )
