"""A belief as labelled arrays and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from bayesmile.belief import Belief  # stands above this module and exports itself with it

__all__ = ["belief_dataset", "belief_frame", "joint_array"]


def belief_dataset(belief: Belief) -> xr.Dataset:
    """Label all posteriors; see `Belief.to_dataset`."""
    import xarray as xr

    pmf, grid, dims, unit = belief.solution.pmf, belief.grid, ("milestone", "month"), {"units": "1"}
    moment = belief.evidence.as_of
    as_of = {} if moment is None else {"as_of": moment.day.isoformat()}
    return xr.Dataset(
        {
            "pmf": (dims, pmf[:, :-1], {"long_name": "probability of the month", **unit}),
            "cdf": (dims, np.cumsum(pmf[:, :-1], axis=1), {"long_name": "probability by the month's end", **unit}),
            "beyond": (("milestone",), pmf[:, -1], {"long_name": f"after {grid.last}, or never", **unit}),
        },
        coords={
            "milestone": list(belief.roadmap.names),
            "month": grid.starts(),
            "label": ("month", [grid.label(index) for index in range(grid.months)]),
        },
        attrs={"log_marginal": belief.log_marginal, "horizon": grid.last, **as_of},
    )


def belief_frame(belief: Belief) -> pd.DataFrame:
    """One row per milestone; see `Belief.to_pandas`."""
    import pandas as pd

    rows = [
        {
            f"P(by {belief.grid.last})": 1.0 - float(belief.solution.pmf[k, -1]),
            **{f"{level:.0%}": belief.quantile(name, level) for level in (0.05, 0.5, 0.95)},
        }
        for k, name in enumerate(belief.roadmap.names)
    ]
    return pd.DataFrame(rows, index=pd.Index(belief.roadmap.names, name="milestone"))


def joint_array(belief: Belief, first: str, second: str) -> xr.DataArray:
    """Label a joint probability; see `Belief.joint_xarray`."""
    import xarray as xr

    labels = [belief.grid.label(index) for index in range(belief.grid.months + 1)]
    about = {"first_milestone": first, "second_milestone": second, "units": "1"}
    coords = {"first": labels, "second": labels}
    joint = belief.joint(first, second)
    return xr.DataArray(joint, dims=("first", "second"), coords=coords, name="joint", attrs=about)
