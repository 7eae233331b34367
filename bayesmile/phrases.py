"""What if, as people write it: texts of suppositions, taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bayesmile.errors import InvalidInput
from bayesmile.files.text import nearest

__all__ = ["FACTS", "Supposition", "named", "parse_supposition"]

FACTS = ("achieved", "not_yet", "guidance", "likelihood_ratio")
"""Words that are no kind of announcement."""

_DATE = r"(?P<word>in|by)\s+(?P<when>\d\S*)(?:\s+(?P<rest>.*))?"
_NEWS = re.compile(rf"(?P<what>\S.*?)\s+on\s+(?P<milestone>\S.*?)\s+{_DATE}", re.IGNORECASE)
_LIKE = re.compile(rf"like\s+(?P<milestone>\S.*?)\s+{_DATE}", re.IGNORECASE)
_FACT = re.compile(rf"(?P<milestone>\S.*?)\s+(?P<what>(?:not\s+)?(?:reached|achieved))\s+{_DATE}", re.IGNORECASE)
_NONE = re.compile(r"no\s+(?!\W)", re.IGNORECASE)
_VALUE = re.compile(r"[\w.+-]+")
_ALLOWED = (
    "allowed is 'KIND on MILESTONE in 2026-12 [ATTRIBUTE=yes]', 'like COUNTERPARTY in 2026-12 [ATTRIBUTE=yes]',"
    " 'no KIND on MILESTONE by 2026-12', 'MILESTONE reached in 2026-12' (or by), 'MILESTONE not reached by 2026-12',"
    " 'guidance on MILESTONE in 2026-12 target=2028-06' or 'likelihood_ratio on MILESTONE by 2028-12 ratio=3'"
)
_SAME = {"lr": "likelihood_ratio", "reached": "achieved", "not_reached": "not_yet", "not_achieved": "not_yet"}
_WORDS = {"achieved": ("in", "by"), "not_yet": ("by",), "likelihood_ratio": ("by",)}  # of all others "in"
_NEEDS = {"achieved": set[str](), "not_yet": set[str](), "guidance": {"target"}, "likelihood_ratio": {"ratio"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposition:
    """News that is only supposed.

    Attributes
    ----------
    what : str
        One of `FACTS`, ``"like"``, or a kind of announcement.
    milestone : str
        Or, of ``"like"``, the counterparty or id of an announcement in the ledger.
    when : str
    by : bool
        Whether it is said of all months up to and including `when`, rather than of it alone.
    none : bool
        Whether it is that there is no such announcement by then.
    values : mapping of str to str
        Target, ratio or answers of attributes.
    text : str
        As it was given.
    """

    what: str
    milestone: str
    when: str
    by: bool = False
    none: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


def parse_supposition(text: str) -> Supposition:
    """Read a supposition such as ``"partner_deal on packs in 2026-12 [binding=yes, timeline=no]"``.

    Names of kinds and milestones are taken as they stand: `named` finds them among those of a dossier.

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
    >>> said = parse_supposition("field testing reached by 2026-12")
    >>> said.what, said.milestone, said.by
    ('achieved', 'field testing', True)
    >>> parse_supposition("no deal on launch by 2027-06").none
    True
    """
    given = text.strip() if isinstance(text, str) else ""
    match = _LIKE.fullmatch(given) or _FACT.fullmatch(given) or _NEWS.fullmatch(given)
    if match is None:
        raise InvalidInput(f"suppose: received {text!r}; {_ALLOWED}")
    what = match.groupdict().get("what") or "like"
    what = _SAME.get(_joined(what), what)
    what = _joined(what) if _joined(what) in FACTS else what
    kind = _NONE.sub("", what, count=1)
    none, by = kind != what, match["word"].lower() == "by"
    if match["word"].lower() not in (("by",) if none else _WORDS.get(what, ("in",))):
        raise InvalidInput(f"suppose: received {text!r}; {_ALLOWED}")
    values = _values(given, (match["rest"] or "").strip())
    if what in _NEEDS and set(values) != _NEEDS[what]:
        needed = ", ".join(f"{name}=..." for name in sorted(_NEEDS[what])) or "nothing after the date"
        raise InvalidInput(f"suppose: received {text!r}; allowed for {what} is {needed}")
    if none and values:
        raise InvalidInput(f"suppose: received {text!r}; allowed for 'no KIND' is nothing after the date")
    return Supposition(
        what=kind, milestone=match["milestone"], when=match["when"], by=by, none=none, values=values, text=given
    )


def _values(text: str, rest: str) -> dict[str, str]:
    """Read what follows the date."""
    values: dict[str, str] = {}
    if rest.startswith("[") and rest.endswith("]"):
        rest = rest[1:-1].strip()
    for part in re.split(r"[\s,;]+", rest):
        name, equals, value = part.partition("=")
        if part and (not name.isidentifier() or not equals or not _VALUE.fullmatch(value) or name in values):
            raise InvalidInput(f"suppose: received {part!r} in {text!r}; allowed is NAME=VALUE, each name once")
        if part:
            values[name] = value
    return values


def _joined(text: str) -> str:
    """Words as one name: ``"Field testing"`` is ``"field_testing"``."""
    return "_".join(text.lower().replace("-", " ").split())


def named(what: str, text: str, titles: Mapping[str, str], others: Iterable[str] = ()) -> str:
    """Name that a text means, given as the name itself, in words, or by its title.

    Parameters
    ----------
    what : str
        What it names, for the error.
    text : str
    titles : mapping of str to str
        Titles by name.
    others : iterable of str
        Further words to show as allowed.

    Raises
    ------
    InvalidInput
        If it is none of them; the nearest is named.

    Examples
    --------
    >>> named("milestone", "Field testing", {"field_testing": "Field testing in vehicles begins"})
    'field_testing'
    """
    if text in titles:
        return text
    found = {_joined(title): name for name, title in titles.items()} | {_joined(name): name for name in titles}
    if _joined(text) not in found:
        raise InvalidInput(f"{what}: received {text!r}, which is unknown{nearest(_joined(text), [*others, *titles])}")
    return found[_joined(text)]
