"""The number of regions as a function of the radius: one search, exact at every radius, with bounds beside it."""

from exactregions.curve.counting import curve
from exactregions.curve.result import Curve
from exactregions.geometry.distances.entry_radii import EntryRadii

__all__ = ["Curve", "EntryRadii", "curve"]
