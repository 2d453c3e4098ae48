"""A part of a certificate: the walk below one prefix, as columns (docs/certificate.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import CertificateError
from exactregions.support.rational_text import hexadecimal

SPLIT, SIGN, LEAF, LEAF_EXACT, LEAF_BARE, ELSEWHERE = 0, 2, 8, 9, 10, 11  # the lesser code of each pair
CUT, BOUND = 12, 13
SINGLE, DOUBLE, RATIONAL = 0, 1, 2  # how the multipliers of a proof are stored
MULTIPLIERS = {SINGLE: "singles.f4", DOUBLE: "doubles.f8"}
COLUMNS = {"units.u2": "<u2", "counts.u2": "<u2", "rows.u2": "<u2", "singles.f4": "<f4", "doubles.f8": "<f8"}
COLUMNS["slopes.u1"] = "u1"
LARGEST_INDEX = 65_535  # units or rows that a number of two bytes can name

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Proof:
    """Multipliers that show that a form is nowhere positive on a cell.

    Attributes
    ----------
    rows : sequence of int
        Rows of the cell, ascending.
    multipliers : sequence of Fraction
        Those of the rows, not negative, then that of the form; only their ratios matter.
    """

    rows: Sequence[int]
    multipliers: Sequence[Fraction]

    def simplified(self) -> Proof:
        """Return the same proof in integers without a common factor, rows with no part in it left out."""
        scale = math.lcm(*(y.denominator for y in self.multipliers))
        whole = [int(y * scale) for y in self.multipliers]
        common = math.gcd(*whole) or 1
        kept = [(k, y // common) for k, y in zip(self.rows, whole, strict=False) if y]
        return Proof([k for k, _ in kept], [*(Fraction(y) for _, y in kept), Fraction(whole[-1] // common)])


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part, ready to be written.

    Attributes
    ----------
    prefix : str
        Cuts, where the part is of a side of some, and a sign, + or -, for each of the first units, wires included.
    leaves : int
    complete : bool
        Whether the walk came to its end.
    columns : mapping of str to numpy.ndarray
        By the name of their member.
    rationals : list of str
    """

    prefix: str
    leaves: int
    complete: bool
    columns: Mapping[str, NDArray[Any]]
    rationals: list[str]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One event or many: an interrupt finds it taken down whole, or not at all."""

    events: NDArray[np.uint8]
    columns: Mapping[str, Any] = field(default_factory=dict)
    rationals: Mapping[int, list[str]] = field(default_factory=dict)  # by the event in the piece


class PartBuilder:
    """Takes down a walk, event by event or in bulk."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []

    def split(self, unit: int, positive_first: bool) -> None:
        """Note a split."""
        self._add([SPLIT + positive_first], {"units.u2": [unit]})

    def leaf(self) -> None:
        """Note a leaf; the witnesses come with `finish`."""
        self._add([LEAF])

    def elsewhere(self) -> None:
        """Note that the side just entered is walked in another part."""
        self._add([ELSEWHERE])

    def boxes(
        self,
        events: Sequence[int],
        cuts: Sequence[tuple[int, float]],
        slopes: NDArray[np.uint8],
        multipliers: NDArray[np.float64],
    ) -> None:
        """Note a tree of boxes.

        Parameters
        ----------
        events : sequence of int
            CUT, BOUND, and ELSEWHERE for boxes that other parts walk.
        cuts : sequence of (int, float)
            Of each cut the input and the place; its lower side comes first.
        slopes : numpy.ndarray, shape (bounds, units that can split)
            Over 128.
        multipliers : numpy.ndarray, shape (bounds, rows)
            Of the rows of all polyhedra, single floats.
        """
        columns = {"units.u2": [j for j, _ in cuts], "doubles.f8": [at for _, at in cuts]}
        self._add(events, columns | {"slopes.u1": slopes.ravel(), "singles.f4": multipliers.ravel()})

    def sign(self, unit: int, positive: bool, proof: Proof) -> None:
        """Note a unit that keeps its sign."""
        simple = proof.simplified()
        storage = _storage(simple.multipliers) if simple.rows else SINGLE
        columns: dict[str, Any] = {"units.u2": [unit], "counts.u2": [len(simple.rows)], "rows.u2": simple.rows}
        rationals = {}
        if storage == RATIONAL:
            rationals[0] = [hexadecimal(y) for y in simple.multipliers]
        elif simple.rows:
            columns[MULTIPLIERS[storage]] = [float(y) for y in simple.multipliers]
        self._add([SIGN + positive + 2 * storage], columns, rationals)

    def bulk(
        self,
        events: NDArray[np.integer],
        units: NDArray[np.integer],
        counts: NDArray[np.integer],
        rows: NDArray[np.integer],
        multipliers: Points,
        scales: Points,
    ) -> None:
        """Note many events whose proofs are in floats.

        Parameters
        ----------
        events : numpy.ndarray, shape (n,)
            Splits 0 and 1, signs 2 and 3, leaves 8, sides walked elsewhere 11.
        units, counts : numpy.ndarray, shape (n,)
            The unit, and the number of multipliers: 0 or 1 where a form needs no row.
        rows : numpy.ndarray, shape (sum of counts,)
            Row of each multiplier; that of the form is the last of a proof.
        multipliers, scales : numpy.ndarray, shape (sum of counts,)
            A multiplier is the product, which is taken exactly; scales are powers of two.
        """
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            products = multipliers * scales
            fits = (products / scales == multipliers) & np.isfinite(products)
            short = products.astype(np.float32) == products
        owner = np.repeat(np.arange(len(events)), counts)
        storage = np.zeros(len(events), dtype=np.int64)
        np.maximum.at(storage, owner, np.where(fits, np.where(short, SINGLE, DOUBLE), RATIONAL))
        storage[counts <= 1] = SINGLE
        used = counts[owner] > 1
        last = np.zeros(len(owner), dtype=bool)
        last[np.cumsum(counts)[counts > 0] - 1] = True
        signs = (events == SIGN) | (events == SIGN + 1)
        columns = {
            "units.u2": units[signs | (events < SIGN)],
            "counts.u2": np.maximum(counts[signs] - 1, 0),
            "rows.u2": rows[used & ~last],
        }
        for kind, name in MULTIPLIERS.items():
            columns[name] = products[used & (storage[owner] == kind)]
        rationals = {
            int(i): [
                hexadecimal(Fraction(y) * Fraction(s)) for y, s in zip(multipliers[mine], scales[mine], strict=True)
            ]
            for i in np.flatnonzero(storage == RATIONAL)
            for mine in [owner == i]
        }
        self._add(events + np.where(signs, 2 * storage, 0), columns, rationals)

    def finish(
        self,
        prefix: str,
        complete: bool,
        witnesses: Points | None,
        exact_witnesses: Mapping[int, Sequence[Fraction]],
    ) -> Part:
        """Return the part.

        Parameters
        ----------
        witnesses : numpy.ndarray, shape (leaves, inputs), or None
            None leaves them out: the part then proves an upper bound only. A last leaf that has none, because an
            interrupt came between them, is left out.
        exact_witnesses : mapping of int to sequence of Fraction
            The witnesses that are no floats, by their leaf.
        """
        events = np.concatenate([np.zeros(0, dtype=np.uint8), *(piece.events for piece in self._pieces)])
        starts = np.cumsum([0, *(len(piece.events) for piece in self._pieces)]).tolist()
        whole = {name: self._column(name) for name in COLUMNS}
        texts = {
            start + i: text
            for start, piece in zip(starts, self._pieces, strict=False)
            for i, text in piece.rationals.items()
        }
        if witnesses is None:
            events[events == LEAF] = LEAF_BARE
            leaves = np.flatnonzero((events == LEAF_BARE) | (events == BOUND))
        else:
            events = events[: len(events) - (np.count_nonzero(events == LEAF) > len(witnesses))]
            leaves = np.flatnonzero(events == LEAF)
            exact = sorted(exact_witnesses)
            events[leaves[exact]] = LEAF_EXACT
            texts |= {int(leaves[i]): [hexadecimal(v) for v in exact_witnesses[i]] for i in exact}
            whole["witnesses.f8"] = np.delete(witnesses, exact, axis=0).ravel().astype("<f8")
        whole["events.u1"] = events
        rationals = [text for _, group in sorted(texts.items()) for text in group]
        return Part(prefix, len(leaves), complete, {k: v for k, v in whole.items() if len(v)}, rationals)

    def _column(self, name: str) -> NDArray[Any]:
        pieces = (piece.columns[name] for piece in self._pieces if name in piece.columns)
        return np.concatenate([np.zeros(0, dtype=COLUMNS[name]), *pieces])

    def _add(self, events: Any, columns: Mapping[str, Any] | None = None, rationals: Any = None) -> None:
        for name in ("units.u2", "rows.u2"):
            largest = np.max(columns[name], initial=0) if columns and name in columns else 0
            if largest > LARGEST_INDEX:
                raise CertificateError(
                    f"a certificate names at most {LARGEST_INDEX + 1} units and rows, and this search "
                    f"needs number {largest}; count without one"
                )
        stored = {name: np.asarray(column).astype(COLUMNS[name]) for name, column in (columns or {}).items()}
        self._pieces.append(_Piece(np.asarray(events).astype(np.uint8), stored, rationals or {}))


def _storage(multipliers: Sequence[Fraction]) -> int:
    """Return the shortest storage that holds all of them exactly."""
    try:
        values = np.array([float(y) for y in multipliers])
    except OverflowError:
        return RATIONAL
    if any(Fraction(v) != y for v, y in zip(values.tolist(), multipliers, strict=True)):
        return RATIONAL
    with np.errstate(over="ignore"):
        return SINGLE if np.array_equal(values.astype(np.float32), values) else DOUBLE


def cuts_text(cuts: Sequence[tuple[int, bool, float]]) -> str:
    """Return cuts of a box as a text: of each the input, whether it is the upper side, and where."""
    ends = ((j, "<>"[is_upper], *at.as_integer_ratio()) for j, is_upper, at in cuts)
    return "".join(f"{j}{side}{p}/{q};" for j, side, p, q in ends)


def prefix_text(prefix: NDArray[np.integer]) -> str:
    """Return signs as a text of + and -."""
    return "".join("+" if sign > 0 else "-" for sign in prefix)
