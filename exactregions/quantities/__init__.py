"""Exact quantities of the function of a network on a domain: how steep it is, how far another class."""

from exactregions.exact.values import Value
from exactregions.quantities.boundaries import DecisionBoundary, decision_boundary
from exactregions.quantities.boundary_distances import NearestBoundary
from exactregions.quantities.boundary_pieces import BoundaryPiece
from exactregions.quantities.differences import Difference, Equality, difference, equal
from exactregions.quantities.extremes import Extreme, maximize, minimize
from exactregions.quantities.measures import ClassVolumes, Measure, class_volumes, mean, violation_volume
from exactregions.quantities.path_norms import path_norm
from exactregions.quantities.reach import Piece, ReachSet, reach
from exactregions.quantities.robust_curves import RobustCurve, robust_curve
from exactregions.quantities.robustness import RobustRadius, robust_radius
from exactregions.quantities.steepness import Lipschitz, lipschitz
from exactregions.quantities.value_certificates import (
    ValueCertificates,
    certify_maximum,
    certify_minimum,
    certify_radius,
)

__all__ = [
    "BoundaryPiece",
    "ClassVolumes",
    "DecisionBoundary",
    "Difference",
    "Equality",
    "Extreme",
    "Lipschitz",
    "Measure",
    "NearestBoundary",
    "Piece",
    "ReachSet",
    "RobustCurve",
    "RobustRadius",
    "Value",
    "ValueCertificates",
    "certify_maximum",
    "certify_minimum",
    "certify_radius",
    "class_volumes",
    "decision_boundary",
    "difference",
    "equal",
    "lipschitz",
    "maximize",
    "mean",
    "minimize",
    "path_norm",
    "reach",
    "robust_curve",
    "robust_radius",
    "violation_volume",
]
