"""Upper bounds from the widths alone; they hold for every network of these widths on every convex domain.

Wires never split, but they carry a dimension past a narrow stage: splits are counted over the splitting
units, dimensions over all units of a stage with a nonzero slope.
"""

from __future__ import annotations

from exactregions.bounds.arrangements import layer_counts, profile_sum, regions_by_stages
from exactregions.bounds.contract import Kind, Scope
from exactregions.domain import Domain
from exactregions.fixed_inputs import in_free_inputs
from exactregions.network import Network


def degeneration(value: int, unstable: int, inputs: int) -> str | None:
    """Return the remark that a bound gives no more than 2^unstable, or None where it gives more."""
    if value != 1 << unstable:
        return None
    if unstable == 0:
        return "no unit can split: one region"
    reason = f", for n_0 = {inputs} is at least that" if inputs >= unstable else ""
    return f"degenerates to 2^{unstable}: a factor 2 for each unstable unit{reason}"


class Naive:
    """2^N: every unit on or off."""

    name = "naive"
    kind: Kind = "upper"
    scope: Scope = "global"
    source = "folklore"

    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return 2 to the number of splitting units."""
        return 1 << network.units


class Montufar2017:
    """prod_l Z(n_l, min(n_0, .., n_{l-1})).

    The cells of stage l in one cell before it are cut by n_l hyperplanes from an image whose dimension no
    earlier stage exceeds. It asks nothing of the slopes, so it holds for LeakyReLU unchanged.

    References
    ----------
    G. Montufar, Notes on the number of linear regions of deep neural networks, SampTA 2017.
    """

    name = "montufar_2017"
    kind: Kind = "upper"
    scope: Scope = "global"
    source = "Montufar 2017"

    @in_free_inputs
    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return the product over the stages."""
        return regions_by_stages(network, (int(stage.splits.sum()) for stage in network.stages))

    @in_free_inputs
    def note(self, network: Network, domain: Domain, value: int) -> str | None:
        """Say so where the value is 2^N."""
        return degeneration(value, network.units, network.inputs)


class Serra2018:
    """Sum over 0 <= j_l <= min(n_0, n_1 - j_1, .., n_{l-1} - j_{l-1}, n_l) of prod_l C(n_l, j_l).

    A cell in which j units of a layer are off has an image of dimension n_l - j at most. `profile_sum` states
    the form for wires and LeakyReLU units (ours); with ReLU units only it is the sum above.

    References
    ----------
    T. Serra, C. Tjandraatmadja, S. Ramalingam, Bounding and counting linear regions of deep neural networks,
    ICML 2018, theorem 1.
    """

    name = "serra_2018"
    kind: Kind = "upper"
    scope: Scope = "global"
    source = "Serra, Tjandraatmadja, Ramalingam 2018"

    @in_free_inputs
    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return the sum, by dynamic programming over the image dimension."""
        return profile_sum(layer_counts(network), network.inputs)

    @in_free_inputs
    def note(self, network: Network, domain: Domain, value: int) -> str | None:
        """Say so where the value is 2^N."""
        return degeneration(value, network.units, network.inputs)
