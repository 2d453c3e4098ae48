"""A network as the kernels read it: units with forms of the inputs, and links to units of earlier stages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.tree.kernels.setup import FloatNetwork
from exactregions.exact.matrices import coordinates, entries
from exactregions.network import Stage

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


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
    units, m, later = sum(widths), widths[0], stages[1:]
    full = [_is_full(stage) for stage in later]
    total = sum(entries(stage.matrix) for stage in later)
    counts, links, weights = [np.zeros(m, dtype=np.int64)], np.empty(total, dtype=np.int64), np.empty(total)
    before = begin = 0
    for width, stage, whole in zip(widths, later, full, strict=False):
        rows, columns, values = _full_links(stage) if whole else _links(stage)
        counts.append(rows)
        block = slice(begin, begin + values.size)
        np.add(before, columns, out=links[block].reshape(values.shape))
        weights[block].reshape(values.shape)[:] = values
        before, begin = before + width, block.stop
    places, errors, biases = np.full(units, -1), np.zeros(units), np.concatenate([stage.bias for stage in stages])
    places[:m], errors[:m], biases[:m] = np.arange(m), first_errors, 0.0
    return FloatNetwork(
        widths=widths,
        bases=first,
        base_places=places,
        base_errors=errors,
        biases=biases,
        link_starts=np.concatenate([[0], np.cumsum(np.concatenate(counts))]),
        link_units=links,
        weights=weights,
        lows=np.concatenate([stage.low for stage in stages]),
        highs=np.concatenate([stage.high for stage in stages]),
        few_digits=few_digits,
        by_columns=not few_digits and all(full),
    )


def _is_full(stage: Stage) -> bool:
    return isinstance(stage.matrix, np.ndarray) and bool(stage.matrix.all())


def _links(stage: Stage) -> tuple[Places, Places, Floats]:
    """Return how many units of the stage before each unit reads, which, and with what weights."""
    rows, columns, values = coordinates(stage.matrix)
    return np.bincount(rows, minlength=len(stage.bias)), columns, values


def _full_links(stage: Stage) -> tuple[Places, Places, Floats]:
    """Return the same where each reads all, shapes (m,), (m, n) and (m, n)."""
    values = stage.weight
    m, n = values.shape
    return np.full(m, n), np.broadcast_to(np.arange(n), (m, n)), values
