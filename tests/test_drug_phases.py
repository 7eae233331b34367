"""Published phase transitions through the roadmap engine: the chain multiplies to the likelihood of approval."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import bayesmile as bm

STEPS = {"phase3_start": "phase2_to_3", "filing": "phase3_to_filing", "approval": "filing_to_approval"}
# Likelihoods of approval from phase 1 as the study prints them, in percent.
PUBLISHED = {"All indications": 7.9, "Hematology": 23.9, "Oncology": 5.3, "Urology": 3.6}


@pytest.fixture(scope="module")
def table(data_dir: Path) -> pd.DataFrame:
    frame = pd.read_csv(data_dir / "drug_phase_transitions.csv")
    return frame[frame["source"].str.startswith("BIO")].pivot_table(
        index="group", columns="transition", values="probability"
    )


def chain(probabilities: list[float]) -> bm.Roadmap:
    names = [f"step{k}" for k in range(len(probabilities))]
    return bm.Roadmap(
        [
            bm.Milestone(name, after=names[k - 1 : k] if k else (), delay=bm.Gamma(mean=18, sd=9, never=1 - p))
            for k, (name, p) in enumerate(zip(names, probabilities, strict=True))
        ]
    )


def test_every_disease_area_multiplies_to_its_likelihood_of_approval(table: pd.DataFrame):
    grid = bm.MonthGrid("2026-01", 600)
    for area, row in table.iterrows():
        steps = row[["phase1_to_2", "phase2_to_3", "phase3_to_filing", "filing_to_approval"]].tolist()
        belief = bm.infer(chain(steps), [], grid)
        product = steps[0] * steps[1] * steps[2] * steps[3]
        assert belief.prob("step3", by=grid.last) == pytest.approx(product, rel=1e-6), area
        if area in PUBLISHED:
            assert round(100 * product, 1) == PUBLISHED[area]


def test_bundled_drug_dossier_uses_the_published_oncology_rates(table: pd.DataFrame):
    roadmap = bm.load("phase2_drug").roadmap
    for milestone, transition in STEPS.items():
        published = table.loc["Oncology", transition]
        assert 1.0 - roadmap[milestone].delay.never == pytest.approx(published, abs=1e-12)


def test_bundled_drug_dossier_without_news_has_the_published_likelihood():
    dossier = bm.load("phase2_drug")
    belief = bm.infer(dossier.roadmap, [], dossier.grid)
    assert belief.prob("approval", by=dossier.grid.last) == pytest.approx(0.246 * 0.477 * 0.920, rel=2e-3)
