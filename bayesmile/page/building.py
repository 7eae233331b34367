"""From a report to its page."""

from __future__ import annotations

from collections.abc import Callable

from bayesmile.page.contents import parts_of
from bayesmile.page.material import gather
from bayesmile.page.rendering import page_text
from bayesmile.report import Report
from bayesmile.sections.basis import Basis

__all__ = ["build_page"]


def build_page(report: Report, basis: Basis, *, tell: Callable[[str], None] = lambda _: None) -> str:
    """Build the page of a report: one text of HTML that needs nothing else.

    Parameters
    ----------
    report : Report
    basis : Basis
        Belief and price of the report's last view, which the page is about; see `bayesmile.sections.basis.basis`.
    tell : callable
        Told what is being worked on.

    Returns
    -------
    str
        The same for the same report: no date of writing, no random name.

    Raises
    ------
    InvalidInput
        If the basis is of another date or dossier than the report.

    Examples
    --------
    >>> from bayesmile.dossier import load
    >>> from bayesmile.report import build_report
    >>> from bayesmile.sections.basis import basis
    >>> dossier = load("phase2_drug")
    >>> text = build_page(build_report(dossier, ["2026-06-30"], draws=0), basis(dossier, "2026-06-30"))
    >>> text.startswith("<!DOCTYPE html>"), "http-equiv" in text
    (True, True)
    """
    made = gather(report, basis, tell=tell)
    tell("the page")
    return page_text(parts_of(made), title=report.title, summary=report.summary)
