"""Open convex domains in which regions are counted; every number is kept at its exact value."""

from exactregions.domain.ball import Ball
from exactregions.domain.base import Domain
from exactregions.domain.box import Box
from exactregions.domain.polytope import Polytope
from exactregions.domain.reading import domain_from_dict, require_fit
from exactregions.domain.whole_space import WholeSpace
from exactregions.support.vectors import exact_number

__all__ = [
    "Ball",
    "Box",
    "Domain",
    "Polytope",
    "WholeSpace",
    "domain_from_dict",
    "exact_number",
    "require_fit",
]
