"""Exact counts and bounds in balls around many points: a long table, in parallel, kept on disk as it grows."""

from exactregions.study.counting import study
from exactregions.study.result import Study

__all__ = ["Study", "study"]
