"""The state of a search by least distances in a box: a point, the basis it stands on, and what waits of them.

The basis is explained in `distance_basis`.
"""

from __future__ import annotations

from exactregions.engines.tree.kernels.fields import counter, declared, floats, integers, number
from exactregions.engines.tree.kernels.state import State

__all__ = ["LeastDistanceState"]


@declared
class LeastDistanceState(State):
    """A state with the point of the cell nearest to the centre in the norm of the box, and its basis."""

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
    proof_columns_count = number("Columns in which the last proof vanishes; negative where they are not known.")
    nearest = floats("p", "The nearest point of the cell.")
    gradient = floats("p", "The combination of its active rows.")
    active_rows = integers("basis", "Its active rows.")
    free_columns = integers("basis", "Its free columns.")
    multipliers = floats("basis", "Multipliers of its active rows.")
    side_sums = floats("basis", "Of each active row sum_j s_j outer_j g_j over the columns that are not free.")
    trial_point = floats("p", "The nearest point with the row in question.")
    trial_distance = floats("1", "Its distance; one is the boundary of the box.")
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
    row_ranges = floats("rows", "Sum of outer_j |g_j| of each row.")
    free = integers("p", "Whether a column of the trial is free.")
    proof_columns = integers("p", "Columns in which the last proof vanishes.")
    factor = floats("basis, basis", "Scratch: triangular factors of the basis.")
    order = integers("basis", "Scratch: the order of their rows.")
    weights_of_step = floats("basis", "Scratch: how fast multipliers fall.")
    solution = floats("basis", "Scratch: right side and solution of a system.")
    change = floats("p", "Scratch: how fast the gradient changes.")
    keys = floats("p", "Scratch: where components of the gradient change sign.")
    key_columns = integers("p", "Scratch: their columns.")
