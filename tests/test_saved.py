"""Saved beliefs: the same numbers to the last bit, now and after more news; anything else is refused."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import bayesmile as bm
from bayesmile.belief import Belief
from bayesmile.errors import InvalidInput
from bayesmile.model.archive import load_replay, save_replay
from bayesmile.saved import load_belief, save_belief
from bayesmile.storage import load_whole
from tests.properties.worlds import GRID, NAMES, World, items, worlds

SUFFIXES = ["nc", "zarr"]
STREAM = bm.Stream("deal", "b", base_rate=2, lift=3, lead=4, covers=("2025", None), attributes={"firm": (0.7, 0.2)})
NEWS = [
    bm.Announcement("b", "deal", "2026-02-03", "acme", {"firm": "yes"}, note='said "soon" \u202e\x00'),
    bm.Announcement("b", "deal", "2020-02-03"),  # outside what the stream covers
    bm.Announcement(None, "mood", "2026-02-04"),
    bm.Guidance("b", "2026-01", "2026-11", slip_mean=0.3, slip_sd=0.5, postponed={1: (0.1, 0.4, 0.2)}),
    bm.Guidance("b", "2026-03-05", "2027-02", slip_mean=0.3, slip_sd=0.5, postponed={1: (0.1, 0.4, 0.2)}),
    bm.NotYet("a", "2026-01", announced="2026-02-01", source="https://example.org/a"),
    bm.NotYet("a", "2026-01", announced="2026-02-01", source="https://example.org/a", entered="2026-02-09"),
]
ROADMAP = bm.Roadmap([
    bm.Milestone("a", delay=bm.Tabulated([0.1, 0.2, 1 / 3]), observed=False, reporting_lag=2),
    bm.Milestone("b", after="a", needs="any", delay=bm.Weibull(9, 1.5, never=0.1)),
])  # fmt: skip


def told() -> Belief:
    book = bm.Ledger(NEWS, [STREAM], hype=1.5, inert_kinds=["mood"])
    return bm.infer(ROADMAP, book.known_by("2026-04-10"), GRID)


def same(one: Belief, other: Belief) -> None:
    """All that a belief holds is the same, numbers to the last bit."""
    assert (one.roadmap, one.grid, one.evidence) == (other.roadmap, other.grid, other.evidence)
    assert one.log_marginal == other.log_marginal
    np.testing.assert_array_equal(one.solution.pmf, other.solution.pmf)
    np.testing.assert_array_equal(one.solution.loglik, other.solution.loglik)
    assert len(one.rows) == len(other.rows)
    for a, b in zip(one.rows, other.rows, strict=True):
        assert (a.milestone, a.constant, a.items, a.label) == (b.milestone, b.constant, b.items, b.label)
        np.testing.assert_array_equal(a.loglik, b.loglik)


def again(belief: Belief, folder: Path, suffix: str) -> Belief:
    save_belief(belief, folder / f"belief.{suffix}")
    return load_belief(folder / f"belief.{suffix}")


@settings(max_examples=15)
@given(worlds(), items(NAMES[:1]), st.sampled_from(SUFFIXES))
def test_a_loaded_belief_is_the_same_and_goes_on_the_same(
    tmp_path_factory: pytest.TempPathFactory, world: World, news: bm.Row, suffix: str
) -> None:
    belief = bm.infer(world.roadmap, world.ledger.known_by("2026-08-20"), GRID)
    more = replace(news, announced="2026-08-01") if isinstance(news, bm.Row) else news
    for start in (belief, belief.update(bm.LikelihoodRatio("a", "2027", 1 / 3))):
        loaded = again(start, tmp_path_factory.mktemp("saved"), suffix)
        same(loaded, start)
        same(loaded.update(more), start.update(more))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_streams_stories_and_what_was_set_aside_come_back(tmp_path: Path, suffix: str) -> None:
    belief = told()
    aside = belief.evidence
    assert aside.outside and aside.superseded and aside.inert and aside.duplicates
    loaded = again(belief, tmp_path, suffix)
    same(loaded, belief)
    for news in (
        bm.Announcement("b", "deal", "2026-04-01", attributes={"firm": "no"}),
        bm.Guidance("b", "2026-04-01", "2027-05", slip_mean=0.3, slip_sd=0.5, postponed={1: (0.1, 0.4, 0.2)}),
        bm.Achieved("a", "2026-03", announced="2026-04-02"),
    ):
        same(loaded.update(news), belief.update(news))
    assert [path.name for path in tmp_path.iterdir()] == [f"belief.{suffix}"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_supposed_comes_back(tmp_path: Path, suffix: str) -> None:
    said = ["trial readout on phase3 start in 2026-12", "no trial readout on phase3 start by 2027-02"]
    belief = bm.suppose(bm.load("phase2_drug"), "2026-06-30", said)
    loaded = again(belief, tmp_path, suffix)
    same(belief, loaded)
    assert loaded.evidence.complete_to and len(loaded.evidence.supposed) == 1
    more = bm.NotYet("filing", "2027-01")
    same(belief.update(more), loaded.update(more))


def test_the_file_can_be_read_without_the_package(tmp_path: Path) -> None:
    belief = told()
    save_belief(belief, tmp_path / "belief.nc")
    with xr.open_dataset(tmp_path / "belief.nc", engine="h5netcdf") as data:
        assert data.attrs["as_of"] == "2026-04-10" and data.attrs["horizon"] == GRID.last
        by = data.cdf.sel(milestone="b", month="2027-06-01")
        assert by.item() == pytest.approx(belief.prob("b", by="2027-06"), rel=1e-12) and by.label == "2027-06"
        assert data.pmf.attrs["units"] == "1"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_says_where_it_came_from(tmp_path: Path, suffix: str) -> None:
    save_belief(told(), tmp_path / f"belief.{suffix}", about={"dossier": "acme", "hash": "0f" * 32})
    same(load_belief(tmp_path / f"belief.{suffix}"), told())
    attrs = load_whole(tmp_path / f"belief.{suffix}").attrs
    assert (attrs["about_dossier"], attrs["about_hash"]) == ("acme", "0f" * 32)
    with pytest.raises(InvalidInput, match="save_belief about: received"):
        save_belief(told(), tmp_path / "x.nc", about={"date": 3})  # type: ignore[dict-item]


def test_a_second_save_takes_the_place_of_the_first(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        again(told(), tmp_path, suffix)
        later = told().update(bm.NotYet("b", "2026-06"))
        same(again(later, tmp_path, suffix), later)


class Own:
    """A law of one's own."""

    def log_delay(self, months: int, has_parents: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return bm.Tabulated([1.0]).log_delay(months, has_parents)


def test_what_no_file_can_hold_is_refused_and_leaves_what_was_there(tmp_path: Path) -> None:
    own = bm.infer(bm.Roadmap([bm.Milestone("x", delay=Own())]), [], GRID)
    for suffix in SUFFIXES:
        again(told(), tmp_path, suffix)
        with pytest.raises(InvalidInput, match="milestone x, delay: received a Own, which no table can hold"):
            save_belief(own, tmp_path / f"belief.{suffix}")
        same(load_belief(tmp_path / f"belief.{suffix}"), told())
    with pytest.raises(InvalidInput, match="save_belief: received 'belief'"):
        save_belief("belief", tmp_path / "x.nc")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"ends in \.nc or \.zarr"):
        save_belief(told(), tmp_path / "belief.csv")


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.nc").write_text("no belief")
    (tmp_path / "empty.zarr").mkdir()
    (tmp_path / "file.zarr").write_text("no folder")
    for name in ("text.nc", "empty.zarr", "file.zarr"):
        with pytest.raises(InvalidInput, match=re.escape(f"{name}: cannot be read")):
            load_belief(tmp_path / name)
    with pytest.raises(InvalidInput, match=r"none\.nc: not found"):
        load_belief(tmp_path / "none.nc")
    told().to_dataset().to_netcdf(tmp_path / "pmf.nc", engine="h5netcdf")
    with pytest.raises(InvalidInput, match=r"pmf\.nc: no saved belief"):
        load_belief(tmp_path / "pmf.nc")


def test_a_newer_format_is_refused_by_its_number(tmp_path: Path) -> None:
    save_belief(told(), tmp_path / "belief.nc")
    with h5py.File(tmp_path / "belief.nc", "a") as file:
        file.attrs["format_version"] = 2
        file.attrs["bayesmile_version"] = "9.1"
    with pytest.raises(InvalidInput, match=r"format 2, written by bayesmile 9\.1; this version reads formats up to 1"):
        load_belief(tmp_path / "belief.nc")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused(tmp_path: Path, part: float) -> None:
    place = tmp_path / "belief.nc"
    save_belief(told(), place)
    data = place.read_bytes()
    place.write_bytes(data[: int(part * len(data))])
    with pytest.raises(InvalidInput, match=r"belief\.nc: (cannot be read|changed or cut short)"):
        load_belief(place)


@pytest.mark.parametrize("lost", ["pmf", "loglik", "row_loglik", "row_constant", "contents", "beyond", "log_marginal"])
def test_a_folder_without_one_of_its_parts_is_refused(tmp_path: Path, lost: str) -> None:
    place = tmp_path / "belief.zarr"
    save_belief(told(), place)
    numbers = place / lost / "c"  # the description stays, and zarr takes them for empty
    numbers.unlink() if numbers.is_file() else shutil.rmtree(numbers)
    with pytest.raises(InvalidInput, match=r"belief\.zarr: (cannot be read|changed or cut short)"):
        load_belief(place)
    shutil.rmtree(place / lost)
    with pytest.raises(InvalidInput, match=r"belief\.zarr: cannot be read: KeyError"):
        load_belief(place)


def test_a_changed_number_is_noticed(tmp_path: Path) -> None:
    save_belief(told(), tmp_path / "belief.nc")
    with h5py.File(tmp_path / "belief.nc", "a") as file:
        file["pmf"][1, 20] += 1e-15
    with pytest.raises(InvalidInput, match="changed or cut short since it was saved"):
        load_belief(tmp_path / "belief.nc")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_replay_without_draws_comes_back_too(tmp_path: Path, suffix: str) -> None:
    beliefs = bm.replay(bm.load("phase2_drug"), ["2025-12-31", "2026-06-30"])
    save_replay(beliefs, tmp_path / f"replay.{suffix}")
    xr.testing.assert_identical(load_replay(tmp_path / f"replay.{suffix}"), beliefs)


# A roadmap as a table.


@given(worlds(max_items=0))
def test_a_roadmap_comes_back_from_its_table(world: World) -> None:
    frame = world.roadmap.to_pandas()
    assert bm.Roadmap.from_pandas(frame) == world.roadmap
    assert bm.Roadmap.from_pandas(frame.iloc[::-1]).names != () and list(frame.milestone) == list(world.roadmap.names)


def test_a_table_needs_only_what_has_no_default(tmp_path: Path) -> None:
    import pandas as pd

    ROADMAP.to_pandas().to_csv(tmp_path / "roadmap.csv", index=False)
    assert bm.Roadmap.from_pandas(pd.read_csv(tmp_path / "roadmap.csv")) == ROADMAP
    short = pd.DataFrame({"milestone": ["a", "b"], "law": "LogNormal", "median": 12, "sigma": 0.5, "after": [None, "a"],
                          "reporting_lag": [None, 2]})  # fmt: skip
    assert bm.Roadmap.from_pandas(short)["b"] == bm.Milestone(
        "b", after="a", delay=bm.LogNormal(12, 0.5), reporting_lag=2
    )


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"law": "Normal"}, "row 0: law: received 'Normal'; allowed: LogNormal, Gamma"),
        ({"sigma": None}, "row 0: LogNormal: column 'sigma' is empty"),
        ({"mean": 3.0}, "row 0: LogNormal: received a value in column 'mean'"),
        ({"median": -1.0}, "row 0: LogNormal median: received -1.0"),
        ({"law": "Tabulated", "median": None, "sigma": None, "pmf": "[0.5"}, "row 0: pmf: received '\\[0.5'"),
        ({"colour": "red"}, "row 0: column: received 'colour'"),
        ({"milestone": None}, "row 0: Milestone name: received None"),
        ({"needs": "most"}, "row 0: milestone a, needs: received 'most'"),
        ({"reporting_lag": 1.5}, "row 0: milestone a, reporting_lag: received 1.5"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(cells: dict[str, object], message: str) -> None:
    import pandas as pd

    row = {"milestone": "a", "law": "LogNormal", "median": 12.0, "sigma": 0.5} | cells
    with pytest.raises(InvalidInput, match=message):
        bm.Roadmap.from_pandas(pd.DataFrame([row]))
