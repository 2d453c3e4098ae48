"""The tree engine: compiled depth-first search over sign prefixes, every decision proved."""

from exactregions.engines.tree.engine import TreeEngine

__all__ = ["TreeEngine"]
