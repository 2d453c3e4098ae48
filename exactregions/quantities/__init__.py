"""Exact quantities of the function of a network on a domain: how steep it is, how far another class."""

from exactregions.quantities.robust_curves import RobustCurve, robust_curve
from exactregions.quantities.robustness import RobustRadius, robust_radius
from exactregions.quantities.steepness import Lipschitz, lipschitz
from exactregions.quantities.values import Value

__all__ = ["Lipschitz", "RobustCurve", "RobustRadius", "Value", "lipschitz", "robust_curve", "robust_radius"]
