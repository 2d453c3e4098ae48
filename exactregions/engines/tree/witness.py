"""Witnesses as inputs: proved in floats a batch at a time, in rationals one by one where that fails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.engines.tree.kernels.witnesses import prove_patterns
from exactregions.exact.shapes import shape_of
from exactregions.exact.shapes.rounded import InsideTest
from exactregions.network import Network

__all__ = ["FloatWitnesses"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class FloatWitnesses:
    """Proves that float inputs lie in the open domain and have given patterns."""

    def __init__(self, network: Network, domain: Domain) -> None:
        stages = network.stages
        self._arrays = (
            np.array([len(stage.bias) for stage in stages], dtype=np.int64),
            *(
                np.concatenate([getattr(stage, name).ravel() for stage in stages])
                for name in ("weight", "bias", "low", "high")
            ),
        )
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
