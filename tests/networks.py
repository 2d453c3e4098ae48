"""The known networks of the package under a short name, with hypothesis' strategy for small ones."""

from oracles import zaslavsky  # noqa: F401

from exactregions.cases.networks import *  # noqa: F403
from exactregions.testing.strategies import networks as small_networks  # noqa: F401
