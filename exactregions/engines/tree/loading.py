"""What is said while the kernels are loaded, which takes long when they have to be compiled."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numba import int64

from exactregions.engines.tree.kernels.decision import admit
from exactregions.engines.tree.kernels.pruned_states import type_of_search
from exactregions.engines.tree.kernels.search import search
from exactregions.engines.tree.kernels.setup import FloatDomain, new_state
from exactregions.engines.tree.kernels.witnesses import prove_patterns
from exactregions.engines.tree.linked_units import chain
from exactregions.network import Stage
from exactregions.progress import Observer, Progress
from exactregions.support.stopwatch import preparing

COMPILING = "compiling the search kernels, once after an install: ten to twenty seconds on a free core"

_log = logging.getLogger(__name__)


def announce(kernel: Any, observer: Observer | None, first: Any = None) -> None:
    """Tell an observer that a kernel is loaded; that it has to be compiled, those too who have given none.

    Parameters
    ----------
    kernel : an entry point
    observer : callable, optional
    first : numba type, optional
        Of its first argument; a kernel is compiled for each type anew.
    """
    compiled = is_compiled(kernel, first)
    if not compiled:
        _log.warning(COMPILING)
    if observer is not None:
        observer(Progress(0, 0.0, "loading kernels" if compiled else COMPILING))


def is_compiled(kernel: Any, first: Any = None) -> bool:
    """Tell whether an entry point is compiled for a type of its first argument, in this process or on disk."""
    try:
        return _covers(kernel.signatures, first) or _covers(
            [key[0] for key in kernel._cache._cache_file._load_index()], first
        )
    except (AttributeError, OSError):  # nothing is kept on disk
        return False


def _covers(signatures: Sequence[Any], first: Any) -> bool:
    return any(first is None or signature[0] == first for signature in signatures)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave garbage where it is: looking for it among what compiling makes takes a tenth of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@cache
@preparing()
@_uncollected()
def load_kernels(kind: int, prune: bool = False, stores: bool = True) -> None:
    """Load the kernels of a kind of domain, or compile them, once a process; a limit is heard meanwhile in a thread.

    Only a search that stores regions proves their witnesses as inputs.
    """
    side, zero = np.ones(2), np.zeros(1)
    network = chain(np.ones((1, 3)), zero, [Stage.relu(np.ones((1, 2)), zero)], few_digits=True)
    domain = FloatDomain(kind, side, side, np.zeros((0, 3)), zero[:0], zero[:0])
    packed, points, numbers = np.zeros((0, 1), dtype=np.uint8), np.zeros((0, 2)), np.zeros(0, dtype=np.int64)
    state = new_state(network, domain, np.zeros(2), goal=[[0]] if prune else None, prune=prune)
    search(state, 0, packed, points, np.zeros((0, 3)), numbers)
    admit.compile((type_of_search(kind, prune), int64))
    if stores:
        columns, proved = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=bool)
        prove_patterns(numbers, numbers, columns, zero, zero, zero, zero, points, packed, proved)
