"""The columns of the answer, as the slices of a search deliver them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.engines.tree.entry_scale import EntryScale
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.scaled_problem import ScaledProblem
from exactregions.engines.tree.witness import FloatWitnesses
from exactregions.exact.floats import is_rounded, nearest_float
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.exact.witnesses import cell_of_pattern, is_witness
from exactregions.network import Network
from exactregions.regions import unpack_patterns
from exactregions.regions.columns import shifted
from exactregions.support.stopping import Stopped, check

Floats: TypeAlias = NDArray[np.float64]
Mark: TypeAlias = tuple[int, int]  # regions, and pieces of columns, that were there

BATCH_WORK = 20_000_000  # products of a weight and a value after which a stop is heard: hundredths of a second
CAPACITY = 4096  # regions a buffer holds: large enough for numpy to be efficient, small enough for the cache


class Buffer:
    """Where the kernel writes the regions of a slice; of capacity 0 when only counting."""

    __slots__ = ("doubts", "entries", "patterns", "points")

    def __init__(self, units: int, p: int, capacity: int, measured: bool) -> None:
        self.patterns = np.zeros((capacity, (units + 7) // 8), dtype=np.uint8)
        self.points = np.zeros((capacity, p))
        self.entries = np.zeros((capacity if measured else 0, 3))
        self.doubts = np.zeros(capacity, dtype=np.int64)


@dataclass(slots=True)
class FoundRegions:
    """Regions collected so far, witnesses proved.

    Every witness leaves here proved strictly inside its region and the domain, in floats or exactly. Those that the
    search has proved as inputs stay in its coordinates, which are fewer, until somebody asks for them.

    Attributes
    ----------
    entry_scale : EntryScale, optional
        What carries measured distances over to entry radii; None where none are measured.
    points : list of numpy.ndarray, shapes (., p)
        Witnesses in scaled coordinates.
    inputs : dict of int to numpy.ndarray
        Those that were mapped and proved, or found, as inputs.
    exact_witnesses : dict of int to tuple of Fraction
        Of rows whose input is only a rounding of it.
    """

    network: Network
    domain: Domain
    exact: ExactNetwork
    problem: ScaledProblem
    entry_scale: EntryScale | None
    patterns: list[NDArray[np.uint8]] = field(default_factory=list)
    points: list[Floats] = field(default_factory=list)
    entries: list[Floats] = field(default_factory=list)
    inputs: dict[int, Floats] = field(default_factory=dict)
    exact_witnesses: dict[int, tuple[Fraction, ...]] = field(default_factory=dict)
    count: int = 0
    exact_checks: int = 0
    proofs: FloatWitnesses | None = None

    def _proofs(self) -> FloatWitnesses:
        """Return what proves witnesses, made for the first of them: a count has none."""
        if self.proofs is None:
            self.proofs = FloatWitnesses(self.network, self.domain)
        return self.proofs

    def take(self, buffer: Buffer, count: int) -> int:
        """Move the first `count` regions of a buffer here; return how many were moved before the run was stopped."""
        taken = 0
        batch = max(1, min(CAPACITY, BATCH_WORK // self._proofs().entries))
        try:
            while taken < count:
                check()
                taken += self._take(buffer, slice(taken, min(taken + batch, count)))
        except Stopped:
            pass
        return taken

    def _take(self, buffer: Buffer, rows: slice) -> int:
        """Move some rows of a buffer here, up to the first that could not be proved in time; return their number."""
        packed, y = self.problem.units.full_patterns(buffer.patterns[rows]), buffer.points[rows].copy()
        doubts = buffer.doubts[rows]
        doubtful = np.flatnonzero(doubts != at.NO_DOUBT)
        witnesses = self.problem.to_input(y[doubtful])
        proved = self._proofs().proved(witnesses, packed[doubtful])
        taken = len(packed)
        for i, witness, holds in zip(doubtful.tolist(), witnesses, proved.tolist(), strict=True):
            try:
                if not holds:
                    check()
                    self._prove_exactly(i, packed[i], y[i], witness, bool(doubts[i] == at.DOUBTFUL_WITNESS))
                    self.exact_checks += 1
            except Stopped:
                taken = i
                self.exact_witnesses.pop(self.count + i, None)
                break
            self.inputs[self.count + i] = witness
        self.patterns.append(packed[:taken])
        self.points.append(y[:taken])
        if self.entry_scale is not None:
            self.entries.append(self.entry_scale.radii(buffer.entries[rows][:taken]))
        self.count += taken
        return taken

    def _prove_exactly(self, i: int, packed: NDArray[np.uint8], y: Floats, witness: Floats, unproved: bool) -> None:
        """Find an exact witness for one region: the float as it is, the point it was rounded from, a new one."""
        pattern = unpack_patterns(packed[None], self.network.units)[0].tolist()
        rounded = as_point(witness.tolist()) if np.isfinite(witness).all() else None
        if not unproved and rounded is not None and is_witness(self.exact, self.domain, rounded, pattern):
            return
        # a point that floats could not prove is a proposal of no worth, perhaps not even finite
        point = None if unproved else self.problem.to_input_exactly(y)
        if point is None or not is_witness(self.exact, self.domain, point, pattern):
            cell = cell_of_pattern(self.exact, self.domain, pattern, self.problem.units.chosen)
            assert cell is not None, "a proved region is empty: a proof is wrong"
            point = cell.witness
        exact = as_fractions(point)
        witness[:] = [nearest_float(v) for v in exact]
        if is_rounded(witness.tolist(), exact):
            self.exact_witnesses[self.count + i] = exact

    def mark(self) -> Mark:
        """Return where the columns stand, for `since`."""
        return self.count, len(self.points)

    def since(self, mark: Mark) -> tuple[Floats, dict[int, tuple[Fraction, ...]]]:
        """Return the witnesses that arrived after a mark, shape (n, d), and the exact ones among them."""
        count, pieces = mark
        exact = {row: witness for row, witness in shifted(self.exact_witnesses, -count).items() if row >= 0}
        inputs = {row: witness for row, witness in shifted(self.inputs, -count).items() if row >= 0}
        return _as_inputs(self.problem, self.points[pieces:], inputs), exact

    def forget(self) -> None:
        """Drop all regions."""
        for column in (self.patterns, self.points, self.entries, self.inputs, self.exact_witnesses):
            column.clear()
        self.count = 0

    def absorb(self, other: FoundRegions) -> None:
        """Append the regions of another worker."""
        self.exact_witnesses |= shifted(other.exact_witnesses, self.count)
        self.patterns += other.patterns
        self.inputs |= shifted(other.inputs, self.count)
        self.points += other.points
        self.entries += other.entries
        self.count += other.count
        self.exact_checks += other.exact_checks

    def stacked(self) -> tuple[NDArray[np.uint8], Floats | None]:
        """Return patterns and, where they are measured, entry radii with their bounds as whole arrays."""
        patterns = np.concatenate([np.zeros((0, (self.network.units + 7) // 8), dtype=np.uint8), *self.patterns])
        return patterns, None if self.entry_scale is None else np.concatenate([np.zeros((0, 3)), *self.entries])

    def witnesses(self) -> Callable[[], Floats]:
        """Return what gives the witnesses as inputs, shape (n, d)."""
        return partial(_as_inputs, self.problem, self.points, self.inputs)


def _as_inputs(problem: ScaledProblem, points: list[Floats], known: Mapping[int, Floats]) -> Floats:
    """Map points to inputs, but for the rows whose input is known."""
    inputs = problem.to_input(np.concatenate([np.zeros((0, len(problem.domain.outer))), *points]))
    for row, witness in known.items():
        inputs[row] = witness
    return inputs
