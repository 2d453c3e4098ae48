"""Activation histograms: how many cells of an arrangement can have few units off (the gamma of Hinz, van de Geer).

A histogram of n units on an image of dimension d is a list g of n + 1 integers such that in *every* arrangement of n
hyperplanes in R^d, for every k, at most g[0] + .. + g[k] cells lie on the inactive side of k of them or fewer. The
image of a cell with j units off has dimension n - j at most, so a sum over cells of anything that does not decrease
with that dimension is at most the sum over the histogram (summation by parts). It does no harm that an arrangement is
degenerate or cut by a convex domain: moved slightly, or continued, it only gains cells.

**Adding a hyperplane.** Write L(n, d; k) for the largest number of cells with k units off or fewer. Take one unit
from an arrangement. A cell of the rest that it does not cut keeps its number of units off, or has one more; a cell
that it does cut becomes two, one with each; and the cells that it cuts are those of the arrangement which the others
induce on its hyperplane. Hence

    L(n, d; k) <= L(n-1, d; k) + L(n-1, d-1; k-1).

Solved from L(n, 0; k) = 1, this is the histogram of Serra, Tjandraatmadja and Ramalingam; started from better values
in low dimension it is sharper. The total is always Z(n, d).

**d = 1.** Of the intervals with k units off or fewer let I and J be the outermost. A point between them belongs to a
unit that is off in exactly one of the two, so there are at most 2k of these points and 2k + 1 such intervals.

**d = 2, 3.** Scale every unit to f_i(x) = n_i.x + b_i with ||n_i|| = 1, the inactive side being f_i < 0, move it to
a generic position, and let t grow in f_i + t. Cells change where d + 1 hyperplanes pass through one point: a simplex
vanishes and the opposite one appears. With sum_i mu_i n_i = 0 the value of sum_i mu_i (f_i + t) is a constant that
grows at the rate sum_i mu_i, taken positive, so the signs of the simplex go from -sign(mu) to sign(mu). With q positive
mu_i it had q of the d + 1 units off and has d + 1 - q then. One positive mu_i alone cannot be: it is the length of
the sum of the other mu_j n_j, at most the sum of their |mu_j|, and the sum of all would not be positive. So q >= 2 and,
for d <= 3, d + 1 - q <= q: no L decreases. In the end all hyperplanes touch one sphere from outside, with its centre
active for all. At a point x outside the sphere the units off are those whose normals lie in an open cap about -x,
smaller than a hemisphere. On the circle at most n sets of j >= 1 normals lie in such arcs, so

    L(n, 2; k) <= 1 + k n;

on the sphere a circle cuts 2j(n-j) - n + 2 sets of 0 < j < n points off n points in general position (the regions of
the Voronoi diagram of order j: Lee 1982), so

    L(n, 3; k) <= 1 + sum_{j=1}^{k} (2j(n-j) - n + 2).

References
----------
P. Hinz, S. van de Geer, A framework for the construction of upper bounds on the number of affine linear regions of
ReLU feed-forward neural networks, IEEE Transactions on Information Theory 65 (2019): the framework.
P. Hinz, Using activation histograms to bound the number of affine regions in ReLU feed-forward neural networks, arXiv
2103.17174 (2021): the values in one and two dimensions, continued by the recursion. The proofs above and the value
in three dimensions are ours; for the number of vertices J. Linhart (1994) has the analogue.
D. T. Lee, On k-nearest neighbor Voronoi diagrams in the plane, IEEE Transactions on Computers 31 (1982).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise, zip_longest
from typing import TypeAlias

from exactregions.bounds.arrangements import arrangement_regions
from exactregions.support.stopping import check, heard

Histogram: TypeAlias = Callable[[int, int], Sequence[int]]  # of the units and the dimension

REMEMBERED = 64  # widths whose tables are kept: far more than one network has


def montufar_histogram(units: int, dim: int) -> list[int]:
    """Return Z(n, d) cells with no unit off: the histogram that gives Montufar's bound of 2017.

    Examples
    --------
    >>> montufar_histogram(4, 2)
    [11, 0, 0, 0, 0]
    """
    return [arrangement_regions(units, dim), *[0] * units]


def serra_histogram(units: int, dim: int) -> list[int]:
    """Return C(n, j) for j <= min(n, d): the histogram that gives the bound of Serra and others of 2018.

    Examples
    --------
    >>> serra_histogram(4, 2)
    [1, 4, 6, 0, 0]
    """
    return [c if j <= dim else 0 for j, c in enumerate(_pascal(units)[units])]


def hinz_histogram(units: int, dim: int) -> list[int]:
    """Return the histogram sharpened in one and two dimensions (Hinz 2021).

    Notes
    -----
    In d >= 3 the recursion unrolls to x^{d-2} sum_m C(n-m-1, d-3) P_m(x) beyond the first d - 2 entries C(n, j), with
    P_m the planar histogram of m units; with N = n - 2t + 1 two sums of binomials along a diagonal give its entry at
    d - 2 + t as (2t-1) C(N, d-2) + C(N, d-1) + (t-1) C(N, d-3).

    Examples
    --------
    >>> hinz_histogram(4, 2), hinz_histogram(6, 3)
    ([1, 4, 4, 2, 0], [1, 6, 15, 13, 7, 0, 0])
    """
    if units <= dim:
        return list(_pascal(units)[units])
    return _low_dimensional(units, dim) if dim < 3 else _hinz_table(units)[dim]


def tangent_histogram(units: int, dim: int) -> list[int]:
    """Return the histogram sharpened in one, two and three dimensions (ours).

    Examples
    --------
    >>> tangent_histogram(6, 3)
    [1, 6, 12, 14, 9, 0, 0]
    """
    if units <= dim:
        return list(_pascal(units)[units])
    return _low_dimensional(units, dim) if dim <= 3 else _tangent_table(units)[dim]


def _low_dimensional(units: int, dim: int) -> list[int]:
    """Return the histogram of n > d units in at most three dimensions; see the top of this file."""
    if dim == 0:
        return [1, *[0] * units]
    if dim < 3:
        steps: Iterable[int] = [units if dim == 2 else 2] * units
    else:
        steps = (2 * j * (units - j) - units + 2 for j in range(1, units + 1))
    return _clipped(accumulate(steps, initial=1), arrangement_regions(units, dim))


def _clipped(at_most: Iterable[int], total: int) -> list[int]:
    """Return the histogram whose partial sums are the given ones, no more than the total."""
    # the last given value may fall again beyond the total, where every cell is counted already
    sums = accumulate((min(v, total) for v in at_most), max)
    return [b - a for a, b in pairwise([0, *sums])]


@lru_cache(maxsize=REMEMBERED)
def _pascal(units: int) -> list[list[int]]:
    """Return the rows C(0, .), .., C(units, .) of Pascal's triangle."""
    rows = [[1]]
    for _ in range(units):
        check()
        rows.append([1, *(a + b for a, b in pairwise(rows[-1])), 1])
    return rows


@lru_cache(maxsize=REMEMBERED)
def _hinz_table(units: int) -> list[list[int]]:
    """Return the histograms for 0 <= d < units; entries of one t, over all d, come from one row of the triangle."""
    rows = _pascal(units)
    found = [_low_dimensional(units, d) for d in range(min(3, units))]
    diagonals = []
    for t, left in enumerate(range(units - 1, -1, -2), start=1):
        check()
        row = rows[left]  # C(N, j), of which d = 3, 4, .. asks for j = d - 3, d - 2 and d - 1
        shifted = zip(row, [*row[1:], 0], [*row[2:], 0, 0], strict=False)
        diagonals.append([(2 * t - 1) * c2 + c1 + (t - 1) * c3 for c3, c2, c1 in shifted])
    for d, tail in zip(range(3, units), zip_longest(*diagonals, fillvalue=0), strict=False):
        check()
        row = [*rows[units][: d - 1], *tail]
        found.append((row + [0] * (units + 1 - len(row)))[: units + 1])
    return found


@lru_cache(maxsize=REMEMBERED)
def _tangent_table(units: int) -> list[list[int]]:
    """Return the histograms for 0 <= d < units; in d > 3 by the recursion, unrolled into one product of matrices.

    Beyond the first d - 3 entries C(n, j) it is x^{d-3} sum_m C(n-m-1, d-4) P_m(x), with P_m the spatial histogram.
    """
    import flint

    from exactregions.exact.numbers import product

    found = [_low_dimensional(units, d) for d in range(min(4, units))]
    if units < 5:
        return found
    rows, dims = _pascal(units), range(4, units)
    counts = flint.fmpz_mat([[_entry(rows[units - m - 1], d - 4) for m in range(units)] for d in heard(dims)])
    spatial = flint.fmpz_mat([tangent_histogram(m, 3) + [0] * (units - m) for m in heard(range(units))])
    for d, tail in zip(dims, product(counts, spatial, units).tolist(), strict=True):
        row = rows[units][: d - 3] + [int(v) for v in tail]
        found.append(row[: units + 1])
    return found


def _entry(row: Sequence[int], j: int) -> int:
    return row[j] if j < len(row) else 0
