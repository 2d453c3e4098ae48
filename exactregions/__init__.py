"""Exact counts of the linear regions of a ReLU network inside a domain, beside their upper bounds."""

from exactregions.agreement import Agreement, agree
from exactregions.comparison import Comparison, compare
from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace
from exactregions.engines.registry import engine_names
from exactregions.enumeration import count_regions, enumerate_regions, resume_regions
from exactregions.errors import ExactRegionsError
from exactregions.importers import load
from exactregions.network import Network, Stage
from exactregions.regions import Region, RegionSet

__version__ = "0.1.0"

__all__ = [
    "Agreement",
    "Ball",
    "Box",
    "Comparison",
    "Domain",
    "ExactRegionsError",
    "Network",
    "Polytope",
    "Region",
    "RegionSet",
    "Stage",
    "WholeSpace",
    "__version__",
    "agree",
    "compare",
    "count_regions",
    "engine_names",
    "enumerate_regions",
    "load",
    "resume_regions",
]
