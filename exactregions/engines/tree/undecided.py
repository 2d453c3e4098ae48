"""Which units of a large network a domain leaves undecided, and what the others make of them.

A unit that keeps its sign on the domain is linear there, so every later unit is an affine form of the inputs and of the
undecided units before it. Only those are left for the search: its forms, rows and patterns are as many, whatever the
size of the network.

Soundness. The forms are composed in floats, stage by stage. With |f - F| <= e on the domain for the float form f of a
unit and the true one F, as functions of the inputs and of the *true* values of undecided units, that of the next stage
is off by |W| e plus the rounding of the product, which is at most gamma_k |W| |f| with the magnitudes of f over the
domain (`rounding_errors` has the model). A sign is taken for settled when the range of the form, widened by e, has it.

The range of a form that reads undecided units replaces each of them by a line through the ends of its own range and an
interval around that line (as zonotopes do: T. Gehr and others, AI2, IEEE Symposium on Security and Privacy 2018), so
that what two units have in common is not counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.tree.first_stage import FirstStage
from exactregions.engines.tree.kernels.setup import FloatNetwork
from exactregions.engines.tree.ranges import Ranges
from exactregions.engines.tree.undecided_units import UndecidedUnits
from exactregions.exact.matrices import coordinates, entries, row_terms
from exactregions.exact.prefixes import splitting_units
from exactregions.exact.rounding_errors import TINY, above, slack
from exactregions.exact.shapes import ShapeKind
from exactregions.network import Network, Stage
from exactregions.support.stopping import check

Floats = NDArray[np.float64]

LARGE = 2**16  # entries of all weights: with fewer, composing all forms costs less than finding out which
LARGE_BY_COLUMNS = 2**22  # where a search composes the forms of few inputs by columns
DENSE = 2**22  # entries up to which a product of sparse matrices is kept dense, 32 MB


def is_large(network: Network, by_columns: bool) -> bool:
    """Whether finding out which units are undecided is worth its time."""
    return sum(entries(stage.matrix) for stage in network.stages) >= (LARGE_BY_COLUMNS if by_columns else LARGE)


@dataclass(slots=True)
class Composed:
    """Forms of one stage: x y + links h + constant, for the scaled inputs y and the values h of undecided units.

    Attributes
    ----------
    x : numpy.ndarray or sparse array, shape (m, p)
    links : sparse array, shape (m, undecided units so far)
    constant, errors : numpy.ndarray, shape (m,)
        `errors` bounds what rounding changed, within reach.
    """

    x: Any
    links: Any
    constant: Floats
    errors: Floats

    def terms(self) -> NDArray[np.int64]:
        """Return the number of terms of each form, those that are zero left out."""
        count = np.count_nonzero(self.x, axis=1) if isinstance(self.x, np.ndarray) else np.diff(self.x.indptr)
        return count + np.diff(self.links.indptr) + (self.constant != 0)

    def rows(self, chosen: NDArray[Any]) -> Composed:
        """Return some of the forms."""
        return Composed(self.x[chosen], self.links[chosen], self.constant[chosen], self.errors[chosen])


def undecided(
    network: Network, first: FirstStage, kind: ShapeKind, outer: Floats
) -> tuple[FloatNetwork, UndecidedUnits] | None:
    """Return the undecided units as the kernels read them, and which they are.

    None where the domain has no ends, floats do not hold the forms, or nothing is won. Where no unit is undecided, one
    is left to the search all the same.

    Parameters
    ----------
    network : Network
    first : FirstStage
    kind : ShapeKind
    outer : numpy.ndarray, shape (p,)
        Radius, or half sides, of the domain in scaled coordinates.
    """
    if not np.isfinite(outer).all() or not network.units:
        return None
    with np.errstate(all="ignore"):
        found = _Composition(kind, outer).through(network, first)
    if not np.isfinite(found.errors).all() or len(found.places) * 2 > network.units:
        return None
    units = UndecidedUnits(found.places, found.signs, splitting_units(network))
    return found.float_network(network), units


class _Composition:
    """The walk through the stages, with what it finds."""

    def __init__(self, kind: ShapeKind, outer: Floats) -> None:
        self.outer, self.ranges = outer, Ranges(kind, outer)
        self.widths: list[int] = []
        self.kept: list[Composed] = []
        self._places: list[NDArray[np.int64]] = []
        self._signs: list[NDArray[np.int8]] = []

    @property
    def places(self) -> NDArray[np.int64]:
        return np.concatenate(self._places)

    @property
    def signs(self) -> NDArray[np.int8]:
        return np.concatenate(self._signs)

    @property
    def errors(self) -> Floats:
        return np.concatenate([forms.errors for forms in self.kept])

    def through(self, network: Network, first: FirstStage) -> _Composition:
        """Follow the network."""
        from scipy.sparse import csr_array

        m, seen = len(first.constant), 0
        forms = Composed(first.weight, csr_array((m, 0)), first.constant, first.errors)
        needs_one = True
        for index, stage in enumerate(network.stages):
            check()
            if index:
                forms = self._mapped(stage, forms)
            lower, upper = self.ranges.of(forms, stage.splits)
            signs = np.where(lower > 0, 1, np.where(upper <= 0, -1, 0)).astype(np.int8)
            signs[~stage.splits] = 1
            last = network.units == sum(int(s.splits.sum()) for s in network.stages[: index + 1])
            if needs_one and last and stage.splits.any() and signs.all():
                signs[np.flatnonzero(stage.splits)[0]] = 0
            open_units = np.flatnonzero(signs == 0)
            needs_one = needs_one and not len(open_units)
            self._places.append(seen + open_units)
            self._signs.append(signs)
            self._keep(forms.rows(open_units), stage, open_units)
            forms = self._activated(stage, forms, signs, open_units)
            seen += len(signs)
        return self

    def _keep(self, forms: Composed, stage: Stage, units: NDArray[np.intp]) -> None:
        """Leave some units of a stage to the search."""
        if len(units):
            self.widths.append(len(units))
            self.kept.append(forms)
            self.ranges.add(forms, stage.low[units], stage.high[units])

    def _activated(self, stage: Stage, forms: Composed, signs: NDArray[np.int8], units: NDArray[np.intp]) -> Composed:
        """Return the forms after the units of a stage."""
        from scipy.sparse import csr_array, diags_array, hstack

        slopes = np.where(signs > 0, stage.high, np.where(signs < 0, stage.low, 0.0))
        count, new = len(slopes), len(units)
        column = csr_array((np.ones(new), (units, np.arange(new))), shape=(count, new))
        factors: Any = diags_array(slopes)
        x = slopes[:, None] * forms.x if isinstance(forms.x, np.ndarray) else csr_array(factors @ forms.x)
        links = csr_array(hstack([factors @ forms.links, column]))
        for matrix in (x, links):
            if not isinstance(matrix, np.ndarray):
                matrix.eliminate_zeros()
        rounded = ~np.isin(slopes, (0.0, 1.0, -1.0))
        size = np.where(rounded, np.abs(slopes) * self.ranges.sizes(forms) * slack(2) + TINY * self.ranges.terms, 0.0)
        exact = (slopes == 0.0) | (~rounded & (forms.errors == 0.0))
        errors = np.where(exact, 0.0, above(np.abs(slopes) * forms.errors + size, 3))
        return Composed(x, links, slopes * forms.constant, errors)

    def _mapped(self, stage: Stage, values: Composed) -> Composed:
        """Return the forms of a stage from the values of the one before."""
        from scipy.sparse import csr_array

        weight: Any = stage.matrix
        sizes = np.abs(weight) if isinstance(weight, np.ndarray) else abs(weight)
        terms = row_terms(stage.matrix) + 1
        x = _product(weight, values.x)
        check()
        links = csr_array(csr_array(weight) @ values.links)
        constant = weight @ values.constant + stage.bias
        magnitude = sizes @ self.ranges.sizes(values) + np.abs(stage.bias)
        lost = TINY * (terms + 4.0) * self.ranges.terms
        carried = sizes @ values.errors
        found = Composed(x, links, constant, above(carried + magnitude * slack(terms) + lost, terms + 4))
        found.errors[(carried == 0.0) & _nothing_rounds(stage, values, found)] = 0.0
        return found

    def float_network(self, network: Network) -> FloatNetwork:
        """Return what the kernels read."""
        links = [forms.links for forms in self.kept]
        counts = np.concatenate([np.diff(part.indptr) for part in links])
        bases = [forms.x if isinstance(forms.x, np.ndarray) else forms.x.toarray() for forms in self.kept]
        constants = np.concatenate([forms.constant for forms in self.kept])
        units = len(constants)
        slopes = [np.concatenate([getattr(s, name) for s in network.stages])[self.places] for name in ("low", "high")]
        return FloatNetwork(
            widths=self.widths,
            bases=np.column_stack([np.concatenate(bases), constants]),
            base_places=np.arange(units),
            base_errors=self.errors,
            biases=np.zeros(units),
            link_starts=np.concatenate([[0], np.cumsum(counts)]),
            link_units=np.concatenate([part.indices for part in links]).astype(np.int64),
            weights=np.concatenate([part.data for part in links]),
            lows=slopes[0],
            highs=slopes[1],
            few_digits=False,
        )


def _nothing_rounds(stage: Stage, values: Composed, found: Composed) -> NDArray[np.bool_]:
    """Return the rows whose terms are 1 or -1 times a number and meet no other: a product without one addition.

    So it is where undecided units alone compete, as in max-pooling: their difference vanishes where both are off, and
    only a form without an error is known to.
    """
    rows, columns, weights = coordinates(stage.matrix)
    m = len(stage.bias)
    met = np.bincount(rows, weights=values.terms()[columns], minlength=m) + (stage.bias != 0)
    return (met == found.terms()) & (np.bincount(rows[np.abs(weights) != 1.0], minlength=m) == 0)


def _product(weight: Any, x: Any) -> Any:
    """Return weight x, sparse where both are and the result is large."""
    found = weight @ x
    small = found.shape[0] * found.shape[1] <= DENSE
    return found.toarray() if small and not isinstance(found, np.ndarray) else found
