"""The network of a property: after the outputs, a unit for each row of the unsafe set (mathematics, 8).

Its units z = h' - G f with h' above h are all positive for some polyhedron wherever the outputs are in the unsafe set,
and near every point of the closed domain where they are. Outputs are wires, so that G W is never multiplied out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from exactregions.algebra import with_output_units
from exactregions.engines.contract import Goal
from exactregions.errors import PropertyError
from exactregions.exact.floats import nearest_float
from exactregions.network import Network
from exactregions.unsafe import Unsafe

__all__ = ["PropertyNetwork", "property_network"]


@dataclass(frozen=True, slots=True, eq=False)
class PropertyNetwork:
    """A network with a unit h' - G f for each row of an unsafe set.

    Attributes
    ----------
    network : Network
        Its last stage has the units of the polyhedra, one after the other.
    goal : Goal
        Regions in which the outputs may be unsafe: a group for each polyhedron.
    above : tuple of tuple of Fraction
        h' of each row of each polyhedron, all above h.
    units : int
        Units of the given network, wires included: they come first.
    own : numpy.ndarray of bool, shape (units of `network`, wires included,)
        All but the constants, which only carry digits of h' that one float does not hold.
    """

    network: Network
    goal: Goal
    above: tuple[tuple[Fraction, ...], ...]
    units: int
    own: NDArray[np.bool_]


def property_network(network: Network, unsafe: Unsafe, room: Sequence[Sequence[Fraction]]) -> PropertyNetwork:
    """Return the network of a property.

    Parameters
    ----------
    network : Network
        Winner units count as the two-slope units that they are made of.
    unsafe : Unsafe
        With floats for G, and one polyhedron at least: see `Unsafe.in_floats`.
    room : sequence of sequence of Fraction
        How far h' may lie above h, for each row of each polyhedron: positive.

    Raises
    ------
    PropertyError
        If no float, and no sum of floats, lies so near above h.
    """
    plain = replace(network, winners=())
    sums = [
        [_sum_above(h, gap) for h, gap in zip(p.h, gaps, strict=True)]
        for p, gaps in zip(unsafe.polyhedra, room, strict=True)
    ]
    rows = [row for p in unsafe.polyhedra for row in p.G]
    parts = [part for group in sums for part in group]
    constants = max(map(len, parts)) - 1
    bias = np.array([[*part, *[0.0] * (constants + 1 - len(part))] for part in parts])
    asked = with_output_units(plain, -np.array([[float(v) for v in row] for row in rows]), bias)
    units, m = sum(len(stage.bias) for stage in plain.stages), len(rows)
    own = np.ones(units + plain.outputs + constants + m, dtype=bool)
    own[units + plain.outputs : units + plain.outputs + constants] = False
    starts = accumulate((len(p.h) for p in unsafe.polyhedra), initial=len(own) - m)
    return PropertyNetwork(
        asked,
        Goal(tuple(tuple(range(a, b)) for a, b in pairwise(starts))),
        tuple(tuple(sum(map(Fraction, part), Fraction(0)) for part in group) for group in sums),
        units,
        own,
    )


def _sum_above(h: Fraction, room: Fraction) -> list[float]:
    """Return floats whose sum lies above h, by no more than `room`: as few as will do."""
    middle = nearest_float(h + room / 2)
    if math.isfinite(middle) and h < Fraction(middle) <= h + room:
        return [middle]
    # dyadic, with a grain that the room holds twice
    grain = Fraction(2) ** (_exponent(room) - 2)
    rest = (h // grain + 2) * grain
    found: list[float] = []
    while rest:
        part = nearest_float(rest)
        if not part or not math.isfinite(part):
            raise PropertyError(
                "the outputs come so near to the unsafe set, or are so large, that no sum of floats lies between them"
            )
        found.append(part)
        rest -= Fraction(part)
    return found or [0.0]


def _exponent(value: Fraction) -> int:
    """Return the largest e with 2^e at most a positive value."""
    e = value.numerator.bit_length() - value.denominator.bit_length()
    return e if Fraction(2) ** e <= value else e - 1
