"""The shape that a search takes in place of the domain's: with the same patterns, and better for floats."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np

from exactregions.domain import WholeSpace
from exactregions.engines.tree.first_stage import FirstConstants
from exactregions.exact.floats import nearest_float
from exactregions.exact.shapes import Shape, ShapeKind, shape_of
from exactregions.exact.shapes.rounded import center_floats
from exactregions.network import Network

FAR_SIDE = 1 << 20  # a side is far when it is further than so many times the first stage's hyperplanes
MANY_INPUTS = 10  # measured: from here on least distances beat the dictionary, which loses float proofs there
MANY_INPUTS_OF_L1_BALL = 20  # measured: up to here the dictionary, in which the ball is one row, is as fast


def searched_shape(network: Network, constants: FirstConstants, shape: Shape, store: bool) -> tuple[Shape, float]:
    """Return the shape to search, which has the same patterns.

    Where no unit has a bias, every cell is a cone, and meets each neighbourhood of the origin: a domain with the origin
    inside has the regions of the whole space. There a combination that vanishes is a proof; at the origin, where all
    forms are zero, a bound of roundings never is one.

    Sides of a box that are far away become rows, so that the size of the box does not hide what lies near its centre.

    Parameters
    ----------
    network : Network
    constants : FirstConstants
        Of the network.
    shape : Shape
        Of the domain.
    store : bool
        Whether points of the regions, and their distances, are wanted: then a Euclidean ball, or a polytope, stays.

    Returns
    -------
    shape : Shape
    cone_reach : float
        Where points of cones are wanted: half a side of a cube around the origin within the domain; else inf.
    """
    homogeneous = not any(np.any(stage.bias) for stage in network.stages)
    if homogeneous and shape.contains([0] * shape.dim) and not (store and (shape.rows or not shape.is_flat)):
        return shape_of(WholeSpace(shape.dim)), _cube_within(shape) if store else math.inf
    if shape.kind is ShapeKind.BOX and shape.dim < MANY_INPUTS:
        far = FAR_SIDE * constants.distance(np.nan_to_num(center_floats(shape)))
        return _with_far_sides_as_rows(shape, far), math.inf
    return shape, math.inf


def _with_far_sides_as_rows(shape: Shape, far: Fraction) -> Shape:
    near = [half is None or half <= far for half in shape.half_widths]
    if all(near):
        return shape
    kept = [tuple(v if ok else None for v, ok in zip(ends, near, strict=True)) for ends in (shape.lower, shape.upper)]
    moved = [tuple(None if ok else v for v, ok in zip(ends, near, strict=True)) for ends in (shape.lower, shape.upper)]
    return replace(
        Shape(shape.kind, kept[0], kept[1]), rows=tuple(replace(shape, lower=moved[0], upper=moved[1]).sides())
    )


def _cube_within(shape: Shape) -> float:
    """Return half a side of a cube around the origin within a body with flat sides, of which it is in the interior."""
    if shape.kind is ShapeKind.BOX:
        ends = [abs(v) for v in (*shape.lower, *shape.upper) if v is not None]
        return nearest_float(min(ends) / 2) if ends else math.inf
    assert shape.radius is not None, "balls have ends"
    # the corners of a cube are furthest from the centre of an l1 ball
    return nearest_float((shape.radius - sum(abs(c) for c in shape.center)) / (2 * shape.dim))
