"""What one would write without the engine: the same dossier in plain PyMC, every delay a sampled number.

Delays are continuous and drawn beside the parameters; a uniform number beside each delay says whether it ends at all.
Announcements, silence and guidance enter through the rows at the event time; a fact is a steep penalty, since a
gradient cannot find its way across a wall.
"""

from __future__ import annotations

import numpy as np

from bayesmile.evidence import Achieved, NotYet
from bayesmile.likelihoods.likelihood import Likelihood
from bayesmile.model.building import _random, variables_of

__all__ = ["latent_model"]

_STEEP = 4.0  # nats a month of penalty for an event time on the wrong side of a fact


def latent_model(likelihood: Likelihood):
    """PyMC model of the parameters and all delays of a dossier as of a date."""
    import pymc as pm
    import pytensor.tensor as pt

    dossier = likelihood.dossier
    variables = variables_of(likelihood.parameters)
    names = dossier.roadmap.names
    with pm.Model(coords={"milestone": list(names), **{one.dim: one.coords for one in variables if one.dim}}) as model:
        drawn = {one.name: pt.atleast_1d(_random(one)) for one in variables}
        theta = {
            one.field: drawn[variable.name][place]
            for variable in variables
            for place, one in enumerate(variable.parameters)
        }
        value = lambda field, otherwise: theta.get(field, pt.as_tensor_variable(otherwise))  # noqa: E731
        score = pm.Normal("score", 0.0, 1.0, dims="milestone")  # of the delay, on its own scale
        ends = pm.Uniform("ends", 0.0, 1.0, dims="milestone")  # below 1 - never: the delay ends
        months, happens = [], []
        for k, milestone in enumerate(dossier.roadmap):
            entry = dossier.milestones[milestone.name].delay
            get = lambda part: value(f"milestone.{milestone.name}.delay.{part}", getattr(entry, part))  # noqa: B023, E731
            delay = _delay(pt, entry.family, get, score[k])
            ready, begun = pt.as_tensor_variable(0.0), pt.as_tensor_variable(1.0)
            if milestone.after:
                parents = [dossier.roadmap.number(name) for name in milestone.after]
                join = pt.maximum if milestone.needs == "all" else pt.minimum
                ready, begun = months[parents[0]], happens[parents[0]]
                for p in parents[1:]:
                    ready, begun = join(ready, months[p]), begun * happens[p]
            months.append(ready + delay)
            # A smooth step: the sampler needs a slope towards the other side.
            happens.append(begun * pt.sigmoid((1.0 - get("never") - ends[k]) / 0.02))
        pm.Deterministic("month", pt.stack(months), dims="milestone")
        pm.Deterministic("happens", pt.stack(happens), dims="milestone")
        pm.Potential("facts", _facts(pt, likelihood, months, happens))
        pm.Potential("news", _news(pt, likelihood, months, happens, value))
        pm.Potential("guidance", _guidance(pt, likelihood, months, happens))
    return model


def _delay(pt, family, get, score):
    if family == "lognormal":
        return get("median") * pt.exp(get("sigma") * score)
    survival = 0.5 * pt.erfc(score / np.sqrt(2.0))
    if family == "weibull":
        return get("median") * (-pt.log(survival) / np.log(2.0)) ** (1.0 / get("shape"))
    if family == "loglogistic":
        return get("median") * ((1.0 - survival) / survival) ** (1.0 / get("shape"))
    # Gamma by Wilson and Hilferty's cube: its quantile has no closed form.
    shape = (get("mean") / get("sd")) ** 2
    return get("mean") * (1.0 - 1.0 / (9.0 * shape) + score / (3.0 * pt.sqrt(shape))) ** 3


def _facts(pt, likelihood, months, happens):
    total = pt.as_tensor_variable(0.0)
    grid, roadmap = likelihood.dossier.grid, likelihood.dossier.roadmap
    for item in likelihood.known.items:
        if isinstance(item, Achieved):
            k, at = roadmap.number(item.milestone), grid.index(item.month)
            outside = pt.maximum(at - months[k], 0.0) + pt.maximum(months[k] - at - 1.0, 0.0)
            total = total - _STEEP * outside + pt.log(happens[k])
        elif isinstance(item, NotYet):
            k, through = roadmap.number(item.milestone), grid.index(item.through)
            early = pt.maximum(through + 1.0 - months[k], 0.0)
            total = total - _STEEP * early * happens[k]
    return total


def _at(pt, row, month):
    """Entry of a fixed row at a month that is a real number, between neighbours."""
    row = pt.as_tensor_variable(row)
    low = pt.clip(pt.floor(month), 0, row.shape[0] - 2)
    share = pt.clip(month - low, 0.0, 1.0)
    place = pt.cast(low, "int64")
    return (1.0 - share) * row[place] + share * row[place + 1]


def _news(pt, likelihood, months, happens, value):
    """Poisson arrivals with marks, their windows seen from the real-valued month."""
    total = pt.as_tensor_variable(0.0)
    news = likelihood._news
    hype = value("dossier.hype", likelihood.dossier.ledger.hype)
    for s, part in enumerate(news.parts):
        stream, k = part.stream, int(news.k[s])
        own = f"stream.{stream.kind}.{stream.milestone}.lift"
        lift = (
            value(own, stream.lift)
            if own in {one.field for one in likelihood.parameters}
            else value(f"kind.{stream.kind}.lift", stream.lift)
        )
        rate = stream.base_rate / 12.0 * (hype if stream.promotional else 1.0)
        exposed = _at(pt, part.view.exposure[:-1], months[k]) * happens[k]
        total = total - rate * (lift - 1.0) * exposed - rate * part.view.total
        for i, arrival in enumerate(part.found):
            hit = _at(pt, part.view.hits[i, :-1].astype(float), months[k]) * happens[k]
            inside, outside = pt.log(lift), pt.as_tensor_variable(0.0)
            for name, answer in arrival.answers.items():
                where = f"kind.{stream.kind}.attributes.{name}."
                near, far = stream.attributes[name]
                near, far = value(where + "yes_if_near", near), value(where + "yes_otherwise", far)
                inside = inside + pt.log(near if answer == "yes" else 1.0 - near)
                outside = outside + pt.log(far if answer == "yes" else 1.0 - far)
            total = total + pt.log(rate) + hit * inside + (1.0 - hit) * outside
    return total


def _guidance(pt, likelihood, months, happens):
    """Rows of guidance at the dossier's own slips: floor far from the target, so that the slope never ends."""
    total = pt.as_tensor_variable(0.0)
    for piece in likelihood.pieces(likelihood.centre[None]):
        if piece.label.startswith("Guidance"):
            row = np.maximum(piece.rows[0], -60.0)
            total = total + happens[piece.k] * _at(pt, row[:-1], months[piece.k]) + (1.0 - happens[piece.k]) * row[-1]
    return total
