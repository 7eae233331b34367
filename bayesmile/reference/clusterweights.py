"""How much each entity of a cluster counts: entities that share their fate tell less than as many that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesmile.checks import probability
from bayesmile.reference.table import ReferenceClass

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cluster_weights"]


def cluster_weights(klass: ReferenceClass, correlation: float) -> pd.Series[float]:
    """Weigh each entity of a cluster of n by one over its design effect, 1 + (n - 1) * correlation.

    Parameters
    ----------
    klass : ReferenceClass
    correlation : float
        Correlation of what becomes of entities of one cluster, such as the units of a plant: 0 counts each of them as
        one, 1 counts each cluster as one.

    Returns
    -------
    Series
        By entity; 1 for one that is alone in its cluster.

    Raises
    ------
    InvalidInput
        If `correlation` is no number from 0 to 1.

    References
    ----------
    .. [1] L. Kish, "Survey Sampling", Wiley, 1965, section 8.2: the design effect.

    Examples
    --------
    >>> from bayesmile.reference.simulated import simulated_class
    >>> weights = cluster_weights(simulated_class(entities=60, seed=1), correlation=1.0)
    >>> sorted({round(float(weight), 3) for weight in weights})
    [0.333, 0.5]
    """
    import pandas as pd

    probability("correlation", correlation)
    codes, _ = pd.factorize(klass.entities["cluster"])
    size = np.bincount(codes, minlength=1)[codes]
    return pd.Series(1.0 / (1.0 + (size - 1.0) * correlation), index=klass.entities.index)
