"""One region, and patterns packed into bytes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.network import Network
from exactregions.support.shortening import short_list, short_text

SHOWN = 30  # characters of a pattern or a point in a `repr`


def pack_patterns(patterns: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Pack patterns of shape (n, N) into bytes of shape (n, ceil(N/8)), first unit in the lowest bit."""
    return np.packbits(np.asarray(patterns, dtype=bool), axis=1, bitorder="little")


def unpack_patterns(packed: NDArray[np.uint8], units: int) -> NDArray[np.bool_]:
    """Undo `pack_patterns`: shape (n, units)."""
    return np.unpackbits(packed, axis=1, count=units, bitorder="little").astype(bool)


def pattern_texts(patterns: NDArray[np.bool_]) -> list[str]:
    """Return patterns of shape (n, units) as signs, "+--+" for one that is on, off, off, on."""
    n, units = patterns.shape
    if not units:
        return [""] * n
    return np.where(patterns, "+", "-").view(f"<U{units}").ravel().tolist()


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Region:
    """One activation region, a row of a `RegionSet` seen as an object.

    Regions are equal if they are of equal networks and have the same pattern, whatever search found them.

    Attributes
    ----------
    network : Network
    pattern : numpy.ndarray of bool, shape (units,)
        Of winner units a contest in which the winner has no part is off.
    witness : tuple of Fraction, length inputs
        An exact point strictly inside the region and the domain.
    entry_radius : float or None
        Distance of the region from the centre of the ball, in the norm of the ball, where known; see `RegionSet`.
    entry_bounds : (float, float) or None
        Proved bounds of it.
    """

    network: Network
    pattern: NDArray[np.bool_]
    witness: tuple[Fraction, ...]
    entry_radius: float | None
    entry_bounds: tuple[float, float] | None = None

    def __repr__(self) -> str:
        signs = pattern_texts(self.pattern[None])[0]
        witness = short_list(self.witness, SHOWN)
        return f"<Region {short_text(signs, SHOWN)}: witness {witness}, entry radius {self.entry_radius}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Region):
            return NotImplemented
        return np.array_equal(self.pattern, other.pattern) and self.network == other.network

    def __hash__(self) -> int:
        return hash((self.pattern.tobytes(), self.network.widths))

    def layers(self) -> list[NDArray[np.bool_]]:
        """Return the pattern layer by layer."""
        return np.split(self.pattern, np.cumsum(self.network.widths)[:-1]) if self.network.widths else []

    def winners(self) -> list[int]:
        """Return which value wins in each of `Network.winners`."""
        return [winner.wins(self.pattern) for winner in self.network.winners]

    def polyhedron(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (A, b) with the closure of the region equal to {x : A x <= b}, without the domain.

        Returns
        -------
        A : numpy.ndarray, shape (units, inputs)
        b : numpy.ndarray, shape (units,)
            One row a unit, correctly rounded from the exact forms; rows may be redundant. The rows of a winner unit
            say that its winner is at least as large as each other value.

        Raises
        ------
        NetworkError
            If a coefficient is beyond the range of floats.
        """
        from exactregions.exact.forms import ExactNetwork
        from exactregions.exact.walk import stage_forms

        forms = stage_forms(ExactNetwork(self.network), self.pattern.tolist())
        rows = [f.floats()[stage.splits] for f, stage in zip(forms, self.network.stages, strict=True)]
        stacked = np.concatenate([np.zeros((0, self.network.inputs + 1)), *rows])
        sign = np.where(self.pattern, -1.0, 1.0)
        return sign[:, None] * stacked[:, :-1], -sign * stacked[:, -1]

    def affine_map(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (A, c) with network(x) = A x + c on the region, correctly rounded.

        Returns
        -------
        A : numpy.ndarray, shape (outputs, inputs)
        c : numpy.ndarray, shape (outputs,)

        Raises
        ------
        NetworkError
            If a coefficient is beyond the range of floats.
        """
        slopes, constants = affine_maps(self.network, self.pattern[None])
        return slopes[0], constants[0]


def affine_maps(network: Network, patterns: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the affine map under each pattern, as `RegionSet.affine_maps` does."""
    from exactregions.exact.forms import ExactNetwork

    exact = ExactNetwork(network)
    rows = np.zeros((len(patterns), network.outputs, network.inputs + 1))
    for row, pattern in enumerate(patterns.tolist()):
        rows[row] = exact.forms_of(pattern)[-1].floats()
    return rows[:, :, :-1], rows[:, :, -1]
