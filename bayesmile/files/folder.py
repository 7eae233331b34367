"""Dossier files as bytes and text: found, read strictly, written whole or not at all."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from filelock import FileLock, Timeout

from bayesmile.errors import InvalidInput
from bayesmile.files.problems import Place, Problems

__all__ = [
    "BENCHMARK",
    "KINDS",
    "MARKET_FILES",
    "bundled",
    "decode",
    "find",
    "is_bundled",
    "locked",
    "read_folder",
    "write_folder",
    "write_whole",
]

KINDS = "kinds.toml"
REQUIRED_FILES = ("roadmap.toml", "announcements.csv")
MARKET_FILES = ("market.toml", "prices.csv", "shares.csv")
BENCHMARK = "benchmark.csv"  # may stand beside the market files
LOCK_SECONDS = 20.0
MOST_BYTES = 64 * 2**20
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")


def _bundle() -> Path:
    """Folder of the bundled dossiers: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "priors"
    return inside if inside.is_dir() else package.parent / "priors"


def bundled() -> Mapping[str, Path]:
    """Folders of the bundled dossiers by name."""
    bundle = _bundle()
    folders = sorted(bundle.iterdir()) if bundle.is_dir() else []
    return MappingProxyType({folder.name: folder for folder in folders if (folder / REQUIRED_FILES[0]).is_file()})


def find(where: str | os.PathLike[str]) -> Path:
    """Folder of a dossier given by path or by the name of a bundled one.

    Raises
    ------
    InvalidInput
        If there is no such folder or name, or if a bare name means two different dossiers.
    """
    text = os.fspath(where)
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise InvalidInput(f"a dossier: received {text!r}; allowed is a folder or one of {_names()}")
    folder, named = Path(text), bundled().get(text)
    is_folder = _is_folder(folder)
    if named is not None and not (is_folder and (folder / REQUIRED_FILES[0]).is_file()):
        return named
    if named is not None and not folder.samefile(named):
        raise InvalidInput(
            f"a dossier: {text!r} is both a folder here and a bundled dossier; write ./{text} for the folder or {named}"
        )
    if not is_folder:
        close = difflib.get_close_matches(text, bundled(), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise InvalidInput(f"a dossier: received {text!r}; allowed is a folder or one of the bundled {_names()}{hint}")
    return folder


def _is_folder(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except (OSError, ValueError):
        return False


def _names() -> str:
    return ", ".join(bundled()) or "(none is bundled)"


def _kinds_file(folder: Path) -> Path:
    """Find the kinds: inside the folder, else beside it, else the bundled ones: one file, never a mixture."""
    beside = folder.absolute().parent / KINDS
    for candidate in (folder / KINDS, beside if folder.is_absolute() else folder / ".." / KINDS):
        if os.path.lexists(candidate):  # one that cannot be read is an error, not a reason to take another
            return candidate if candidate.parent.name != ".." else Path(os.path.normpath(candidate))
    return _bundle() / KINDS


def is_bundled(kinds: str) -> bool:
    """Whether a file of kinds is the bundled one."""
    return Path(kinds).absolute() == (_bundle() / KINDS).absolute()


def _read_file(path: Path) -> bytes:
    """Bytes of a regular file of bounded size, links followed: never a pipe or a device, which may never end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise InvalidInput("not a regular file; allowed are regular files and links to them")
    with path.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"too large; allowed are {MOST_BYTES // 2**20} MB")
    return data


def read_folder(folder: Path, problems: Problems) -> dict[str, tuple[Place, bytes]]:
    """Bytes of the files of a dossier by name, each with its place; what is missing is reported."""
    names = (*REQUIRED_FILES, *MARKET_FILES, BENCHMARK)
    paths = {KINDS: _kinds_file(folder)} | {name: folder / name for name in names}
    has_benchmark = os.path.lexists(paths[BENCHMARK])
    has_market = has_benchmark or any(os.path.lexists(paths[name]) for name in MARKET_FILES)
    market = (*MARKET_FILES, *([BENCHMARK] if has_benchmark else []))
    wanted = [KINDS, *REQUIRED_FILES, *(market if has_market else ())]
    files = {}
    for name in wanted:
        place = Place(str(paths[name]))
        try:
            files[name] = (place, _read_file(paths[name]))
        except FileNotFoundError:
            together = f" (a dossier has all of {', '.join(MARKET_FILES)} or none)" if name in MARKET_FILES else ""
            problems.error(place, f"missing file{together}")
        except (OSError, InvalidInput) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            problems.error(place, f"cannot be read: {reason}")
    return files


def decode(data: bytes, place: Place, problems: Problems) -> str | None:
    """Text of a file that must be UTF-8 (a byte-order mark is dropped) and not empty; None after an error."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = min(error.start, len(data) - 1)
        line = data.count(b"\n", 0, at) + 1
        problems.error(
            Place(place.file, line), f"wrong encoding: byte 0x{data[at]:02x} is not UTF-8; save the file as UTF-8"
        )
        return None
    if not text.strip():
        problems.error(place, "empty file")
        return None
    control = _CONTROL.search(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        problems.error(
            Place(place.file, line),
            f"control character U+{ord(control[0]):04X}; allowed is printable text, tabs and line ends",
        )
        return None
    return text


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of one file against other processes.

    Raises
    ------
    InvalidInput
        If another process holds it for long, or no lock can be made there.
    """
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise InvalidInput(f"{path}: another process has held the lock for {LOCK_SECONDS:g} seconds") from None
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be locked: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()


def _flush(path: Path, data: bytes, mode: int) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    path.chmod(mode)


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":  # other systems cannot open a folder; there the rename alone must do
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to a file, new or in the place of an old one, whole or not at all (temporary file, fsync, rename).

    Raises
    ------
    InvalidInput
        If the file cannot be written.
    """
    target = path.resolve()
    try:
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".new")
        os.close(handle)
        try:
            _flush(Path(name), data, mode)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _flush_folder(target.parent)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror}") from None


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a new folder with these files, whole or not at all; an existing one is refused.

    Raises
    ------
    InvalidInput
        If `folder` exists or cannot be made.
    """
    if os.path.lexists(folder):
        raise InvalidInput(f"{folder}: exists already; choose another name or remove it")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".new"))
        try:
            for name, data in files.items():
                _flush(draft / name, data, 0o644)
            draft.chmod(0o755)
            _flush_folder(draft)
            draft.rename(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        _flush_folder(folder.parent)
    except OSError as error:
        raise InvalidInput(f"{folder}: cannot be written: {error.strerror}") from None
