"""What states have in common that know the point of a cell nearest to the centre of a Euclidean ball."""

from __future__ import annotations

from exactregions.engines.tree.kernels.fields import adding, floats, integers, number

# the nearest point x of the cell is sum_i u_i g_i over active rows g_i, u > 0
with_nearest_point = adding(
    active=number("Active rows of the nearest point."),
    nearest_lost=number("Whether floats lost it; it is then not known until the next way back."),
    nearest=floats("p", "The nearest point of the cell."),
    active_rows=integers("p + 1", "Its active rows."),
    multipliers=floats("p + 1", "Their multipliers."),
    candidates=integers("rows", "Rows that a nearest point must satisfy."),
    factor=floats("p + 1, p + 1", "Scratch: a Cholesky factor of inner products of active rows."),
    duals=floats("p + 2", "Scratch: a solution of such a system."),
    step=floats("p", "Scratch: a step of the nearest point."),
    direction=floats("p", "Scratch: a direction into the cell."),
)
