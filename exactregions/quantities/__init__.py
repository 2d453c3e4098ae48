"""Exact quantities of the function of a network on a domain: how steep it is, how far another class."""

from exactregions.quantities.differences import Difference, Equality, difference, equal
from exactregions.quantities.extremes import Extreme, maximize, minimize
from exactregions.quantities.robust_curves import RobustCurve, robust_curve
from exactregions.quantities.robustness import RobustRadius, robust_radius
from exactregions.quantities.steepness import Lipschitz, lipschitz
from exactregions.quantities.values import Value

__all__ = [
    "Difference",
    "Equality",
    "Extreme",
    "Lipschitz",
    "RobustCurve",
    "RobustRadius",
    "Value",
    "difference",
    "equal",
    "lipschitz",
    "maximize",
    "minimize",
    "robust_curve",
    "robust_radius",
]
