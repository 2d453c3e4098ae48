"""The graph search: from region to region across facets, nearest first."""

from exactregions.engines.facets.engine import FacetsEngine

__all__ = ["FacetsEngine"]
