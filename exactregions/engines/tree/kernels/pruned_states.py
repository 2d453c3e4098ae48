"""States of searches that prune: those of a kind of domain, with what relaxed units need."""

from __future__ import annotations

from exactregions.engines.tree.kernels import pruning
from exactregions.engines.tree.kernels.codes import BOX
from exactregions.engines.tree.kernels.fields import constant, counter, declared, floats, integers, number
from exactregions.engines.tree.kernels.kinds import BoxState, compiled_type
from exactregions.engines.tree.kernels.state import State
from exactregions.engines.tree.kernels.state_type import StateType

__all__ = ["PRUNED", "PrunedBoxState", "type_of_search"]


def _pruned(states: type[State]) -> type[State]:
    """Return the class of states that search in the same kind of domain, and prune."""
    fields = {
        "walls": constant("Rows of the domain."),
        "cuts": number("Rows of the current cell that cut it by a coordinate; they come after those of the domain."),
        "bounded_depth": number("Rows of the cell that was last relaxed, -1 where it was another one."),
        "cut_noise": integers(
            "rows, 2", "At each cut: the fewest undecided units on the path, and the cuts since then."
        ),
        "noise": number("Units that were replaced by lines and noise there."),
        "alive": number("Scratch: one more than the last group that was not refuted, else zero."),
        "diving": number("Whether the search goes down to a region that floats took for one of the goal."),
        "relaxations": counter("Cells whose undecided units were relaxed."),
        "pruned": counter("Nodes that relaxed units proved to be out of reach of the goal."),
        "relaxed": floats("units, columns", "Forms of the coordinates, and of noise, of units after their slopes."),
        "relaxed_errors": floats("units", "Bounds of how far each unit may be from its form on the cell."),
        "relaxed_sizes": floats("units", "Bounds of the magnitudes of the forms."),
        "relaxed_columns": integers("units", "Columns of each row that are in use."),
        "range_lows": floats("units", "Proved ends of the ranges of units before their slopes."),
        "range_highs": floats("units", "The other ends."),
        "noise_units": integers("columns", "The unit that made a column of noise."),
        "noise_columns": integers("units", "The column of a unit's noise, zero where it has none."),
        "shares": floats("columns, p", "What each coordinate has to do with that unit; they add up to one."),
        "combined": floats("columns", "The combination of a group's rows that was last tried."),
        "factors": floats("members", "Its multipliers."),
        "line": floats("columns", "Scratch: from it to another row."),
        "line_widths": floats("columns", "Scratch: half sides, and ones for noise."),
        "scores": floats("p", "What each coordinate has to do with the bounds that were not enough."),
        "beyond": floats("p", "Scratch: a point that is tried."),
        "values": floats("units", "Scratch: values of units there."),
    }
    own = {
        **fields,
        "__slots__": (),
        "__module__": __name__,
        "__doc__": f"{states.__doc__} It prunes.",
        "pruning": pruning,
    }
    return declared(type(f"Pruned{states.__name__}", (states,), own))


PrunedBoxState = _pruned(BoxState)  # by name, for the files of compiled code

PRUNED: dict[int, type[State]] = {BOX: PrunedBoxState}


def type_of_search(kind: int, prune: bool) -> StateType:
    """Return the type for which kernels are compiled that search in a kind of domain, and prune where they can."""
    return StateType(PRUNED[kind]) if prune and kind in PRUNED else compiled_type(kind)
