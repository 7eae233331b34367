"""What the commands share: the application they register in, common arguments, and how a dossier is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmile.errors import InvalidInput

if TYPE_CHECKING:
    from bayesmile.dossier import Dossier

# Everything else is imported by the command that needs it: `bayesmile --help` loads neither pandas nor the engine.

__all__ = [
    "UNCONVERGED",
    "WITH_ERRORS",
    "AsJson",
    "Changes",
    "Draws",
    "Moments",
    "Out",
    "Price",
    "Seed",
    "Where",
    "app",
    "check_moments",
    "load_changed",
]

app = typer.Typer(
    name="bayesmile",
    help="Exact beliefs about a roadmap from dated announcements, and the probability that its price implies.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Where = Annotated[str, typer.Argument(metavar="NAME|PATH", help="A bundled dossier, or the folder of one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON only, with full digits.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write files into this folder instead.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Change one assumption; may be given several times."),
]

Price = Annotated[
    str | None,
    typer.Option("--price", metavar="X", help="Market value such as 9e9, or a price per share: 17.85/share."),
]
Draws = Annotated[
    int, typer.Option(metavar="N", help="Draws of the uncertain numbers behind the intervals; 0 for none.")
]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="Where the randomness of the draws starts.")]

Moments = "DAY|MONTH"
WITH_ERRORS, UNCONVERGED = 2, 3


def check_moments(option: str, texts: Sequence[str]) -> None:
    """Refuse dates that are neither a day nor a month, naming the option that gave them."""
    from bayesmile.grid import parse_moment

    for text in texts:
        try:
            parse_moment(text)
        except InvalidInput:
            allowed = "allowed is a day (2025-10-16) or a month (2025-10)"
            raise InvalidInput(f"{option}: received {text!r}; {allowed}") from None


def load_changed(where: str, changes: list[str] | None) -> Dossier:
    """Load a dossier with the changes of ``--set``."""
    from bayesmile.dossier import load

    dossier = load(where)
    for change in changes or ():
        field, equals, value = change.partition("=")
        if not equals or not field.strip():
            raise InvalidInput(
                f"--set: received {change!r}; allowed is FIELD=VALUE, such as payoffs.required_return=0.15"
            )
        dossier = dossier.set(field.strip(), value.strip())
    return dossier
