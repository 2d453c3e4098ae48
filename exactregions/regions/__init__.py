"""The answer of every engine: regions as columns, with the verdict on what they prove, and their file."""

from exactregions.regions.region import Region, pack_patterns, unpack_patterns
from exactregions.regions.region_set import RegionSet

__all__ = ["Region", "RegionSet", "pack_patterns", "unpack_patterns"]
