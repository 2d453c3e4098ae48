"""A network as the kernels read it: units with forms of the inputs, and links to units of earlier stages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.tree.kernels.setup import FloatNetwork
from exactregions.exact.matrices import coordinates
from exactregions.network import Stage

Floats = NDArray[np.float64]


def chain(first: Floats, first_errors: Floats, stages: Sequence[Stage], few_digits: bool) -> FloatNetwork:
    """Return all units of a network, each linked to those of the stage before.

    Parameters
    ----------
    first : numpy.ndarray, shape (m, p + 1)
        Forms of the first stage in scaled coordinates.
    first_errors : numpy.ndarray, shape (m,)
        Bounds of their errors within reach.
    stages : sequence of Stage
    """
    widths = [len(stage.bias) for stage in stages]
    units, m = sum(widths), widths[0]
    counts, links, weights = [np.zeros(m, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    before = 0
    for width, stage in zip(widths, stages[1:], strict=False):
        rows, columns, values = coordinates(stage.matrix)
        counts.append(np.bincount(rows, minlength=len(stage.bias)))
        links.append(before + columns)
        weights.append(values)
        before += width
    places, errors, biases = np.full(units, -1), np.zeros(units), np.concatenate([stage.bias for stage in stages])
    places[:m], errors[:m], biases[:m] = np.arange(m), first_errors, 0.0
    return FloatNetwork(
        widths=widths,
        bases=first,
        base_places=places,
        base_errors=errors,
        biases=biases,
        link_starts=np.concatenate([[0], np.cumsum(np.concatenate(counts))]),
        link_units=np.concatenate(links),
        weights=np.concatenate(weights),
        lows=np.concatenate([stage.low for stage in stages]),
        highs=np.concatenate([stage.high for stage in stages]),
        few_digits=few_digits,
    )
