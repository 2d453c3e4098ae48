"""Signs that hold whatever the input, from the signs of weights alone: nothing is rounded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.matrices import coordinates
from exactregions.network import Network
from exactregions.support.stopping import check

Signs = NDArray[np.int8]


def globally_stable(network: Network) -> tuple[Signs, ...]:
    """Prove signs of pre-activations on the whole input space, stage by stage.

    A row keeps its sign where every term has that sign or vanishes, and ReLU outputs are never negative: so
    zero rows are settled, and in later stages rows with weights and bias of one sign.

    Returns
    -------
    tuple of numpy.ndarray of int8, shape (m,)
        1: never negative; -1: never positive, so a dead unit if it is a ReLU; 0: not proved. A unit that is
        always zero has -1.
    """
    found = []
    never_negative = never_positive = np.zeros(network.inputs, dtype=bool)
    for stage in network.stages:
        check()
        rows, columns, w = coordinates(stage.matrix)
        above, below = never_negative[columns], never_positive[columns]
        rising = _without(rows[~np.where(w > 0, above, below)], len(stage.bias))
        falling = _without(rows[~np.where(w > 0, below, above)], len(stage.bias))
        positive, negative = rising & (stage.bias >= 0), falling & (stage.bias <= 0)
        found.append(np.where(negative, -1, positive).astype(np.int8))
        # an output is never negative if what each side that can occur gives is not
        never_negative = (negative | (stage.high >= 0)) & (positive | (stage.low <= 0))
        never_positive = (negative | (stage.high <= 0)) & (positive | (stage.low >= 0))
    return tuple(found)


def _without(rows: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """Return which of so many rows are not named."""
    found = np.ones(count, dtype=bool)
    found[rows] = False
    return found
