"""Witnesses as inputs: proved in floats a batch at a time, in rationals one by one where that fails."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.engines.tree.kernels.witnesses import prove_patterns
from exactregions.exact.shapes import shape_of
from exactregions.exact.shapes.rounded import InsideTest
from exactregions.network import Matrix, Network

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def _rows(matrix: Matrix) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats]:
    """Return the entries in each row, -1 of a dense matrix; the columns of a sparse one; and all values."""
    stored: Any = matrix
    if isinstance(matrix, np.ndarray):
        return np.full(len(stored), -1), np.zeros(0, dtype=np.int32), stored.ravel()
    return np.diff(stored.indptr).astype(np.int64), stored.indices.astype(np.int32), stored.data


class FloatWitnesses:
    """Proves that float inputs lie in the open domain and have given patterns.

    Attributes
    ----------
    entries : int
        Products of a weight and a value that one point takes.
    """

    def __init__(self, network: Network, domain: Domain) -> None:
        stages = network.stages
        counts, columns, weights = map(np.concatenate, zip(*(_rows(s.matrix) for s in stages), strict=True))
        self._arrays = (
            np.array([len(stage.bias) for stage in stages], dtype=np.int64),
            counts,
            columns,
            weights,
            *(np.concatenate([getattr(stage, name) for stage in stages]) for name in ("bias", "low", "high")),
        )
        self.entries = len(weights)
        self._inside = InsideTest(shape_of(domain))

    def proved(self, points: Floats, packed: NDArray[np.uint8]) -> Mask:
        """Return which points are proved witnesses.

        Parameters
        ----------
        points : numpy.ndarray, shape (n, d)
        packed : numpy.ndarray of uint8, shape (n, ceil(units/8))
            Their patterns.
        """
        signs = np.zeros(len(points), dtype=bool)
        prove_patterns(*self._arrays, points, packed, signs)
        with np.errstate(over="ignore", invalid="ignore"):
            return self._inside(points) & signs
