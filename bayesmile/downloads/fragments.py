"""Cash and spending of filings as text for market.toml, for a person to paste and argue."""

from __future__ import annotations

from dataclasses import dataclass

from bayesmile.downloads.companyfacts import Balance, CompanyFacts
from bayesmile.downloads.flows import Flow
from bayesmile.grid import When, parse_moment

__all__ = ["Funding", "funding_of", "toml_fragment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """Cash and spending as public on a day; None for what no filing in the file gives.

    Attributes
    ----------
    as_of : str
        The day.
    cash, securities, debt : Balance or None
        Of the latest day that was public; securities and debt only where they are of the same day as the cash.
    operating, capex, compensation : Flow or None
        Of the latest twelve months that were public; capex and compensation only where they are of the same months as
        the cash from operations.
    """

    as_of: str
    cash: Balance | None
    securities: Balance | None
    debt: Balance | None
    operating: Flow | None
    capex: Flow | None
    compensation: Flow | None

    @property
    def net_cash(self) -> float | None:
        """Cash and securities less debt; None without cash."""
        if self.cash is None:
            return None
        return self.cash.value + _value(self.securities) - _value(self.debt)

    @property
    def burn(self) -> float | None:
        """Money spent in the twelve months: payments for equipment less the cash from operations."""
        return None if self.operating is None else _value(self.capex) - self.operating.value

    @property
    def missing(self) -> tuple[str, ...]:
        """What no filing gave by the day, as sentences."""
        notes = []
        if self.cash is None:
            notes.append(f"no cash was public by {self.as_of}: nothing for [payoffs.cash]")
        if self.operating is None:
            months = "no twelve months of cash from operations, nor four quarters in a row,"
            notes.append(f"{months} were public by {self.as_of}: nothing for [payoffs.burn] and [spending]")
        return tuple(notes)


def funding_of(facts: CompanyFacts, as_of: When) -> Funding:
    """Cash and spending of a company as public on a day.

    Raises
    ------
    InvalidInput
        If the date cannot be read.
    """
    day = parse_moment(as_of).day.isoformat()
    cash, operating = facts.balance_at(day, "cash"), facts.year_to(day, "operating")

    def beside(item: str) -> Balance | None:
        found = facts.balance_at(day, item)
        return found if found is not None and cash is not None and found.as_of == cash.as_of else None

    def same_year(what: str) -> Flow | None:
        found = facts.year_to(day, what)
        if found is None or operating is None or (found.start, found.end) != (operating.start, operating.end):
            return None
        return found

    return Funding(
        as_of=day,
        cash=cash,
        securities=beside("securities"),
        debt=beside("debt"),
        operating=operating,
        capex=same_year("capex"),
        compensation=same_year("compensation"),
    )


def toml_fragment(facts: CompanyFacts, funding: Funding) -> str:
    """Tables of market.toml with cash and spending, each with its filing as the source.

    The tables under `payoffs` are the contract that pays the years until success out of cash, in place of the dilution;
    those under `spending` are compared with the growth of the share count and change no number.
    """
    lines = [
        f"# {_comment(facts.company)}, CIK {facts.cik}: as public by {funding.as_of}, in {facts.currency}.",
        "# What was, not what will be: argue each number before you use it, and give a 90% interval.",
        "# A table that is there already gives way to the one below.",
    ]
    head = len(lines)
    if (cash := funding.net_cash) is not None and funding.cash is not None:
        lines += ["", "# Cash and burn stand in place of [payoffs.dilution]: one of the two, never both."]
        why = f"Cash and securities less debt on {funding.cash.as_of}: {_sum(funding)}."
        parts = [each for each in (funding.cash, funding.securities, funding.debt) if each is not None]
        lines += _entry("payoffs.cash", cash, why, _source(facts, parts))
    if (burn := funding.burn) is not None and funding.operating is not None:
        flows = [each for each in (funding.operating, funding.capex) if each is not None]
        if burn < 0.0:
            lines += ["", f"# No burn: the twelve months to {funding.operating.end} brought in {-burn:,.0f}."]
        else:
            for name in ("payoffs.burn", "spending.burn"):
                lines += _entry(name, burn, _burn(funding.operating, funding.capex), _source(facts, flows))
    if funding.compensation is not None and funding.compensation.value >= 0.0:
        why = f"Shares given to staff in the twelve months to {funding.compensation.end}."
        given = funding.compensation
        lines += _entry("spending.stock_compensation", given.value, why, _source(facts, [given]))
    return "\n".join(lines) + "\n" if len(lines) > head else ""


def _value(part: Balance | Flow | None) -> float:
    return 0.0 if part is None else part.value


def _comment(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _sum(funding: Funding) -> str:
    parts = [("cash", funding.cash), ("securities", funding.securities), ("debt", funding.debt)]
    told = [f"{name} {part.value:,.0f} ({part.tags})" if part else f"no {name} reported" for name, part in parts]
    return ", ".join(told)


def _burn(operating: Flow, capex: Flow | None) -> str:
    bought = "no payments for equipment reported" if capex is None else f"payments for equipment {capex.value:,.0f}"
    made = ", four quarters added up" if operating.derived else ""
    return (
        f"Twelve months from {operating.start} to {operating.end}{made}: {bought}, less cash from operations"
        f" {operating.value:,.0f}."
    )


def _source(facts: CompanyFacts, parts: list[Balance] | list[Flow] | list[Balance | Flow]) -> str:
    filings = dict.fromkeys(name for part in parts for name in part.accession.split(", "))
    filed = max(part.filed for part in parts)
    return f"SEC EDGAR companyfacts, CIK {facts.cik}, {', '.join(filings)}, public on {filed}"


def _entry(name: str, value: float, rationale: str, source: str) -> list[str]:
    """Lines of a table; the texts hold figures, dates and tags only, so that nothing in them ends a string early."""
    number = f"{value:.0f}.0" if value.is_integer() else repr(value)
    return ["", f"[{name}]", f"value = {number}", f'rationale = "{rationale}"', f'source = "{source}"']
