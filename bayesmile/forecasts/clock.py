"""The time at which a record is made: the only place of the log that asks the machine for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from bayesmile.errors import InvalidInput

__all__ = ["Clock", "stamp", "time_of", "utc_now"]

Clock = Callable[[], dt.datetime]
"""What says the time: `utc_now`, or in a test a time that stands still."""

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def utc_now() -> dt.datetime:
    """Time of this machine, in UTC, to the second."""
    return _machine().replace(microsecond=0)


def _machine() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def stamp(time: dt.datetime) -> str:
    """Write a time as a record holds it.

    Raises
    ------
    InvalidInput
        If the time has no zone: the same clock reading is another moment in another place.

    Examples
    --------
    >>> stamp(dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC))
    '2026-11-21T09:30:00Z'
    """
    if time.tzinfo is None:
        raise InvalidInput(f"clock: received {time}, a time without a zone; allowed are times with one")
    return time.astimezone(dt.UTC).strftime(_FORMAT)


def time_of(text: str) -> dt.datetime:
    """Time of a record.

    Raises
    ------
    InvalidInput
        If the text is not one.

    Examples
    --------
    >>> time_of("2026-11-21T09:30:00Z").hour
    9
    """
    try:
        time = dt.datetime.strptime(text, _FORMAT).replace(tzinfo=dt.UTC)
    except ValueError:
        time = None
    if time is None or time.strftime(_FORMAT) != text:
        raise InvalidInput(f"a time: received {text!r}; allowed is UTC to the second, such as 2026-11-21T09:30:00Z")
    return time
