"""The loss surface of a network with one hidden layer on a data set: the activation masks of its points."""

from exactregions.landscape.masks import MaskSet, activation_masks

__all__ = ["MaskSet", "activation_masks"]
