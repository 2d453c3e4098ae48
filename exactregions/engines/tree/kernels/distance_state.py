"""The state of a search by least distances in a box or an l1 ball: a point, its basis, and what waits of them.

The bases are explained in `distance_basis` and `l1_distance`.
"""

from __future__ import annotations

from exactregions.engines.tree.kernels.fields import counter, declared, floats, integers, number
from exactregions.engines.tree.kernels.state import State

__all__ = ["LeastDistanceState"]


@declared
class LeastDistanceState(State):
    """A state with the point of the cell nearest to the centre in the norm of the domain, and its basis."""

    __slots__ = ()

    active = number("Active rows of the nearest point.")
    level = number("WIDE, NARROW or BARE: the margins that the cell has room for.")
    lost = number("Whether floats lost the cell; exact arithmetic then decides until the next way back.")
    age = number("Pivots since gradient and sums were computed from the rows.")
    trial = number("The side for which the last probe reached a nearest point, else zero.")
    trial_active = number("Active rows of the trial.")
    trial_level = number("Its margins.")
    trial_age = number("Its age.")
    pivots = counter("Pivots of nearest points.")
    proof_columns_count = number("Columns where the last proof vanishes, or in an l1 ball is largest; -1 if unknown.")
    nearest = floats("p", "The nearest point of the cell.")
    gradient = floats("p", "The combination of its active rows.")
    active_rows = integers("basis", "Its active rows.")
    free_columns = integers("basis", "Its free columns.")
    multipliers = floats("basis", "Multipliers of its active rows.")
    side_sums = floats("basis", "In a box, sum_j s_j outer_j g_j of each active row over the columns not free.")
    trial_point = floats("p", "The nearest point with the row in question.")
    trial_distance = floats("1", "Its distance; one is the boundary of the domain.")
    trial_gradient = floats("p", "Its gradient.")
    trial_rows = integers("basis", "Its active rows.")
    trial_columns = integers("basis", "Its free columns.")
    trial_multipliers = floats("basis", "Their multipliers.")
    trial_sums = floats("basis", "Their sums.")
    waiting_nearest = floats("rows, p", "The nearest point before a row entered.")
    waiting_gradient = floats("rows, p", "Its gradient.")
    waiting_counts = integers("rows, 4", "Its active rows, level, age, and whether the cell was lost.")
    waiting_rows = integers("rows, basis", "Its active rows.")
    waiting_columns = integers("rows, basis", "Its free columns.")
    waiting_multipliers = floats("rows, basis", "Their multipliers.")
    waiting_sums = floats("rows, basis", "Their sums.")
    row_ranges = floats("rows", "How much each row varies over half the domain: its dual norm times the size.")
    free = integers("p", "In a box, whether a column of the trial is free.")
    proof_columns = integers("p", "Columns where the last proof vanishes, or in an l1 ball is largest.")
    factor = floats("basis, basis", "Scratch: triangular factors of the basis.")
    order = integers("basis", "Scratch: the order of their rows.")
    weights_of_step = floats("basis", "Scratch: how fast multipliers fall.")
    solution = floats("basis", "Scratch: right side and solution of a system.")
    change = floats("p", "Scratch: how fast the gradient changes.")
    keys = floats("p", "Scratch: where components of the gradient change sign.")
    key_columns = integers("p", "Scratch: their columns.")
