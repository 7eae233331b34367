"""A spreadsheet of the price: inputs, and live formulas that reproduce the two-state answer."""

from __future__ import annotations

import datetime as dt
import errno
import os
from io import BytesIO
from pathlib import Path

from bayesmile.errors import InvalidInput
from bayesmile.files.folder import write_whole
from bayesmile.grid import parse_moment
from bayesmile.pricing.trace import Trace

__all__ = ["check_target", "workbook_bytes", "write_workbook"]


def workbook_bytes(trace: Trace) -> bytes:
    """Make the workbook of a trace: the same bytes for the same trace.

    Each formula is that of its line, in names; its present value is written beside it, for programs that show a
    workbook without working it out. Macros and links there are none, and text of a dossier is written as text.

    Parameters
    ----------
    trace : Trace
        Of `bayesmile.sections.trace.trace` for a dossier, or of `trace_price` for any belief and payoffs.

    Examples
    --------
    >>> import bayesmile as bm
    >>> from bayesmile.pricing.trace import trace_price
    >>> roadmap = bm.Roadmap([bm.Milestone("approval", delay=bm.Tabulated([0.25, 0.25]))])
    >>> belief = bm.infer(roadmap, [], bm.MonthGrid("2026-01", 12))
    >>> payoffs = bm.Payoffs({"approval": 100.0}, floor=10.0, required_return=0.0)
    >>> made = workbook_bytes(trace_price(belief, payoffs, price=85.0, as_of="2026-01"))
    >>> made[:2], made == workbook_bytes(trace_price(belief, payoffs, price=85.0, as_of="2026-01"))
    (b'PK', True)
    """
    from bayesmile.pricing.sheets.audit import add_trace
    from bayesmile.pricing.sheets.draws import add_draws
    from bayesmile.pricing.sheets.events import add_events
    from bayesmile.pricing.sheets.inputs import add_inputs, add_read_me
    from bayesmile.pricing.sheets.paper import open_book
    from bayesmile.pricing.sheets.price import add_price
    from bayesmile.pricing.sheets.roadmap import add_roadmap
    from bayesmile.pricing.sheets.timing import add_timing
    from bayesmile.pricing.sheets.what_if import add_returns, add_what_if

    file = BytesIO()
    paper = open_book(file, trace)
    day = parse_moment(trace.as_of).day
    paper.book.set_properties(
        {
            "title": trace.title or "A price read through a roadmap",
            "comments": f"dossier {trace.hash}" if trace.hash else "",
            "created": dt.datetime(day.year, day.month, day.day),
        }
    )
    first = add_read_me, add_inputs, add_price, add_what_if, add_timing, add_roadmap, add_draws
    for add in (*first, add_events, add_returns, add_trace):
        add(paper)
    paper.book.close()
    return file.getvalue()


def check_target(path: str | os.PathLike[str], *, made: Path | None = None) -> Path:
    """Return the path of a workbook, where one can be written.

    Parameters
    ----------
    path : str or path
    made : Path, optional
        A folder that will be made first.

    Raises
    ------
    InvalidInput
        If the name ends in something else than ``.xlsx``, or nothing can be written there.

    Examples
    --------
    >>> check_target("/no/such/folder/price.xlsx")
    Traceback (most recent call last):
    bayesmile.errors.InvalidInput: /no/such/folder/price.xlsx: cannot be written: No such file or directory
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise InvalidInput(f"workbook: received {target.name!r}; allowed is a name that ends in .xlsx")
    if made is not None and not os.path.lexists(made) and target.parent.resolve() == made.resolve():
        return target
    for wrong, number in (
        (target.is_dir(), errno.EISDIR),
        (not target.parent.exists(), errno.ENOENT),
        (not target.parent.is_dir(), errno.ENOTDIR),
        (not os.access(target.parent, os.W_OK), errno.EACCES),
    ):
        if wrong:
            raise InvalidInput(f"{target}: cannot be written: {os.strerror(number)}")
    return target


def write_workbook(trace: Trace, path: str | os.PathLike[str]) -> Path:
    """Write the workbook of a trace to a file, whole or not at all.

    Parameters
    ----------
    trace : Trace
        See `workbook_bytes`.
    path : str or path
        Ends in ``.xlsx``; an existing file is replaced.

    Raises
    ------
    InvalidInput
        If the name ends in something else or the file cannot be written.
    """
    target, data = check_target(path), workbook_bytes(trace)
    write_whole(target, data)
    return target
