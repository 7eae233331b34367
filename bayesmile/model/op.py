"""The exact log marginal likelihood as a PyTensor operation; importing this module imports PyTensor."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import generate_fallback_impl, numba_funcify

from bayesmile.likelihoods.likelihood import Likelihood

__all__ = ["LogMarginal"]


class LogMarginal(Op):
    """log P(evidence | theta) and its gradient, every event month summed out by the engine.

    Both come from one pass: the gradient is a second output, which the derivative of the first one reuses.

    Parameters
    ----------
    likelihood : Likelihood
    """

    __props__ = ()

    def __init__(self, likelihood: Likelihood) -> None:
        self.likelihood = likelihood

    def __eq__(self, other: object) -> bool:
        """Whether both stand for the very same likelihood."""
        return isinstance(other, LogMarginal) and other.likelihood is self.likelihood

    def __hash__(self) -> int:
        """Hash by identity of the likelihood."""
        return hash((LogMarginal, id(self.likelihood)))

    def make_node(self, *inputs: Any) -> Apply[Any]:
        """Node from a vector of parameters, in the order of `Likelihood.parameters`."""
        return Apply(self, [pt.as_tensor_variable(inputs[0])], [pt.dscalar("log_marginal"), pt.dvector("gradient")])

    def perform(self, node: Apply[Any], inputs: Any, output_storage: Any) -> None:
        """Compute both outputs for one draw."""
        value, slope = self.likelihood.gradient(np.asarray(inputs[0], dtype=np.float64)[None])
        output_storage[0][0] = np.asarray(value[0])
        output_storage[1][0] = slope[0]

    def infer_shape(self, node: Apply[Any], input_shapes: Any) -> list[tuple[Any, ...]]:
        """Say the shapes: a scalar, and a vector as long as the parameters."""
        return [(), input_shapes[0]]

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Variable[Any, Any]]:
        """Differentiate by the parameters: the second output, which nothing differentiates again."""
        return [cotangents[0] * outputs[1]]


@numba_funcify.register(LogMarginal)
def _in_object_mode(op: LogMarginal, node: Apply[Any] | None = None, **kwargs: Any) -> Any:
    """Call back into Python, where the engine's own compiled kernels do the work: meant, so nothing warns of it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Numba will use object mode")
        return generate_fallback_impl(op, node, **kwargs)
