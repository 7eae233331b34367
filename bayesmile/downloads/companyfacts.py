"""What a company's filings say about its shares, its cash and what it spends, each with the day it became public."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from bayesmile.downloads.counts import SHARE_TAGS, FiledCount, share_counts
from bayesmile.downloads.filings import Fact, Filings, read_filings
from bayesmile.downloads.flows import Flow, flows_of, latest, trailing_year
from bayesmile.errors import InvalidInput
from bayesmile.files.market_page import ShareCount
from bayesmile.files.rows import ShareRow
from bayesmile.grid import When, parse_moment

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Balance", "CompanyFacts", "read_companyfacts"]

_CASH: Mapping[str, Sequence[Sequence[str]]] = MappingProxyType(
    {
        "cash": (("CashAndCashEquivalentsAtCarryingValue",), ("Cash",)),
        "securities": (
            ("MarketableSecuritiesCurrent",),
            ("AvailableForSaleSecuritiesDebtSecuritiesCurrent",),
            ("AvailableForSaleSecuritiesCurrent",),
            ("ShortTermInvestments",),
        ),
        "debt": (
            ("LongTermDebt",),
            ("LongTermDebtNoncurrent", "LongTermDebtCurrent"),
            ("LongTermDebtNoncurrent",),
            ("ConvertibleNotesPayable",),
            ("ConvertibleDebtNoncurrent",),
            ("NotesPayable",),
        ),
    }
)
"""What is read as what, by tags of us-gaap: the first group that a filing gives for a day, added up."""

_OPERATING = "us-gaap:NetCashProvidedByUsedInOperatingActivities"
_CAPEX = ("us-gaap:PaymentsToAcquirePropertyPlantAndEquipment", "us-gaap:PaymentsToAcquireProductiveAssets")
_COMPENSATION = "us-gaap:ShareBasedCompensation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Cash, securities or debt as of a day, as one filing gives it; `tags` are what was added up."""

    as_of: str
    filed: str
    item: str
    value: float
    tags: str
    accession: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFacts:
    """Facts of one company; made by `read_companyfacts`.

    Attributes
    ----------
    file, company, cik : str
        Where they were read, and whose they are.
    currency : str
        Of the money.
    last_filed : str
        Day of the latest filing in the file.
    counts : tuple of FiledCount
        Share counts.
    balances : tuple of Balance
        Cash, securities and debt.
    operating, capex, compensation : tuple of Flow
        Cash from operations (negative where it is spent), payments for equipment, shares given to staff.
    notes : tuple of str
        What a reader should know.
    """

    file: str
    company: str
    cik: str
    currency: str
    last_filed: str
    counts: tuple[FiledCount, ...]
    balances: tuple[Balance, ...]
    operating: tuple[Flow, ...]
    capex: tuple[Flow, ...]
    compensation: tuple[Flow, ...]
    notes: tuple[str, ...]

    @property
    def shares(self) -> pd.DataFrame:
        """Share counts: columns `as_of`, `filed`, `shares`, `class`, `tag`, `accession`, `form`."""
        names = ("as_of", "filed", "shares", "share_class", "tag", "accession", "form")
        rows = [tuple(getattr(each, name) for name in names) for each in self.counts]
        return _table(rows, [name.removeprefix("share_") for name in names], ("as_of", "filed"))

    @property
    def cash(self) -> pd.DataFrame:
        """Cash, securities and debt: columns `as_of`, `filed`, `item`, `value`, `tags`, `accession`."""
        names = ("as_of", "filed", "item", "value", "tags", "accession")
        return _table([tuple(getattr(each, name) for name in names) for each in self.balances], names, names[:2])

    @property
    def burn(self) -> pd.DataFrame:
        """Money spent by period: `operating` (as filed), `capex`, `burn` = capex - operating.

        Columns `start`, `end`, `months`, `operating`, `capex`, `burn`, `filed`, `derived`: a row for each day on which
        the numbers of a period became public or were changed. A period without capex has NaN for it and for burn.
        `derived` quarters are differences of sums since the fiscal year began.
        """
        names = ("start", "end", "months", "operating", "capex", "burn", "filed", "derived")
        return _table(_spending(self.operating, self.capex), names, ("start", "end", "filed"))

    @property
    def stock_compensation(self) -> pd.DataFrame:
        """Shares given to staff, in money: `start`, `end`, `months`, `value`, `filed`, `accession`, `derived`."""
        names = ("start", "end", "months", "value", "filed", "accession", "derived")
        rows = [tuple(getattr(flow, name) for name in names) for flow in self.compensation]
        return _table(rows, names, ("start", "end", "filed"))

    def share_rows(self) -> tuple[ShareRow, ...]:
        """Share counts as rows of shares.csv, each with its filing as the source."""
        return tuple(
            ShareRow.model_validate(
                {
                    "as_of": each.as_of,
                    "filed": each.filed,
                    "shares": each.shares,
                    "class": each.share_class,
                    "kind": "filed",
                    "source": f"SEC EDGAR companyfacts, CIK {self.cik}, {each.tag}, {each.form} {each.accession}",
                }
            )
            for each in self.counts
        )

    def shares_at(self, date: When) -> ShareCount:
        """Latest count that was public on a date, all classes together.

        Raises
        ------
        InvalidInput
            If none was.
        """
        day = parse_moment(date).day.isoformat()
        public = [row for row in self.share_rows() if row.filed <= day]
        if not public:
            raise InvalidInput(f"{self.file}: no share count was public by {day}")
        newest = max(row.as_of for row in public)
        filed = max(row.filed for row in public if row.as_of == newest)
        rows = tuple(row for row in public if (row.as_of, row.filed) == (newest, filed))
        return ShareCount(shares=sum(row.shares for row in rows), as_of=newest, filed=filed, kind="filed", rows=rows)

    def balance_at(self, date: When, item: str) -> Balance | None:
        """Cash, securities or debt of the latest day that was public on a date; None where none was."""
        day = parse_moment(date).day.isoformat()
        public = [each for each in self.balances if each.item == item and each.filed <= day]
        return max(public, key=lambda each: (each.as_of, each.filed, each.accession), default=None)

    def year_to(self, date: When, what: str) -> Flow | None:
        """Latest twelve months of "operating", "capex" or "compensation" that were public on a date."""
        return trailing_year(getattr(self, what), parse_moment(date).day.isoformat())


def read_companyfacts(path: str | os.PathLike[str]) -> CompanyFacts:
    """Read a saved companyfacts file of EDGAR.

    Parameters
    ----------
    path : str or path
        The JSON of https://data.sec.gov/api/xbrl/companyfacts/CIK##########.json, saved.

    Returns
    -------
    CompanyFacts

    Raises
    ------
    InvalidInput
        If it is no such file, or an entry that is read has another shape.

    Examples
    --------
    >>> import json, tempfile
    >>> from pathlib import Path
    >>> entry = {"end": "2025-06-30", "val": 100, "accn": "0000000001-25-000001", "form": "10-Q", "filed": "2025-07-24"}
    >>> units = {"EntityCommonStockSharesOutstanding": {"units": {"shares": [entry]}}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = Path(folder) / "facts.json"
    ...     _ = saved.write_text(json.dumps({"cik": 1, "entityName": "Example", "facts": {"dei": units}}))
    ...     facts = read_companyfacts(saved)
    >>> facts.shares_at("2025-12-31").shares
    100.0
    """
    filings = read_filings(path)
    counts, notes = share_counts(filings)
    currency, told = _currency(filings)
    capex = next((facts for tag in _CAPEX if (facts := filings.facts(tag, unit=currency))), ())
    return CompanyFacts(
        file=filings.file,
        company=filings.company,
        cik=filings.cik,
        currency=currency,
        last_filed=filings.last_filed,
        counts=counts,
        balances=tuple(_balances(filings, currency)),
        operating=flows_of(filings.facts(_OPERATING, unit=currency)),
        capex=flows_of(capex),
        compensation=flows_of(filings.facts(_COMPENSATION, unit=currency)),
        notes=(*notes, *told, *_misdated(filings)),
    )


def _misdated(filings: Filings) -> list[str]:
    money = (f"us-gaap:{tag}" for groups in _CASH.values() for group in groups for tag in group)
    tags = dict.fromkeys((*SHARE_TAGS, *money, _OPERATING, *_CAPEX, _COMPENSATION))
    number = sum(filings.misdated(tag) for tag in tags)
    return [f"{number} entries left out whose dates are no days"] if number else []


def _currency(filings: Filings) -> tuple[str, list[str]]:
    """Currency that most facts about cash are in."""
    tags = [_OPERATING, *(f"us-gaap:{tag}" for group in _CASH["cash"] for tag in group)]
    facts = [fact for tag in tags for fact in filings.facts(tag)]
    units = [fact.unit for fact in facts if re.fullmatch(r"[A-Z]{3}", fact.unit)]
    if not units:
        return "USD", ["no cash and no cash flow by the tags of us-gaap"]
    most = max(sorted(set(units)), key=units.count)
    others = sorted(set(units) - {most})
    return most, [f"money in {most}; facts in {', '.join(others)} left out"] if others else []


def _balances(filings: Filings, currency: str) -> list[Balance]:
    """Balances by day, item and filing; what a later filing repeats counts once."""
    found = list[Balance]()
    for item, groups in _CASH.items():
        by_filing = dict[tuple[str, str, str], dict[str, Fact]]()
        for tag in dict.fromkeys(tag for group in groups for tag in group):
            for fact in filings.facts(f"us-gaap:{tag}", unit=currency):
                if fact.start is None and fact.filed >= fact.end:
                    by_filing.setdefault((fact.end, fact.filed, fact.accession), {}).setdefault(tag, fact)
        last: dict[str, float] = {}
        for (as_of, filed, accession), facts in sorted(by_filing.items()):
            group = next(group for group in groups if all(tag in facts for tag in group))
            value = sum(facts[tag].value for tag in group)
            if last.get(as_of) != value:
                found.append(
                    Balance(
                        as_of=as_of, filed=filed, item=item, value=value, tags=" + ".join(group), accession=accession
                    )
                )
            last[as_of] = value
    return sorted(found, key=lambda each: (each.as_of, each.item, each.filed))


def _spending(operating: Sequence[Flow], capex: Sequence[Flow]) -> list[tuple[object, ...]]:
    """Rows of the numbers of each period in force on each day on which one of them became public."""
    rows = list[tuple[object, ...]]()
    for start, end in dict.fromkeys((flow.start, flow.end) for flow in operating):
        days = {flow.filed for flow in (*operating, *capex) if (flow.start, flow.end) == (start, end)}
        for filed in sorted(days):
            flow, bought = latest(operating, start, end, filed=filed), latest(capex, start, end, filed=filed)
            if flow is not None:
                spent = float("nan") if bought is None else bought.value
                derived = flow.derived or (bought is not None and bought.derived)
                rows.append((start, end, flow.months, flow.value, spent, spent - flow.value, filed, derived))
    return rows


def _table(rows: Sequence[tuple[object, ...]], names: Sequence[str], dates: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(rows, columns=list(names))
    for name in dates:
        table[name] = pd.to_datetime(table[name])
    return table
