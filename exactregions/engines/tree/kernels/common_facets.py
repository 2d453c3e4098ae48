"""Do two regions whose patterns differ in one unit have a facet in common? Proved as decisions of the search are.

The rows of a region are the forms of all its units, with its signs. A point on the hyperplane of one row, inside all
others and the domain, proves the facet; multipliers by which nothing lies beyond the row prove that there is none
(mathematics, 2.4). Both hold for regions no two rows of which are proportional: where floats do not tell this, regions
are left to exact arithmetic, and so is a pair that neither proof settles.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.arithmetic import UNDERFLOW, UNIT, gamma
from exactregions.engines.tree.kernels.as_inputs import FAR, positive_about
from exactregions.engines.tree.kernels.codes import BEYOND, NOTHING, ONE
from exactregions.engines.tree.kernels.compiling import entry_point, inner, never_inline, once
from exactregions.engines.tree.kernels.forms import compose, load_row
from exactregions.engines.tree.kernels.proofs import RESERVE
from exactregions.engines.tree.kernels.vectors import copy, fill, fill_integers, row_at, value_and_size

__all__ = ["FACET", "LARGEST", "NO_FACET", "OPEN", "settle_pairs"]

OPEN, FACET, NO_FACET = range(3)

BUCKETS = 4096
CLEAR_ERROR = 1e-8  # of a coefficient of a row whose largest is at least one
# Rows of length at least 1 off by sqrt(p + 1) CLEAR_ERROR have directions off by twice that, and two proportional ones
# differ by no more than 4 sqrt(p + 1) CLEAR_ERROR < PARALLEL while p is at most LARGEST; a bucket is much wider.
PARALLEL = 1e-6
LARGEST = 600
WIDER = 1.0 + 1e-6  # covers the rounding of a length and its quotient


@entry_point
def settle_pairs(
    state: Any,
    packed: np.ndarray,
    witnesses: np.ndarray,
    starts: np.ndarray,
    others: np.ndarray,
    flipped: np.ndarray,
    ratios: np.ndarray,
    direction: np.ndarray,
    begin: int,
    end: int,
    verdicts: np.ndarray,
    points: np.ndarray,
    doubtful: np.ndarray,
) -> int:
    """Settle the pairs of some regions; return the region that comes next.

    Parameters
    ----------
    state : State
        At the root, its network complete: no unit is left out.
    packed : numpy.ndarray of uint8, shape (n, bytes)
        Patterns.
    witnesses : numpy.ndarray, shape (n, p)
        Points of the regions in scaled coordinates, rounded.
    starts : numpy.ndarray of int64, shape (n + 1,)
        Where the pairs of each region begin.
    others, flipped : numpy.ndarray of int64, shape (pairs,)
        The other region, and the place in the pattern of the unit whose sign is another there.
    ratios : numpy.ndarray, shape (p,)
        How many units of scaled coordinates one of those is, in which feet on hyperplanes are taken.
    direction : numpy.ndarray, shape (p + 1,)
        Of length one, in general position.
    begin, end : int
        Regions.
    verdicts : numpy.ndarray of uint8, shape (pairs,)
        FACET, NO_FACET or OPEN.
    points : numpy.ndarray, shape (pairs, p)
        Next to each facet: the foot, on its hyperplane, of the input to which the point is mapped lies on the facet.
    doubtful : numpy.ndarray of bool, shape (n,)
        Regions that floats do not tell to have no two proportional rows; their pairs stay OPEN.
    """
    base, count = state.depth, 0
    for unit in range(state.units):
        count += 1 if state.splits[unit] != 0 else 0
    present = np.zeros(count, dtype=np.int64)
    doubts = np.zeros(state.stages, dtype=np.int64)
    normed = np.zeros((count, state.p + 1))
    heads, links = np.empty(BUCKETS, dtype=np.int64), np.empty(count, dtype=np.int64)
    fill_integers(state.signs, 0)
    last = base + count
    state.kernel.save(state, last)
    for region in range(begin, end):
        if state.stop != 0:
            return region
        layer = _turn(state, packed[region], base, present)
        while layer < state.stages:
            compose(state, layer)
            doubts[layer] = _load(state, layer, base, present, normed, direction, heads, links)
            layer += 1
        doubt = False
        for layer in range(state.stages):
            doubt = doubt or doubts[layer] != 0
        doubtful[region] = doubt
        for pair in range(starts[region], starts[region + 1]):
            verdicts[pair] = OPEN
            if doubt:
                continue
            if present[flipped[pair]] == 0:  # the form has no zero in the domain, or is zero all over both regions
                verdicts[pair] = NO_FACET
                continue
            row, point = base + flipped[pair], points[pair]
            here, there = witnesses[region], witnesses[others[pair]]
            if _passes(state, row, last, here, there, ratios, point):
                verdicts[pair] = FACET
            else:
                verdicts[pair] = _asked(state, row, last, here, ratios, point)
    return end


@once
def _turn(state: Any, pattern: np.ndarray, base: int, present: np.ndarray) -> int:
    """Take the signs of another pattern, and turn the rows of units that change; return the first stage to compose."""
    bit, first = 0, state.stages
    for layer in range(state.stages):
        for unit in range(state.firsts[layer], state.firsts[layer + 1]):
            sign = 1
            if state.splits[unit] != 0:
                sign = 2 * ((pattern[bit >> 3] >> (bit & 7)) & 1) - 1
                bit += 1
            if sign == state.signs[unit]:
                continue
            if state.signs[unit] == 0:
                first = 0  # nothing is composed yet
            first = min(first, layer + 1)
            state.signs[unit] = sign
            if state.splits[unit] != 0 and present[bit - 1] > 0:
                _negate(state, base + bit - 1)
    return first


@once
def _load(
    state: Any,
    layer: int,
    base: int,
    present: np.ndarray,
    normed: np.ndarray,
    direction: np.ndarray,
    heads: np.ndarray,
    links: np.ndarray,
) -> int:
    """Make the forms of a stage rows; return whether one is in doubt, or may be proportional to one up to there."""
    bit, doubt = 0, 0
    fill_integers(heads, -1)
    for unit in range(state.firsts[layer + 1]):
        if state.splits[unit] == 0:
            continue
        new = unit >= state.firsts[layer]
        if new:
            present[bit] = _load_unit(state, unit, base + bit)
            doubt |= 1 if present[bit] < 0 else 0
        if present[bit] > 0:
            finite = not new or _normalise(state.rows[base + bit], normed[bit])
            if not finite or _meets_parallel(normed, bit, new, direction, heads, links):
                doubt = 1
        bit += 1
    return doubt


@once
def _load_unit(state: Any, unit: int, row: int) -> int:
    """Load a row; return 0 where the form is zero, or surely has none in the domain, and -1 where floats are unsure."""
    p, error = state.p, state.form_errors[unit]
    load_row(state, unit, state.signs[unit], row)
    constant, within = True, 1.0
    for j in range(p):
        constant = constant and state.forms[unit, j] == 0.0
        within = min(within, state.within[j])
    if not constant:
        return 1 if state.row_errors[row] <= CLEAR_ERROR * within else -1
    if error != 0.0:
        error *= state.domain.largest_growth(state)
    known = abs(state.forms[unit, p]) > error or (state.forms[unit, p] == 0.0 and error == 0.0)
    # a row that is nowhere zero, so that all loops may go over all rows
    fill(state.rows[row], 0.0)
    state.rows[row, p], state.row_errors[row] = 1.0, 0.0
    return 0 if known else -1


@once
def _normalise(row: np.ndarray, out: np.ndarray) -> bool:
    """Write the row at length one; return whether floats can."""
    square = 0.0
    for j in range(len(row)):
        square += row[j] * row[j]
    for j in range(len(row)):
        out[j] = row[j] / np.sqrt(square)
    return 0.0 < square < np.inf


@once
def _meets_parallel(
    normed: np.ndarray, bit: int, new: bool, direction: np.ndarray, heads: np.ndarray, links: np.ndarray
) -> bool:
    """Put a row into its bucket; return whether a row there, or in one beside it, may be proportional to a new one.

    The bucket is that of the component along a direction, its sign left out.
    """
    along = 0.0
    for j in range(len(direction)):
        along += normed[bit, j] * direction[j]
    bucket = min(int(abs(along) * BUCKETS), BUCKETS - 1)
    found = False
    for near in range(max(bucket - 1, 0) if new else BUCKETS, min(bucket + 2, BUCKETS)):
        other = heads[near]
        while other >= 0:
            found = found or _parallel(normed[bit], normed[other])
            other = links[other]
    links[bit], heads[bucket] = heads[bucket], bit
    return found


@inner
def _parallel(one: np.ndarray, other: np.ndarray) -> bool:
    same, opposite = True, True
    for j in range(len(one)):
        same = same and abs(one[j] - other[j]) < PARALLEL
        opposite = opposite and abs(one[j] + other[j]) < PARALLEL
    return same or opposite


@inner
def _passes(
    state: Any, row: int, last: int, here: np.ndarray, there: np.ndarray, ratios: np.ndarray, point: np.ndarray
) -> bool:
    """Write where the segment between two points passes a row's hyperplane; prove that it is a facet there.

    The input to which the point is mapped may be off by the roundings of the map, and its foot on the hyperplane is as
    far away as the row is large there, over the length of its exact normal.
    """
    never_inline()
    p, moves, reach = state.p, state.moves, state.reach
    inside, beyond = row_at(state.rows[row], here), row_at(state.rows[row], there)
    t = inside / (inside - beyond)
    for j in range(p):
        point[j] = here[j] + t * (there[j] - here[j])
        moves[j] = (state.input_errors[j] + UNIT * abs(point[j])) * RESERVE
        reach[j] = abs(point[j]) + moves[j]
        if not reach[j] < FAR:
            return False
    growth = state.domain.growth(state, reach)
    error = state.row_errors[row] * growth
    value, size = value_and_size(state.rows[row], point)
    height, square, lost = abs(value) + error + gamma(p + 1) * size + UNDERFLOW, 0.0, 0.0
    for j in range(p):
        height += abs(state.rows[row, j]) * moves[j]
        square += (state.rows[row, j] * ratios[j]) ** 2
        lost += state.row_errors[row] / state.within[j] * ratios[j]
    length = np.sqrt(square) - lost * WIDER
    if not length > 0.0:
        return False
    for j in range(p):
        moves[j] = (moves[j] + ratios[j] * (height / length)) * WIDER
        reach[j] = (abs(point[j]) + moves[j]) * RESERVE
    growth = state.domain.growth(state, reach)
    for k in range(last):
        if k != row and not positive_about(state.rows[k], state.row_errors[k] * growth, point, moves):
            return False
    return state.domain.contains(state, reach)


@inner
def _asked(state: Any, row: int, last: int, here: np.ndarray, ratios: np.ndarray, point: np.ndarray) -> int:
    """Ask the kernel for a point beyond a row and inside all others; return what that proves."""
    never_inline()
    beyond, base = state.children[1], state.depth
    _exchange(state, row, last - 1)
    _negate(state, last - 1)
    copy(state.witness, here)
    state.depth, state.side, state.proof_length = last - 1, ONE, 0
    state.kernel.restore(state, last)
    state.kernel.begin(state)
    found = state.kernel.probe(state, beyond)
    state.depth = base
    _negate(state, last - 1)
    _exchange(state, row, last - 1)
    if found == NOTHING:
        return NO_FACET
    if found == BEYOND and _passes(state, row, last, here, beyond, ratios, point):
        return FACET
    return OPEN


@inner
def _exchange(state: Any, one: int, other: int) -> None:
    for j in range(state.p + 1):
        state.rows[one, j], state.rows[other, j] = state.rows[other, j], state.rows[one, j]
    state.row_errors[one], state.row_errors[other] = state.row_errors[other], state.row_errors[one]
    state.row_units[one], state.row_units[other] = state.row_units[other], state.row_units[one]
    state.row_signs[one], state.row_signs[other] = state.row_signs[other], state.row_signs[one]


@inner
def _negate(state: Any, k: int) -> None:
    for j in range(state.p + 1):
        state.rows[k, j] = -state.rows[k, j]
    state.row_signs[k] = -state.row_signs[k]
