"""Bounds on the number of regions: one file a family; `registry` finds them by name."""

from exactregions.bounds.attainable import Montufar2014, Serra2018Attainable
from exactregions.bounds.ball_profile import BallProfile
from exactregions.bounds.ball_propagation import BallPropagation
from exactregions.bounds.contract import Bound, NotApplicableError, NotingBound
from exactregions.bounds.expectation import HaninRolnick2019
from exactregions.bounds.hinz import HinzVanDeGeer
from exactregions.bounds.histograms import (
    hinz_histogram,
    montufar_histogram,
    serra_histogram,
    tangent_histogram,
)
from exactregions.bounds.hybrid import Hybrid
from exactregions.bounds.minimum import Minimum
from exactregions.bounds.registry import bound_names, get_bound, get_bounds, register_bound, standard_bounds
from exactregions.bounds.sampling import SampledPatterns
from exactregions.bounds.serra_ramalingam import SerraRamalingam2020
from exactregions.bounds.stability.proved_signs import proved_signs
from exactregions.bounds.user import FunctionBound, bound
from exactregions.bounds.widths import Montufar2017, Naive, Serra2018

__all__ = [
    "BallProfile",
    "BallPropagation",
    "Bound",
    "FunctionBound",
    "HaninRolnick2019",
    "HinzVanDeGeer",
    "Hybrid",
    "Minimum",
    "Montufar2014",
    "Montufar2017",
    "Naive",
    "NotApplicableError",
    "NotingBound",
    "SampledPatterns",
    "Serra2018",
    "Serra2018Attainable",
    "SerraRamalingam2020",
    "bound",
    "bound_names",
    "get_bound",
    "get_bounds",
    "hinz_histogram",
    "montufar_histogram",
    "proved_signs",
    "register_bound",
    "serra_histogram",
    "standard_bounds",
    "tangent_histogram",
]
