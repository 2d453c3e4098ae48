"""Which kernel answers for which kind of domain.

A kernel is a file with a class of states, of the fields that it adds, and eleven functions. It finds points and
multipliers; what they prove is decided by `proofs` and `rungs`.

begin(state)
    Set up the root, whose witness is in the state.
probe(state, out)
    Look for a point of the cell where row `depth` is positive. BEYOND: a witness of that side is in `out`. NOTHING: the
    state's last proof shows that there is none. UNKNOWN: exact arithmetic has to decide; multipliers may be left to it.
enter(state, k, warm)
    Make row k, already loaded, a row of the cell; warm when the last probe was about this row.
save(state, k)
    Keep what the other side of row k will need of the cell as it is before row k enters.
restore(state, k)
    Take it back.
point_found(state, out)
    Write a point of the closed cell that the last probe turned up; leave `out` alone where there is none.
measure(state, at, entries)
    Write the entry radius of the current leaf, where the kernel knows it.

Four more are for kernels that see a cell as a whole; the others take them from `one_by_one`.

begin_stage(state)
    Compose the forms of a stage and settle the units that do not cut the cell; False leaves that to the search.
glance(state, unit)
    PLUS, MINUS or SPLIT, proved as by `decide`, or NONE: then the unit is probed.
open_from(state, position)
    Return the place of the first pending unit, from a place on, that `enter` has not settled.
is_open(state, position)
    Whether the pending unit at a place is none that `enter` has settled.

A kernel for another kind is such a file, a code in `codes`, a line below, and the choice of it in `scaled_problem`.
"""

from __future__ import annotations

from exactregions.engines.tree.kernels import (
    dictionary,
    disc,
    interval,
    least_distance,
    nearest_point,
    plane,
    polygon,
    polyhedron,
    space,
    space_ball,
)
from exactregions.engines.tree.kernels.codes import (
    BOX,
    EUCLIDEAN,
    FAR_BALL,
    INTERVAL,
    L1_BALL,
    PLANE,
    PLANE_BALL,
    POLYGON,
    POLYHEDRON,
    SPACE,
    SPACE_BALL,
    UNBOUNDED,
    WIDE_BOX,
)
from exactregions.engines.tree.kernels.curved import CurvedState
from exactregions.engines.tree.kernels.dictionary import DictionaryState
from exactregions.engines.tree.kernels.domains import box, far_ball, l1_ball, l2_ball, plane_ball, unbounded
from exactregions.engines.tree.kernels.domains.far_ball import FarBallState
from exactregions.engines.tree.kernels.domains.unbounded import CancellingState
from exactregions.engines.tree.kernels.endless import EndlessState
from exactregions.engines.tree.kernels.least_distance import LeastDistanceState
from exactregions.engines.tree.kernels.nearest_point import NearestPointState
from exactregions.engines.tree.kernels.outward import OutwardState
from exactregions.engines.tree.kernels.state import State
from exactregions.engines.tree.kernels.state_type import StateType

__all__ = ["STATES", "BallState", "BoxState", "L1BallState", "UnboundedState", "WideBoxState", "compiled_type"]


class BoxState(DictionaryState):
    """A search in a box, or a polytope within one."""

    __slots__ = ()
    kernel, domain = dictionary, box


class UnboundedState(CancellingState):
    """A search in the whole space, or a polytope that is not within a box."""

    __slots__ = ()
    kernel, domain = dictionary, unbounded


class L1BallState(DictionaryState):
    """A search in an l1 ball."""

    __slots__ = ()
    kernel, domain = dictionary, l1_ball


class BallState(NearestPointState):
    """A search in a Euclidean ball."""

    __slots__ = ()
    kernel, domain = nearest_point, l2_ball


class FarState(FarBallState):
    """A search in a ball of any norm that is far larger than the distances of the hyperplanes."""

    __slots__ = ()
    kernel, domain = nearest_point, far_ball


class WideBoxState(LeastDistanceState):
    """A search in a bounded box, or a polytope in one, with many inputs."""

    __slots__ = ()
    kernel, domain = least_distance, box


class IntervalState(OutwardState):
    """A search in an interval."""

    __slots__ = ()
    kernel, domain = interval, box


class PolygonState(OutwardState):
    """A search in a bounded box of the plane, or a polytope in one."""

    __slots__ = ()
    kernel, domain = polygon, box


class PlaneBallState(CurvedState):
    """A search in an l1 ball or a disc of the plane."""

    __slots__ = ()
    kernel, domain = disc, plane_ball


class PolyhedronState(OutwardState):
    """A search in a bounded box of space, or a polytope in one."""

    __slots__ = ()
    kernel, domain = polyhedron, box


class SpaceBallState(CurvedState):
    """A search in a Euclidean ball of space."""

    __slots__ = ()
    kernel, domain = space_ball, l2_ball


class PlaneState(EndlessState):
    """A search in the plane, or a polygon in it without an end."""

    __slots__ = ()
    kernel, domain = plane, unbounded


class SpaceState(EndlessState):
    """A search in space, or a polytope in it without an end."""

    __slots__ = ()
    kernel, domain = space, unbounded


STATES: dict[int, type[State]] = {
    BOX: BoxState,
    UNBOUNDED: UnboundedState,
    WIDE_BOX: WideBoxState,
    L1_BALL: L1BallState,
    EUCLIDEAN: BallState,
    INTERVAL: IntervalState,
    POLYGON: PolygonState,
    POLYHEDRON: PolyhedronState,
    PLANE_BALL: PlaneBallState,
    SPACE_BALL: SpaceBallState,
    FAR_BALL: FarState,
    PLANE: PlaneState,
    SPACE: SpaceState,
}


def compiled_type(kind: int) -> StateType:
    """Return the type for which kernels are compiled that search in a kind of domain."""
    return StateType(STATES[kind])
