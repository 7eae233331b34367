"""A saved companyfacts file of EDGAR: every fact with its period, its filing and the day it was filed."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bayesmile.downloads.sheets import read_bytes, text_of
from bayesmile.errors import InvalidInput
from bayesmile.periods import parse_period
from bayesmile.wording import plain

__all__ = ["Fact", "Filings", "read_filings"]

_SHAPE = "allowed is a saved companyfacts file: JSON with cik, entityName and facts"
_MOST_TEXT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One number of one filing.

    Attributes
    ----------
    tag, unit : str
        What it is ("dei:EntityCommonStockSharesOutstanding") and in what ("shares", "USD").
    start : str or None
        First day of its period; None for a number as of a day.
    end : str
        Last day of its period, or the day.
    value : float
    accession, form : str
        The filing and its form, such as 10-Q or 10-K/A.
    filed : str
        Day on which the filing became public.
    """

    tag: str
    unit: str
    start: str | None
    end: str
    value: float
    accession: str
    form: str
    filed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filings:
    """Facts of one company.

    Attributes
    ----------
    file, company, cik : str
        Where they were read, and whose they are.
    tree : mapping
        The facts by taxonomy and tag, as in the file.
    last_filed : str
        Day of the latest filing in the file; empty without one.
    """

    file: str
    company: str
    cik: str
    tree: Mapping[str, Mapping[str, object]]
    last_filed: str

    def facts(self, tag: str, *, unit: str | None = None) -> tuple[Fact, ...]:
        """Facts of a tag such as ``"us-gaap:Assets"``, repeated ones once, in the order of the file.

        Filers mistype dates now and then: an entry whose date is no day, or of a year like 0202, is left out.

        Parameters
        ----------
        tag : str
            Taxonomy and tag.
        unit : str, optional
            Only those in this unit.

        Raises
        ------
        InvalidInput
            If an entry is not one of companyfacts.
        """
        return tuple(dict.fromkeys(fact for fact in self._entries(tag, unit) if fact is not None))

    def misdated(self, tag: str) -> int:
        """Count the entries of a tag that were left out for their dates."""
        return sum(fact is None for fact in self._entries(tag, None))

    def _entries(self, tag: str, unit: str | None) -> Iterator[Fact | None]:
        taxonomy, _, name = tag.partition(":")
        concept = self.tree.get(taxonomy, {}).get(name)
        if concept is None:
            return
        units = concept.get("units") if isinstance(concept, dict) else None
        if not isinstance(units, dict):
            raise InvalidInput(f"{self.file}: {tag}: no units; {_SHAPE}")
        for name, entries in units.items():
            if unit is None or name == unit:
                yield from _facts(self.file, tag, str(name), entries)


def read_filings(path: str | os.PathLike[str]) -> Filings:
    """Read a companyfacts file as the web interface gives it.

    Raises
    ------
    InvalidInput
        If it is no such file: not JSON, other JSON, empty, a web page.
    """
    file = os.fspath(path)
    tree = _parsed(file, text_of(read_bytes(path), file))
    if not isinstance(tree, dict) or not isinstance(tree.get("facts"), dict):
        raise InvalidInput(f"{file}: received {_described(tree)}; {_SHAPE}")
    if not all(isinstance(concepts, dict) for concepts in tree["facts"].values()):
        raise InvalidInput(f"{file}: facts: a taxonomy is no table of tags; {_SHAPE}")
    cik = str(tree.get("cik", "")).strip()
    if re.fullmatch(r"\d{1,10}", cik, re.ASCII) is None:
        raise InvalidInput(f"{file}: cik: received {cik[:_MOST_TEXT]!r}; allowed is a number of up to ten digits")
    company = plain(str(tree.get("entityName") or ""))[:_MOST_TEXT] or f"CIK {int(cik)}"
    facts = tree["facts"]
    return Filings(file=file, company=company, cik=f"{int(cik):010d}", tree=facts, last_filed=_last_filed(facts))


def _parsed(file: str, text: str) -> object:
    if text.lstrip()[:1] == "<":
        raise InvalidInput(f"{file}: received a web page (HTML), which the site sent instead of JSON; download again")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise InvalidInput(f"{file}: JSON nested too deeply; {_SHAPE}") from None
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{file}:{error.lineno}: not JSON: {error.msg} in column {error.colno}; {_SHAPE}") from None
    except ValueError as error:
        raise InvalidInput(f"{file}: not JSON: {error}; {_SHAPE}") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"received {name}, which is no number")


def _described(tree: object) -> str:
    if not isinstance(tree, dict):
        return f"JSON that is a {'list' if isinstance(tree, list) else 'single value'}"
    if "tag" in tree and "units" in tree:
        return "the facts of one tag (companyconcept)"
    if "filings" in tree:
        return "the list of filings (submissions)"
    keys = ", ".join(plain(str(key))[:20] for key in list(tree)[:5])
    return f"JSON with {keys or 'no keys'}"


def _facts(file: str, tag: str, unit: str, entries: object) -> Iterator[Fact | None]:
    if not isinstance(entries, list):
        raise InvalidInput(f"{file}: {tag}, {plain(unit)}: received no list; {_SHAPE}")
    for number, entry in enumerate(entries, start=1):
        where = f"{file}: {tag}, {plain(unit)}, entry {number}"
        if not isinstance(entry, dict):
            raise InvalidInput(f"{where}: received no table; {_SHAPE}")
        yield _fact(where, tag, unit, entry)


def _fact(where: str, tag: str, unit: str, entry: Mapping[str, object]) -> Fact | None:
    """Return the fact of an entry; None where a date is written as one and is none."""
    start = None if entry.get("start") is None else _date(where, "start", entry["start"])
    end, filed = _date(where, "end", entry.get("end")), _date(where, "filed", entry.get("filed"))
    value, accession = _value(where, entry.get("val")), _accession(where, entry.get("accn"))
    if not all(_is_day(date) for date in (start or end, end, filed)):
        return None
    form = plain(str(entry.get("form") or ""))[:20]
    return Fact(tag=tag, unit=unit, start=start, end=end, value=value, accession=accession, form=form, filed=filed)


def _date(where: str, field: str, text: object) -> str:
    if isinstance(text, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return text
    raise InvalidInput(f"{where}, {field}: received {str(text)[:_MOST_TEXT]!r}; allowed is 'YYYY-MM-DD'")


def _is_day(text: str) -> bool:
    try:
        parse_period(text)
    except InvalidInput:
        return False
    return True


def _value(where: str, value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise InvalidInput(f"{where}, val: received {str(value)[:_MOST_TEXT]!r}; allowed is a finite number")


def _accession(where: str, text: object) -> str:
    if isinstance(text, str) and re.fullmatch(r"\d{10}-\d{2}-\d{6}", text, re.ASCII):
        return text
    raise InvalidInput(f"{where}, accn: received {str(text)[:_MOST_TEXT]!r}; allowed is 0001234567-25-000012")


def _last_filed(facts: Mapping[str, Mapping[str, object]]) -> str:
    """Latest day of filing of any fact; what has another shape is passed over here and refused where it is read."""
    days = [""]
    for concept in (concept for concepts in facts.values() for concept in concepts.values()):
        units = concept.get("units") if isinstance(concept, dict) else None
        for entries in units.values() if isinstance(units, dict) else ():
            for entry in entries if isinstance(entries, list) else ():
                filed = entry.get("filed") if isinstance(entry, dict) else None
                if isinstance(filed, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", filed, re.ASCII):
                    days.append(filed)
    return max(days)

