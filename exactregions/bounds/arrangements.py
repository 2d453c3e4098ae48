"""Integer sums that the bounds share; Python integers throughout, so every value is exact."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from exactregions.network import Network, Stage


def binomials(n: int, most: int | None = None) -> list[int]:
    """Return the row C(n, 0), .., C(n, n), of which no more than up to C(n, most) if that is given."""
    row = [1]
    for j in range(n if most is None else min(n, most)):
        row.append(row[-1] * (n - j) // (j + 1))
    return row


def arrangement_regions(n: int, d: int) -> int:
    """Return Z(n, d) = sum_{j <= min(n, d)} C(n, j): the most cells that n hyperplanes cut from R^d.

    Examples
    --------
    >>> arrangement_regions(3, 2)
    7
    """
    return sum(binomials(n, d))


@dataclass(frozen=True, slots=True)
class LayerCounts:
    """What `profile_sum` needs to know of one stage.

    Attributes
    ----------
    dropping : int
        Units that may split a cell and have a zero slope on one side (ReLU): on that side they carry no
        dimension.
    keeping : int
        Units that may split a cell and have two nonzero slopes (LeakyReLU): they carry a dimension on both
        sides.
    settled : int
        Units that do not split and carry a dimension: wires, and units settled on a side with a nonzero
        slope.
    """

    dropping: int
    keeping: int
    settled: int


def varying_units(network: Network) -> list[NDArray[np.bool_]]:
    """Return for each stage which units depend on the input at all; the others are constant, and carry nothing."""
    varies, found = np.ones(network.inputs, dtype=bool), []
    for stage in network.stages:
        # only whether a sum of absolute values is zero counts, and that no rounding and no overflow changes
        with np.errstate(over="ignore"):
            varies = abs(stage.matrix) @ varies.astype(np.float64) > 0
        found.append(varies)
    return found


def carriers(stage: Stage, varies: NDArray[np.bool_]) -> int:
    """Return the number of units that can carry a dimension: some slope is nonzero, and a wire is not constant."""
    return int((((stage.low != 0) | (stage.high != 0)) & (stage.splits | varies)).sum())


def regions_by_stages(network: Network, splitting: Iterable[int]) -> int:
    """Return prod_l Z(k_l, d_l) for the units k_l of each stage that may split a cell; d_l is the dimension it has."""
    dim, product = network.inputs, 1
    for stage, varies, units in zip(network.stages, varying_units(network), splitting, strict=True):
        product *= arrangement_regions(units, dim)
        dim = min(dim, carriers(stage, varies))
    return product


def layer_counts(network: Network, signs: Sequence[NDArray[np.int8]] | None = None) -> list[LayerCounts]:
    """Return the counts of each stage.

    Parameters
    ----------
    network : Network
    signs : sequence of numpy.ndarray of int8, shape (m,), optional
        Proved signs, as `proved_signs` gives them. Without them no unit is settled, and weights are looked at
        only to tell which wires are constant.
    """
    counts, varying = [], varying_units(network)
    for index, stage in enumerate(network.stages):
        sign = np.zeros(len(stage.bias), dtype=np.int8) if signs is None else signs[index]
        split = stage.splits & (sign == 0)
        two_sided = (stage.low != 0) & (stage.high != 0)
        settled = ~split & varying[index] & (np.where(sign > 0, stage.high, stage.low) != 0)
        counts.append(LayerCounts(int((split & ~two_sided).sum()), int((split & two_sided).sum()), int(settled.sum())))
    return counts


def profile_sum(layers: Sequence[LayerCounts], dim: int) -> int:
    """Bound the cells below a cell on which the input has dimension `dim`.

    Notes
    -----
    Let R(l, d) bound the cells into which stages l, .., L cut one cell whose image before stage l has
    dimension d, with R(L+1, d) = 1. Let stage l have u dropping, v keeping and s settled units. Of its cells,

    - at most Z(u + v, d) exist in all;
    - at most C(u, j) Z(v, d) of them have exactly j dropping units on their zero side, for such a choice
      leaves a convex set that v hyperplanes cut;
    - the image of such a cell has dimension at most min(d, s + v + u - j).

    R(l+1, .) does not decrease, so the sum of R(l+1, .) over the cells is largest when the classes are filled
    from j = 0 on until Z(u + v, d) cells are used; that maximum is R(l, d), and it does not decrease in d
    either. With ReLU units only (v = 0) exactly the classes j <= min(u, d) are filled, and R is the recursion
    of Serra, Tjandraatmadja and Ramalingam (2018); with LeakyReLU units only it is the product of Montufar
    (2017).

    The terms with s + v + u - j >= d share one factor and the others do not depend on d, so two lists of
    prefix sums give R(l, d) for all d with O(u) multiplications.
    """
    arriving = [dim]
    for layer in layers:
        arriving.append(min(arriving[-1], layer.settled + layer.keeping + layer.dropping))
    after = [1] * (arriving[-1] + 1)
    for layer, most in zip(reversed(layers[1:]), reversed(arriving[1:-1]), strict=True):
        after = _before_stage(layer, after, range(most + 1))
    # of the first stage one entry is asked for, and an input may have very many dimensions
    return _before_stage(layers[0], after, [dim])[0] if layers else 1


def _before_stage(layer: LayerCounts, after: Sequence[int], dims: Iterable[int]) -> list[int]:
    """Return R(l, d) for the given d from `after`, the list of R(l+1, .)."""
    u, v = layer.dropping, layer.keeping
    widest = layer.settled + u + v
    row = binomials(u)
    choices = [0, *accumulate(row)]
    below = [c * after[widest - j] if widest - j < len(after) else 0 for j, c in enumerate(row)]
    weighted = [0, *accumulate(below)]
    keeping, all_units = [0, *accumulate(binomials(v))], [0, *accumulate(binomials(u + v))]
    found = []
    for d in dims:
        cells, each = all_units[min(d, u + v) + 1], keeping[min(d, v) + 1]
        full = bisect_right(choices, cells // each) - 1  # classes 0, .., full - 1 are filled
        flat = min(max(widest - d + 1, 0), full)  # of these the first `flat` keep dimension d
        value = choices[flat] * after[d] if flat else 0
        value = each * (value + weighted[full] - weighted[flat])
        rest = cells - choices[full] * each
        found.append(value + rest * after[min(d, widest - full)] if rest else value)
    return found
