"""The exact count beside the bounds: in one domain, at every radius, around many points."""

from exactregions.comparison.all_radii import Curve, EntryRadii, curve
from exactregions.comparison.evaluation import BoundEvaluation
from exactregions.comparison.many_points import Study, study
from exactregions.comparison.one_domain import Comparison, compare

__all__ = ["BoundEvaluation", "Comparison", "Curve", "EntryRadii", "Study", "compare", "curve", "study"]
