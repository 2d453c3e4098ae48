"""The loss surface of a network with one hidden layer on a data set: its cells, its minima, the least loss."""

from exactregions.landscape.atlas import Atlas, HiddenLayer, Valley, local_minima
from exactregions.landscape.least_loss import LeastLoss, least_loss
from exactregions.landscape.masks import MaskSet, activation_masks

__all__ = [
    "Atlas",
    "HiddenLayer",
    "LeastLoss",
    "MaskSet",
    "Valley",
    "activation_masks",
    "least_loss",
    "local_minima",
]
