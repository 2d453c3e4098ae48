"""Patterns told by winners: which value wins in each winner unit, as signs of two-slope units (mathematics, 2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from exactregions.network import Network, Winner

CHUNK = 2**27  # signs held at a time, one a byte


def has_contests(network: Network) -> bool:
    """Whether some winner unit has three values or more: with two, its one sign tells the winner."""
    return any(len(winner.units) > 1 for winner in network.winners)


def pairwise_lowering(network: Network) -> Network:
    """Return the network as its two-slope units alone, whose regions are told by every contest."""
    return replace(network, winners=()) if has_contests(network) else network


def winner_patterns(winners: Sequence[Winner], patterns: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the signs of the contests that decide, - for those between values that lose.

    Two patterns become the same exactly if the other units have the same signs and the same values win.

    Parameters
    ----------
    winners : sequence of Winner
    patterns : numpy.ndarray of bool, shape (n, units)

    Returns
    -------
    numpy.ndarray of bool, shape (n, units)
    """
    found = np.array(patterns, dtype=bool)
    for winner in winners:
        k = len(winner.units) + 1
        decides = np.zeros((len(found), k - 1), dtype=bool)
        decides[:, -1] = True
        for contest in reversed(range(k - 1)):
            sign = found[:, winner.units[contest]]
            for side, value in enumerate(winner.contests[contest]):
                if value >= k:
                    decides[:, value - k] = decides[:, contest] & (sign == side)
            found[:, winner.units[contest]] = sign & decides[:, contest]
    return found


def distinct_rows(network: Network, packed: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Return the different winner patterns in the order of their first row, and for each row which one it has.

    Parameters
    ----------
    network : Network
    packed : numpy.ndarray of uint8, shape (n, ceil(units/8))
        Patterns, first unit in the lowest bit.

    Returns
    -------
    patterns : numpy.ndarray of uint8, shape (k, ceil(units/8))
    numbers : numpy.ndarray of int, shape (n,)
    """
    known: dict[bytes, int] = {}
    numbers = [known.setdefault(row.tobytes(), len(known)) for part in _told(network, packed) for row in part]
    flat = np.frombuffer(b"".join(known), dtype=np.uint8)
    return flat.reshape(len(known), packed.shape[1]), np.array(numbers, dtype=np.intp)


def _told(network: Network, packed: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield packed patterns as `winner_patterns` has them, some rows at a time."""
    step = max(1, CHUNK // max(network.units, 1))
    for first in range(0, len(packed), step):
        signs = np.unpackbits(packed[first : first + step], axis=1, count=network.units, bitorder="little")
        yield np.packbits(winner_patterns(network.winners, signs.astype(bool)), axis=1, bitorder="little")
