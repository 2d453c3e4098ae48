"""The largest ball in a region: its radius, the inradius, and its centre, the Chebyshev centre."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint

from exactregions.domain import Domain, require_fit
from exactregions.domain.ball import norm_of
from exactregions.errors import DomainError
from exactregions.exact.floats import nearest_float, rounded_down, rounded_up
from exactregions.exact.forms import ExactNetwork, Form
from exactregions.exact.numbers import ONE, ZERO, Point, Rational, as_fractions, as_point, rational
from exactregions.exact.simplex import Dictionary
from exactregions.exact.values import root_ends
from exactregions.exact.walk import signed_rows
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.patterns import require_regions
from exactregions.geometry.polyhedra import domain_rows
from exactregions.regions import Region, RegionSet
from exactregions.support.data_frames import DataColumns, HasDataFrames
from exactregions.support.stopping import heard

BITS = 96  # of a length that is no rational: its bounds differ by 2^-96 of it at most


@dataclass(frozen=True, slots=True)
class InscribedBall:
    """A largest ball in the closure of a region.

    Attributes
    ----------
    norm : float
        1, 2 or infinity.
    center : tuple of Fraction, or None
        The Chebyshev centre, one of them where there are several. None where balls of any radius fit.
    lower, upper : Fraction, or infinity
        The ball of radius `lower` about the centre lies in the region, and none of a radius above `upper` does.
        They are equal for the norms 1 and infinity, and for the norm 2 where the length of every normal is rational.
    """

    norm: float
    center: tuple[Fraction, ...] | None
    lower: Fraction | float
    upper: Fraction | float

    @property
    def exact(self) -> bool:
        """Whether `lower` is the inradius itself."""
        return self.lower == self.upper

    @property
    def inradius(self) -> float:
        """The radius in floats."""
        return nearest_float(self.lower) if isinstance(self.lower, Fraction) else self.lower


@dataclass(frozen=True, slots=True)
class InscribedBalls(HasDataFrames):
    """A largest ball in each region of a set; a sequence of `InscribedBall` with `to_pandas` and `to_polars`.

    Attributes
    ----------
    regions : RegionSet
    norm : float
    balls : tuple of InscribedBall
        In the order of the regions.
    """

    regions: RegionSet
    norm: float
    balls: tuple[InscribedBall, ...]

    def __len__(self) -> int:
        return len(self.balls)

    def __getitem__(self, index: int) -> InscribedBall:
        return self.balls[index]

    def __iter__(self) -> Iterator[InscribedBall]:
        return iter(self.balls)

    def data_columns(self) -> DataColumns:
        """Return the columns `region`, `inradius`, its proved bounds in floats, and `center_0`, .. rounded."""
        columns: dict[str, tuple[type, Sequence[object]]] = {
            "region": (int, range(len(self))),
            "inradius": (float, [ball.inradius for ball in self.balls]),
            "inradius_lower": (float, [_as_float(ball.lower, up=False) for ball in self.balls]),
            "inradius_upper": (float, [_as_float(ball.upper, up=True) for ball in self.balls]),
        }
        for i in range(self.regions.network.inputs):
            centers = [None if ball.center is None else nearest_float(ball.center[i]) for ball in self.balls]
            columns[f"center_{i}"] = (float, centers)
        return columns


def inscribed_balls(regions: RegionSet, norm: float = 2, within: Domain | None = None) -> InscribedBalls:
    """Return the Chebyshev centre and the inradius of each region within a domain with flat sides.

    Each is the solution of a linear program in rationals (Boyd and Vandenberghe 2004, 8.5.1): it takes milliseconds
    for tens of units and a few inputs, and grows with the product of units and the square of inputs.

    Parameters
    ----------
    regions : RegionSet
    norm : {2, 1, inf}
        Of the balls.
    within : Domain, optional
        The domain of the search by default. What a ball leaves in a Euclidean ball is no linear program: give a box
        instead, as `domain.as_box()`, or `WholeSpace(d)` for the regions as such. Balls are those of the inputs that it
        leaves free.

    Raises
    ------
    DomainError
        If the domain has no flat sides, leaves no input free or fixes others than that of the search, a region does not
        meet it, or the norm is another.
    EngineError
        If the set keeps no regions.

    Examples
    --------
    >>> from exactregions import Box, Network, enumerate_regions
    >>> network = Network.from_layers([[[1.0, 0.0]], [[1.0]]], [[-0.5], [0.0]])
    >>> balls = inscribed_balls(enumerate_regions(network, Box([0.0, 0.0], [2.0, 1.0])))
    >>> sorted(ball.inradius for ball in balls)
    [0.25, 0.5]
    """
    require_regions(regions, "the largest ball in a region", partial=True)
    p = norm_of(norm)
    return InscribedBalls(regions, p, tuple(_ball(regions, region, p, within) for region in heard(regions)))


def inscribed_ball(regions: RegionSet, index: int, norm: float = 2, within: Domain | None = None) -> InscribedBall:
    """Return the Chebyshev centre and the inradius of one region; see `inscribed_balls`.

    Examples
    --------
    >>> from exactregions import Network, WholeSpace, enumerate_regions
    >>> corner = Network.from_layers([[[1, 0], [0, 1], [-4, -3]], [[1, 1, 1]]], [[0, 0, 12], [0]])
    >>> regions = enumerate_regions(corner, WholeSpace(2))
    >>> triangle = regions.pattern_array().all(axis=1).argmax()
    >>> inscribed_ball(regions, triangle)
    InscribedBall(norm=2, center=(Fraction(1, 1), Fraction(1, 1)), lower=Fraction(1, 1), upper=Fraction(1, 1))
    """
    require_regions(regions, "the largest ball in a region", partial=True)
    return _ball(regions, regions[index], norm_of(norm), within)


def _ball(regions: RegionSet, region: Region, norm: float, within: Domain | None) -> InscribedBall:
    domain, network = regions.domain if within is None else within, regions.network
    require_fit(domain, network.inputs, network.input_shape)
    asked = free_inputs(network, domain)
    if domain.fixed_inputs != regions.domain.fixed_inputs or not asked.free:
        raise DomainError("the domain leaves no input free, or fixes others than that of the search; fix the same ones")
    inner = asked.inward_region(region)
    rows = [*domain_rows(asked.domain), *signed_rows(ExactNetwork(asked.network), inner.pattern.tolist())]
    lengths = [_dual_length(row, norm) for row in rows]
    found = _largest(rows, [upper for _, upper in lengths], as_point(inner.witness))
    if found is None:
        return InscribedBall(norm, None, math.inf, math.inf)
    center, radius = found
    if radius <= 0:
        raise DomainError("the region does not meet the domain; give one that it meets as `within`")
    # a ball that is right for the lower bounds of all lengths is right for the upper ones when it is that much smaller
    wider = max(upper / lower for lower, upper in lengths)
    lower, upper = as_fractions([radius, radius * wider])
    return InscribedBall(norm, asked.point(as_fractions(center)), lower, upper)


def _largest(rows: Sequence[Form], lengths: Sequence[Rational], start: Point) -> tuple[Point, Rational] | None:
    """Return the center and the radius of a largest ball { f >= 0 for all rows }, None where there is none.

    The largest t with f(x) >= t * length for all rows; from any point x, with a negative t where it lies outside.
    """
    if not rows:
        return None
    free = [None] * (len(start) + 1)
    t = min(row.at(start) / length for row, length in zip(rows, lengths, strict=True))
    program = Dictionary([*start, t], free, free)
    for row, length in zip(rows, lengths, strict=True):
        program.add_row([*row.a, -length], row.b)
    radius = program.greatest([ZERO] * len(start) + [ONE], ZERO)
    return None if radius is None else (program.point[:-1], radius)


def _dual_length(row: Form, norm: float) -> tuple[Rational, Rational]:
    """Return bounds of what a form changes by at most along a step of length 1, equal where they are rational."""
    sizes = [abs(a) for a in row.a]
    if norm != 2:
        length = flint.fmpq(sum(sizes, flint.fmpz(0)) if norm == math.inf else max(sizes))
        return length, length
    lower, upper = root_ends(Fraction(int(row.square)), BITS)
    return rational(lower), rational(upper)


def _as_float(radius: Fraction | float, up: bool) -> float:
    if isinstance(radius, Fraction):
        return rounded_up(radius) if up else rounded_down(radius)
    return radius
