"""What if: the belief that news of a coming month, or any other, would leave."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from bayesmile.belief import Belief, conclude
from bayesmile.core import arrivals
from bayesmile.dossier import Dossier
from bayesmile.errors import InvalidInput
from bayesmile.evidence import Achieved, Announcement, Guidance, LikelihoodRatio, NotYet, Row
from bayesmile.files.items import slips_for, stated
from bayesmile.files.text import nearest
from bayesmile.grid import When
from bayesmile.items import Item
from bayesmile.known import Known
from bayesmile.periods import parse_period
from bayesmile.rows import monthly_rate
from bayesmile.streams import Arrival

__all__ = ["Supposition", "parse_supposition", "suppose"]

_FORM = re.compile(r"(?P<what>\S+)\s+on\s+(?P<milestone>\S+)\s+(?P<word>in|by)\s+(?P<when>\S+)(?:\s+(?P<rest>.*))?")
_VALUE = re.compile(r"[\w.+-]+")
_ALLOWED = (
    "allowed is 'KIND on MILESTONE in 2026-12 [ATTRIBUTE=yes]', 'achieved on MILESTONE in 2026-12',"
    " 'not_yet on MILESTONE by 2026-12', 'guidance on MILESTONE in 2026-12 target=2028-06' or"
    " 'likelihood_ratio on MILESTONE by 2028-12 ratio=3'"
)
_WORDS = {"not_yet": "by", "likelihood_ratio": "by"}  # of all others the word is "in"
_NEEDS = {"achieved": set[str](), "not_yet": set[str](), "guidance": {"target"}, "likelihood_ratio": {"ratio"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposition:
    """News that is only supposed.

    Attributes
    ----------
    what : str
        ``"achieved"``, ``"not_yet"``, ``"guidance"``, ``"likelihood_ratio"``, or a kind of announcement.
    milestone, when : str
    values : mapping of str to str
        Target, ratio or answers of attributes.
    text : str
        As it was given.
    """

    what: str
    milestone: str
    when: str
    values: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


def parse_supposition(text: str) -> Supposition:
    """Read a supposition such as ``"partner_deal on packs in 2026-12 [binding=yes, timeline=no]"``.

    Raises
    ------
    InvalidInput
        If it does not have that form.

    Examples
    --------
    >>> parse_supposition("lr on launch by 2028 ratio=3").what
    'likelihood_ratio'
    >>> dict(parse_supposition("deal on launch in 2026-12 [binding=yes, timeline=no]").values)
    {'binding': 'yes', 'timeline': 'no'}
    """
    match = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise InvalidInput(f"suppose: received {text!r}; {_ALLOWED}")
    what = {"lr": "likelihood_ratio"}.get(match["what"], match["what"])
    if match["word"] != _WORDS.get(what, "in"):
        raise InvalidInput(f"suppose: received {text!r}; {_ALLOWED}")
    values: dict[str, str] = {}
    rest = (match["rest"] or "").strip()
    if rest.startswith("[") and rest.endswith("]"):
        rest = rest[1:-1].strip()
    for part in re.split(r"[\s,;]+", rest):
        name, equals, value = part.partition("=")
        if part and (not name.isidentifier() or not equals or not _VALUE.fullmatch(value) or name in values):
            raise InvalidInput(f"suppose: received {part!r} in {text!r}; allowed is NAME=VALUE, each name once")
        if part:
            values[name] = value
    if what in _NEEDS and set(values) != _NEEDS[what]:
        needed = ", ".join(f"{name}=..." for name in sorted(_NEEDS[what])) or "nothing after the date"
        raise InvalidInput(f"suppose: received {text!r}; allowed for {what} is {needed}")
    return Supposition(what=what, milestone=match["milestone"], when=match["when"], values=values, text=text.strip())


def suppose(dossier: Dossier, as_of: When, suppositions: Iterable[str | Item]) -> Belief:
    """Believe what a dossier's ledger holds as of a date, and some news besides.

    An announcement of a declared kind is one more arrival of its stream, in whatever month: nothing else is supposed of
    the time until then, neither other news nor its absence. A statement of guidance supersedes the one in force if it
    is later, and supposes that its milestone has not happened before it.

    Parameters
    ----------
    dossier : Dossier
    as_of : str or date
    suppositions : iterable of str or Item
        Texts as `parse_supposition` reads them, or items. Dates may lie ahead.

    Raises
    ------
    InvalidInput
        If a text cannot be read, or names an unknown milestone or a kind without a stream on it.
    ImpossibleEvidence
        If the news contradicts what is known.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> dossier = load("phase2_drug")
    >>> now = dossier.belief("2025-12-31").prob("approval", by="2035")
    >>> suppose(dossier, "2025-12-31", ["trial_readout on phase3_start in 2026-03"]).prob("approval", by="2035") > now
    True
    """
    if isinstance(suppositions, (str, Item)):
        raise InvalidInput(f"suppose: received {suppositions!r:.80}; allowed is a list of texts or items")
    belief = dossier.belief(as_of)
    for one in suppositions:
        belief = _with(dossier, belief, one)
    return belief


def _with(dossier: Dossier, belief: Belief, one: str | Item) -> Belief:
    if not isinstance(one, Item):
        said = parse_supposition(one)
        try:
            one = _item(dossier, belief.evidence, said)
        except InvalidInput as error:
            raise InvalidInput(f"suppose {said.text!r}: {error}") from None
    if isinstance(one, Announcement):
        return belief.update(_arrival(belief, one))
    if not isinstance(one, Guidance):
        return belief.update(replace(one, announced=None))
    known = belief.evidence
    aside = (*known.outside, *known.superseded, *known.inert)
    more = Known.of((*known.items, *aside, one), known.context, known.duplicates)
    return conclude(belief.roadmap, belief.grid, more, belief.solution.delays)


def _item(dossier: Dossier, known: Known, said: Supposition) -> Item:
    """Item of evidence that a text stands for."""
    dossier.roadmap.number(said.milestone)
    match said.what:
        case "achieved":
            return Achieved(said.milestone, said.when)
        case "not_yet":
            return NotYet(said.milestone, said.when)
        case "likelihood_ratio":
            return LikelihoodRatio(said.milestone, said.when, _number(said.values["ratio"]))
        case "guidance":
            return _guidance(dossier, said)
    if said.what in known.context.inert_kinds:
        raise InvalidInput(f"kind {said.what!r} moves nothing, by assumption; allowed are kinds with a stream")
    if said.what not in {stream.kind for stream in known.streams}:
        names = [*_NEEDS, *dict.fromkeys(stream.kind for stream in known.streams)]
        raise InvalidInput(f"kind: received {said.what!r}, which is unknown{nearest(said.what, names)}")
    return Announcement(said.milestone, said.what, said.when, attributes=said.values)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"ratio: received {text!r}; allowed is a number of at least 0") from None


def _guidance(dossier: Dossier, said: Supposition) -> Guidance:
    """Return a statement of the slip class of its lead."""
    target = said.values["target"]
    lead = parse_period(target).ordinal - parse_period(said.when).ordinal
    if lead < 0:
        raise InvalidInput(f"target: received {target}, before {said.when}; dates are reversed")
    numbers = stated([(slip.postponements_from, slip.numbers) for slip in slips_for(dossier.slips, lead)])
    return Guidance(said.milestone, said.when, target, **numbers)


def _arrival(belief: Belief, item: Announcement) -> Row:
    """Row of one more arrival of a stream in a month, whether or not the ledger covers that month."""
    stream, months = belief.evidence.context.stream_of(item), belief.grid.months
    stream.check_answers(item)
    answers = {name: answer for name, answer in item.attributes.items() if answer != "unknown"}
    inside, outside = Arrival(stream, (item,), answers).log_marks()
    month = parse_period(item.announced or "").ordinal - belief.grid.origin
    if month + stream.lead >= months:
        raise InvalidInput(
            f"{item.label}: its lead of {stream.lead} months reaches past the horizon {belief.grid.last}"
        )
    view = arrivals.windows(np.array([month]), np.ones(1), month, stream.lead, months)
    rate = monthly_rate(stream, belief.evidence.hype)
    rows, _ = arrivals.arrival_rows(view, rate, stream.lift, np.array([inside]), np.array([outside]))
    return Row(stream.milestone, rows[0], note=item.label)
