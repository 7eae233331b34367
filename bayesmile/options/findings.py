"""What is wrong with single quotes or pairs of them, each with its line, strike and amount."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayesmile.options.quotes import Chain, Kind, Quote
from bayesmile.options.terms import Terms

__all__ = ["Finding", "calendar", "contradictions", "own_faults"]

_NOISE = 1e-9  # of a strike: binary fractions of decimal prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong or doubtful.

    Attributes
    ----------
    level : "set aside", "arbitrage" or "note"
        The quote cannot be used at all; used quotes contradict each other, so that money could be locked in; or
        something that a reader should know.
    line : int
        Line of the file.
    option : str
        Kind and strike: ``"call 45"``; empty for the chain as a whole.
    strike : float or None
    what : str
        One sentence without its full stop.
    amount : float
        Money by which it is wrong; 0 where there is no such number.
    """

    level: Literal["set aside", "arbitrage", "note"]
    line: int
    option: str
    strike: float | None
    what: str
    amount: float = 0.0


def _found(level: Literal["set aside", "arbitrage", "note"], quote: Quote, what: str, amount: float = 0.0) -> Finding:
    return Finding(level=level, line=quote.line, option=quote.name, strike=quote.strike, what=what, amount=amount)


def own_faults(quotes: Sequence[Quote]) -> tuple[tuple[Quote, ...], list[Finding]]:
    """Split quotes into those that can be used and findings about the others, and note stale last prices.

    A mark serves as both bid and ask where neither is given, and that is noted.
    """
    used, findings, seen = list[Quote](), list[Finding](), dict[tuple[Kind, float], int]()
    for quote in quotes:
        unusable = _unusable(quote)
        twice = seen.get((quote.kind, quote.strike))
        if unusable is None and twice is not None:
            unusable = f"a second quote of the option on line {twice}", 0.0
        if unusable is not None:
            findings.append(_found("set aside", quote, *unusable))
            continue
        seen[quote.kind, quote.strike] = quote.line
        used.append(_marked(quote))
        findings.extend(_notes(quote))
    return tuple(used), findings


def _unusable(quote: Quote) -> tuple[str, float] | None:
    """Why a quote cannot be used, and by how much it is wrong."""
    bid, ask = quote.bid, quote.ask
    for name, price in (("bid", bid), ("ask", ask), ("mark", quote.mark)):
        if price is not None and price < 0.0:
            return f"negative {name} of {price:,.10g}", -price
    if bid is not None and ask is not None and bid > ask > 0.0:
        return f"crossed: bid {bid:,.10g} above ask {ask:,.10g}", bid - ask
    if ask == 0.0 and bid:
        return f"an ask of 0 below a bid of {bid:,.10g}", bid
    if not bid and not ask and (bid is not None or ask is not None or not quote.mark):
        last = "" if quote.last is None else f"; its last price of {quote.last:,.10g} is no quote"
        return f"no bid and no ask{last}", 0.0
    return None


def _marked(quote: Quote) -> Quote:
    """Quote with its mark as bid and ask where it has neither, and without an ask of zero."""
    if quote.bid is None and quote.ask is None:
        return Quote(kind=quote.kind, strike=quote.strike, bid=quote.mark, ask=quote.mark, line=quote.line)
    return quote


def _notes(quote: Quote) -> Iterator[Finding]:
    bid, ask, last = quote.bid, quote.ask, quote.last
    if bid is None and ask is None:
        yield _found("note", quote, f"no bid and no ask: its mark of {quote.mark:,.10g} is taken for both")
        return
    if last is None:
        return
    if bid is not None and last < bid:
        yield _found("note", quote, f"stale: last {last:,.10g} below bid {bid:,.10g}", bid - last)
    elif ask is not None and last > ask:
        yield _found("note", quote, f"stale: last {last:,.10g} above ask {ask:,.10g}", last - ask)


def contradictions(quotes: Sequence[Quote], terms: Terms) -> list[Finding]:
    """Arbitrages of one quote with the forward, of two quotes or of three, the worst of each sort for each quote."""
    found = list[Finding]()
    for kind in ("call", "put"):
        side = sorted((quote for quote in quotes if quote.kind == kind), key=lambda quote: quote.strike)
        if len(side) > 1:
            book = _Book(side, terms)
            found.extend(_order(book))
            found.extend(_slope(book))
            found.extend(_convexity(book))
    for quote in quotes:
        found.extend(_limits(quote, terms))
    found.extend(_parity(quotes, terms))
    return found


class _Book:
    """Quotes of one kind by rising strike; what is absent, or no limit of the payoff's worth, never contradicts."""

    def __init__(self, quotes: Sequence[Quote], terms: Terms) -> None:
        self.quotes, self.discount = quotes, terms.discount
        self.call = quotes[0].kind == "call"
        self.strikes = np.array([quote.strike for quote in quotes])
        self.bids = np.array([_limit(quote, terms, "bid") for quote in quotes])
        self.asks = np.array([_limit(quote, terms, "ask") for quote in quotes])
        self.noise = _NOISE * self.strikes[-1]
        self.wider = np.abs(self.strikes[:, None] - self.strikes[None, :]) * self.discount
        # richer[i, j]: option i pays at least as much as option j
        higher = self.strikes[:, None] > self.strikes[None, :]
        self.richer = higher.T if self.call else higher


def _limit(quote: Quote, terms: Terms, side: Literal["bid", "ask"]) -> float:
    price = quote.bid if side == "bid" else quote.ask
    if side == "ask":
        return np.inf if price is None else price + terms.widen
    early = terms.american and quote.kind == "put"
    return -np.inf if price is None or early else price - terms.widen


def _worst(excess: np.ndarray[tuple[int, ...], np.dtype[np.float64]], noise: float) -> Iterator[tuple[int, int, float]]:
    """For each row whose largest entry is above rounding: the row, the column of that entry, and the entry."""
    for row, column in enumerate(np.argmax(excess, axis=1)):
        amount = float(excess[row, column])
        if amount > noise and np.isfinite(amount):
            yield row, int(column), amount


def _order(book: _Book) -> Iterator[Finding]:
    """Bid of an option above the ask of one that pays at least as much."""
    excess = np.where(book.richer.T, book.bids[:, None] - book.asks[None, :], -np.inf)
    for row, column, amount in _worst(excess, book.noise):
        mine, other = book.quotes[row], book.quotes[column]
        what = (
            f"order: bid {mine.bid:,.10g} above ask {other.ask:,.10g} of {other.name} (line {other.line}), which pays"
            " at least as much"
        )
        yield _found("arbitrage", mine, what, amount)


def _slope(book: _Book) -> Iterator[Finding]:
    """Bid of the richer option above the ask of the other by more than the discounted distance of the strikes."""
    excess = np.where(book.richer, book.bids[:, None] - book.asks[None, :] - book.wider, -np.inf)
    for row, column, amount in _worst(excess, book.noise):
        mine, other = book.quotes[row], book.quotes[column]
        what = (
            f"slope: bid {mine.bid:,.10g} less ask {other.ask:,.10g} of {other.name} (line {other.line}) exceeds"
            f" {book.wider[row, column]:,.6g}, the most that it can pay more"
        )
        yield _found("arbitrage", mine, what, amount)


def _convexity(book: _Book) -> Iterator[Finding]:
    """Bid above what a mix of a lower and a higher strike, which pays at least as much, is offered at (butterfly)."""
    for middle in range(1, len(book.quotes) - 1):
        if not np.isfinite(book.bids[middle]):
            continue
        low, high = book.strikes[:middle, None], book.strikes[None, middle + 1 :]
        share = (high - book.strikes[middle]) / (high - low)
        with np.errstate(invalid="ignore"):  # an absent ask is infinite
            mixed = share * book.asks[:middle, None] + (1.0 - share) * book.asks[None, middle + 1 :]
        best = int(np.argmin(mixed))
        first, last = divmod(best, mixed.shape[1])
        amount = float(book.bids[middle] - mixed[first, last])
        if not amount > book.noise:
            continue
        mine, below, above = book.quotes[middle], book.quotes[first], book.quotes[middle + 1 + last]
        what = (
            f"butterfly: bid {mine.bid:,.10g} above {mixed[first, last]:,.6g}, the cost of {below.name} (line"
            f" {below.line}) and {above.name} (line {above.line}) mixed to its strike, which pay at least as much"
        )
        yield _found("arbitrage", mine, what, amount)


def _limits(quote: Quote, terms: Terms) -> Iterator[Finding]:
    """Ask below the value of buying or selling at the strike for certain, or bid above the most it can be worth."""
    call, noise = quote.kind == "call", _NOISE * quote.strike
    bid, ask = _limit(quote, terms, "bid"), _limit(quote, terms, "ask")
    if terms.forward is not None:
        ahead = (terms.forward - quote.strike) * (1.0 if call else -1.0) * terms.discount
        if ahead - ask > noise:
            what = f"intrinsic: ask {quote.ask:,.10g} below {ahead:,.6g}, its value against the forward"
            yield _found("arbitrage", quote, what, ahead - ask)
    most = terms.forward if call else quote.strike
    if most is not None and bid - terms.discount * most > noise:
        limit = terms.discount * most
        what = f"limit: bid {quote.bid:,.10g} above {limit:,.6g}, the most that it can be worth"
        yield _found("arbitrage", quote, what, bid - limit)


def _parity(quotes: Sequence[Quote], terms: Terms) -> Iterator[Finding]:
    """Forward that call and put of one strike imply, against the known forward or that of the other strikes."""
    spans = list[tuple[Quote, float, float]]()
    calls = {quote.strike: quote for quote in quotes if quote.kind == "call"}
    for put in (quote for quote in quotes if quote.kind == "put" and quote.strike in calls):
        call, grow = calls[put.strike], 1.0 / terms.discount
        low = put.strike + grow * (_limit(call, terms, "bid") - _limit(put, terms, "ask"))
        high = put.strike + grow * (_limit(call, terms, "ask") - _limit(put, terms, "bid"))
        spans.append((put, low, high))
    if not spans:
        return
    lowest, highest = max(low for _, low, _ in spans), min(high for _, _, high in spans)
    whose = "the forward"
    if terms.forward is not None:
        lowest = highest = terms.forward
    else:
        whose = "those of other strikes"
    for put, low, high in spans:
        amount = max(low - highest, lowest - high) * terms.discount
        if amount > _NOISE * put.strike:
            what = (
                f"parity: with the call of its strike (line {calls[put.strike].line}) it puts the forward between"
                f" {low:,.6g} and {high:,.6g}, against {whose}: {lowest:,.6g}"
                + ("" if lowest == highest else f" to {highest:,.6g}")
            )
            yield _found("arbitrage", put, what, amount)


def calendar(chain: Chain, others: Sequence[Chain], terms: Terms) -> list[Finding]:
    """Bids above the ask of the same option with a later expiry; sure only without dividends until then."""
    found = list[Finding]()
    for other in others:
        if (other.underlying, other.quote_date) != (chain.underlying, chain.quote_date) or not chain.underlying:
            continue
        if chain.expiry is None or other.expiry is None or other.expiry <= chain.expiry:
            continue
        later = {(quote.kind, quote.strike): quote for quote in own_faults(other.quotes)[0]}
        for quote in own_faults(chain.quotes)[0]:
            match = later.get((quote.kind, quote.strike))
            if match is None or quote.bid is None or match.ask is None:
                continue
            # A European put may lose the interest on its strike; nobody waits for it with an American one.
            waiting = 0.0
            if quote.kind == "put" and not terms.american and other.years is not None and chain.years is not None:
                years = other.years - chain.years
                waiting = quote.strike * terms.discount * max(0.0, -np.expm1(-terms.rate * years))
            amount = quote.bid - match.ask - waiting - 2.0 * terms.widen
            if amount > _NOISE * quote.strike:
                what = (
                    f"calendar: bid {quote.bid:,.10g} above ask {match.ask:,.10g} of the same option to {other.expiry}"
                    f" (line {match.line})"
                )
                found.append(_found("note", quote, what, float(amount)))
    return found
