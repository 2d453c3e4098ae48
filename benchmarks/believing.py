"""Kernels that believe floats, only to see what proofs cost. What they count proves nothing.

Witnesses are taken without evaluating the rows of the cell with error bounds, refutations without evaluating
the multipliers, the sign at a witness as the float says. The bounds of a row over the whole domain (a filter that
a search without proofs wants as well) and the error bounds that affine forms carry stay.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from exactregions.engines.tree.kernels import decision, dictionary, least_distance, nearest_point, search
from exactregions.engines.tree.kernels.codes import NOTHING, UNKNOWN
from exactregions.engines.tree.kernels.compiling import inner
from exactregions.engines.tree.kernels.vectors import row_at

__all__ = ["believe_floats"]


@inner
def _believed_inside(state: Any, count: int, y: np.ndarray) -> bool:
    return True


@inner
def _believed_positive(row: np.ndarray, error: float, y: np.ndarray) -> bool:
    return row_at(row, y) > 0.0


@inner
def _believed_refutation(state: Any) -> int:
    if not state.proof_multipliers[state.proof_length - 1] > 0.0:
        return UNKNOWN
    state.stable_by_float += 1
    return NOTHING


def believe_floats() -> None:
    """Put these functions in the place of the proofs, in this process and before anything is compiled.

    Raises
    ------
    RuntimeError
        If NUMBA_CACHE_DIR does not keep the result apart from the kernels that prove, or these are loaded.
    """
    folder = os.environ.get("NUMBA_CACHE_DIR")
    cache = Path(search.search._cache.cache_path)
    if not folder or Path(folder).resolve() not in cache.resolve().parents:
        raise RuntimeError("set NUMBA_CACHE_DIR to a folder that is thrown away: these kernels prove nothing")
    if search.search.signatures:
        raise RuntimeError("the kernels are compiled already; start a fresh process")
    decision.positive_at = _believed_positive
    kernels: list[Any] = [dictionary, least_distance, nearest_point]
    for kernel in kernels:
        kernel.strictly_inside = _believed_inside
        kernel.settle = _believed_refutation
