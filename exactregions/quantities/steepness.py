"""The exact local Lipschitz constant: the largest operator norm of the regions that meet a domain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.enumeration import enumerate_regions
from exactregions.errors import NetworkError
from exactregions.exact.values import Value, root_ends
from exactregions.network import Network
from exactregions.progress import Observer
from exactregions.quantities.jacobians import ExactJacobians, Jacobians
from exactregions.quantities.norms import OperatorNorm, checked_norms
from exactregions.quantities.usual_bounds import interval_jacobian, product_of_norms
from exactregions.regions import Region, RegionSet, unpack_patterns
from exactregions.support.answers import shortfall
from exactregions.support.shortening import short
from exactregions.support.stopping import STOPS, limited, reason_of
from exactregions.support.stopwatch import Stopwatch
from exactregions.support.tables import counted
from exactregions.support.watching import ToldScope, tell

__all__ = ["Lipschitz", "lipschitz"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lipschitz:
    """The local Lipschitz constant of a network on a domain, and how steep it is on each region.

    Attributes
    ----------
    regions : RegionSet
        The regions that meet the domain.
    norms : (float, float)
        Norms p of the inputs and q of the outputs: the constant is the least c with
        ||f(x) - f(y)||_q <= c ||x - y||_p for all x, y in the domain.
    output : int or None
        The output that is meant, None for the whole map.
    constant : Value
        Of an unfinished search an enclosure: the steepest region found, and the least of `usual`.
    steepest : int or None
        The region that attains its lower end, as a row of `regions`; the first one of several that are proved equal.
    values : numpy.ndarray, shape (n,)
        The constant of each region in floats.
    bounds : numpy.ndarray, shape (n, 2)
        Proved bounds of it.
    usual : mapping of str to float
        The usual upper bounds: "product of norms", which holds everywhere, and "interval Jacobian".
    stopped : str or None
        What kept the answer from being whole.
    seconds : float
    """

    regions: RegionSet
    norms: tuple[float, float]
    output: int | None
    constant: Value
    steepest: int | None
    values: Array
    bounds: Array
    usual: Mapping[str, float]
    stopped: str | None
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether all regions were searched and compared."""
        return self.stopped is None

    @property
    def region(self) -> Region | None:
        """The region that attains the constant."""
        return None if self.steepest is None else self.regions[self.steepest]

    @property
    def ratios(self) -> dict[str, float]:
        """How many times each usual bound is larger than the constant; infinite where that is zero."""
        value = float(self.constant)
        return {name: bound / value if value else (math.inf if bound else 1.0) for name, bound in self.usual.items()}

    def __repr__(self) -> str:
        p, q = self.norms
        what = "map" if self.output is None else f"output {self.output}"
        state = shortfall(self.stopped)
        return f"<Lipschitz: {self.constant} for the {what}, {p:g} -> {q:g}, {counted(len(self.regions))}{state}>"

    def describe(self) -> dict[str, Any]:
        """Return plain data, as `exactregions lipschitz --json` prints it."""
        quantiles = np.quantile(self.values, (0.0, 0.25, 0.5, 0.75, 1.0)).tolist() if len(self.values) else []
        region = self.region
        return {
            "norms": [_norm_text(norm) for norm in self.norms],
            "output": self.output,
            "constant": self.constant.describe(),
            "witness": None if region is None else [float(v) for v in region.witness],
            "pattern": None if region is None else region.pattern.astype(int).tolist(),
            "quartiles": [v if math.isfinite(v) else None for v in quantiles],
            "bounds": {name: bound if math.isfinite(bound) else None for name, bound in self.usual.items()},
            "complete": self.complete,
            "stopped": self.stopped,
            "regions": self.regions.describe(),
            "seconds": self.seconds,
        }


def lipschitz(
    network: Network,
    domain: Domain,
    norms: Sequence[float] = (2, 2),
    *,
    output: int | None = None,
    engine: str = "auto",
    time_limit: float | None = None,
    max_regions: int | None = None,
    workers: int = 1,
    progress: Observer | None = None,
) -> Lipschitz:
    """Return the exact Lipschitz constant of a network on a domain, where it is attained, and that of each region.

    It is the largest operator norm of the linear parts of the regions that meet the domain (mathematics, 7.1). Those of
    all regions are computed in floats with proved errors; the few that may be the largest, exactly.

    Parameters
    ----------
    network : Network
    domain : Domain
        Inputs that it fixes do not move.
    norms : (p, q)
        Norms of the inputs and of the outputs, each 1, 2 or inf. 1 -> 1, inf -> inf and 1 -> inf are rational; 2 -> 2
        of one output, 1 -> 2 and 2 -> inf are roots of rationals; 2 -> 2 of several outputs is enclosed to 1e-13.
        Of several outputs 2 -> 1 needs at most 12 outputs, inf -> 2 at most 12 inputs, and inf -> 1 either.
    output : int, optional
        One output in place of the whole map.
    engine, time_limit, max_regions, workers, progress
        As for `enumerate_regions`. A limit or Ctrl-C leaves a proved enclosure.

    Raises
    ------
    ExactRegionsError
        If the norms are others, or hard to compute for so many outputs.
    NetworkError
        If there is no such output.
    DomainError, EngineError
        As `enumerate_regions`.

    Examples
    --------
    >>> from exactregions import Box, Network
    >>> hat = Network.from_layers([[[1.0]] * 3, [[1.0, -2.0, 1.0]]], [[0.0, -1.0, -2.0], [0.0]])
    >>> lipschitz(hat, Box([-1.0], [3.0]))
    <Lipschitz: 1 for the map, 2 -> 2, 4 regions>
    """
    watch = Stopwatch()
    p, q = checked_norms(norms)
    if output is not None and not (isinstance(output, (int, np.integer)) and 0 <= output < network.outputs):
        raise NetworkError(f"output is {short(output)}; the network has the outputs 0 to {network.outputs - 1}")
    outputs = list(range(network.outputs)) if output is None else [int(output)]
    fixed = domain.fixed_inputs
    inputs = [i for i in range(network.inputs) if i not in fixed]
    norm = OperatorNorm(p, q, len(outputs), max(len(inputs), 1))
    with limited(time_limit):
        regions = enumerate_regions(
            network, domain, engine=engine, max_regions=max_regions, workers=workers, progress=progress
        )
        with ToldScope(regions.count, progress, "norms of the regions"):
            found = _Search(network, domain, norm, inputs, outputs, regions).found()
    constant, steepest, bounds, usual, stopped = found
    values = _rooted(bounds.mean(axis=1) if len(bounds) else np.zeros(0), norm.power)
    ends = np.stack([_rooted(bounds[:, 0], norm.power, -1), _rooted(bounds[:, 1], norm.power, 1)], axis=1)
    seconds = watch.seconds
    return Lipschitz(regions, (p, q), output, constant, steepest, values, ends, usual, stopped, seconds)


class _Search:
    """Looks for the steepest of some regions."""

    def __init__(
        self,
        network: Network,
        domain: Domain,
        norm: OperatorNorm,
        inputs: Sequence[int],
        outputs: Sequence[int],
        regions: RegionSet,
    ) -> None:
        self._network, self._domain, self._norm = network, domain, norm
        self._inputs, self._outputs, self._regions = inputs, outputs, regions
        self._stopped = regions.why_not_exact or None
        self._steepest: int | None = None

    def found(self) -> tuple[Value, int | None, Array, dict[str, float], str | None]:
        """Return the constant, the region, bounds of all regions' norms to the power, usual bounds, why not whole."""
        if not self._inputs:  # a point
            return Value.of(Fraction(0)), 0, np.zeros((len(self._regions), 2)), {}, self._stopped
        bounds, usual = np.zeros((0, 2)), {}
        lower, upper = Fraction(0), math.inf
        try:
            usual = self._usual()
            bounds = self._floats()
            lower, upper = self._largest(bounds)
        except STOPS as error:
            self._stopped = self._stopped or reason_of(error).text
            whole = self._regions.exact and len(bounds) == len(self._regions)
            lower, upper = self._best, bounds[:, 1].max(initial=0.0) if whole else math.inf
        return self._value(lower, upper, usual), self._steepest, bounds, usual, self._stopped

    def _usual(self) -> dict[str, float]:
        place = self._inputs, self._outputs
        return {
            "product of norms": product_of_norms(self._network, self._norm, *place),
            "interval Jacobian": interval_jacobian(self._network, self._domain, self._norm, *place),
        }

    def _floats(self) -> Array:
        jacobians = Jacobians(self._network, self._inputs, self._outputs)
        parts = jacobians.parts(self._regions.patterns, self._network.units)
        ends = [np.stack(self._norm.ends(part, jacobians.error, jacobians.unit), axis=1) for part in parts]
        return np.concatenate([np.zeros((0, 2)), *ends])

    _best = Fraction(0)

    def _largest(self, bounds: Array) -> tuple[Fraction, Fraction | float]:
        """Return ends of the largest norm to the power, by the exact values of what may be the largest."""
        highest = Fraction(0)
        exact = ExactJacobians(self._network, self._inputs, self._outputs)
        scale = Fraction(1, 1 << (exact.exponent * self._norm.power))
        least = bounds[:, 0].max(initial=0.0)
        candidates = np.flatnonzero(bounds[:, 1] >= least)
        for number, row in enumerate(candidates[np.argsort(-bounds[candidates, 0], kind="stable")].tolist()):
            tell(f"{number:,} of {len(candidates):,} norms compared exactly")
            if self._steepest is not None and bounds[row, 1] <= self._best:
                continue
            pattern = unpack_patterns(self._regions.patterns[row : row + 1], self._network.units)[0]
            lower, upper = (end * scale for end in self._norm.exact(exact.of(pattern)))
            highest = max(highest, upper)
            if self._steepest is None or lower > self._best:
                self._best, self._steepest = lower, row
        return self._best, highest

    def _value(self, lower: Fraction, upper: Fraction | float, usual: Mapping[str, float]) -> Value:
        """Return the constant itself from ends of its power."""
        two = self._norm.power == 2
        if lower == upper and self._regions.exact:
            return Value.root(lower) if two else Value.of(lower)
        low = root_ends(lower)[0] if two else lower
        if self._regions.exact and upper != math.inf:
            above = Fraction(upper)
            return Value(low, root_ends(above)[1] if two else above)
        least = min(usual.values(), default=math.inf)
        return Value(low, Fraction(least) if math.isfinite(least) else math.inf)


def _rooted(values: Array, power: int, outward: int = 0) -> Array:
    """Return the norms from their powers, rounded outward where that is asked for."""
    if power == 1:
        return values
    roots = np.sqrt(values)
    return roots if not outward else np.maximum(np.nextafter(roots, outward * np.inf), 0.0)


def _norm_text(norm: float) -> int | str:
    return "inf" if norm == math.inf else int(norm)
