"""What a page of three inputs holds: the planes of all facets and of the domain, by which rays pass through cells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NotExactError
from exactregions.exact.bounding import tightened
from exactregions.exact.floats import nearest_float
from exactregions.exact.forms import ExactNetwork, Form
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.exact.shapes import shape_of
from exactregions.exact.walk import chosen_forms
from exactregions.geometry.neighbours import Adjacency
from exactregions.geometry.polyhedra import domain_rows
from exactregions.geometry.volume import volumes
from exactregions.plot.explorer.packing import packed
from exactregions.regions import RegionSet

Plane = tuple[float, float, float, float]  # the unit normal, and the constant: positive inside


def solid_data(inner: RegionSet, links: Adjacency, origin: Sequence[Fraction]) -> dict[str, Any]:
    """Return the planes, witnesses and volumes of a set of three inputs, as seen from an origin.

    Raises
    ------
    NotExactError
        If regions are missing: a ray could not pass through the gaps.
    """
    if not inner.exact:
        raise NotExactError("in three dimensions only a complete set is explored; search to the end", inner)
    domain = tightened(inner.domain)
    assert domain is not None, "the domain was found to be bounded"
    shape = shape_of(inner.domain)
    sphere = None
    if shape.radius is not None and not shape.is_flat:
        sphere = {"center": _seen(shape.center, origin), "radius": nearest_float(shape.radius)}
    rows = domain_rows(shape) if shape.is_flat else []
    return {
        "planes": packed(_facet_planes(inner, links, origin)),
        "walls": packed(np.array([_plane(row, origin) for row in rows]).reshape(-1, 4)),
        "sphere": sphere,
        "lower": _seen(domain.lower, origin),
        "upper": _seen(domain.upper, origin),
        "witnesses": packed(np.array([_seen(region.witness, origin) for region in inner]).reshape(-1, 3)),
        "sizes": packed(volumes(inner).values),
    }


def _facet_planes(inner: RegionSet, links: Adjacency, origin: Sequence[Fraction]) -> NDArray[np.float64]:
    """Return the plane of each facet, positive on the side of its first region, shape (m, 4)."""
    exact, planes = ExactNetwork(inner.network), []
    for region, facets in groupby(zip(links.edges[:, 0].tolist(), links.units.tolist(), strict=True), lambda f: f[0]):
        pattern, units = inner[region].pattern.tolist(), [unit for _, unit in facets]
        for unit, form in zip(units, chosen_forms(exact, pattern, units), strict=True):
            planes.append(_plane(form if pattern[unit] else form.negated(), origin))
    return np.array(planes).reshape(-1, 4)


def _plane(form: Form, origin: Sequence[Fraction]) -> Plane:
    """Return a form as a plane, every number rounded once or twice."""
    size = max(abs(int(a)) for a in form.a)
    x, y, z = (int(a) / size for a in form.a)
    length = math.hypot(x, y, z)
    offset = nearest_float(as_fractions([form.at(as_point(origin))])[0] / size)
    return x / length, y / length, z / length, offset / length


def _seen(point: Iterable[Fraction | None], origin: Sequence[Fraction]) -> list[float]:
    return [nearest_float((v or Fraction(0)) - o) for v, o in zip(point, origin, strict=True)]
