"""What is wrong with a dossier, and where it stands."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from bayesmile.errors import InvalidInput

__all__ = ["Place", "Problem", "Problems"]


@dataclass(frozen=True, slots=True)
class Place:
    """A file and, where one can be named, a line of it (counted from 1)."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        """Text such as ``priors/quantumscape/roadmap.toml:12``."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong, or doubtful, in a dossier.

    Attributes
    ----------
    level : "error" or "warning"
        An error makes `load` refuse the dossier; a warning does not.
    message : str
        One sentence: the field, what was received and what is allowed.
    place : Place
        Where it stands.
    """

    level: Literal["error", "warning"]
    message: str
    place: Place

    def __str__(self) -> str:
        """One line for people, the place first."""
        return f"{self.place}: {self.message}"


@dataclass(slots=True)
class Problems:
    """Problems collected while a dossier is read, in the order in which they were met (see `in_order`)."""

    found: list[Problem] = field(default_factory=list)

    def error(self, place: Place, message: str) -> None:
        """Add an error."""
        self.found.append(Problem("error", _one_line(message), place))

    def warn(self, place: Place, message: str) -> None:
        """Add a warning."""
        self.found.append(Problem("warning", _one_line(message), place))

    @contextlib.contextmanager
    def at(self, place: Place, prefix: str = "") -> Iterator[None]:
        """Turn an `InvalidInput` raised inside into an error at `place`."""
        try:
            yield
        except InvalidInput as error:
            self.error(place, f"{prefix}{error}")

    @property
    def failed(self) -> bool:
        """Whether there is at least one error."""
        return any(problem.level == "error" for problem in self.found)

    def in_order(self) -> list[Problem]:
        """Problems in the order in which the files are read, then by line."""
        return sorted(self.found, key=_position)

    def raise_first(self) -> None:
        """Raise the error that was met first, if there is one.

        Raises
        ------
        InvalidInput
            With the text of that error.
        """
        for problem in self.found:
            if problem.level == "error":
                raise InvalidInput(str(problem))


_FILES = ("kinds.toml", "roadmap.toml", "announcements.csv", "market.toml", "prices.csv", "shares.csv")


def _position(problem: Problem) -> tuple[int, str, int]:
    name = PurePath(problem.place.file).name
    rank = _FILES.index(name) if name in _FILES else len(_FILES)
    return rank, problem.place.file, problem.place.line or 0


def _one_line(message: str) -> str:
    """Message with whatever a file smuggled into it made harmless for a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in message)
