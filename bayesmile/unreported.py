"""Milestones that must or may have happened without a report: those of which *not yet* is not known."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bayesmile.doubts import necessary
from bayesmile.roadmap import Roadmap

__all__ = ["unreported"]


def unreported(roadmap: Roadmap, achieved: Mapping[str, int], silent: Collection[str]) -> set[str]:
    """Milestones about which silence says nothing, since what is known has happened through them.

    Two kinds: what an achieved milestone needs (see `bayesmile.doubts.necessary`); and, where an ``any`` join has
    happened and every way to it leads through a milestone that is observed but not reported, all the parents of the
    join and what shuts their ways. At least one of them has happened without a report, and nothing says which.

    Parameters
    ----------
    roadmap : Roadmap
        Milestones.
    achieved : mapping of str to int
        Month of every milestone reported as achieved, counted in any one way.
    silent : collection of str
        Observed milestones that nothing reports as achieved.

    Examples
    --------
    >>> import bayesmile as bm
    >>> step = bm.LogNormal(12, 0.5)
    >>> parents = [bm.Milestone("a", delay=step), bm.Milestone("b", delay=step)]
    >>> roadmap = bm.Roadmap([*parents, bm.Milestone("d", after=["a", "b"], needs="any", delay=step)])
    >>> sorted(unreported(roadmap, {"d": 11}, ["a", "b"])), sorted(unreported(roadmap, {"d": 11}, ["a"]))
    (['a', 'b'], [])
    """
    latest = dict(achieved)  # month by which a milestone has happened, or may have, as one way to a later one
    for name, month in achieved.items():
        for needed in necessary(roadmap, name):
            latest[needed] = min(latest.get(needed, month), month)
    shut = set(silent) - set(latest)
    for step in reversed(roadmap.milestones):
        if step.name not in latest:
            continue
        month = latest[step.name]
        possible = _possible(roadmap, achieved, shut, month)
        if step.needs == "any" and any(name in possible for name in step.after):
            continue
        for name in step.after:
            if name not in possible and name not in achieved:
                latest[name] = min(latest.get(name, month), month)
    return set(latest) - set(achieved)


def _possible(roadmap: Roadmap, achieved: Mapping[str, int], shut: Collection[str], month: int) -> set[str]:
    """Milestones that can have happened by a month if those that are shut have not."""
    possible: set[str] = set()
    for step in roadmap:
        ways = [parent in possible for parent in step.after]
        ready = not ways or (all(ways) if step.needs == "all" else any(ways))
        if achieved[step.name] <= month if step.name in achieved else ready and step.name not in shut:
            possible.add(step.name)
    return possible
