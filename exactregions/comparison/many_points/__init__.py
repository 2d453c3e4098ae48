"""Exact counts and bounds in balls around many points: a long table, in parallel, kept on disk as it grows."""

from exactregions.comparison.many_points.counting import study
from exactregions.comparison.many_points.study import Study

__all__ = ["Study", "study"]
