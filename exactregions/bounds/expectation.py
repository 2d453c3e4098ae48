"""What random networks have on average: nothing that one network could contradict."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from exactregions.bounds.contract import Kind, NotApplicableError, Scope
from exactregions.domain import Domain
from exactregions.errors import ExactRegionsError
from exactregions.exact.shapes import shape_of
from exactregions.network import Network
from exactregions.support.shortening import short


@dataclass(frozen=True, slots=True)
class HaninRolnick2019:
    """(T N)^{n_0} / n_0! for each unit of volume; where N < n_0, the trivial 2^N.

    Parameters
    ----------
    scale : float or Fraction
        T, which depends on the distribution of weights and biases alone: a constant times the largest density of a
        bias times a bound on the moments of the gradients. It is 1 unless given: the size of the counts that the
        paper finds at initialisation.

    Raises
    ------
    ExactRegionsError
        If the scale is not positive and finite.

    Notes
    -----
    The theorem bounds the average number of activation regions over networks with random biases that have a density,
    in a domain that is not small (a cube of side 1 / T or more). N is the number of all ReLU units: depth does not
    enter.

    References
    ----------
    B. Hanin, D. Rolnick, Deep ReLU networks have surprisingly few activation patterns, NeurIPS 2019.

    Examples
    --------
    >>> from exactregions import Box, Network
    >>> network = Network.from_layers([[[1.0, 0.0]] * 3, [[1.0] * 3]], [None, None])
    >>> HaninRolnick2019().evaluate(network, Box([-1, -1], [1, 1]))
    18.0
    """

    scale: float | Fraction = 1.0
    name: str = field(default="hanin_rolnick_2019", init=False, repr=False)
    kind: Kind = field(default="expectation", init=False, repr=False)
    scope: Scope = field(default="local", init=False, repr=False)
    source: str = field(default="Hanin, Rolnick 2019", init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.scale < math.inf:
            raise ExactRegionsError(f"the scale T is {short(self.scale)}; give a positive, finite number")

    def evaluate(self, network: Network, domain: Domain) -> int | float:
        """Return the average number for the volume of the domain: a float, or an integer where none holds it.

        Raises
        ------
        NotApplicableError
            If the volume is infinite or not known in closed form.
        """
        d, units = network.inputs - len(domain.fixed_inputs), network.units
        if units < d:
            return 1 << units
        value = (Fraction(self.scale) * units) ** d / math.factorial(d) * volume(domain)
        try:
            return float(value)
        except OverflowError:
            return math.floor(value)

    def note(self, network: Network, domain: Domain, value: int) -> str | None:
        """Say with which T, and that it is no bound of this network."""
        return f"with T = {float(self.scale):g}; an average over random networks, no bound of a given one"


def volume(domain: Domain) -> Fraction:
    """Return the volume of a box or ball, exact but for the power of pi in Euclidean balls; fixed inputs have none.

    Raises
    ------
    NotApplicableError
        For other domains.
    """
    shape = shape_of(domain)
    found = None if shape.rows else shape.volume()
    if found is None:
        wanted = "the average is one for each unit of volume; use a ball or a box"
        raise NotApplicableError(f"{wanted}, not a {domain.kind}")
    return found
