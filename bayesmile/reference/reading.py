"""From a table of entities and a class file to a reference class."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bayesmile.errors import InvalidInput
from bayesmile.files.problems import Place, Problem, Problems
from bayesmile.files.text import Record, Table, read_toml
from bayesmile.files.validate import validate
from bayesmile.reference.assembly import Histories, Source, assembled
from bayesmile.reference.classfile import ClassFile
from bayesmile.reference.columns import entity_of, read_columns, read_text
from bayesmile.reference.entities import History, RowReader, entity_columns
from bayesmile.reference.faults import Faults
from bayesmile.reference.lookups import make_lookup
from bayesmile.reference.statements import Statements, event_columns, statements_of
from bayesmile.reference.table import ReferenceClass

__all__ = ["bundled_classes", "read_class", "read_class_file"]

FOLDER = "classes"


def bundled_classes() -> Mapping[str, Path]:
    """Class files that travel with the package, by name.

    Examples
    --------
    >>> "us_power_units" in bundled_classes()
    True
    """
    package = Path(__file__).resolve().parents[1]
    inside = package / "priors"
    folder = (inside if inside.is_dir() else package.parent / "priors") / FOLDER
    return MappingProxyType({path.stem: path for path in sorted(folder.glob("*.toml"))})


def read_class_file(where: str | os.PathLike[str]) -> ClassFile:
    """Read a class file, given by path or by the name of a bundled one.

    Raises
    ------
    InvalidInput
        If there is no such file or name, or if it is not as a class file should be: with its file, line and field.

    Examples
    --------
    >>> read_class_file("us_power_units").milestone[-1].name
    'operating'
    """
    path = _class_path(where)
    place, problems = Place(str(path)), Problems()
    document = read_toml(read_text(path), place, problems)
    spec = validate(ClassFile, document, problems) if document is not None else None
    problems.raise_first()
    assert spec is not None
    return spec


def _class_path(where: str | os.PathLike[str]) -> Path:
    text = os.fspath(where)
    named = bundled_classes().get(text) if isinstance(text, str) else None
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        names = ", ".join(bundled_classes())
        raise InvalidInput(f"a class file: received {text!r}; allowed is a file or one of the bundled {names}")
    path = Path(text)
    if named is not None and not path.is_file():
        return named
    if named is not None:
        raise InvalidInput(f"a class file: {text!r} is both a file here and a bundled class; write ./{text} or {named}")
    if not path.is_file():
        names = ", ".join(bundled_classes())
        raise InvalidInput(f"a class file: received {text!r}; allowed is a file or one of the bundled {names}")
    return path


def read_class(
    table: str | os.PathLike[str],
    roadmap: str | os.PathLike[str],
    *,
    set_aside: bool = False,
    data: str | os.PathLike[str] | None = None,
) -> ReferenceClass:
    r"""Read a table of entities as a class file says.

    Parameters
    ----------
    table : path
        CSV file with one row an entity.
    roadmap : path or str
        Class file, or the name of a bundled one.
    set_aside : bool
        Whether entities whose rows contradict themselves are left out, counted and listed, rather than refused.
    data : path, optional
        Folder of the other files that the class file names; by default that of the table.

    Returns
    -------
    ReferenceClass
        Its entities and `set_aside` together are the rows of the table.

    Raises
    ------
    InvalidInput
        If a file cannot be read or lacks a column; unless `set_aside`, if any row has a fault: one error that counts
        them and lists the first ten, each with file, line and what was received.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "bridges.csv").write_text(
    ...     "bridge,begun,opened\nnorth,2019-04,2021-06\nsouth,2020-01,\n", encoding="utf-8")
    >>> _ = (folder / "bridges.toml").write_text('''
    ... [reference]
    ... name = "bridges"
    ... title = "Bridges"
    ... source = "made up"
    ... licence = "none needed"
    ... as_of = "2022-01"
    ... [entity]
    ... id = ["bridge"]
    ... entered = "begun"
    ... through = "2021-12"
    ... [[milestone]]
    ... name = "opening"
    ... date = "opened"
    ... ''', encoding="utf-8")
    >>> bridges = read_class(folder / "bridges.csv", folder / "bridges.toml")
    >>> len(bridges), bridges.reached[["entity", "milestone", "last"]].to_numpy().tolist()
    (2, [['north', 'opening', 24257]])
    """
    spec = read_class_file(roadmap)
    path = Path(table)
    source = _open(path, spec, path.parent if data is None else Path(data), f"the class file {os.fspath(roadmap)}")
    histories = _histories(source)
    if not set_aside:
        source.faults.refuse(str(path))
    kept = {entity: one for entity, one in histories.items() if entity not in source.faults.of}
    if not kept:
        raise InvalidInput(f"{path}: every row has faults; allowed is a table of which some entities can be used")
    return assembled(source, kept)


def _open(path: Path, spec: ClassFile, folder: Path, asked_by: str) -> Source:
    """Read the files of a class."""
    faults, lookup = Faults(), None
    header, broken = read_columns(path, spec.entity.id, asked_by)
    table, broken = read_columns(path, entity_columns(spec, header.columns), asked_by)
    places = _places(table, broken, spec, faults)
    if spec.lookup is not None:
        entry = spec.lookup
        lookup = make_lookup(*read_columns(folder / entry.file, [entry.key, entry.date], asked_by), entry)
    statements = Statements({})
    if spec.events is not None:
        events = read_columns(folder / spec.events.file, event_columns(spec.events), asked_by)
        statements = statements_of(events, spec, places.__contains__, faults, lookup)
    return Source(spec, table, places, statements, lookup, faults)


def _places(table: Table, broken: list[Problem], spec: ClassFile, faults: Faults) -> dict[str, list[Place]]:
    """Rows of each entity; a row without a usable name is an entity of its own, with a fault."""
    places: dict[str, list[Place]] = {}
    for record in table.records:
        entity = _entity(record, spec)
        places.setdefault(entity, []).append(record.place)
        if not entity_of(record, spec.entity.id):
            faults.add(record.place, f"{' and '.join(spec.entity.id)}: a cell is empty; allowed is a name", entity)
    for entity, rows in places.items():
        for place in rows if len(rows) > 1 else ():
            others = ", ".join(str(one.line) for one in rows if one != place)
            faults.add(place, f"received {entity!r}, which stands on line {others} too; allowed is one row", entity)
    for problem in broken:
        entity = _nameless(problem.place)
        places[entity] = [problem.place]
        faults.add(problem.place, problem.message, entity)
    return places


def _entity(record: Record, spec: ClassFile) -> str:
    return entity_of(record, spec.entity.id) or _nameless(record.place)


def _nameless(place: Place) -> str:
    return f"(no name, line {place.line})"


def _histories(source: Source) -> Histories:
    """History and line of each entity that has one; faults of the others, and of these, are noted."""
    reader, found = RowReader(source.spec, source.lookup), dict[str, tuple[History, int | None]]()
    for record in source.table.records:
        entity = _entity(record, source.spec)

        def complain(message: str, place: Place = record.place, entity: str = entity) -> None:
            source.faults.add(place, message, entity)

        history = reader.read(record, source.statements.of.get(entity, ()), complain)
        if history is not None:
            found[entity] = history, record.place.line
    return found
