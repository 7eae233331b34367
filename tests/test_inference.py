"""The worked roadmaps through the public names: `infer` with tabulated delays and rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import bayesmile as bm

CASES = json.loads((Path(__file__).parent / "vectors" / "roadmap_posteriors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_given_roadmaps(case):
    grid = bm.MonthGrid("2026-01", case["months"])
    roadmap = bm.Roadmap(
        bm.Milestone(m["name"], after=m["after"], needs=m["needs"], delay=bm.Tabulated(m["delay_pmf"]))
        for m in reversed(case["milestones"])
    )
    rows = [bm.Row(name, [float(x) for x in row]) for name, row in case["loglik"].items()]
    if case["expected"]["impossible"]:
        with pytest.raises(bm.ImpossibleEvidence) as caught:
            bm.infer(roadmap, rows, grid)
        assert set(caught.value.items) <= {row.label for row in rows}
        return
    belief = bm.infer(roadmap, rows, grid)
    assert belief.log_marginal == pytest.approx(float(case["expected"]["log_marginal"]), rel=1e-9, abs=1e-9)
    for name, pmf in case["expected"]["pmf"].items():
        np.testing.assert_allclose(belief.pmf(name), pmf, rtol=0, atol=1e-9)
