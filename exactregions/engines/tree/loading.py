"""What is said while the kernels are loaded, which takes long when they have to be compiled."""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import numpy as np
from numba import int64

from exactregions.engines.tree.kernels import layout as at
from exactregions.engines.tree.kernels.decision import admit
from exactregions.engines.tree.kernels.search import search
from exactregions.engines.tree.kernels.witnesses import prove_patterns
from exactregions.progress import Observer, Progress

__all__ = ["COMPILING", "announce", "is_compiled", "load_kernels"]

COMPILING = "compiling the search kernels, once after an install: up to a minute on a free core"

_log = logging.getLogger(__name__)


def announce(kernel: Any, observer: Observer | None) -> None:
    """Tell an observer that a kernel is loaded; that it has to be compiled, those too who have given none."""
    compiled = is_compiled(kernel)
    if not compiled:
        _log.warning(COMPILING)
    if observer is not None:
        observer(Progress(0, 0.0, "loading kernels" if compiled else COMPILING))


def is_compiled(kernel: Any) -> bool:
    """Tell whether an entry point is compiled, in this process or on disk."""
    try:
        return bool(kernel.signatures or kernel._cache._cache_file._load_index())
    except (AttributeError, OSError):  # nothing is kept on disk
        return False


@cache
def load_kernels() -> None:
    """Load the kernels, or compile them, once a process; in a thread, so that a limit is heard meanwhile."""
    one, zero = np.ones(1), np.zeros(1)
    network = at.FloatNetwork([np.ones((1, 1))], [zero], [zero], [one], zero, nice=True)
    flat = at.FloatDomain(at.BOX, one, one, np.zeros((0, 2)), zero[:0], zero[:0])
    packed, points, numbers = np.zeros((0, 1), dtype=np.uint8), np.zeros((0, 1)), np.zeros(0, dtype=np.int64)
    search(at.new_block(network, flat, zero).descriptor, 0, packed, points, zero[:0], numbers)
    prove_patterns(numbers, zero, zero, zero, zero, points, packed, np.zeros(0, dtype=bool))
    admit.compile((int64[::1], int64))
