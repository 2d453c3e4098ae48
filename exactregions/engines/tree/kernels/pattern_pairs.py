"""Pairs of patterns that differ in a single unit, found by keys of which each unit changes one part (Zobrist 1970)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.compiling import entry_point, inner

__all__ = ["EMPTY", "fill_table", "write_keys", "write_pairs"]

EMPTY = -1
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # a place is the upper bits of a key times this


@entry_point
def write_keys(packed: np.ndarray, numbers: np.ndarray, keys: np.ndarray) -> None:
    """Write the exclusive or of the numbers of the active units of each pattern.

    Parameters
    ----------
    packed : numpy.ndarray of uint8, shape (n, bytes)
    numbers : numpy.ndarray of uint64, shape (units,)
    keys : numpy.ndarray of uint64, shape (n,)
    """
    for row in range(len(packed)):
        key = np.uint64(0)
        for unit in range(len(numbers)):
            if _active(packed[row], unit):
                key ^= numbers[unit]
        keys[row] = key


@inner
def _active(pattern: np.ndarray, unit: int) -> bool:
    return (pattern[unit >> 3] >> (unit & 7)) & 1 == 1


@inner
def _place(key: Any, shift: int) -> Any:
    return np.int64((key * SPREAD) >> np.uint64(shift))


@entry_point
def fill_table(packed: np.ndarray, keys: np.ndarray, shift: int, slots: np.ndarray, filter_bits: np.ndarray) -> int:
    """Put the rows into a table by their keys; return a row whose pattern is there already, EMPTY for none.

    Parameters
    ----------
    packed : numpy.ndarray of uint8, shape (n, bytes)
    keys : numpy.ndarray of uint64, shape (n,)
    shift : int
        64 less the logarithm of the number of slots.
    slots : numpy.ndarray of int64
        EMPTY everywhere; more than n.
    filter_bits : numpy.ndarray of uint8
        Zero everywhere; a power of two. What a filter does not know is not in the table, and it fits a nearer cache.
    """
    last = len(slots) - 1
    mask = np.uint64(8 * len(filter_bits) - 1)
    for row in range(len(keys)):
        place = _place(keys[row], shift)
        while slots[place] != EMPTY:
            other = slots[place]
            if keys[other] == keys[row] and _differences(packed[other], packed[row]) == 0:
                return row
            place = (place + 1) & last
        slots[place] = row
        bit = np.int64(keys[row] & mask)
        filter_bits[bit >> 3] |= np.uint8(1 << (bit & 7))
    return EMPTY


@inner
def _differences(one: np.ndarray, other: np.ndarray) -> int:
    """Return in how many bits two patterns differ."""
    total = 0
    for i in range(len(one)):
        left = np.int64(one[i] ^ other[i])
        while left:
            left &= left - 1
            total += 1
    return total


@entry_point
def write_pairs(
    packed: np.ndarray,
    numbers: np.ndarray,
    keys: np.ndarray,
    shift: int,
    slots: np.ndarray,
    filter_bits: np.ndarray,
    begin: int,
    lower: np.ndarray,
    upper: np.ndarray,
    units: np.ndarray,
) -> tuple[int, int]:
    """Write the pairs of rows from row `begin` on that differ in one unit, while there is room for those of a row.

    Parameters
    ----------
    lower, upper : numpy.ndarray of int64, shape (capacity,)
        The rows in which the unit is inactive and active; the former ascend.
    units : numpy.ndarray of int64, shape (capacity,)

    Returns
    -------
    next_row, count : int
    """
    last = len(slots) - 1
    mask = np.uint64(8 * len(filter_bits) - 1)
    count = 0
    for row in range(begin, len(keys)):
        if count + len(numbers) > len(units):
            return row, count
        for unit in range(len(numbers)):
            if _active(packed[row], unit):
                continue
            key = keys[row] ^ numbers[unit]
            bit = np.int64(key & mask)
            if (filter_bits[bit >> 3] >> (bit & 7)) & 1 == 0:
                continue
            place = _place(key, shift)
            while slots[place] != EMPTY:
                other = slots[place]
                if (
                    keys[other] == key
                    and _active(packed[other], unit)
                    and _differences(packed[other], packed[row]) == 1
                ):
                    lower[count], upper[count], units[count] = row, other, unit
                    count += 1
                    break
                place = (place + 1) & last
    return len(keys), count
