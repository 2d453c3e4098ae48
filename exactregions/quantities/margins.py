"""The class of a point, and the network of the differences between other outputs and that of the class."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.algebra import with_output_units
from exactregions.domain import Ball
from exactregions.network import Network
from exactregions.regions import RegionSet

__all__ = ["Margins", "last_signs", "signs_at"]


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """What other outputs are less that of the class of a point.

    Attributes
    ----------
    label : int
    others : list of int
    ties : tuple of int
        Others that are as large at the point.
    network : Network
        Its last stage has a unit for each other, positive where that is larger; it reads outputs, which are wires.
    """

    label: int
    others: list[int]
    ties: tuple[int, ...]
    network: Network

    @classmethod
    def at(cls, network: Network, ball: Ball) -> Margins:
        """Return those of the centre of a ball.

        The class is what floats say, until exact signs say that another output is larger.
        """
        values = network.forward(ball.center_float)
        label = int(values[0] > 0) if len(values) == 1 else int(values.argmax())
        while True:
            others, differences = _differences(network, label)
            signs = signs_at(differences, ball.center)[-len(others) :]
            better = [other for other, sign in zip(others, signs, strict=True) if sign > 0]
            ties = tuple(other for other, sign in zip(others, signs, strict=True) if sign == 0)
            if not better and (len(values) > 1 or label == 0 or not ties):
                # of equal outputs the first one; what is not positive is 0
                if not ties or label < ties[0]:
                    return cls(label, others, ties, differences)
                better = [ties[0]]
            label = better[0] if better else 0


def _differences(network: Network, label: int) -> tuple[list[int], Network]:
    """Return the other classes, and the network with a unit for each: its output less that of the class."""
    if network.outputs == 1:
        return [1 - label], with_output_units(network, [[1.0 - 2.0 * label]], [0.0])
    others = [k for k in range(network.outputs) if k != label]
    weight = np.eye(network.outputs)[others]
    weight[:, label] = -1.0
    return others, with_output_units(network, weight, np.zeros(len(others)))


def signs_at(network: Network, point: tuple[Fraction, ...]) -> list[int]:
    """Return the exact signs of all units at a point."""
    from exactregions.exact.forms import ExactNetwork
    from exactregions.exact.numbers import as_point

    return ExactNetwork(network).signs_at(as_point(point))


def last_signs(regions: RegionSet, count: int) -> NDArray[np.bool_]:
    """Return the signs of the last units, shape (n, count)."""
    first = regions.network.units - count
    bits = np.unpackbits(regions.patterns[:, first // 8 :], axis=1, bitorder="little")
    return bits[:, first % 8 : first % 8 + count].astype(bool)
