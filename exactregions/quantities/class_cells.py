"""The regions of a network cut into classes: the parts in which one output is the largest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.algebra import with_class_units
from exactregions.domain import Domain
from exactregions.enumeration import enumerate_regions
from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.shapes import Shape, shape_of
from exactregions.exact.walk import signed_rows, stage_forms
from exactregions.fixed_inputs import FreeInputs, free_inputs
from exactregions.network import Network
from exactregions.regions import RegionSet

__all__ = ["ClassCells", "classes_of"]


def classes_of(network: Network, patterns: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the class that each pattern of a network with class units names, shape (n,)."""
    if not network.winners or network.winners[-1].units[-1] != network.units - 1:
        return patterns[:, -1].astype(np.intp)
    winner = network.winners[-1]
    return np.array([winner.wins(pattern) for pattern in patterns], dtype=np.intp)


@dataclass(frozen=True, slots=False, eq=False)
class ClassCells:
    """Regions of a network within a domain, each cut into its classes.

    Attributes
    ----------
    network : Network
        As it was given.
    regions : RegionSet
        Of the network with class units: a cell is a region and a class.
    """

    network: Network
    regions: RegionSet

    @classmethod
    def of(cls, network: Network, domain: Domain, options: dict[str, Any]) -> ClassCells:
        """Search the cells of a domain; `options` are keywords of `enumerate_regions`."""
        return cls(network, enumerate_regions(with_class_units(network), domain, **options))

    def __len__(self) -> int:
        return len(self.regions)

    @cached_property
    def patterns(self) -> NDArray[np.bool_]:
        """Signs of the units of the given network in each cell, shape (n, units)."""
        return self.regions.pattern_array()[:, : self.network.units]

    @cached_property
    def classes(self) -> NDArray[np.intp]:
        """The class of each cell, shape (n,)."""
        return classes_of(self.regions.network, self.regions.pattern_array())

    @cached_property
    def count(self) -> int:
        """Number of regions of the given network among the cells."""
        return len(np.unique(np.packbits(self.patterns, axis=1), axis=0)) if self.network.units else min(len(self), 1)

    # ---- exactly, in the free inputs

    @cached_property
    def asked(self) -> FreeInputs:
        """The question in the free inputs, in which forms and rows are."""
        return free_inputs(self.regions.network, self.regions.domain)

    @cached_property
    def inner(self) -> RegionSet:
        """The cells in the free inputs."""
        return self.asked.inward(self.regions)

    @cached_property
    def shape(self) -> Shape:
        """The domain in the free inputs."""
        return shape_of(self.asked.domain)

    @cached_property
    def _exact(self) -> ExactNetwork:
        return ExactNetwork(self.asked.network)

    def outputs(self, number: int) -> Forms:
        """Return the forms of the outputs in a cell, times `asked.factor`."""
        place = len(self.network.stages) - len(self.regions.network.stages)  # of the wires that are the outputs
        found = stage_forms(self._exact, self.inner[number].pattern.tolist())[place]
        return Forms(flint.fmpz_mat(found.matrix.tolist()[: self.network.outputs]), found.exponent)

    def rows(self, *numbers: int) -> tuple[Form, ...]:
        """Return the rows that cut out some cells; those of the domain are left out."""
        patterns = (self.inner[number].pattern.tolist() for number in numbers)
        return tuple(dict.fromkeys(row for pattern in patterns for row in signed_rows(self._exact, pattern)))
