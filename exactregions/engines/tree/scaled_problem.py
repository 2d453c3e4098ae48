"""From a network and a domain in rationals to floats of size one, with bounds of what was rounded.

The kernels work in y with x = center + scale * y (scale a power of two a coordinate, so no digit is lost), or, for a
Euclidean ball or the whole space in more dimensions than the first stage has units, x = center + scale * Q y with fewer
coordinates y (`fewer_coordinates`). In two or three dimensions without an end x = center + B y, with the first units
for coordinates (`units_as_coordinates`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain, WholeSpace
from exactregions.engines.tree.fewer_coordinates import project, with_first_stage_as_inputs
from exactregions.engines.tree.first_stage import FirstConstants, FirstStage, rounding_bound
from exactregions.engines.tree.kernels.as_inputs import FAR
from exactregions.engines.tree.kernels.codes import (
    BOX,
    EUCLIDEAN,
    FAR_BALL,
    INTERVAL,
    L1_BALL,
    PLANE_BALL,
    POLYGON,
    POLYHEDRON,
    SPACE_BALL,
    UNBOUNDED,
    WIDE_BOX,
    WIDE_L1_BALL,
)
from exactregions.engines.tree.kernels.setup import FloatDomain, FloatNetwork, within_of
from exactregions.engines.tree.linked_units import chain
from exactregions.engines.tree.searched_shape import FAR_SIDE, MANY_INPUTS, MANY_INPUTS_OF_L1_BALL, searched_shape
from exactregions.engines.tree.undecided import is_large, undecided
from exactregions.engines.tree.undecided_units import UndecidedUnits
from exactregions.engines.tree.units_as_coordinates import UnitCoordinates, unit_coordinates
from exactregions.errors import DomainError
from exactregions.exact.floats import LARGEST, LEAST, UNDERFLOW, UNIT, nearest_float, row_lengths
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import Point, as_fractions, as_point
from exactregions.exact.shapes import Shape, ShapeKind, shape_of
from exactregions.exact.shapes.rounded import center_floats, extents
from exactregions.network import Network, Stage
from exactregions.support.stopping import check

Floats = NDArray[np.float64]

KINDS = {ShapeKind.BOX: BOX, ShapeKind.L1: L1_BALL, ShapeKind.L2: EUCLIDEAN}
# domains whose cells are kept by their corners, polytopes in them too, by the number of inputs
FEW_INPUTS = {
    BOX: {1: INTERVAL, 2: POLYGON, 3: POLYHEDRON},
    L1_BALL: {1: INTERVAL, 2: PLANE_BALL},
    EUCLIDEAN: {2: PLANE_BALL, 3: SPACE_BALL},
}
NORMS = {ShapeKind.BOX: 0, ShapeKind.L1: 1, ShapeKind.L2: 2}
FARTHEST = 1e150  # a radius beyond it has no square, and is only known to be larger
FEW_DIGITS = 12  # bits of a weight with which compositions of a few stages stay exact in float64
FEW_ROWS = 16  # of a weight, looked at together
LONE_PRODUCT = 1 << 18  # multiplications that OpenBLAS does in one thread
MODEST = 60  # largest binary exponent for the same purpose


def _power_above(value: Fraction) -> float:
    """Return a power of two at least as large as a positive value, within the range of floats."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length() + 1
    return math.ldexp(1.0, max(-1000, min(1000, exponent)))


@dataclass(frozen=True, slots=True, eq=False)
class ScaledProblem:
    """The question in the coordinates of the kernels.

    Attributes
    ----------
    network, domain : FloatNetwork, FloatDomain
    center : numpy.ndarray, shape (d,)
    scale : numpy.ndarray, shape (d,)
        Powers of two.
    basis, back : numpy.ndarray, shapes (d, p) and (p, d), or None
        From coordinates of fewer dimensions, and to them.
    stretch : float
        At least one: by this factor the basis may change lengths, either way.
    units : UndecidedUnits
        Which units of the network those of the kernels are.
    shape : Shape
        What is searched.
    cone_reach : float
        Where the cells are cones around the origin: points further out are brought as near as this, along their rays.
    """

    network: FloatNetwork
    domain: FloatDomain
    center: Floats
    scale: Floats
    basis: Floats | None
    back: Floats | None
    stretch: float
    units: UndecidedUnits
    shape: Shape
    cone_reach: float = math.inf

    def to_input(self, y: Floats) -> Floats:
        """Map scaled points, shape (n, p), to inputs, shape (n, d), in floats: not finite beyond their range."""
        x = np.empty((len(y), len(self.center)))
        # a few points at a time: for larger products a library starts threads, which cost far more
        few = max(1, LONE_PRODUCT // (self.center.size if self.basis is None else self.basis.size))
        with np.errstate(over="ignore", invalid="ignore"):
            for i in range(0, len(y), few):
                part = slice(i, i + few)
                np.multiply(self.scale, y[part] if self.basis is None else y[part] @ self.basis.T, out=x[part])
                x[part] += self.center
        return self._nearer(x)

    def to_input_exactly(self, y: Floats) -> Point:
        """Map one scaled point to an input without rounding."""
        exact = as_point(y.tolist())
        if self.basis is not None:
            rows = [as_point(row) for row in self.basis.tolist()]
            exact = [sum((q * v for q, v in zip(row, exact, strict=True)), flint.fmpq(0)) for row in rows]
        center, scale = as_point(self.center.tolist()), as_point(self.scale.tolist())
        x = [c + s * v for c, s, v in zip(center, scale, exact, strict=True)]
        if self.cone_reach == math.inf:
            return x
        excess = int(self._excess(np.array([[nearest_float(v) for v in as_fractions(x)]]))[0])
        return [v / (1 << excess) for v in x]

    def _nearer(self, x: Floats) -> Floats:
        """Bring points of cones nearer to the origin by powers of two, which keep their digits."""
        return x if self.cone_reach == math.inf else np.ldexp(x, -self._excess(x)[:, None])

    def _excess(self, x: Floats) -> NDArray[np.int32]:
        """Return the powers of two by which points are too far away."""
        return np.maximum(np.frexp(np.abs(x).max(axis=1))[1] - np.frexp(self.cone_reach)[1] + 1, 0)

    def from_input(self, x: Point) -> Floats:
        """Map one exact input to scaled coordinates, rounded; only a proposal."""
        gaps = [(v - c) / s for v, c, s in zip(x, as_point(self.center.tolist()), as_point(self.scale.tolist()),
                                              strict=True)]  # fmt: skip
        y = np.array([nearest_float(v) for v in as_fractions(gaps)])
        return y if self.back is None else self.back @ y


def scale_problem(
    network: Network,
    exact: ExactNetwork,
    domain: Domain,
    recorded: bool = False,
    store: bool = True,
    measured: bool = False,
    corners: bool = True,
) -> ScaledProblem:
    """Return a question in scaled coordinates; the network has at least one stage.

    Parameters
    ----------
    network : Network
    exact : ExactNetwork
        The same.
    domain : Domain
    recorded : bool
        Whether a certificate is written: it needs all units, also those of a large network that keep their sign on the
        domain, and multipliers of the rows of the domain itself.
    store : bool
        Whether points of the regions are wanted, and their distances in a Euclidean ball.
    measured : bool
        Whether their distances are wanted in boxes and l1 balls too: then nearest points move with the search, however
        few the inputs.
    corners : bool
        Whether cells may be kept by their corners.
    """
    given, constants = shape_of(domain), FirstConstants(network, exact)
    shape, cone_reach = (given, math.inf) if recorded else searched_shape(network, constants, given, store)
    center = _center(shape)
    far = None
    if corners and not recorded and (shape.kind is ShapeKind.L2 or not measured):
        far = _unit_of_far_ball(network, constants, shape, center)
    if far is None:
        scale = _scale(constants, shape, center)
        float_domain = _float_domain(shape, center, scale, measured)
    else:
        scale = np.full(shape.dim, _power_above(far))
        float_domain = _far_domain(shape, center, scale)
    endless = float_domain.kind == UNBOUNDED and corners and not recorded and not is_large(network, False)
    endless = endless and not all(map(_has_few_digits, network.stages))  # they are settled without rounding
    coordinates = unit_coordinates(network, constants, shape) if endless else None
    if coordinates is not None:
        return _in_units(network, coordinates)
    first = FirstStage.of(constants, center, scale)
    units = UndecidedUnits.all_of(network)
    found, few = None, FEW_INPUTS if corners else {}
    if not recorded and is_large(network, shape.dim in few.get(float_domain.kind, {})):
        found = undecided(network, first, shape.kind, float_domain.outer)
    if found is None:
        float_network = chain(first.forms(), first.errors, network.stages, _few_digits(network))
    else:
        float_network, units = found
    basis, back, stretch = None, None, 1.0
    if network.inputs > len(float_network.bases):
        if float_domain.kind == EUCLIDEAN:
            float_network, float_domain, basis, stretch = project(float_network, float_domain)
            back = basis.T
        elif shape == shape_of(WholeSpace(shape.dim)):
            float_network, float_domain, basis, back = with_first_stage_as_inputs(float_network, float_domain)
    kind = few.get(float_domain.kind, {}).get(len(float_domain.outer), float_domain.kind)
    float_domain = replace(float_domain, kind=kind)
    if float_domain.kind not in (UNBOUNDED, FAR_BALL):  # errors grow there, or points lie outside the domain
        moved = input_errors(center, scale, float_domain, basis, stretch)
        float_domain = replace(float_domain, input_errors=moved)
    return ScaledProblem(float_network, float_domain, center, scale, basis, back, stretch, units, shape, cone_reach)


def _in_units(network: Network, found: UnitCoordinates) -> ScaledProblem:
    """Return the question with the first units for coordinates."""
    float_network = chain(found.forms, found.errors, network.stages, few_digits=False)
    ones, units = np.ones(network.inputs), UndecidedUnits.all_of(network)
    return ScaledProblem(
        float_network, found.domain, found.center, ones, found.basis, found.back, 1.0, units, found.shape
    )


def input_errors(center: Floats, scale: Floats, domain: FloatDomain, basis: Floats | None, stretch: float) -> Floats:
    """Return bounds e of how far `to_input` moves a point y of the domain: coordinate j by e_j + u |y_j| at most.

    An input is rounded twice, where a product with a power of two underflows and in the last sum, by 2^-1075 and
    u |x_j| at most; divided by the scale that is (2^-1075 + u |c_j|) / s + u |y_j|.

    With a basis Q, ||Q^T Q - I|| <= eta, an input x = c + s v of the ball has the rows that y' = Q^T v has, but for
    their error bounds (see `project`). A product of inner dimension p is off by gamma_p |Q| |y|, so
    v = Q y + w where ||w|| <= gamma_p ||Q||_F r + u (||c|| / s + ||v||) + underflow, and y' - y = (Q^T Q - I) y + Q^T w
    has at most the length e = eta r + (1 + eta) ||w||. And v is in the ball: ||v|| <= (1 + eta) ||y|| + ||w||, while
    the coordinates |y_j| + e have a length of ||y|| + e at least, and it is below that of the ball over 1 + eta.

    Infinite where an input may overflow.
    """
    reach = np.minimum(domain.outer, FAR)
    with np.errstate(over="ignore", invalid="ignore"):
        if basis is None:
            safe = np.abs(center) + scale * reach < LARGEST
            moved = (UNIT * np.abs(center) + LEAST) / scale
            return np.where(safe, moved * (1 + 1e-10) + UNDERFLOW, np.inf)
        (d, p), radius, length = basis.shape, reach[0], row_lengths(center[None, :])[0]
        safe = length + stretch * scale[0] * radius < LARGEST
        product = (p + 2) * UNIT * float(np.linalg.norm(basis)) * radius + d * p * LEAST
        lost = product + UNIT * ((length + d * LEAST / UNIT) / scale[0] + stretch * radius + product)
        moved = (stretch - 1.0) * radius + stretch * lost
        return np.full(p, moved * (1 + 1e-10) + UNDERFLOW if safe else np.inf)


def _few_digits(network: Network) -> bool:
    return all(map(_has_few_digits, network.stages[1:]))


def _has_few_digits(stage: Stage) -> bool:
    stored: Any = stage.matrix
    weights = stored if isinstance(stored, np.ndarray) else stored.data
    return all(_are_short(part) for values in (weights, stage.bias, stage.low, stage.high) for part in _parts(values))


def _parts(values: Floats) -> Iterator[Floats]:
    """Yield rows a few at a time: a weight of many digits shows at once."""
    for first in range(0, len(values), FEW_ROWS):
        check()
        yield values[first : first + FEW_ROWS]


def _are_short(values: Floats) -> bool:
    mantissa, exponent = np.frexp(values)
    digits = np.ldexp(mantissa, FEW_DIGITS)
    return np.array_equal(digits, np.rint(digits)) and bool(np.abs(exponent).max(initial=0) <= MODEST)


def _center(shape: Shape) -> Floats:
    center = center_floats(shape)
    if not (shape.kind is ShapeKind.BOX or np.isfinite(center).all()):
        raise DomainError("a coordinate lies beyond the range of float64 (about 1e308); rescale the problem")
    # the middle of a box beyond their range gives way to the last float: what is left then is decided in rationals
    return np.nan_to_num(center)


def _scale(constants: FirstConstants, shape: Shape, center: Floats) -> Floats:
    """Return a power of two for each coordinate: of the domain's size, or of the network's where it has no end."""
    unit = Fraction(1) if shape.has_ends else constants.distance(center)
    return np.array([_power_above(unit if half is None else half) for half in shape.half_widths])


def _unit_of_far_ball(network: Network, constants: FirstConstants, shape: Shape, center: Floats) -> Fraction | None:
    """Return the distance of the first stage's hyperplanes where all of the boundary is far away beside it.

    Not with more inputs than the first stage has units, where coordinates of fewer dimensions are found; nor for large
    networks, whose undecided units are.
    """
    if shape.dim > network.stages[0].bias.size or is_large(network, False) or None in shape.half_widths:
        return None
    near = constants.distance(center)
    return near if all(half is not None and half > FAR_SIDE * near for half in shape.half_widths) else None


def _far_domain(shape: Shape, center: Floats, scale: Floats) -> FloatDomain:
    outer, inner = extents(shape, center, scale)
    outer, inner = np.where(outer > FARTHEST, np.inf, outer), np.minimum(inner, FARTHEST)
    rows = _scaled_rows(shape, center, scale, within_of(FAR_BALL, outer))
    return FloatDomain(FAR_BALL, outer, inner, *rows, norm=NORMS[shape.kind])


def _float_domain(shape: Shape, center: Floats, scale: Floats, measured: bool) -> FloatDomain:
    outer, inner = extents(shape, center, scale)
    kind = KINDS[shape.kind]
    if np.isinf(outer).any():
        kind = UNBOUNDED
    elif kind == BOX and (measured or shape.dim >= MANY_INPUTS):
        kind = WIDE_BOX
    elif kind == L1_BALL and (measured or shape.dim >= MANY_INPUTS_OF_L1_BALL):
        kind = WIDE_L1_BALL
    rows = _scaled_rows(shape, center, scale, within_of(kind, outer))
    return FloatDomain(kind, outer, inner, *rows, norm=NORMS[shape.kind])


def _scaled_rows(shape: Shape, center: Floats, scale: Floats, within: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the inequalities b - a.x > 0 of a shape in scaled coordinates.

    Returns
    -------
    rows, errors, scales : numpy.ndarray, shapes (K, dim + 1), (K,) and (K,)
        Of size one, bounds of their rounding within reach, and the powers of two by which they were multiplied.
    """
    rows, errors, scales = np.zeros((len(shape.rows), shape.dim + 1)), [], []
    exact_center, exact_scale = [Fraction(c) for c in center.tolist()], [Fraction(s) for s in scale.tolist()]
    for place, given in enumerate(shape.rows):
        exact = [v * s / given.scale for v, s in zip(given.normal, exact_scale, strict=True)]
        exact.append(given.at(exact_center) / given.scale)
        top = max(abs(v) for v in exact[:-1])
        unit = Fraction(_power_above(top)) if top else Fraction(1)
        scales.append(float(1 / unit))
        scaled = [v / unit for v in exact]
        row = [nearest_float(v) for v in scaled]
        lost = [rounding_bound(f, v) for f, v in zip(row, scaled, strict=True)]
        reach = [*within.tolist(), 1.0]
        rows[place] = row
        error = sum(e * r for e, r in zip(lost, reach, strict=True) if e) * (1 + 1e-10)
        errors.append(error + UNDERFLOW if any(lost) else 0.0)
    return rows, np.array(errors), np.array(scales)
