"""Page on how sure the probabilities are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType

from bayesmile.pages.layout import bullets, paragraph, table
from bayesmile.sections.basis import phrase
from bayesmile.sections.learning import Learned
from bayesmile.sections.parity import Parity
from bayesmile.sections.predicted import RARE, Predicted, Surprise
from bayesmile.sections.scaling import LESS, MORE, SENSITIVE, Scaling
from bayesmile.sections.uncertainty import Chance, Uncertainty
from bayesmile.wording import count, interval, listed, percent, points, sentence, words

__all__ = ["learned_table", "targets_table", "uncertainty_page"]

_SHOWN, _NAMED = 5, 3


def uncertainty_page(part: Uncertainty) -> list[RenderableType]:
    """Show the headline intervals, what the evidence said about the numbers, and how firm both are."""
    if not part.targets:
        return [paragraph(part.lead)]
    moved = [one for one in part.learned if one.moved]
    blocks: list[RenderableType] = [paragraph(part.lead), targets_table(part.targets)]
    blocks += [learned_table(moved[:_SHOWN])] if moved else []
    return [*blocks, paragraph(""), bullets(_notes(part, moved))]


def targets_table(targets: Mapping[str, Chance]) -> RenderableType:
    """Mean, interval, central number and Monte Carlo error of the headline probabilities."""
    rows = [
        (sentence(name), percent(one.mean), interval(one.low, one.high), percent(one.central), _error(one.error))
        for name, one in targets.items()
    ]
    columns = ("Probability of", ">Mean", ">90% interval", ">Central", ">Monte Carlo error")
    return table(columns, rows)


def learned_table(lines: list[Learned]) -> RenderableType:
    """Show numbers before and after the evidence."""
    rows = [
        (
            sentence(words(one.label)),
            _number(one.before, one.before_sd),
            _number(one.after, one.after_sd),
            f"{round(one.shift, 1) + 0.0:+.1f}",
            f"{max(one.contraction, 0.0):.0%}",
        )
        for one in lines
    ]
    columns = ("What the evidence said most about", ">Prior", ">Posterior", ">Shift, prior sd", ">Contraction")
    return table(columns, rows)


def _number(mean: float, sd: float) -> str:
    return f"{mean:.3g} (sd {sd:.2g})"


def _error(error: float) -> str:
    return f"{100.0 * error:.1f} points"


def _notes(part: Uncertainty, moved: list[Learned]) -> Iterator[str]:
    still = [one for one in part.learned if not one.moved]
    if moved:
        yield f"The evidence said something about {count(len(moved), 'number')}, the first of them above."
    if still:
        names = [words(one.label) for one in still[:_NAMED]]
        such = f", such as {listed(names)}" if len(still) > _NAMED else f": {listed(names)}"
        yield f"{count(len(still), 'number')} {'is' if len(still) == 1 else 'are'} prior only{such}."
    if part.scalings:
        yield _scaled(part.scalings)
        yield from (_sensed(one) for one in part.scalings)
    if part.predicted is not None:
        yield _predicted(part.predicted)
    if part.parity is not None:
        yield _compared(part.parity)
    else:
        yield "Parity with the no-U-turn sampler: not computed here (option --parity, for the last date)."
    yield from (f"{sentence(warning)}." for warning in part.warnings)


def _scaled(lines: tuple[Scaling, ...]) -> str:
    def told(ends: list[tuple[Scaling, tuple[float, float]]]) -> str:
        return "; ".join(f"{phrase(one.target)} {_change(low, high)}" for one, (low, high) in ends)

    evidence, priors = told([(one, one.evidence) for one in lines]), told([(one, one.priors) for one in lines])
    error = max(one.error for one in lines)
    return (
        f"If what the evidence says about these numbers counted {LESS:g} to {MORE:g} times as much: {evidence}. If"
        f" their priors did: {priors}. Monte Carlo error of such a change: up to {_error(error)}."
    )


def _sensed(one: Scaling) -> str:
    """Say what the power-scaling sensitivities of one probability mean, and which priors it follows most."""
    named = [f"{words(each.label)} ({each.sense:.2f})" for each in one.each[:_NAMED] if each.sense >= SENSITIVE]
    most = f" Of single priors it follows most that of the {listed(named)}." if named else ""
    return (
        f"{sentence(phrase(one.target))} {one.diagnosis} (power-scaling sensitivity {one.prior_sense:.2f} to the"
        f" priors, {one.evidence_sense:.2f} to the evidence; {SENSITIVE:g} or more is worth a thought).{most}"
    )


def _predicted(part: Predicted) -> str:
    """Say which streams the model would rarely have produced, by their number of announcements or their dates."""
    told = [f"{words(one.stream)} ({_surprise(one)})" for one in part.surprises]
    lead = f"News as the model would have it, {part.replicates} replicates of {count(part.streams, 'stream')}"
    if not told:
        return f"{lead}: number and dates of announcements are all within what it expects."
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return (
        f"{lead}: {len(told)} {'is' if len(told) == 1 else 'are'} unusual, in number or in dates such as"
        f" {100.0 * RARE:g}% of the replicates or fewer have:"
        f" {', '.join(told[:_NAMED])}{more}. With so many looked at, one or two mean little."
    )


def _surprise(one: Surprise) -> str:
    if min(one.tail, 1.0 - one.tail) <= RARE:
        return f"{count(one.observed, 'item')}, expected {one.low:.0f} to {one.high:.0f}"
    return "by its dates"


def _change(low: float, high: float) -> str:
    first, last = percent(low), percent(high)
    return f"stays {first}" if first == last else f"goes from {first} to {last}"


def _compared(part: Parity) -> str:
    return (
        f"Parity: over {count(part.compared, 'probability').replace('ys', 'ies')}, the no-U-turn sampler"
        f" ({part.chains} chains of {part.draws} draws after {part.tune}; R-hat up to {part.rhat:.2f},"
        f" {count(part.divergences, 'divergence')}, at least {part.ess:.0f} effective draws) differs by at most"
        f" {points(part.gap)} points, Monte Carlo error {_error(part.error)}, for {phrase(part.target)}."
    )
