"""The distances of regions from the centre of a domain: one mechanism of entry radii."""

from exactregions.geometry.distances.entry_radii import EntryRadii

__all__ = ["EntryRadii"]
