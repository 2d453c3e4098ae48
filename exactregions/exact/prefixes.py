"""Sign prefixes of a search that is to go on, checked before they reach compiled code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import EngineError
from exactregions.network import Network

Prefix: TypeAlias = "NDArray[np.int8]"


def splitting_units(network: Network) -> NDArray[np.bool_]:
    """Return which of all units, wires included, can split: shape (all units,)."""
    return np.concatenate([np.zeros(0, dtype=bool), *(stage.splits for stage in network.stages)])


def full_signs(patterns: NDArray[np.bool_], splits: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return patterns as signs -1 and 1 of all units, 1 for a wire: shape (n, all units)."""
    signs = np.ones((len(patterns), len(splits)), dtype=np.int8)
    signs[:, splits] = np.where(patterns, 1, -1)
    return signs


def checked_prefixes(network: Network, prefixes: Iterable[Any]) -> list[Prefix]:
    """Return sign prefixes as arrays of int8, in their order.

    Parameters
    ----------
    prefixes : iterable of sequence of int
        Signs, -1 or 1, of the first units of each, wires included.

    Raises
    ------
    EngineError
        If a sign is another, a wire has the sign -1, a prefix is longer than the network, or one begins with another:
        what is below both would be counted twice.
    """
    splits = splitting_units(network)
    checked = [_checked(number, prefix, splits) for number, prefix in enumerate(prefixes)]
    _require_disjoint(checked)
    return checked


def _checked(number: int, prefix: Any, splits: NDArray[np.bool_]) -> Prefix:
    try:
        signs = np.asarray(prefix)
    except ValueError:  # lists in a list, of different lengths
        signs = np.array(None)
    if not signs.size and signs.ndim == 1:
        return np.zeros(0, dtype=np.int8)
    if signs.dtype.kind not in "iu" or signs.ndim != 1 or not np.isin(signs, (-1, 1)).all():
        raise EngineError(f"prefix {number} is no list of signs -1 and 1")
    if len(signs) > len(splits):
        raise EngineError(f"prefix {number} has {len(signs)} signs, and the network {len(splits)} units and wires")
    if (signs[~splits[: len(signs)]] < 0).any():
        raise EngineError(f"prefix {number} has the sign -1 for a wire, which passes its value on")
    return signs.astype(np.int8)


def _require_disjoint(prefixes: Sequence[Prefix]) -> None:
    # sorted as bytes, a prefix comes right before the first one that begins with it
    for first, second in pairwise(sorted(as_bytes(prefix) for prefix in prefixes)):
        if second.startswith(first):
            raise EngineError("one prefix begins with another, so that regions below both would be counted twice")


def as_bytes(signs: Prefix) -> bytes:
    """Return signs as bytes that sort in the order of the signs: 0 for -, 1 for +."""
    return (signs > 0).tobytes()
