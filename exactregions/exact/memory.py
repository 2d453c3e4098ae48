"""Whether exact arithmetic has room: the integer library ends the process where memory runs out."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from exactregions.errors import NetworkError
from exactregions.exact.matrices import stored_values
from exactregions.network import Network

ENTRY, DIGITS = 8, 24  # bytes of an integer in a matrix; and of one that has more than 62 bits, beside its digits
READING = 200  # bytes of an entry of the largest matrix while it is read from floats


def bytes_of_weights(network: Network) -> int:
    """Return about how many bytes the weights take in exact arithmetic; of sparse ones what is stored."""
    total = largest = 0
    for matrix in _matrices(network):
        count = len(stored_values(matrix))
        total += count * _size(_bits(matrix))
        largest = max(largest, count)
    return total + READING * largest


def bytes_of_forms(network: Network) -> int:
    """Return about how many bytes the affine forms of all stages take on one cell.

    A form of stage l is an integer of about as many bits as the weights of the stages up to l have together, in each
    of inputs + 1 columns.
    """
    total = bits = 0
    for matrix in _matrices(network):
        m, n = matrix.shape
        bits += _bits(matrix) + n.bit_length()
        total += m * (network.inputs + 1) * _size(bits)
    return total


def require_memory(network: Network, forms: bool = False) -> None:
    """Refuse a network whose exact weights, or weights and forms, do not fit into memory, before any is taken.

    Raises
    ------
    NetworkError
    """
    needed, there = bytes_of_weights(network) + (bytes_of_forms(network) if forms else 0), _memory()
    if needed > there:
        raise NetworkError(
            f"exact arithmetic would need about {needed / 2**30:.3g} GB for this network of {network.inputs} inputs, "
            f"and {there / 2**30:.3g} GB are there; restrict it to fewer inputs (network.restrict), or use a larger "
            "machine"
        )


def _matrices(network: Network) -> list[Any]:
    return [*(stage.matrix for stage in network.stages), network.matrix]


def _bits(matrix: Any) -> int:
    """Return the number of bits of the largest entry over the common denominator of all."""
    sizes = np.abs(stored_values(matrix))
    largest = sizes.max(initial=0.0)
    if not largest:
        return 1
    least = sizes.min()
    least = least if least else sizes[sizes > 0].min()
    return 53 + math.frexp(largest)[1] - math.frexp(least)[1]


def _size(bits: int) -> int:
    return ENTRY if bits <= 62 else ENTRY + DIGITS + bits // 8


def _memory() -> int:
    """Return the bytes of memory of the machine, or those that the process may take if that is less."""
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        return there if limit == resource.RLIM_INFINITY else min(there, limit)
    except (ImportError, OSError, ValueError):  # a system that does not tell
        return 2**63
