"""What is integrated over a domain: which class holds, whether outputs are unsafe, a combination of outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from exactregions.algebra import with_output_units
from exactregions.bounds.stability.proved_signs import proved_signs
from exactregions.domain import Domain
from exactregions.enumeration import enumerate_regions
from exactregions.exact.closures import slack_of
from exactregions.exact.floats import nearest_float
from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.walk import signed_rows
from exactregions.fixed_inputs import FreeInputs, free_inputs
from exactregions.geometry.cones import exact_simplices
from exactregions.geometry.plane import exact_cells
from exactregions.geometry.polyhedra import domain_rows
from exactregions.network import Network
from exactregions.quantities.class_cells import ClassCells
from exactregions.quantities.integrals import Ends
from exactregions.quantities.usual_bounds import greatest_output
from exactregions.regions import RegionSet
from exactregions.support.vectors import Vector
from exactregions.unsafe import Halfspaces, Unsafe

__all__ = ["ClassIndicators", "OutputValue", "UnsafeIndicator"]

Simplex = tuple[Fraction, tuple[Fraction, ...]]  # volume and centroid

ZERO, ONE = Fraction(0), Fraction(1)
LEAST = 2.0**-1000  # what a unit must exceed to be positive: touching is not enough


class _Simplices:
    """The exact simplices of the regions of a set, in its free inputs; with two of them from polygons.

    Parameters
    ----------
    regions : RegionSet
        In the free inputs of a domain with flat sides.
    """

    def __init__(self, regions: RegionSet) -> None:
        self._dim = regions.network.inputs
        self._sides = domain_rows(regions.domain)
        cells = exact_cells(regions) if self._dim == 2 else []
        self._polygons = [cell.polygon for cell in cells]

    def of(self, number: int, rows: Callable[[], Sequence[Form]]) -> Iterator[Simplex]:
        """Yield the volume and centroid of each simplex of a region, whose own rows are composed when asked for."""
        if self._polygons:
            return self._polygons[number].triangles()
        return exact_simplices(self._dim, [*self._sides, *rows()])

    def within(self, rows: Sequence[Form]) -> Fraction:
        """Return the volume of a polytope within the domain."""
        return _volume(exact_simplices(self._dim, [*self._sides, *rows]))


class _OnRegions:
    """What is integrated over the regions of a network; integrals are over the free inputs."""

    regions: RegionSet

    def __init__(self, network: Network) -> None:
        self.network = replace(network, winners=())

    def search(self, domain: Domain, options: dict[str, Any]) -> RegionSet:
        """Search the regions of the network."""
        self.regions = enumerate_regions(self.network, domain, **options)
        return self.regions

    @cached_property
    def asked(self) -> FreeInputs:
        """The question in the free inputs."""
        return free_inputs(self.network, self.regions.domain)

    @cached_property
    def simplices(self) -> _Simplices:
        """The simplices of the regions."""
        return _Simplices(self.asked.inward(self.regions))

    @cached_property
    def _exact(self) -> ExactNetwork:
        return ExactNetwork(self.asked.network)

    def region(self, number: int) -> tuple[Forms, list[Form]]:
        """Return the outputs in a region, times `asked.factor`, and its rows."""
        pattern = self.regions[number].pattern.tolist()
        *stages, outputs = self._exact.forms_of(pattern)
        return outputs, signed_rows(self._exact, pattern, stages)


class ClassIndicators:
    """One function a class: one where it holds, zero elsewhere."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.size = max(network.outputs, 2)

    def search(self, domain: Domain, options: dict[str, Any]) -> RegionSet:
        """Search the regions, each cut into its classes."""
        self._cells = ClassCells.of(self._network, domain, options)
        self._simplices = None
        return self._cells.regions

    def over(self, number: int) -> tuple[list[Fraction], Fraction]:
        """Return the volumes of the classes in a cell, all but one zero, and its volume."""
        cells = self._cells
        self._simplices = self._simplices or _Simplices(cells.inner)
        size = _volume(self._simplices.of(number, lambda: cells.rows(number)))
        return [size if k == cells.classes[number] else ZERO for k in range(self.size)], size

    def ends(self, domain: Domain) -> Ends:
        """Return 1 and 1 for a class that is proved, 0 and 0 for those that another one exceeds everywhere."""
        above = self._proved(domain)
        lower = [ONE if all(above[k, j] for j in range(self.size) if j != k) else ZERO for k in range(self.size)]
        return lower, [ZERO if above[:, k].any() else ONE for k in range(self.size)]

    def _proved(self, domain: Domain) -> np.ndarray:
        """Return for each two classes whether the first one is proved to exceed the second one."""
        kinds = self.size
        pairs = [(k, j) for k in range(kinds) for j in range(kinds) if j != k]
        if self._network.outputs == 1:
            rows = np.array([[1.0 if k else -1.0] for k, _ in pairs])
        else:
            rows = np.array([np.eye(kinds)[k] - np.eye(kinds)[j] for k, j in pairs])
        proved = np.zeros((kinds, kinds), dtype=bool)
        # a unit of output less output, or less zero, that stays above a positive number
        signs = signs_of(self._network, domain, rows, np.full(len(rows), -LEAST))
        proved[tuple(np.array(pairs).T)] = signs > 0
        return proved


class UnsafeIndicator(_OnRegions):
    """One where the outputs lie in an unsafe set, zero elsewhere."""

    size = 1

    def __init__(self, network: Network, unsafe: Unsafe) -> None:
        super().__init__(network)
        self._polyhedra = unsafe.in_floats().polyhedra

    def over(self, number: int) -> tuple[list[Fraction], Fraction]:
        """Return the volume of the unsafe part of a region, and its volume."""
        outputs, rows = self.region(number)
        factor = self.asked.factor
        slacks = [[slack_of(outputs, row, factor * b) for row, b in p] for p in self._polyhedra]
        unsafe = sum((self.simplices.within(part) for part in _union(rows, slacks)), ZERO)
        return [unsafe], _volume(self.simplices.of(number, lambda: rows))

    def ends(self, domain: Domain) -> Ends:
        """Return 1 and 1 where a polyhedron is proved to hold all outputs, 0 and 0 where none holds any."""
        found = [self._signs(p, domain) for p in self._polyhedra]
        inside = any((signs > 0).all() for signs, _ in found)
        outside = all((signs > 0).any() for _, signs in found)
        return [ONE if inside else ZERO], [ZERO if outside else ONE]

    def _signs(self, polyhedron: Halfspaces, domain: Domain) -> tuple[np.ndarray, np.ndarray]:
        """Return which rows are proved to hold, and which to fail."""
        rows = np.array([[float(v) for v in row] for row in polyhedron.G])
        bounds = np.array([nearest_float(v) for v in polyhedron.h])
        room = np.abs(bounds) * 2.0**-50 + LEAST  # of the rounding of h
        return signs_of(self.network, domain, -rows, bounds - room), signs_of(
            self.network, domain, rows, -bounds - room
        )


class OutputValue(_OnRegions):
    """A combination of outputs."""

    size = 1

    def __init__(self, network: Network, weights: Vector) -> None:
        super().__init__(network)
        self._weights = weights

    def over(self, number: int) -> tuple[list[Fraction], Fraction]:
        """Return the integral over a region: volume times value at the centroid, for each simplex."""
        outputs, rows = self.region(number)
        matrix, scale = outputs.matrix.tolist(), self.asked.factor * (1 << outputs.exponent)
        columns = zip(*matrix, strict=True)
        form = [sum((w * int(v) for w, v in zip(self._weights, c, strict=True)), ZERO) / scale for c in columns]
        total, size = ZERO, ZERO
        for part, centroid in self.simplices.of(number, lambda: rows):
            total += part * sum((a * x for a, x in zip(form, centroid, strict=False)), form[-1])
            size += part
        return [total], size

    def ends(self, domain: Domain) -> Ends:
        """Return ends by intervals."""
        asked = Halfspaces([self._weights], [1]).in_floats()
        row, factor = np.array([float(v) for v in asked.G[0]]), asked.h[0]
        lower, upper = (greatest_output(self.network, domain, sign * row) / factor for sign in (-1.0, 1.0))
        return [-lower], [upper]


def signs_of(network: Network, domain: Domain, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return which signs weight . f + bias are proved to keep on a domain."""
    asked = free_inputs(with_output_units(network, weight, bias), domain)
    return proved_signs(asked.network, asked.domain)[-1][: len(bias)]


def _volume(simplices: Iterator[Simplex]) -> Fraction:
    return sum((size for size, _ in simplices), ZERO)


def _union(rows: Sequence[Form], groups: Sequence[Sequence[Form]]) -> Iterator[list[Form]]:
    """Yield polytopes without common interior: the part of one in which all forms of some group are >= 0.

    The first group is a polytope; what it leaves is cut by its forms one after the other, for the other groups.
    """
    if not groups:
        return
    held: list[Form] = []
    for form in groups[0]:
        if not form.is_constant:
            yield from _union([*rows, *held, form.negated()], groups[1:])
            held.append(form)
        elif form.b < 0:
            yield from _union([*rows, *held], groups[1:])
            return
    yield [*rows, *held]
