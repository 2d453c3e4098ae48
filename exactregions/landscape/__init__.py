"""The loss surface of a network with one hidden layer on a data set: its cells, its minima, the least loss."""

from exactregions.landscape.atlas import Atlas, HiddenLayer, Valley, local_minima
from exactregions.landscape.decay import DecayedLoss, least_loss_with_decay
from exactregions.landscape.least_loss import LeastLoss, least_loss
from exactregions.landscape.masks import MaskSet, activation_masks

__all__ = [
    "Atlas",
    "DecayedLoss",
    "HiddenLayer",
    "LeastLoss",
    "MaskSet",
    "Valley",
    "activation_masks",
    "least_loss",
    "least_loss_with_decay",
    "local_minima",
]
