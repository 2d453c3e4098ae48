"""Exact quantities of the function of a network on a domain: how steep it is, how far another class."""

from exactregions.quantities.steepness import Lipschitz, lipschitz
from exactregions.quantities.values import Value

__all__ = ["Lipschitz", "Value", "lipschitz"]
