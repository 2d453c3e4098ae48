"""Linear programs stage by stage: each over the relaxation of the stages before, which what they settle tightens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.bounds.stability.enclosures import Rows, box_around, enclosure_of, image_ranges
from exactregions.bounds.stability.proved_maximum import ProvedProgram
from exactregions.bounds.stability.relaxation import Relaxation
from exactregions.bounds.stability.signs import Signs
from exactregions.domain import Domain
from exactregions.exact.matrices import row_of
from exactregions.exact.rounding_errors import slack
from exactregions.exact.shapes import shape_of
from exactregions.network import Network, Stage

Array = NDArray[np.float64]

# entries of a dense matrix of inequalities beyond which linear programs take minutes each
LARGEST_MATRIX = 20_000_000


@dataclass(frozen=True, slots=True)
class Layer:
    """A stage that is added next: the relaxation of all before it, and what is known of its units.

    It is for use until the stage is added, at the latest when the next one is asked for.
    """

    index: int
    stage: Stage
    before: Relaxation
    program: ProvedProgram
    lower: Array
    upper: Array
    signs: Signs

    def add(self) -> None:
        """Add the stage to the relaxation, as far as its units are known by now."""
        if len(self.before.values) == self.index:
            self.before.add_stage(self.stage, self.lower, self.upper, self.signs)

    def cost(self, unit: int, sign: float) -> Array:
        """Return sign times the pre-activation of a unit, its bias left out, as a cost."""
        return self.before.cost(*row_of(self.stage.matrix, unit), sign)

    def threshold(self, unit: int, sign: float) -> float:
        """Return what the cost must exceed for sign times the pre-activation to be positive."""
        return -sign * float(self.stage.bias[unit])

    def improve(self, unit: int) -> None:
        """Tighten the ends of a unit by two linear programs, and settle it where they keep a sign."""
        bias = float(self.stage.bias[unit])
        for sign in (1.0, -1.0):
            bound = self.program.relaxed(self.cost(unit, sign)).bound
            if bound <= self.threshold(unit, sign):
                # both can be proved of a unit that is always zero: it is recorded as inactive
                self.signs[unit] = -1 if sign > 0 or self.signs[unit] < 0 else 1
            end = sign * bias + bound
            end += abs(end) * slack(1)
            if sign > 0:
                self.upper[unit] = min(self.upper[unit], end)
            else:
                self.lower[unit] = max(self.lower[unit], -end)
        if self.signs[unit]:
            lower, upper = (0.0, self.upper[unit]) if self.signs[unit] > 0 else (self.lower[unit], 0.0)
            self.lower[unit], self.upper[unit] = min(lower, upper), max(lower, upper)


def relaxed_layers(network: Network, domain: Domain, known: Sequence[Signs]) -> Iterator[Layer]:
    """Yield the stages with all linear programs over those before them; what is settled meanwhile is taken up.

    Nothing is yielded from the first stage on whose ends no float holds, or that is too large; for a domain without a
    known bounded set around it, nothing at all.
    """
    shape = shape_of(domain)
    enclosure = enclosure_of(shape)
    if enclosure is None:
        return
    relaxation = Relaxation()
    relaxation.add_domain(shape)
    with np.errstate(all="ignore"):
        for index, stage in enumerate(network.stages):
            signs = np.array(known[index], dtype=np.int8)
            lower, upper = Rows.of(stage, enclosure).ranges(signs)
            ends = np.array([*relaxation.lower, *relaxation.upper, *lower, *upper])
            if not np.isfinite(ends).all() or len(relaxation.rows) * len(relaxation.lower) > LARGEST_MATRIX:
                return
            layer = Layer(index, stage, relaxation, relaxation.program(), lower, np.maximum(lower, upper), signs)
            yield layer
            layer.add()
            enclosure = box_around(*image_ranges(stage, layer.lower, layer.upper))


def signs_by_programs(network: Network, domain: Domain, known: Sequence[Signs]) -> tuple[Signs, ...]:
    """Prove signs of units by linear programs, two for each unit that is not settled.

    Parameters
    ----------
    network : Network
    domain : Domain
    known : sequence of numpy.ndarray of int8
        Signs that hold on the domain, or on the part of it that is meant: those of a cell's units make it the cell.

    Returns
    -------
    tuple of numpy.ndarray of int8, shape (m,)
        As `exactregions.bounds.stability.proved_signs`.
    """
    found = [np.array(signs, dtype=np.int8) for signs in known]
    for layer in relaxed_layers(network, domain, known):
        for unit in np.flatnonzero(layer.signs == 0).tolist():
            layer.improve(unit)
        found[layer.index] = layer.signs
    return tuple(found)
