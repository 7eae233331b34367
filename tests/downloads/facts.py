"""Companyfacts of an invented company, entry by entry."""

from __future__ import annotations

import json
from pathlib import Path

Entry = dict[str, object]

COUNT = "dei:EntityCommonStockSharesOutstanding"
BALANCE_COUNT = "us-gaap:CommonStockSharesOutstanding"
AVERAGE = "us-gaap:WeightedAverageNumberOfSharesOutstandingBasic"
OPERATING = "us-gaap:NetCashProvidedByUsedInOperatingActivities"
CAPEX = "us-gaap:PaymentsToAcquirePropertyPlantAndEquipment"


def accession(number: int) -> str:
    return f"0001234567-25-{number:06d}"


def entry(
    value: float, end: str, filed: str, *, start: str | None = None, filing: int = 1, form: str = "10-Q"
) -> Entry:
    made: Entry = {"end": end, "val": value, "accn": accession(filing), "fy": 2025, "fp": "Q2", "form": form}
    return ({"start": start} if start else {}) | made | {"filed": filed}


def company(tags: dict[str, list[Entry]], *, units: dict[str, str] | None = None) -> Entry:
    """JSON of a company with these entries by tag."""
    tree: dict[str, dict[str, object]] = {}
    for tag, entries in tags.items():
        taxonomy, _, name = tag.partition(":")
        shares = "Shares" in name and "Compensation" not in name
        unit = (units or {}).get(tag, "shares" if shares else "USD")
        tree.setdefault(taxonomy, {})[name] = {"label": name, "description": "", "units": {unit: entries}}
    return {"cik": 1234567, "entityName": "Example Cells Inc", "facts": tree}


def stored(folder: Path, tree: object, name: str = "facts.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(tree))
    return path
