"""Networks of affine maps, units and winner units, written down as layers; see `trials.winner_networks`."""

from exactregions.testing.trials.winner_networks import dyadic as generic
from exactregions.testing.trials.winner_networks import network_of

__all__ = ["generic", "network_of"]
