"""Forms at the corners of domains without an end: their values, and the multipliers that a corner gives (`endless`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.engines.tree.kernels.codes import ONE, ZERO
from exactregions.engines.tree.kernels.compiling import inner, never_inline, reordered
from exactregions.engines.tree.kernels.vectors import fill

NEAR = 1e-12  # corners whose values differ by less may be copies of one
SAME = 1e-14  # a pivot this small, relative to the squared length of its row, tells that rows are dependent


@inner
def height(state: Any, corners: Any, i: int) -> float:
    """Return w of a corner, by which the constant of a form is multiplied."""
    return corners[state.p * state.room + i]


@inner
def value_at(state: Any, corners: np.ndarray, form: np.ndarray, i: int) -> float:
    """Return the value of a form at a corner."""
    p, room = state.p, state.room
    value = form[0] * corners[i] + form[1] * corners[room + i]
    if p == 3:
        value += form[2] * corners[2 * room + i]
    return value + form[p] * corners[p * room + i]


@inner
def extremes(state: Any, form: np.ndarray) -> tuple[float, float]:
    """Return the least and the greatest value of a form at the corners; without corners nothing bounds them."""
    slot, room, p = state.depth, state.room, state.p
    count, corners = state.corner_counts[slot], state.corners[slot]
    if count == 0:
        return -np.inf, np.inf
    if p == 2:
        return _extremes_in_plane(form[0], form[1], form[2], corners[:room], corners[room:], corners[2 * room :], count)
    return _extremes_in_space(
        form[0], form[1], form[2], form[3], corners[:room], corners[room:], corners[2 * room :], corners[3 * room :],
        count,
    )  # fmt: skip


@reordered
def _extremes_in_plane(
    a: float, b: float, c: float, xs: np.ndarray, ys: np.ndarray, ws: np.ndarray, count: int
) -> tuple[float, float]:
    least = greatest = a * xs[0] + b * ys[0] + c * ws[0]
    for i in range(1, count):
        value = a * xs[i] + b * ys[i] + c * ws[i]
        least = value if value < least else least
        greatest = value if value > greatest else greatest
    return least, greatest


@reordered
def _extremes_in_space(
    a: float, b: float, c: float, e: float, xs: np.ndarray, ys: np.ndarray, zs: np.ndarray, ws: np.ndarray, count: int
) -> tuple[float, float]:
    least = greatest = a * xs[0] + b * ys[0] + c * zs[0] + e * ws[0]
    for i in range(1, count):
        value = a * xs[i] + b * ys[i] + c * zs[i] + e * ws[i]
        least = value if value < least else least
        greatest = value if value > greatest else greatest
    return least, greatest


@inner
def farthest(state: Any, row: np.ndarray) -> tuple[int, float]:
    """Return the corner where a row is largest, and its value there."""
    best, greatest, corners = ZERO, -np.inf, state.corners[state.depth]
    for i in range(state.corner_counts[state.depth]):
        value = value_at(state, corners, row, i)
        if value > greatest:
            best, greatest = i, value
    return best, greatest


@inner
def survey(state: Any, first: int, last: int) -> None:
    """Fill the least and greatest values of the units of a stage at the corners; without them, of constants only."""
    never_inline()
    p, room, corners, count = state.p, state.room, state.corners[state.depth], state.corner_counts[state.depth]
    least, greatest = state.least[first:last], state.greatest[first:last]
    if count == 0:
        for i in range(last - first):
            varies = state.form_errors[first + i] != 0.0  # slopes may have been lost
            for j in range(p):
                varies = varies or state.columns[j, first + i] != 0.0
            least[i] = -np.inf if varies else state.columns[p, first + i]
            greatest[i] = np.inf if varies else state.columns[p, first + i]
        return
    fill(least, np.inf)
    fill(greatest, -np.inf)
    for corner in range(count):
        x, y, w = corners[corner], corners[room + corner], corners[p * room + corner]
        z = corners[2 * room + corner] if p == 3 else 0.0
        _survey(
            state.columns[0, first:last], state.columns[1, first:last], state.columns[2, first:last],
            state.columns[p, first:last], x, y, z, w, least, greatest,
        )  # fmt: skip


@reordered
def _survey(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, e: np.ndarray, x: float, y: float, z: float, w: float,
    least: np.ndarray, greatest: np.ndarray,
) -> None:  # fmt: skip
    for i in range(len(a)):
        value = a[i] * x + b[i] * y + c[i] * z + e[i] * w
        least[i] = value if value < least[i] else least[i]
        greatest[i] = value if value > greatest[i] else greatest[i]


@inner
def rows_hold(state: Any, y: np.ndarray) -> bool:
    """Prove that a point is strictly inside all rows of the cell; values that overflow prove nothing."""
    p, first, last, lines = state.p, state.walls, state.walls + state.depth, state.lines
    held = _held(
        lines[0, first:last], lines[1, first:last], lines[2, first:last], lines[p, first:last],
        state.line_tolerances[first:last], y[0], y[1], y[2] if p == 3 else 0.0, state.domain.growth(state, y),
    )  # fmt: skip
    return held == state.depth


@reordered
def _held(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, e: np.ndarray, tolerances: np.ndarray,
    x: float, y: float, z: float, growth: float,
) -> int:  # fmt: skip
    held = ZERO
    for k in range(len(a)):
        held += 1 if tolerances[k] * growth < a[k] * x + b[k] * y + c[k] * z + e[k] < np.inf else 0
    return held


@inner
def multipliers(state: Any, k: int) -> None:
    """Store the multipliers of row k at the corner where it is largest; of copies of it, where they fit best.

    With nonnegative multipliers of the lines there, what is left of the slope should vanish. At infinity fewer lines
    have one, and several may be parallel.
    """
    never_inline()
    row, corners, p = state.rows[k], state.corners[state.depth], state.p
    greatest, least, count = farthest(state, row)[1], np.inf, ZERO
    for i in range(state.corner_counts[state.depth]):
        if value_at(state, corners, row, i) >= greatest - NEAR:
            state.kernel.lines_at(state, i)
            left = _balance(state, row)
            if left < least:
                least = left
                for j in range(p):
                    state.best_faces[j], state.best_balances[j] = state.faces[j], state.balances[j]
    if least < np.inf:
        for j in range(p):
            if state.best_faces[j] >= state.walls and state.best_balances[j] > 0.0:
                state.proof_rows[count] = state.best_faces[j] - state.walls
                state.proof_multipliers[count] = state.best_balances[j]
                count += 1
    state.proof_rows[count], state.proof_multipliers[count] = k, 1.0
    state.proof_length = count + ONE


@inner
def _balance(state: Any, row: np.ndarray) -> float:
    """Fill multipliers of the lines in `faces` that are least wanted negative; return what they leave of the slope."""
    p, balances = state.p, state.balances
    for _ in range(p):
        _solve(state, row)
        least = ZERO
        for i in range(1, p):
            least = i if balances[i] < balances[least] else least
        if balances[least] >= 0.0:
            break
        state.faces[least], balances[least] = ZERO, 0.0  # a wall, which has no multiplier
    left = 0.0
    for j in range(p):
        slope = row[j]
        for i in range(p):
            slope += max(balances[i], 0.0) * state.lines[j, state.faces[i]]
        left += abs(slope)
    return left


@inner
def _solve(state: Any, row: np.ndarray) -> None:
    """Fill the multipliers that leave least of the slope, by normal equations; zero for walls, and dependent lines."""
    p, lines, faces, products = state.p, state.lines, state.faces, state.products
    for a in range(p):
        for b in range(p + 1):
            total = 0.0
            for j in range(p):
                total += lines[j, faces[a]] * (lines[j, faces[b]] if b < p else -row[j])
            products[a, b] = total
    for a in range(p):
        state.balances[a] = products[a, a]
    for c in range(p):
        if not products[c, c] > SAME * state.balances[c]:
            for b in range(p + 1):
                products[c, b] = 0.0
            for a in range(p):
                products[a, c] = 0.0
            continue
        for a in range(p):
            factor = products[a, c] / products[c, c] if a != c else 0.0
            for b in range(c, p + 1):
                products[a, b] -= factor * products[c, b]
    for c in range(p):
        state.balances[c] = products[c, p] / products[c, c] if products[c, c] > 0.0 else 0.0
