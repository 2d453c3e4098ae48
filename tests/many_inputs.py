"""What is asked of kernels for many inputs in every norm."""

import numpy as np

from exactregions import Network
from exactregions.cases import networks as nets

IMAGE = nets.generated(784, 12, 6, 3, seed=1)


def three_among_forty():
    """A network of three inputs, and the same one where these stand among forty, of which the others have no weight."""
    small = nets.generated(3, 8, 6, 1, seed=5)
    wide = np.zeros((8, 40))
    wide[:, [4, 17, 39]] = small.stages[0].weight
    biases = [*(s.bias for s in small.stages), small.bias]
    return small, Network.from_layers([wide, small.stages[1].weight, small.weight], biases)


def assert_settled_in_floats(regions, domain):
    """No decision and no witness, as a point of the search and as inputs, needed exact arithmetic."""
    exact = ["settled_by_exact_basis", "settled_by_exact_pivots", "witnesses_by_exact_check"]
    assert not any(regions.stats[name] for name in exact)
    assert all(domain.contains(region.witness) for region in regions)
