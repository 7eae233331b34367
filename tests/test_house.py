"""The house: what the wheel carries, how a bare machine is set up, and what no file may say."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHELL = "/bin/sh"
REPORT = ("report", "quantumscape", "--as-of", "2025-10-16", "--draws", "0")  # fewer kernels to compile
COMMAND_EXISTS = (ROOT / "bayesmile" / "cli.py").exists()

pytestmark = pytest.mark.skipif(not (ROOT / "Makefile").exists(), reason="needs the whole repository")


def run(
    *command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False
    )


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{SHELL}\n{text}\n")
    path.chmod(0o755)
    return path


# What an installed bayesmile carries.


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the source archive and the wheel made from it, built without the network."""
    folder = tmp_path_factory.mktemp("dist")
    built = run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="session")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder into which the wheel alone was installed."""
    target = tmp_path_factory.mktemp("installed")
    (wheel,) = dist.glob("*.whl")
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile", "--target", str(target)]
    done = run(sys.executable, "-m", "pip", "install", *options, wheel)
    assert done.returncode == 0, done.stderr
    return target


def kept_files(folder: str) -> set[str]:
    """Files of a folder of the repository, without caches."""
    files = {path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".lock"}
    return {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}


def test_wheel_carries_the_package_and_the_dossiers(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert kept_files("bayesmile") <= names
    assert {f"bayesmile/{name}" for name in kept_files("priors")} <= names
    assert "bayesmile/priors/kinds.toml" in names
    assert not any("__pycache__" in name for name in names)
    assert {name.split("/")[0] for name in names} == {"bayesmile", "bayesmile-0.1.0.dev0.dist-info"}


def test_source_archive_carries_the_repository(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.split("/", 1)[1] for name in opened.getnames() if "/" in name}
    assert kept_files("bayesmile") | kept_files("priors") <= names
    assert {"LICENSE", "Makefile", "pyproject.toml", ".ci/run", ".ci/setup", "tests/test_house.py"} <= names


def test_every_dossier_is_installed(installed: Path) -> None:
    bundled = {path.parent.name for path in (ROOT / "priors").glob("*/roadmap.toml")}
    assert bundled == {path.parent.name for path in (installed / "bayesmile" / "priors").glob("*/roadmap.toml")}
    assert "quantumscape" in bundled


@pytest.mark.skipif(not COMMAND_EXISTS, reason="the command does not exist yet")
def test_installed_command_reports_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    where = run(sys.executable, "-c", "import bayesmile; print(bayesmile.__file__)", cwd=tmp_path, env=env)
    assert Path(where.stdout.strip()).is_relative_to(installed), where.stderr
    report = run(sys.executable, installed / "bin" / "bayesmile", *REPORT, cwd=tmp_path, env=env)
    assert report.returncode == 0, report.stderr
    assert "Traceback" not in report.stderr
    assert list(tmp_path.iterdir()) == []


# How a bare machine is set up.


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Copy of the set-up files in a folder without .venv."""
    clone = tmp_path / "clone with a space"
    shutil.copytree(ROOT / ".ci", clone / ".ci")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, clone / name)
    return clone


def machine(tmp_path: Path, **pythons: str) -> dict[str, str]:
    """Environment whose PATH holds only the named commands, each a script of one line."""
    for name, text in pythons.items():
        executable(tmp_path / "bin" / name, text)
    (tmp_path / "bin").mkdir(exist_ok=True)
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "pyenv")}


REAL = f'exec {shlex.quote(sys.executable)} "$@"'
BROKEN_SHIM = 'echo "pyenv: command not found" >&2; exit 127'
TOO_OLD = "exit 1"
NO_VENV = f'case "$2" in *ensurepip*) exit 1 ;; *) exec {shlex.quote(sys.executable)} "$@" ;; esac'


def find(bare: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return run(SHELL, bare / ".ci" / "setup", "find", cwd=bare, env=env)


def test_newest_known_python_is_taken(bare: Path, tmp_path: Path) -> None:
    env = machine(tmp_path, **{"python3": REAL, "python3.12": REAL, "python3.13": REAL})
    assert find(bare, env).stdout.strip().endswith("/bin/python3.13")


def test_broken_shim_and_old_python_are_passed_over(bare: Path, tmp_path: Path) -> None:
    env = machine(tmp_path, **{"python3.13": BROKEN_SHIM, "python3.12": TOO_OLD, "python3": REAL})
    assert find(bare, env).stdout.strip().endswith("/bin/python3")


def test_later_folder_of_the_path_is_searched_too(bare: Path, tmp_path: Path) -> None:
    env = machine(tmp_path, python3=BROKEN_SHIM)
    second = executable(tmp_path / "second" / "python3", REAL)
    found = find(bare, env | {"PATH": f"{env['PATH']}:{second.parent}"})
    assert found.stdout.strip() == str(second)


def test_python_of_pyenv_is_found_behind_a_failing_shim(bare: Path, tmp_path: Path) -> None:
    env = machine(tmp_path, **{"python3.13": BROKEN_SHIM})
    inner = executable(tmp_path / "pyenv" / "versions" / "3.13.0" / "bin" / "python3.13", REAL)
    assert find(bare, env).stdout.strip() == str(inner)


def test_without_python_one_sentence_says_what_to_install(bare: Path, tmp_path: Path) -> None:
    none = find(bare, machine(tmp_path, python3=TOO_OLD))
    assert none.returncode == 2
    assert none.stdout == ""
    assert len(none.stderr.splitlines()) == 1
    assert "install Python 3.13" in none.stderr


def test_without_venv_the_sentence_names_the_package(bare: Path, tmp_path: Path) -> None:
    none = find(bare, machine(tmp_path, **{"python3.12": NO_VENV}))
    assert none.returncode == 2
    assert len(none.stderr.splitlines()) == 1
    assert "python3.12-venv" in none.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_without_python_fails_with_the_same_sentence(bare: Path, tmp_path: Path) -> None:
    env = machine(tmp_path)
    for tool in ("make", "cat"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    made = run("make", "report", cwd=bare, env=env)
    assert made.returncode == 2
    assert "install Python 3.13" in made.stderr
    assert not (bare / ".venv").exists()


def test_unknown_purpose_is_refused(bare: Path, tmp_path: Path) -> None:
    refused = run(SHELL, bare / ".ci" / "setup", "everything", cwd=bare)
    assert refused.returncode == 2
    assert "'everything'" in refused.stderr


FAKE_VENV = """
if [ "$1" = -m ] && [ "$2" = venv ]; then
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
elif [ "$1" = -m ] && [ "$2" = pip ]; then
    echo "$@" >>"$HOME/pip.log"; exit "${PIP_FAILS:-0}"
fi
"""


def fake_machine(tmp_path: Path) -> dict[str, str]:
    """Machine whose Python makes pretended environments and only logs what pip was asked."""
    env = machine(tmp_path, **{"python3.13": FAKE_VENV})
    return env | {"PATH": f"{env['PATH']}:/usr/bin:/bin"}


def asked(tmp_path: Path) -> list[str]:
    log = tmp_path / "pip.log"
    return [line for line in log.read_text().splitlines() if " install " in line] if log.exists() else []


def test_set_up_happens_once(bare: Path, tmp_path: Path) -> None:
    env = fake_machine(tmp_path)
    for _ in range(2):
        assert run("make", ".venv/.ready-test", cwd=bare, env=env).returncode == 0
    assert run("make", ".venv/.ready-run", cwd=bare, env=env).returncode == 0
    assert [line.split()[-1] for line in asked(tmp_path)] == [".[test]"]


def test_report_installs_only_what_it_needs(bare: Path, tmp_path: Path) -> None:
    assert run("make", ".venv/.ready-run", cwd=bare, env=fake_machine(tmp_path)).returncode == 0
    assert [line.split()[-1] for line in asked(tmp_path)] == ["."]


def test_interrupted_set_up_starts_afresh(bare: Path, tmp_path: Path) -> None:
    env = fake_machine(tmp_path)
    run("make", ".venv/.ready-run", cwd=bare, env=env)
    (bare / ".venv" / "half").touch()
    (bare / ".venv" / ".busy").write_text("999999999\n")
    assert run("make", ".venv/.ready-run", cwd=bare, env=env).returncode == 0
    assert not (bare / ".venv" / "half").exists()
    assert not (bare / ".venv" / ".busy").exists()
    assert len(asked(tmp_path)) == 2


def test_moved_folder_is_set_up_again(bare: Path, tmp_path: Path) -> None:
    env = fake_machine(tmp_path)
    run("make", ".venv/.ready-run", cwd=bare, env=env)
    moved = bare.rename(tmp_path / "moved")
    assert run("make", ".venv/.ready-run", cwd=moved, env=env).returncode == 0
    assert (moved / ".venv" / ".home").read_text().strip() == str(moved)
    assert len(asked(tmp_path)) == 2


def test_failed_set_up_is_not_taken_for_done(bare: Path, tmp_path: Path) -> None:
    env = fake_machine(tmp_path)
    failed = run("make", ".venv/.ready-run", cwd=bare, env=env | {"PIP_FAILS": "1"})
    assert failed.returncode == 2
    assert not (bare / ".venv" / ".ready-run").exists()
    assert run("make", ".venv/.ready-run", cwd=bare, env=env).returncode == 0
    assert (bare / ".venv" / ".ready-run").exists()


# What the files say.


def test_licence_is_the_whole_apache_text() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "Copyright [yyyy] [name of copyright owner]" in text


def test_every_dependency_is_bounded_above() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *(entry for extra in extras for entry in extra)]:
        assert re.fullmatch(r"[A-Za-z][\w.-]*(>=[\d.]+,<[\d.]+|==[\d.]+\.\*)", requirement), requirement


def test_no_file_names_a_registry_or_a_folder_outside() -> None:
    forbidden = re.compile(r"pypi\.|pythonhosted|index-url|--find-links|\.\./shared|/wor" r"k/", re.IGNORECASE)
    names = {"Makefile", "README.md", "CHANGELOG.md", "pyproject.toml"}
    names = names.union(*(kept_files(folder) for folder in (".ci", "bayesmile", "notebooks", "priors", "tests")))
    names -= {"tests/test_house.py"}
    assert [name for name in sorted(names) if forbidden.search((ROOT / name).read_text(encoding="utf-8"))] == []


def test_what_the_set_up_compiles_can_be_imported() -> None:
    """Its own failures are silent: a module that has moved would cost every first run its time."""
    text = (ROOT / ".ci" / "setup").read_text(encoding="utf-8")
    groups = re.findall(r"^    compiled '([^']+)' &$", text, flags=re.MULTILINE)
    assert len(groups) == 2
    for group in groups:
        done = run(sys.executable, "-c", f"import {group}")
        assert done.returncode == 0, done.stderr
