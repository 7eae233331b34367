"""What is wrong with the rows of a table, and which entities are set aside for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bayesmile.errors import InvalidInput
from bayesmile.files.problems import Place, Problem
from bayesmile.wording import count, plain

__all__ = ["Faults"]

MOST_LISTED = 10


@dataclass(slots=True)
class Faults:
    """Faults of rows, each of one entity, or of none that the table holds.

    Attributes
    ----------
    of : dict
        By entity, its faults.
    loose : list of Problem
        Rows that belong to no entity: a broken row, an event of an entity that is not in the table.
    """

    of: dict[str, list[Problem]] = field(default_factory=dict)
    loose: list[Problem] = field(default_factory=list)

    def add(self, place: Place, message: str, entity: str | None = None) -> None:
        """Add a fault of an entity; of None: of no entity."""
        problem = Problem("error", plain(message), place)
        if entity is None:
            self.loose.append(problem)
        else:
            self.of.setdefault(entity, []).append(problem)

    def refuse(self, table: str) -> None:
        """Raise one error with the first faults, if there are any.

        Raises
        ------
        InvalidInput
            That counts them and lists the first ten, each with its file and line.
        """
        found = sorted([*self.loose, *(one for faults in self.of.values() for one in faults)], key=_position)
        if not found:
            return
        listed = ";\n".join(str(problem) for problem in found[:MOST_LISTED])
        more = f";\nand {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else ""
        raise InvalidInput(
            f"{table}: {count(len(found), 'fault')} in rows; allowed is a table without any, or setting such entities "
            f"aside:\n{listed}{more}"
        )

    def lines(self, places: dict[str, list[Place]]) -> tuple[str, ...]:
        """One line for each row of the table that is set aside; `places` are the rows of each entity, by name."""
        aside = [(place, entity) for entity in self.of for place in places[entity]]
        return tuple(_line(place, entity, self.of[entity]) for place, entity in sorted(aside, key=_row))


def _line(place: Place, entity: str, faults: Iterable[Problem]) -> str:
    """Say what is wrong with one entity, and where, if it is not in its own row."""
    said = [fault.message if fault.place == place else str(fault) for fault in faults]
    return f"{place}: {plain(entity)}: {'; '.join(dict.fromkeys(said))}"


def _position(problem: Problem) -> tuple[str, int]:
    return problem.place.file, problem.place.line or 0


def _row(row: tuple[Place, str]) -> tuple[str, int]:
    return row[0].file, row[0].line or 0


