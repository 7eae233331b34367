"""What to watch for: how likely each next announcement is, what it would change, and how much it would tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bayesmile.belief import Belief
from bayesmile.checks import whole
from bayesmile.core import arrivals
from bayesmile.core.counts import count_law, gain_in_bits, marked_law, posteriors_of
from bayesmile.errors import InvalidInput
from bayesmile.grid import Moment, MonthGrid, When
from bayesmile.periods import month_label
from bayesmile.rows import monthly_rate
from bayesmile.steps import Target, targets_of
from bayesmile.streams import Stream
from bayesmile.watched import Watched, WatchList, WatchSpan

__all__ = ["joint_with", "watch_list"]

Array = NDArray[np.float64]

_ROUNDED = 12  # digits of a month's share: sums of shares in another order may differ beyond


def watch_list(
    belief: Belief, targets: Iterable[tuple[str, When]], *, months: Sequence[int] = (3, 6, 12)
) -> WatchList:
    """Rank what may become public next by what it would tell.

    Every declared stream about a milestone that is still open is watched, whole and by each answer of its attributes,
    and so is the happening itself of every open milestone that would be observed. The coming months count from the
    as-of moment, as if the ledger went on to be complete for the stream. Given the month of its milestone, its
    announcements are Poisson: rate * lift within the lead, the base rate otherwise; those with one answer are Poisson
    too, at the rate times the probability of the answer.

    Parameters
    ----------
    belief : Belief
        As of a date.
    targets : iterable of (str, str or date)
        Milestone and deadline of each question.
    months : sequence of int
        Lengths of the coming stretches, increasing.

    Returns
    -------
    WatchList

    Raises
    ------
    InvalidInput
        If the belief has no as-of date, or a target or a length cannot be accepted.

    Notes
    -----
    What a stretch brings is the number of announcements and all their answers, not the month of each; of more
    announcements than can be told apart (a thousand sets of answers) it is their number alone. Both leave out a little,
    so that a gain is never overstated. Gains of several entries do not add up. Beliefs are a martingale: over what a
    stretch may bring, the expected belief is today's.

    References
    ----------
    .. [1] D. V. Lindley, "On a measure of the information provided by an experiment", Annals of Mathematical Statistics
       27 (1956) 986-1005.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> found = watch_list(load("phase2_drug").belief("2025-12-31"), [("approval", "2035")])
    >>> first = found.entries[0]
    >>> first.label, first.seen[0] > found.now[0] > first.spans[0].unseen[0]
    ('trial_readout on phase3_start', True)
    """
    moment = _moment(belief)
    spans = _lengths(months)
    asked = targets_of(belief.roadmap, belief.grid, targets)
    if not asked:
        raise InvalidInput("targets: received none; allowed is at least one milestone with a deadline")
    now, joint = joint_with(belief, asked)
    study = _Study(belief, moment, spans, now, joint)
    entries, left_out = list(study.facts()), list[str]()
    for stream in belief.evidence.streams:
        if _settled(belief.pmf(stream.milestone)):
            continue
        late = study.past_horizon(stream)
        if late:
            left_out.append(late)
        else:
            entries += study.stream(stream)
    return WatchList(
        targets=asked,
        now=tuple(now.tolist()),
        entries=tuple(sorted(entries, key=lambda one: -one.gain)),
        left_out=tuple(left_out),
    )


def joint_with(belief: Belief, targets: Sequence[Target]) -> tuple[Array, Array]:
    """Probability of each target, shape (target,), and P(T_k = t and the target), (target, milestone, months + 1).

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> belief = load("phase2_drug").belief("2025-12-31")
    >>> now, joint = joint_with(belief, targets_of(belief.roadmap, belief.grid, [("approval", "2035")]))
    >>> bool(abs(joint[0].sum(axis=1) - now[0]).max() < 1e-12)
    True
    """
    solution = belief.solution
    now = np.array([one.probability(solution.pmf) for one in targets])
    joint = np.zeros((len(targets), *solution.pmf.shape))
    possible = np.flatnonzero(now > 0.0)
    if possible.size:
        loglik = np.repeat(solution.loglik[None], possible.size, axis=0)
        for row, number in enumerate(possible.tolist()):
            loglik[row, targets[number].row, targets[number].last + 1 :] = -np.inf
        joint[possible] = solution.delays.posterior(loglik).pmf * now[possible, None, None]
    return now, joint


def _moment(belief: Belief) -> Moment:
    moment = belief.evidence.as_of
    if moment is None:
        raise InvalidInput("belief: received one without an as-of date; allowed is one as of a date, as a ledger gives")
    return moment


def _lengths(months: Sequence[int]) -> tuple[int, ...]:
    found = tuple(whole("months", number, least=1) for number in months)
    if not found or sorted(set(found)) != list(found):
        raise InvalidInput(f"months: received {months!r}; allowed are whole numbers of at least 1, increasing")
    return found


def _settled(pmf: Array) -> bool:
    return int(np.count_nonzero(pmf)) == 1


def _share(weight: Array, first: int, stream: Stream, grid: MonthGrid) -> tuple[Array, float]:
    """Months of a stretch within the lead of each month of the milestone, shape (months + 1,), and in all."""
    view = arrivals.windows(np.empty(0, dtype=np.int64), weight, first, stream.lead, grid.months)
    return np.round(view.exposure, _ROUNDED), view.total


class _Study:
    """One belief, and what the coming months may bring about it."""

    def __init__(self, belief: Belief, moment: Moment, spans: tuple[int, ...], now: Array, joint: Array) -> None:
        self.belief, self.spans, self.now, self.joint = belief, spans, now, joint
        self.first, self.elapsed = moment.ordinal - belief.grid.origin, moment.fraction
        self.next = self.first + (1 if self.elapsed else 0)
        self.month = month_label(belief.grid.origin + self.next)

    def _weights(self, length: int) -> Array:
        """Share of every month from the as-of month on that the next so many months cover."""
        weight = np.ones(length + 1)
        weight[0], weight[-1] = 1.0 - self.elapsed, self.elapsed
        return weight

    def past_horizon(self, stream: Stream) -> str:
        """Why a stream cannot be watched; empty where it can."""
        end = self.first + self.spans[-1] + stream.lead
        if end < self.belief.grid.months:
            return ""
        return (
            f"{stream.label}: {self.spans[-1]} months and its lead of {stream.lead} reach past the horizon"
            f" {self.belief.grid.last}"
        )

    def facts(self) -> Iterator[Watched]:
        """Watch every open milestone that would be observed, as its own announcement."""
        for k, step in enumerate(self.belief.roadmap):
            pmf, last = self.belief.solution.pmf[k], self.belief.grid.months - 1
            if not step.observed or _settled(pmf) or self.next > last:
                continue
            month = np.zeros((1, pmf.size))
            month[0, max(self.next, 0)] = float(self.next >= 0)
            ends = [min(self.next + length - 1, last) for length in self.spans]
            laws = [np.stack([np.arange(pmf.size) > end, np.arange(pmf.size) <= end]).astype(float) for end in ends]
            yield self._watched("achieved", step.name, "", month, [(law[:1], law) for law in laws])

    def stream(self, stream: Stream) -> Iterator[Watched]:
        """Watch a stream as a whole, with all marks, and by each answer."""
        both = self._rates(stream, 1.0, 1.0)
        laws = [(law[:1], self._marked(stream, length)) for length, law in zip(self.spans, both[1], strict=True)]
        yield self._watched(stream.kind, stream.milestone, "", both[0], laws)
        for name, (inside, outside) in stream.attributes.items():
            for word, rates in (("yes", (inside, outside)), ("no", (1.0 - inside, 1.0 - outside))):
                month, counted = self._rates(stream, *rates)
                if max(rates) > 0.0:
                    pairs = [(law[:1], law) for law in counted]
                    yield self._watched(stream.kind, stream.milestone, f"{name}={word}", month, pairs)

    def _expected(self, stream: Stream, weight: Array, first: int) -> tuple[Array, Array]:
        """Arrivals expected within the lead and otherwise, by month of the milestone."""
        within, total = _share(weight, first, stream, self.belief.grid)
        rate = monthly_rate(stream, self.belief.evidence.hype)
        return rate * stream.lift * within, rate * (total - within)

    def _rates(self, stream: Stream, inside: float, outside: float) -> tuple[Array, list[Array]]:
        """P(exactly one in the next month), shape (1, months + 1), and the law of the count over each span."""
        there, elsewhere = self._expected(stream, np.ones(1), self.next)
        rate = there * inside + elsewhere * outside
        counted = []
        for length in self.spans:
            there, elsewhere = self._expected(stream, self._weights(length), self.first)
            counted.append(count_law(there * inside + elsewhere * outside))
        return (rate * np.exp(-rate))[None], counted

    def _marked(self, stream: Stream, length: int) -> Array:
        """Law of the count and all marks over a span; months of the milestone that make no difference share a state."""
        there, elsewhere = self._expected(stream, self._weights(length), self.first)
        states, which = np.unique(np.stack([there, elsewhere]), axis=1, return_inverse=True)
        answers = [((yes, 1.0 - yes), (other, 1.0 - other)) for yes, other in stream.attributes.values()]
        inside, outside = (
            np.array([float(np.prod(one)) for one in product(*(pair[side] for pair in answers))]) for side in (0, 1)
        )
        law = marked_law(inside[:, None] * states[0] + outside[:, None] * states[1])
        return law[:, which.ravel()]

    def _watched(
        self, kind: str, milestone: str, answer: str, month: Array, laws: Sequence[tuple[Array, Array]]
    ) -> Watched:
        """Entry of the law of one in the next month, and for each span the law of none and of all that it may bring."""
        k = self.belief.roadmap.number(milestone)
        pmf, joint = self.belief.solution.pmf[k], self.joint[:, k]
        spans = []
        for length, (none, law) in zip(self.spans, laws, strict=True):
            missing, unseen = posteriors_of(none, pmf, joint)
            gains = gain_in_bits(*posteriors_of(law, pmf, joint), self.now)
            spans.append(
                WatchSpan(
                    months=length,
                    probability=float(np.clip(pmf @ (1.0 - none[0]), 0.0, 1.0)) if missing[0] < 1.0 else 0.0,
                    unseen=tuple(unseen[:, 0].tolist()),
                    gains=tuple(gains.tolist()),
                )
            )
        seen = posteriors_of(month, pmf, joint)[1][:, 0]
        return Watched(
            kind=kind,
            milestone=milestone,
            answer=answer,
            month=self.month,
            seen=tuple(seen.tolist()),
            spans=tuple(spans),
        )
