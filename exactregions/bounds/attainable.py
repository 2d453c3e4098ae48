"""Numbers of regions that some ReLU network of given widths has: they say nothing about a given one.

A region count on the whole space is one in any domain too: the regions of a network all meet some ball, and an affine
change of the inputs, which the first weight takes up, brings that ball into the domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from exactregions.bounds.arrangements import arrangement_regions
from exactregions.bounds.contract import Kind, NotApplicableError, Scope
from exactregions.domain import Domain
from exactregions.network import Network


class Montufar2014:
    """prod_{l < L} floor(n_l / n_0)^{n_0} Z(n_L, n_0), for n_l >= n_0.

    The units of a stage are shared out over the inputs and fold each of them floor(n_l / n_0) times on top of itself,
    so that whatever the next stages cut is repeated that often in each direction.

    References
    ----------
    G. Montufar, R. Pascanu, K. Cho, Y. Bengio, On the number of linear regions of deep neural networks, NIPS 2014.
    """

    name = "montufar_2014"
    kind: Kind = "attainable"
    scope: Scope = "global"
    source = "Montufar, Pascanu, Cho, Bengio 2014"

    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return the product.

        Raises
        ------
        NotApplicableError
            If a stage is narrower than the input, or holds anything but ReLU units.
        """
        inputs = _dimension(network, domain)
        widths = _relu_widths(network, inputs, least=1)
        return _folded(widths, inputs, [n // inputs for n in widths[:-1]]) if inputs else 1


class Serra2018Attainable:
    """prod_{l < L} (floor(n_l / n_0) + 1)^{n_0} Z(n_L, n_0), for n_l >= 3 n_0.

    With three units or more for each input a stage folds it once more than in `Montufar2014`. At n_0 = 1 it is the
    upper bound prod (n_l + 1) itself.

    References
    ----------
    T. Serra, C. Tjandraatmadja, S. Ramalingam, Bounding and counting linear regions of deep neural networks, ICML
    2018.
    """

    name = "serra_2018_attainable"
    kind: Kind = "attainable"
    scope: Scope = "global"
    source = "Serra, Tjandraatmadja, Ramalingam 2018"

    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return the product.

        Raises
        ------
        NotApplicableError
            If a stage is narrower than three times the input, or holds anything but ReLU units.
        """
        inputs = _dimension(network, domain)
        widths = _relu_widths(network, inputs, least=3)
        return _folded(widths, inputs, [n // inputs + 1 for n in widths[:-1]]) if inputs else 1


def _dimension(network: Network, domain: Domain) -> int:
    """Return n_0: the number of inputs that are not fixed."""
    return network.inputs - len(domain.fixed_inputs)


def _folded(widths: Sequence[int], inputs: int, folds: Sequence[int]) -> int:
    return prod(folds) ** inputs * arrangement_regions(widths[-1], inputs) if widths else 1


def _relu_widths(network: Network, inputs: int, least: int) -> list[int]:
    """Return the widths, all at least so many times the number of inputs."""
    for position, stage in enumerate(network.stages):
        n = len(stage.bias)
        if not (stage.splits & ((stage.low == 0) | (stage.high == 0))).all():
            raise NotApplicableError(
                f"layer {position} holds wires or units with two nonzero slopes; the construction is of ReLU units"
            )
        if n < least * inputs:
            needed = f"n_0 = {inputs}" if least == 1 else f"{least} n_0 = {least * inputs}"
            raise NotApplicableError(f"layer {position} has {n} units; the construction needs {needed} or more")
    return list(network.widths)
