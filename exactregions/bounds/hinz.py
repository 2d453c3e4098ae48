"""Bounds by activation histograms: the framework of Hinz and van de Geer (2019), with its gamma as a parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from operator import mul
from typing import TYPE_CHECKING

from exactregions.bounds.arrangements import LayerCounts, arrangement_regions, binomials, layer_counts
from exactregions.bounds.contract import Kind, Scope
from exactregions.bounds.histograms import (
    Histogram,
    hinz_histogram,
    montufar_histogram,
    serra_histogram,
    tangent_histogram,
)
from exactregions.bounds.widths import degeneration
from exactregions.domain import Domain
from exactregions.errors import ExactRegionsError
from exactregions.fixed_inputs import in_free_inputs
from exactregions.network import Network
from exactregions.support.stopping import check

if TYPE_CHECKING:
    import flint

LARGEST_TABLES = 2**30  # cubed units: about a second, and 100 MB


@dataclass(frozen=True, slots=True)
class HinzVanDeGeer:
    """v_l = B_{n_l} v_{l-1} over image dimensions, and the sum of the entries of v_L.

    Parameters
    ----------
    gamma : callable
        gamma(n, d) is a sequence of n + 1 integers: in every arrangement of n hyperplanes in R^d at most the sum of
        its first k + 1 entries cells have k units off or fewer. The package has `montufar_histogram`,
        `serra_histogram`, `hinz_histogram` (the default) and `tangent_histogram`.

    Notes
    -----
    v_l counts cells by the dimension that their image can have; B_n spreads each of them over the cells into which n
    units cut it, gamma saying how many of these keep which dimension. With Serra's gamma it is the bound of Serra,
    Tjandraatmadja and Ramalingam (2018). What is computed is the same product from the other end: R(l, d), the cells
    below one of dimension d, as in `profile_sum`.

    Units with two nonzero slopes (v of them) lose no dimension; of u ReLU units beside them at most
    min(Z(u + v, d), Z(v, d) (gamma_0 + .. + gamma_k)) cells have k off or fewer, for each choice of these leaves a
    convex set that v hyperplanes cut (ours).

    References
    ----------
    P. Hinz, S. van de Geer, A framework for the construction of upper bounds on the number of affine linear regions
    of ReLU feed-forward neural networks, IEEE Transactions on Information Theory 65 (2019); for gamma see
    `exactregions.bounds.histograms`.

    Examples
    --------
    >>> import numpy as np
    >>> from exactregions import Network, WholeSpace
    >>> network = Network.from_layers([np.ones((6, 3)), np.ones((6, 6)), np.ones((6, 6)), [[1.0] * 6]], [None] * 4)
    >>> HinzVanDeGeer().evaluate(network, WholeSpace(3))
    60228
    """

    gamma: Histogram = hinz_histogram
    kind: Kind = field(default="upper", init=False, repr=False)
    scope: Scope = field(default="global", init=False, repr=False)

    @property
    def name(self) -> str:
        """Name in tables; it tells the gamma."""
        return _labels(self.gamma)[0]

    @property
    def source(self) -> str:
        """The paper that the gamma is from."""
        return _labels(self.gamma)[1]

    @in_free_inputs
    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return the sum.

        Raises
        ------
        ExactRegionsError
            If gamma gives anything but n + 1 entries, none negative.
        """
        return histogram_sum(layer_counts(network), network.inputs, self.gamma)

    def is_costly(self, network: Network) -> bool:
        """Return whether tables of cubic size would take hundreds of megabytes; up to two dimensions none is needed."""
        dim, size = network.inputs, 0
        for layer in layer_counts(network):
            size += layer.dropping**3 if dim > 2 else 0
            dim = min(dim, _widest(layer))
        return size > LARGEST_TABLES

    @in_free_inputs
    def note(self, network: Network, domain: Domain, value: int) -> str | None:
        """Say so where the value is 2^N."""
        return degeneration(value, network.units, network.inputs)


def _labels(gamma: Histogram) -> tuple[str, str]:
    known: dict[Histogram, tuple[str, str]] = {
        montufar_histogram: ("hinz_van_de_geer_2019_montufar", "Hinz, van de Geer 2019, gamma of Montufar 2017"),
        serra_histogram: ("hinz_van_de_geer_2019", "Hinz, van de Geer 2019"),
        hinz_histogram: ("hinz_2021", "Hinz 2021"),
        tangent_histogram: ("hinz_tangent", "Hinz, van de Geer 2019, gamma sharpened (ours)"),
    }
    given = getattr(gamma, "__name__", type(gamma).__name__)
    return known.get(gamma, (f"hinz_van_de_geer_2019_{given}", f"Hinz, van de Geer 2019, gamma {given}"))


def histogram_sum(layers: Sequence[LayerCounts], dim: int, gamma: Histogram) -> int:
    """Bound the cells below a cell on which the input has dimension `dim`, as `HinzVanDeGeer` states it."""
    from flint import fmpz

    arriving = [dim]
    for layer in layers:
        arriving.append(min(arriving[-1], _widest(layer)))
    sweeps = {layer: _Sweep(layer, gamma) for layer in set(layers)}
    after = [fmpz(1)] * (arriving[-1] + 1)
    for layer, most in zip(reversed(layers[1:]), reversed(arriving[1:-1]), strict=True):
        after = list(accumulate(sweeps[layer].before(after, range(most + 1)), max))
    return int(sweeps[layers[0]].before(after, [dim])[0]) if layers else 1


def _widest(layer: LayerCounts) -> int:
    return layer.settled + layer.keeping + layer.dropping


@dataclass(frozen=True, slots=True)
class _Row:
    """A histogram of one d: `flat` cells keep dimension d, then binomials from `start` to `alike`, then `rest`."""

    flat: flint.fmpz
    start: int
    alike: int
    rest: list[flint.fmpz]


class _Sweep:
    """The step from R(l+1, .) to R(l, .) over one stage.

    Histograms of different d begin alike, with binomials, so one list of prefix sums serves all of them; of what
    differs, only cells that lose a dimension cost a multiplication each. The integers have thousands of digits, which
    flint multiplies several times as fast as Python, but takes from Python slowly: each is converted once.
    """

    def __init__(self, layer: LayerCounts, gamma: Histogram) -> None:
        from flint import fmpz

        self.fmpz = fmpz
        self.layer, self.gamma = layer, gamma
        self.widest = _widest(layer)
        self.binomials = binomials(layer.dropping)
        self.common = [self.fmpz(c) for c in self.binomials]
        self.rows: dict[int, _Row] = {}

    def row(self, dim: int) -> _Row:
        """Return the histogram on images of a dimension, made ready."""
        if dim not in self.rows:
            check()
            cells = _histogram(self.layer, dim, self.gamma)
            last = next((j for j in range(len(cells), 0, -1) if cells[j - 1]), 0)
            alike = next((j for j in range(last) if cells[j] != self.binomials[j]), last)
            start = max(0, self.widest - dim + 1)  # with fewer units off than this the image keeps its dimension
            rest = [self.fmpz(c) for c in cells[max(start, alike) : last]]
            self.rows[dim] = _Row(self.fmpz(sum(cells[:start])), start, max(start, alike), rest)
        return self.rows[dim]

    def before(self, after: Sequence[flint.fmpz], dims: Iterable[int]) -> list[flint.fmpz]:
        """Return R(l, d) for the given d from `after`, the list of R(l+1, .)."""
        widest, none = self.widest, self.fmpz(0)
        reached = (after[widest - j] if widest - j < len(after) else none for j in range(len(self.common)))
        weighted = [none, *accumulate(map(mul, self.common, reached))]
        found = []
        for d in dims:
            check()
            row = self.row(d)
            value = row.flat * after[min(d, widest)]
            if row.start < row.alike:
                value += weighted[row.alike] - weighted[row.start]
            # each further unit off loses a dimension
            found.append(value + sum(map(mul, row.rest, after[max(0, widest - row.alike) :: -1]), none))
        return found


def _histogram(layer: LayerCounts, dim: int, gamma: Histogram) -> Sequence[int]:
    """Return at most how many cells have 0, 1, .. dropping units off, beside units that keep their dimension."""
    cells = gamma(layer.dropping, dim)
    if len(cells) != layer.dropping + 1 or min(cells) < 0:
        raise ExactRegionsError(
            f"gamma({layer.dropping}, {dim}) is {list(cells)[:9]}..; give n + 1 entries, none negative"
        )
    if not layer.keeping:
        return cells
    total = arrangement_regions(layer.dropping + layer.keeping, dim)
    each = arrangement_regions(layer.keeping, dim)
    sums = (min(total, each * v) for v in accumulate(cells))
    return [b - a for a, b in pairwise([0, *sums])]
