"""Bounds on the number of regions: one file a family; `registry` finds them by name."""

from exactregions.bounds.ball_profile import BallProfile
from exactregions.bounds.ball_propagation import BallPropagation
from exactregions.bounds.contract import Bound, NotingBound
from exactregions.bounds.minimum import Minimum
from exactregions.bounds.registry import bound_names, get_bound, standard_bounds
from exactregions.bounds.stability import proved_signs
from exactregions.bounds.widths import Montufar2017, Naive, Serra2018

__all__ = [
    "BallProfile",
    "BallPropagation",
    "Bound",
    "Minimum",
    "Montufar2017",
    "Naive",
    "NotingBound",
    "Serra2018",
    "bound_names",
    "get_bound",
    "proved_signs",
    "standard_bounds",
]
