"""Which kernel answers for which kind of domain.

A kernel is eleven functions, in files that are stacked, and a class of states, of the fields that they add. It finds
points and multipliers; what they prove is decided by `proofs` and `rungs`.

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

Four more are for kernels that see a cell as a whole; below the others stands `one_by_one`, which has them.

begin_stage(state)
    Compose the forms of a stage and settle the units that do not cut the cell; False leaves that to the search.
glance(state, unit)
    PLUS, MINUS or SPLIT, proved as by `decide`, or NONE: then the unit is probed.
open_from(state, position)
    Return the place of the first pending unit, from a place on, that `enter` has not settled.
is_open(state, position)
    Whether the pending unit at a place is none that `enter` has settled.

Files of a domain are stacked alike (see `domains`). What a kernel of balls or of domains without an end leaves to that
of bounded polytopes it asks of `state.flat`.

A kernel for another kind is such a file, a code in `codes`, a class and a line below, and the choice of it in
`scaled_problem`.
"""

from __future__ import annotations

from types import ModuleType

from exactregions.engines.tree.kernels import (
    curved,
    dictionary,
    disc,
    distance_pivots,
    enclosed,
    endless,
    endless_values,
    interval,
    l1_distance,
    least_distance,
    nearest_point,
    one_by_one,
    outward,
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
    WIDE_L1_BALL,
)
from exactregions.engines.tree.kernels.curved import CurvedState
from exactregions.engines.tree.kernels.dictionary import DictionaryState
from exactregions.engines.tree.kernels.distance_state import LeastDistanceState
from exactregions.engines.tree.kernels.domains import bounded, box, far_ball, l1_ball, l2_ball, plane_ball, unbounded
from exactregions.engines.tree.kernels.domains.far_ball import FarBallState
from exactregions.engines.tree.kernels.domains.unbounded import CancellingState
from exactregions.engines.tree.kernels.endless import EndlessState
from exactregions.engines.tree.kernels.nearest_point import NearestPointState
from exactregions.engines.tree.kernels.outward import OutwardState
from exactregions.engines.tree.kernels.state import State
from exactregions.engines.tree.kernels.state_type import StateType


def _stacked(*files: ModuleType) -> ModuleType:
    """Return the functions of some files as one module, each as the first file has it that defines it."""
    stacked = ModuleType(files[0].__name__)
    for file in reversed(files):
        own = {name: value for name, value in vars(file).items() if getattr(value, "__module__", None) == file.__name__}
        vars(stacked).update(own)
    return stacked


class BoxState(DictionaryState):
    """A search in a box, or a polytope within one."""

    __slots__ = ()
    kernel, domain = _stacked(enclosed, dictionary, one_by_one), _stacked(box, bounded)


class UnboundedState(CancellingState):
    """A search in the whole space, or a polytope that is not within a box."""

    __slots__ = ()
    kernel, domain = _stacked(dictionary, one_by_one), _stacked(unbounded, box)


class L1BallState(DictionaryState):
    """A search in an l1 ball."""

    __slots__ = ()
    kernel, domain = _stacked(dictionary, one_by_one), _stacked(l1_ball, bounded)


class BallState(NearestPointState):
    """A search in a Euclidean ball."""

    __slots__ = ()
    kernel, domain = _stacked(nearest_point, one_by_one), _stacked(l2_ball, bounded)


class FarState(FarBallState):
    """A search in a ball of any norm that is far larger than the distances of the hyperplanes."""

    __slots__ = ()
    kernel, domain = _stacked(nearest_point, one_by_one), _stacked(far_ball, unbounded)


class WideBoxState(LeastDistanceState):
    """A search in a bounded box, or a polytope in one, with many inputs."""

    __slots__ = ()
    kernel, domain = _stacked(distance_pivots, least_distance, nearest_point, one_by_one), _stacked(box, bounded)


class WideL1BallState(LeastDistanceState):
    """A search in an l1 ball with many inputs."""

    __slots__ = ()
    kernel, domain = _stacked(l1_distance, least_distance, nearest_point, one_by_one), _stacked(l1_ball, bounded)


class IntervalState(OutwardState):
    """A search in an interval."""

    __slots__ = ()
    kernel, domain = _stacked(interval, outward), _stacked(box, bounded)


class PolygonState(OutwardState):
    """A search in a bounded box of the plane, or a polytope in one."""

    __slots__ = ()
    kernel, domain = _stacked(polygon, outward), _stacked(box, bounded)


class PlaneBallState(CurvedState):
    """A search in an l1 ball or a disc of the plane."""

    __slots__ = ()
    kernel, domain = _stacked(disc, curved, polygon, outward), _stacked(plane_ball, bounded)
    flat = polygon


class PolyhedronState(OutwardState):
    """A search in a bounded box of space, or a polytope in one."""

    __slots__ = ()
    kernel, domain = _stacked(polyhedron, outward), _stacked(box, bounded)


class SpaceBallState(CurvedState):
    """A search in a Euclidean ball of space."""

    __slots__ = ()
    kernel, domain = _stacked(space_ball, curved, polyhedron, outward), _stacked(l2_ball, bounded)
    flat = polyhedron


class PlaneState(EndlessState):
    """A search in the plane, or a polygon in it without an end."""

    __slots__ = ()
    kernel, domain = _stacked(plane, endless, endless_values, outward), _stacked(unbounded, box)
    flat = polygon


class SpaceState(EndlessState):
    """A search in space, or a polytope in it without an end."""

    __slots__ = ()
    kernel, domain = _stacked(space, endless, endless_values, outward), _stacked(unbounded, box)
    flat = polyhedron


STATES: dict[int, type[State]] = {
    BOX: BoxState,
    UNBOUNDED: UnboundedState,
    WIDE_BOX: WideBoxState,
    L1_BALL: L1BallState,
    WIDE_L1_BALL: WideL1BallState,
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
