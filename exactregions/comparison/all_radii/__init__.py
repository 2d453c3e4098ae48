"""The exact number of regions at every radius, from one search, and the bounds beside it."""

from exactregions.comparison.all_radii.counting import curve
from exactregions.comparison.all_radii.curve import Curve
from exactregions.geometry.distances.entry_radii import EntryRadii

__all__ = ["Curve", "EntryRadii", "curve"]
