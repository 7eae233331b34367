"""News about one milestone: each item becomes a row of log-likelihoods over the milestone's month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bayesmile.checks import finite, positive, probability, whole
from bayesmile.errors import InvalidInput
from bayesmile.grid import When
from bayesmile.items import Item, require_text, whole_months
from bayesmile.periods import month_label, parse_period

__all__ = ["Achieved", "Announcement", "Guidance", "LikelihoodRatio", "NotYet", "Row", "SlipNumbers"]

ANSWERS = ("yes", "no", "unknown")

_LARGEST = 1e300  # of a finite entry of a row: rows add up, and a sum must not overflow


@dataclass(frozen=True, slots=True, eq=False)
class Row(Item):
    """Log-likelihood given month by month: the form that every other item is turned into.

    Parameters
    ----------
    milestone : str
        Milestone that it is about.
    loglik : sequence of float, shape (months + 1,)
        Log-likelihood for each month of the grid and for *beyond*, which is last: from -1e300 to 1e300, or ``-inf``.

    Raises
    ------
    InvalidInput
        If it is not a flat sequence of at least two such numbers.

    Examples
    --------
    >>> Row("launch", [0.0, 0.7, 0.0]).label
    'Row launch'
    """

    loglik: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check the fields."""
        Item.__post_init__(self)
        try:
            loglik = np.array(self.loglik, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InvalidInput(f"{self._field('loglik')}: not a sequence of numbers ({error})") from None
        if loglik.ndim != 1 or loglik.size < 2:
            raise InvalidInput(
                f"{self._field('loglik')}: received shape {loglik.shape}; allowed is (months + 1,), at least 2 entries"
            )
        if not np.all(loglik < np.inf):
            at = int(np.argmin(loglik < np.inf))
            raise InvalidInput(
                f"{self._field('loglik')}: received {loglik[at]} at entry {at}; allowed are numbers below inf, and -inf"
            )
        huge = np.isfinite(loglik) & (np.abs(loglik) > _LARGEST)
        if huge.any():
            at = int(np.argmax(huge))
            raise InvalidInput(
                f"{self._field('loglik')}: received {loglik[at]} at entry {at}; allowed are numbers from {-_LARGEST:g}"
                f" to {_LARGEST:g}, and -inf for what is impossible"
            )
        loglik.setflags(write=False)
        self._set("loglik", loglik)


@dataclass(frozen=True, slots=True, eq=False)
class LikelihoodRatio(Item):
    """How many times likelier the news is if the milestone is reached by a date than if it is not.

    Parameters
    ----------
    milestone : str
        Milestone that it is about.
    by : str or date
        The date: a day counts as its month, "2026" as its last month. One before the grid's first month moves nothing,
        since no month of the grid lies by then; one after its last month is refused, since *beyond* holds months on
        both sides of it.
    ratio : float
        Likelihood ratio, at least 0; posterior odds of "by then" are exactly prior odds times it.

    Raises
    ------
    InvalidInput
        If `ratio` is negative, infinite or not a number, or `by` not a date.

    Examples
    --------
    >>> LikelihoodRatio("launch", by="2026", ratio=3).label
    'LikelihoodRatio launch by 2026-12: 3'
    """

    by: When
    ratio: float

    def __post_init__(self) -> None:
        """Check the fields."""
        Item.__post_init__(self)
        self._set("by", month_label(parse_period(self.by, self._field("by")).ordinal))
        self._set("ratio", finite(self._field("ratio"), self.ratio))
        if self.ratio < 0.0:
            raise InvalidInput(f"{self._field('ratio')}: received {self.ratio!r}; allowed is a number of at least 0")

    def _detail(self) -> str:
        return f" by {self.by}: {self.ratio:g}"


@dataclass(frozen=True, slots=True, eq=False)
class Achieved(Item):
    """The milestone happened in this month.

    Parameters
    ----------
    milestone : str
        Milestone that it is about.
    month : str or date
        Month in which it happened: ``"2027-01"`` or a day in it.

    Raises
    ------
    InvalidInput
        If `month` is not one month, or later than the announcement of it.

    Examples
    --------
    >>> Achieved("certification", "2027-01-19").label
    'Achieved certification 2027-01'
    """

    month: When

    def __post_init__(self) -> None:
        """Check the fields."""
        Item.__post_init__(self)
        period = parse_period(self.month, self._field("month"))
        if (period.last - period.first).days > 31:
            raise InvalidInput(f"{self._field('month')}: received {period.text!r}; allowed is one month, 'YYYY-MM'")
        if self.announced is not None and parse_period(self.announced).last < period.first:
            raise InvalidInput(
                f"{self._field('month')}: received {period.text}, after announced {self.announced}; dates are reversed"
            )
        self._set("month", month_label(period.ordinal))

    def _detail(self) -> str:
        return f" {self.month}"


@dataclass(frozen=True, slots=True, eq=False)
class NotYet(Item):
    """The milestone has not happened by the end of this month (right-censored).

    Parameters
    ----------
    milestone : str
        Milestone that it is about.
    through : str or date
        Last month without it: a month, quarter, year, or the last day of a month.

    Raises
    ------
    InvalidInput
        If `through` ends within a month, or lies after the month of the announcement.

    Examples
    --------
    >>> NotYet("certification", through="2026").label
    'NotYet certification through 2026-12'
    """

    through: When

    def __post_init__(self) -> None:
        """Check the fields."""
        Item.__post_init__(self)
        through = whole_months(self._field("through"), self.through)
        if self.announced is not None and parse_period(self.announced).ordinal < through.ordinal:
            raise InvalidInput(
                f"{self._field('through')}: received {through.text}, after announced {self.announced};"
                " dates are reversed"
            )
        self._set("through", month_label(through.ordinal))

    def _detail(self) -> str:
        return f" through {self.through}"


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Announcement(Item):
    """A dated announcement of a declared kind: one arrival of the stream (kind, milestone).

    Parameters
    ----------
    milestone : str or None
        Milestone that it is about; None only for a kind that moves nothing.
    kind : str
        Kind of announcement.
    announced : str or date
        When it became public.
    story : str
        Items of one story are one arrival, dated by the first of them.
    attributes : mapping of str to str
        Answers "yes", "no" or "unknown" by attribute.

    Raises
    ------
    InvalidInput
        If a field cannot be accepted.

    Examples
    --------
    >>> item = Announcement("separator", "supplier_deal", "2025-09-30", attributes={"binding": "no"})
    >>> item.label
    'Announcement separator supplier_deal 2025-09-30'
    """

    kind: str
    story: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __init__(  # by hand, so that `announced` may follow `kind` without its name
        self,
        milestone: str | None,
        kind: str,
        announced: When,
        story: str = "",
        attributes: Mapping[str, str] = MappingProxyType({}),
        *,
        source: str = "",
        note: str = "",
        entered: When | None = None,
        retracted: When | None = None,
        id: str = "",
    ) -> None:
        """Check the fields."""
        for name, value in (("milestone", milestone), ("announced", announced), ("source", source), ("note", note)):
            self._set(name, value)
        for name, value in (("entered", entered), ("retracted", retracted), ("id", id), ("kind", kind)):
            self._set(name, value)
        self._set("story", story)
        self._set("attributes", attributes)
        Item.__post_init__(self)
        self._check()

    def _check_milestone(self) -> None:
        if self.milestone is not None:
            require_text("Announcement milestone", self.milestone)

    def _check(self) -> None:
        require_text(self._field("kind"), self.kind)
        if self.announced is None:
            raise InvalidInput(f"{self._field('announced')}: received None; an announcement needs its date")
        if not isinstance(self.story, str) or not isinstance(self.attributes, Mapping):
            raise InvalidInput(f"{self._field('story, attributes')}: allowed are text and a mapping")
        for attribute, answer in self.attributes.items():
            if answer not in ANSWERS:
                raise InvalidInput(
                    f"{self._field(f'attribute {attribute}')}: received {answer!r}; allowed is 'yes', 'no' or 'unknown'"
                )
        self._set("attributes", dict(sorted(self.attributes.items())))

    def _detail(self) -> str:
        return f" {self.kind} {self.announced}"


class SlipNumbers(NamedTuple):
    """How stated dates compare with real ones.

    Attributes
    ----------
    mean, sd : float
        Of log(real lead / stated lead).
    on_time : float
        Probability that the stated month is met exactly, apart from that.
    whether : float
        Chance of such a statement if the milestone is *beyond*, over its average chance if it is reached.
    """

    mean: float
    sd: float
    on_time: float = 0.0
    whether: float = 1.0

    def checked(self, field: str) -> SlipNumbers:
        """Return the same numbers as floats.

        Raises
        ------
        InvalidInput
            Naming the field, if one is not allowed.
        """
        return SlipNumbers(
            finite(f"{field}slip_mean", self.mean),
            positive(f"{field}slip_sd", self.sd),
            probability(f"{field}on_time", self.on_time),
            positive(f"{field}whether", self.whether),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Guidance(Item):
    """The company states when; forecasts of this kind slip.

    The stated lead is the true one times a log-normal factor: its log falls short by Normal(slip_mean, slip_sd).

    Parameters
    ----------
    milestone : str
        Milestone that it is about.
    issued : str or date
        When it was stated; also the announced date unless that is given.
    target : str or date
        Stated month; "2026" is its last month.
    slip_mean, slip_sd : float
        Mean and standard deviation of the slip on the log scale; a mean above 0 is the planning fallacy.
    on_time : float
        Probability that such a date is met in its very month whatever the slip: an atom of its own.
    whether : float
        Chance of such a statement if the milestone is *beyond*, over its average chance if it is reached: the posterior
        odds of *beyond* are multiplied by it. 1: guidance says when, not whether.
    postponed : mapping of int to SlipNumbers, optional
        Numbers (mean, sd, on_time, whether) that take the place of those above once the milestone's target has been put
        off at least so many times, this statement included (see `Known.postponements`).

    Raises
    ------
    InvalidInput
        If the target lies before the statement or a number is not allowed.

    Examples
    --------
    >>> Guidance("launch", "2025-07-23", "2026", slip_mean=0.4, slip_sd=0.5).label
    'Guidance launch 2026-12 (issued 2025-07-23)'
    >>> item = Guidance("launch", "2025-07", "2026", slip_mean=0.4, slip_sd=0.5, postponed={2: (0.1, 0.5, 0.2)})
    >>> item.slip(1).mean, item.slip(3).mean
    (0.4, 0.1)
    """

    issued: When
    target: When
    slip_mean: float = field(kw_only=True)
    slip_sd: float = field(kw_only=True)
    on_time: float = field(default=0.0, kw_only=True)
    whether: float = field(default=1.0, kw_only=True)
    postponed: Mapping[int, SlipNumbers] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        """Check the fields."""
        issued = parse_period(self.issued, f"Guidance {self.milestone} issued")
        self._set("issued", issued.text)
        if self.announced is None:
            self._set("announced", issued.text)
        Item.__post_init__(self)
        if self.announced is not None and parse_period(self.announced).last < issued.first:
            raise InvalidInput(
                f"{self._field('announced')}: received {self.announced}, before issued {issued.text}; reversed"
            )
        target = parse_period(self.target, self._field("target")).ordinal
        if target < issued.ordinal:
            raise InvalidInput(
                f"{self._field('target')}: received {self.target}, before issued {issued.text}; dates are reversed"
            )
        self._set("target", month_label(target))
        numbers = SlipNumbers(self.slip_mean, self.slip_sd, self.on_time, self.whether).checked(self._field(""))
        for name, value in zip(("slip_mean", "slip_sd", "on_time", "whether"), numbers, strict=True):
            self._set(name, value)
        self._set("postponed", self._checked_postponed())

    def _checked_postponed(self) -> dict[int, SlipNumbers]:
        what = self._field("postponed")
        if not isinstance(self.postponed, Mapping):
            raise InvalidInput(f"{what}: received {self.postponed!r}; allowed is a mapping of numbers of postponements")
        checked = {}
        for count, numbers in self.postponed.items():
            if isinstance(numbers, str) or not isinstance(numbers, Sequence) or not 2 <= len(numbers) <= 4:
                raise InvalidInput(f"{what} {count}: received {numbers!r}; allowed is (mean, sd, on_time, whether)")
            number = whole(what, count, least=1)
            checked[number] = SlipNumbers(*numbers).checked(f"{what} {number}, ")
        return dict(sorted(checked.items()))

    def slip(self, postponements: int) -> SlipNumbers:
        """Numbers that hold after so many postponements."""
        held = [numbers for least, numbers in self.postponed.items() if least <= postponements]
        return held[-1] if held else SlipNumbers(self.slip_mean, self.slip_sd, self.on_time, self.whether)

    def _detail(self) -> str:
        return f" {self.target} (issued {self.issued})"
