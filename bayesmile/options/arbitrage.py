"""Is there any law of the price at expiry that fits all quotes? If not: what contradicts, and by how much."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from bayesmile.errors import InvalidInput
from bayesmile.options.findings import Finding, calendar, contradictions, own_faults
from bayesmile.options.laws import law_set, least_changes, least_widening
from bayesmile.options.quotes import Chain, Quote
from bayesmile.options.terms import Terms
from bayesmile.wording import count, listed

__all__ = ["Change", "Checked", "Position", "check_chain"]

_LEAST_QUOTES = 2
_SHARE = 1e-6  # of the one option in all: a smaller position is rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Part of a trade that locks money in.

    Attributes
    ----------
    line : int
    option : str
    share : float
        Options bought (positive, at the ask) or sold (negative, at the bid); all together make one.
    price : float
        What each costs or brings.
    """

    line: int
    option: str
    share: float
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Change of one quote that would be needed.

    Attributes
    ----------
    line : int
    option : str
    amount : float
        Money by which its bid would have to fall or its ask to rise.
    """

    line: int
    option: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checked:
    """A chain, its quotes sorted into used and set aside, and everything found wrong with it.

    Attributes
    ----------
    chain : Chain
    terms : Terms
    used : tuple of Quote
        Quotes that every later answer rests on.
    aside, senseless : int
        Quotes that could not be used or were left out, each with a finding; and how many of them are crossed or
        negative, rather than merely absent.
    findings : tuple of Finding
        By line.
    widening : float
        Money by which every bid would have to fall and every ask to rise until some law fits all: 0 if one does
        already. Also what the trade below locks in for each option traded, as of today.
    trade : tuple of Position
        Options that together with forward and cash lock that in; empty if a law fits.
    changes : tuple of Change
        Changes of single quotes, least in sum, after which a law fits: without these quotes the others agree.
    """

    chain: Chain
    terms: Terms
    used: tuple[Quote, ...]
    aside: int
    senseless: int
    findings: tuple[Finding, ...]
    widening: float
    trade: tuple[Position, ...]
    changes: tuple[Change, ...]

    @property
    def consistent(self) -> bool:
        """Whether some law prices every used quote within its bid and ask."""
        return self.widening == 0.0

    @property
    def usable(self) -> bool:
        """Whether bounds can be had from it.

        It takes at least two quotes, a law that fits them all, and more sound quotes than senseless ones: where most
        are crossed, the columns are mixed up and the rest is not to be trusted either.
        """
        return self.consistent and len(self.used) >= _LEAST_QUOTES and self.senseless <= len(self.used)

    @property
    def verdict(self) -> str:
        """One or two sentences: usable or not, and why."""
        have = f"{count(len(self.chain.quotes), 'quote')}, {len(self.used)} used, {self.aside} set aside"
        if len(self.used) < _LEAST_QUOTES:
            return f"Not usable: {have}; at least {_LEAST_QUOTES} are needed."
        if self.senseless > len(self.used):
            return f"Not usable: {have}; most of its quotes are crossed or negative, so the rest is not to be trusted."
        if self.consistent:
            return f"Usable: {have}; some law of the price at expiry puts every used quote within its bid and ask."
        blamed = listed([f"{change.option} (line {change.line})" for change in self.changes[:6]])
        more = "" if len(self.changes) <= 6 else f" and {len(self.changes) - 6} more"
        return (
            f"Not usable: {have}; no law of the price at expiry puts all used quotes within bid and ask. Each would"
            f" have to be {self.widening:,.4g} wider on both sides; or without {blamed}{more} the others agree."
        )


def check_chain(
    chain: Chain, terms: Terms, *, others: Sequence[Chain] = (), leave_out: Collection[int] = ()
) -> Checked:
    """Check quotes: each by itself, in pairs and threes, and all together.

    Quotes that cannot be used are set aside, each with a finding; nothing is repaired. Of the others, whether any law
    of the price at expiry fits them all is one linear programme.

    Parameters
    ----------
    chain : Chain
    terms : Terms
    others : sequence of Chain
        Other expiries of the same underlying, for the check along the calendar.
    leave_out : collection of int
        Lines of quotes to set aside by choice.

    Returns
    -------
    Checked

    Raises
    ------
    InvalidInput
        If a line to be left out holds no quote of the chain.

    Examples
    --------
    >>> from bayesmile.options.quotes import Quote
    >>> from bayesmile.options.terms import terms_of
    >>> quotes = [
    ...     Quote(kind="call", strike=40.0, bid=9.0, ask=9.5, line=2),
    ...     Quote(kind="call", strike=50.0, bid=6.0, ask=6.5, line=3),
    ...     Quote(kind="call", strike=60.0, bid=0.5, ask=1.0, line=4),
    ... ]
    >>> chain = Chain(name="X", quotes=quotes)
    >>> checked = check_chain(chain, terms_of(chain))
    >>> checked.usable, [(one.line, one.amount) for one in checked.findings if one.level == "arbitrage"]
    (False, [(3, 0.75)])
    >>> round(checked.widening, 6), [(one.option, one.share) for one in checked.trade]
    (0.375, [('call 40', 0.25), ('call 50', -0.5), ('call 60', 0.25)])
    """
    lines = {quote.line for quote in chain.quotes}
    unknown = sorted(set(leave_out) - lines)
    if unknown:
        raise InvalidInput(f"leave out: received line {unknown[0]}; allowed are lines of the quotes of {chain.name}")
    kept = tuple(quote for quote in chain.quotes if quote.line not in leave_out)
    used, findings = own_faults(kept)
    findings += [_left_out(quote) for quote in chain.quotes if quote.line in leave_out]
    findings += _about(chain, terms)
    findings += contradictions(used, terms) + calendar(chain, others, terms)
    widening, trade, changes = _together(used, terms)
    return Checked(
        chain=chain,
        terms=terms,
        used=used,
        aside=len(chain.quotes) - len(used),
        senseless=sum(one.level == "set aside" and one.amount > 0.0 for one in findings),
        findings=tuple(sorted(findings, key=lambda one: one.line)),
        widening=widening,
        trade=trade,
        changes=changes,
    )


def _left_out(quote: Quote) -> Finding:
    what = "left out by choice"
    return Finding(level="set aside", line=quote.line, option=quote.name, strike=quote.strike, what=what)


def _about(chain: Chain, terms: Terms) -> list[Finding]:
    notes = []
    if terms.forward is None:
        missing = "no spot" if chain.spot is None else "the spot is not used"
        notes.append(f"{missing}: the forward is left free, which makes checks weaker and bounds wider")
    if terms.years is None:
        notes.append("no quote date or no expiry: nothing is discounted")
    if terms.widen > 0.0:
        notes.append(f"every bid is lowered and every ask raised by {terms.widen:,.10g} by choice")
    return [Finding(level="note", line=0, option="", strike=None, what=what) for what in notes]


def _together(quotes: Sequence[Quote], terms: Terms) -> tuple[float, tuple[Position, ...], tuple[Change, ...]]:
    if not quotes:
        return 0.0, (), ()
    laws = law_set(quotes, terms)
    widening, shares = least_widening(laws)
    if widening == 0.0:
        return 0.0, (), ()
    amounts = least_changes(laws) * terms.discount
    trade = tuple(
        Position(line=quote.line, option=quote.name, share=float(np.round(share, 9)), price=price)
        for quote, share in zip(quotes, shares, strict=True)
        if abs(share) > _SHARE and (price := quote.ask if share > 0.0 else quote.bid) is not None
    )
    changes = tuple(
        Change(line=quote.line, option=quote.name, amount=float(amount))
        for quote, amount in zip(quotes, amounts, strict=True)
        if amount > 0.0
    )
    return widening * terms.discount, trade, changes
