"""Regions as columns, with the verdict on what they prove about their number."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import Domain
from exactregions.errors import EngineError, ExactRegionsError
from exactregions.network import Network
from exactregions.progress import StopReason, reason_in
from exactregions.regions.chosen_rows import chosen_rows
from exactregions.regions.columns import joined_columns, later, on_request, winner_columns
from exactregions.regions.region import Region, affine_maps, pack_patterns, pattern_texts, unpack_patterns
from exactregions.support.data_frames import DataColumns, HasDataFrames
from exactregions.support.rational_text import plain_number
from exactregions.support.shortening import short
from exactregions.support.tables import counted, exact_text, html_table
from exactregions.winner_patterns import has_contests

COUNT_ALONE = "only the count was kept; search again with store=True to hold the regions"


@dataclass(frozen=True, slots=True, eq=False)
class RegionSet(HasDataFrames):
    """The regions of a network that meet a domain, and what the search proves about their number.

    `regions[3]` is a `Region`; a slice, a mask or a list of numbers gives a `RegionSet` of these rows, which says that
    it is not all unless it is. Sets are equal if they answer the same question with the same regions and are complete
    and undecided alike: the engine, its witnesses, the order and the time make no difference.

    Attributes
    ----------
    network, domain : the question
    engine : str
        Name of the engine that answered.
    count : int
        Number of regions found; also `len(regions)`.
    patterns : numpy.ndarray of uint8, shape (n, ceil(units/8))
        Packed sign patterns; n is `count`, or 0 when only counting.
    witnesses : numpy.ndarray of float64, shape (n, inputs)
        A point inside each region; exact unless the row is in `exact_witnesses`. Inputs that the domain fixes have
        exactly its values, of which the floats here may be roundings. An engine may give a function in their place,
        which is called when somebody first asks for them: of many inputs they take most of the memory.
    entry_radii : numpy.ndarray of float64, shape (n,), or None
        Distance of each region from the centre, where known: the best float, within its bounds if there are any. For
        a box the factor to which it may shrink about its centre before it loses the region.
    entry_bounds : numpy.ndarray of float64, shape (n, 2), or None
        Proved bounds of the entry radii, lower and upper; equal where the radius is a float.
    exact_witnesses : mapping of int to tuple of Fraction
        The true witness of rows whose float witness is only a rounding of it.
    exact_entries : tuple of Fraction, or None
        Exact entry radii, squared for the Euclidean norm, from engines that have them.
    complete : bool
        The search ended by itself.
    stopped : str or None
        Why it ended otherwise, for people.
    stop_reason : StopReason or None
        The same for programs; None also where another reason stands in `stopped`.
    undecided : int
        Number of prefixes that could not be settled.
    frontier : tuple of tuple of int
        Sign prefixes (wires included) below which an unfinished search of the tree has still to look; with
        `resume_regions` it goes on from there.
    seconds : float
        Of the search; loading the compiled kernels, or compiling them after an install, is no part of it.
    stats : mapping of str to int
        What the engine counted on its way.
    """

    network: Network
    domain: Domain
    engine: str
    count: int
    patterns: NDArray[np.uint8]
    witnesses: NDArray[np.float64]
    entry_radii: NDArray[np.float64] | None = None
    entry_bounds: NDArray[np.float64] | None = None
    exact_witnesses: Mapping[int, tuple[Fraction, ...]] = field(default_factory=dict)
    exact_entries: tuple[Fraction, ...] | None = None
    complete: bool = True
    stopped: str | None = None
    stop_reason: StopReason | None = None
    undecided: int = 0
    frontier: tuple[tuple[int, ...], ...] = ()
    seconds: float = 0.0
    stats: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.stopped is None:
            object.__setattr__(self, "stop_reason", None)  # what was not stopped has no reason
        elif self.stop_reason is None:
            object.__setattr__(self, "stop_reason", reason_in(self.stopped))
        for column in (self.patterns, self.entry_radii, self.entry_bounds):
            if column is not None:
                column.setflags(write=False)

    @property
    def exact(self) -> bool:
        """Whether `count` is the number of regions, proved: the search is complete and nothing is undecided."""
        return self.complete and self.undecided == 0

    @property
    def stored(self) -> bool:
        """Whether the regions themselves are held, not only their number."""
        return len(self.patterns) == self.count

    def __len__(self) -> int:
        return self.count

    @overload
    def __getitem__(self, index: SupportsIndex) -> Region: ...

    @overload
    def __getitem__(self, index: slice | Sequence[int] | Sequence[bool] | NDArray[Any]) -> RegionSet: ...

    def __getitem__(self, index: Any) -> Region | RegionSet:
        if not self.stored:
            raise IndexError(COUNT_ALONE)
        if getattr(index, "ndim", 0) or not hasattr(index, "__index__"):  # a tensor of one number has it too
            return self._chosen(chosen_rows(index, self.count))
        row = operator.index(index)
        if not -self.count <= row < self.count:
            raise IndexError(f"there is no region {index}; there are {self.count:,}")
        row %= self.count
        pattern = unpack_patterns(self.patterns[row : row + 1], self.network.units)[0]
        witness = self.exact_witnesses.get(row) or self._witness(row)
        entry = None if self.entry_radii is None else float(self.entry_radii[row])
        if self.entry_bounds is None:
            return Region(self.network, pattern, witness, entry)
        lower, upper = self.entry_bounds[row].tolist()
        return Region(self.network, pattern, witness, entry, (lower, upper))

    def _chosen(self, rows: NDArray[np.intp]) -> RegionSet:
        """Return some of the regions, or all in another order; some alone are not all."""
        if len(rows) == self.count:
            return self._of_rows(rows)
        told = f"{len(rows):,} of {counted(self.count)} chosen"
        return self._of_rows(rows, complete=False, stopped=told, stop_reason=None, frontier=())

    def _of_rows(self, rows: slice | NDArray[np.intp], **changes: Any) -> RegionSet:
        """Return some rows, with changes; nobody is asked for witnesses yet, as another `replace` would.

        A slice copies no column.
        """
        numbers, places = np.arange(self.count)[rows], np.full(self.count, -1)
        places[numbers] = np.arange(len(numbers))
        exact = ((int(places[row]), witness) for row, witness in self.exact_witnesses.items())
        return replace(
            self,
            count=len(numbers),
            patterns=self.patterns[rows],
            witnesses=later(lambda: self.witnesses[rows]),
            entry_radii=None if self.entry_radii is None else self.entry_radii[rows],
            entry_bounds=None if self.entry_bounds is None else self.entry_bounds[rows],
            exact_witnesses={place: witness for place, witness in exact if place >= 0},
            exact_entries=None if self.exact_entries is None else tuple(self.exact_entries[row] for row in numbers),
            **changes,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RegionSet):
            return NotImplemented
        return (
            (self.count, self.complete, self.undecided) == (other.count, other.complete, other.undecided)
            and len(self.patterns) == len(other.patterns)
            and self.domain == other.domain
            and self.network == other.network
            and (np.array_equal(self.patterns, other.patterns) or self.pattern_set() == other.pattern_set())
        )

    def __hash__(self) -> int:
        return hash((self.domain, self.network.widths, self.count, self.complete, self.undecided))

    def __contains__(self, region: object) -> bool:
        """Return whether a region is among them; errors as `index`."""
        return self._place(region) is not None

    def index(self, region: Region) -> int:
        """Return the row of a region.

        Raises
        ------
        ValueError
            If it is not among them.
        ExactRegionsError
            If it is no `Region`, or only the count was kept.
        """
        row = self._place(region)
        if row is None:
            raise ValueError(f"{region!r} is not among the {counted(self.count)}")
        return row

    def _place(self, region: object) -> int | None:
        if not isinstance(region, Region):
            raise ExactRegionsError(
                f"{short(region)} is no Region; exactregions.geometry.region_at(regions, point) finds that of a point"
            )
        if not self.stored:
            raise EngineError(COUNT_ALONE)
        if self.network != region.network:
            return None
        same = (self.patterns == pack_patterns(region.pattern[None])).all(axis=1)
        return int(same.argmax()) if same.any() else None

    def _witness(self, row: int) -> tuple[Fraction, ...]:
        """Return the exact point that the floats of a row stand for: fixed inputs have the values of the domain."""
        fixed = self.domain.fixed_inputs
        return tuple(fixed[i] if i in fixed else Fraction(v) for i, v in enumerate(self.witnesses[row].tolist()))

    def __iter__(self) -> Iterator[Region]:
        return (self[row] for row in range(self.count))

    def pattern_array(self) -> NDArray[np.bool_]:
        """Return the patterns unpacked, shape (n, units)."""
        return unpack_patterns(self.patterns, self.network.units)

    def pattern_set(self) -> set[bytes]:
        """Return the packed patterns as a set of bytes, to compare two answers."""
        return {row.tobytes() for row in self.patterns}

    def affine_maps(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the maps of all regions, network(x) = A[i] x + c[i] on region i, correctly rounded.

        Returns
        -------
        A : numpy.ndarray, shape (n, outputs, inputs)
        c : numpy.ndarray, shape (n, outputs)

        Raises
        ------
        NetworkError
            If a coefficient is beyond the range of floats.
        """
        return affine_maps(self.network, unpack_patterns(self._stored_patterns(), self.network.units))

    def _stored_patterns(self) -> NDArray[np.uint8]:
        if not self.stored:
            raise EngineError(COUNT_ALONE)
        return self.patterns

    def always_active(self) -> NDArray[np.bool_]:
        """Return which units are active on every region of the set, shape (units,).

        This holds in the whole domain if the set is `exact`. No region makes it true of every unit.
        """
        return unpack_patterns(np.bitwise_and.reduce(self._stored_patterns(), axis=0)[None], self.network.units)[0]

    def never_active(self) -> NDArray[np.bool_]:
        """Return which units are active on no region of the set, shape (units,): of ReLUs the dead ones.

        This holds in the whole domain if the set is `exact`. A unit that vanishes identically on a region is inactive
        there, and so is a contest of a winner unit in which the winner has no part.
        """
        return ~unpack_patterns(np.bitwise_or.reduce(self._stored_patterns(), axis=0)[None], self.network.units)[0]

    def data_columns(self) -> DataColumns:
        """Return the type and the values of each column: `pattern` as signs, `witness_0`, .. and entry radii."""
        texts = pattern_texts(unpack_patterns(self._stored_patterns(), self.network.units))
        columns: dict[str, tuple[type, Any]] = {"pattern": (str, texts)}
        columns |= {f"witness_{i}": (float, column) for i, column in enumerate(self.witnesses.T)}
        if self.entry_radii is not None:
            columns["entry_radius"] = (float, self.entry_radii)
        if self.entry_bounds is not None:
            columns |= {f"entry_{end}": (float, self.entry_bounds[:, i]) for i, end in enumerate(("lower", "upper"))}
        return columns

    def without_regions(self) -> RegionSet:
        """Return the same answer, the count alone."""
        return replace(
            self,
            patterns=self.patterns[:0],
            witnesses=np.zeros((0, self.network.inputs)),
            entry_radii=None,
            entry_bounds=None,
            exact_witnesses={},
            exact_entries=None,
        )

    def first(self, count: int) -> RegionSet:
        """Return the first regions alone, which are not all: those of an unfinished search."""
        if count >= self.count:
            return self
        told = self.stopped or f"max_regions {count} reached"
        return self._of_rows(slice(count), complete=False, stopped=told, frontier=())

    def joined(self, more: RegionSet) -> RegionSet:
        """Return this answer with the regions of one that searched its frontier.

        Parameters
        ----------
        more : RegionSet
            Of the same network and domain; its verdict becomes that of the whole. What regions of a network with winner
            units both have found is there once.
        """
        stats = {key: self.stats.get(key, 0) + more.stats.get(key, 0) for key in {**self.stats, **more.stats}}
        both = replace(
            more,
            **joined_columns(self.network, [self, more]),
            exact_entries=None,
            undecided=self.undecided + more.undecided,
            seconds=self.seconds + more.seconds,
            stats=stats,
        )
        return both.told_by_winners(self.network)

    def told_by_winners(self, network: Network) -> RegionSet:
        """Return the regions of a network with winner units from those of its pairwise lowering (mathematics, 2.3).

        Regions with one winner pattern are one region, which keeps the first witness and the least entry radius. An
        unfinished search may have missed its nearest part: then no entry radii are told.

        Parameters
        ----------
        network : Network
            Whose lowering was searched.

        Raises
        ------
        EngineError
            If only their number was kept.
        """
        if not has_contests(network):
            return self
        if not self.stored:
            raise EngineError(f"the number {self.count} alone does not tell how many winner patterns there are")
        columns = winner_columns(network, self, self.exact_entries)
        if not self.exact:
            columns |= {"entry_radii": None, "entry_bounds": None, "exact_entries": None}
        return replace(self, network=network, **columns)

    @property
    def why_not_exact(self) -> str:
        """What keeps the count from being exact: why the search stopped, what it left undecided; else empty."""
        why = [] if self.complete else [self.stopped or "not complete"]
        why += [f"{counted(self.undecided, 'prefix', 'prefixes')} undecided"] if self.undecided else []
        return ", ".join(why)

    def verdict(self, where: str = "") -> str:
        """Return the count in words, "exactly 3 regions", and what keeps it from being exact.

        Parameters
        ----------
        where : str
            Words that follow the number, as "in the open box".
        """
        if self.exact:
            return f"exactly {counted(self.count)} {where}".rstrip()
        # every open domain meets a region, so that "at least 0" would say nothing
        found = f"at least {counted(self.count)}" if self.count else "no region found yet"
        return f"NOT EXACT: {found} {where}".rstrip() + f" ({self.why_not_exact})"

    def __repr__(self) -> str:
        fixed = self.domain.fixed_inputs
        where = f"a {self.domain.kind}" + (f" with {len(fixed)} of {self.domain.dim} inputs fixed" if fixed else "")
        return f"<RegionSet: {self.verdict()} of {self.network!r} in {where}, engine {self.engine!r}>"

    def _repr_html_(self) -> str:
        lines = [
            ["network", f"{counted(self.network.inputs, 'input')}, widths {list(self.network.widths)}"],
            ["domain", f"{self.domain.words(exact_text)}, dimension {self.domain.dim}"],
            ["engine", self.engine],
            ["seconds", f"{self.seconds:.3g}"],
        ]
        if self.exact:
            return html_table([["verdict", self.verdict()], *lines], (), ())
        return html_table(lines, (), [self.verdict()])

    def describe(self) -> dict[str, Any]:
        """Return the verdict as plain data, as `exactregions count --json` prints it."""
        return {
            "regions": self.count,
            "exact": self.exact,
            "complete": self.complete,
            "stopped": self.stopped,
            "stop_reason": self.stop_reason,
            "undecided": self.undecided,
            "engine": self.engine,
            "seconds": self.seconds,
            "network": self.network.describe(),
            "domain": self.domain.describe(),
            "fixed_inputs": {str(i): plain_number(v) for i, v in self.domain.fixed_inputs.items()},
            "stats": dict(self.stats),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything, the network included, to an npz file without pickle.

        The file appears under its name only when it is whole.

        Raises
        ------
        FileWriteError
            If it cannot be written, as on a full disk.
        """
        from exactregions.regions.file_format import write_regions

        write_regions(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RegionSet:
        """Read what `save` wrote.

        Everything is validated but what only a search could tell: that the patterns are regions, and that there are no
        others outside the frontier. `resume_regions(regions, check=True)` proves that too.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        FileFormatError
            If the file is not a whole region set of this format, or contradicts itself.
        """
        from exactregions.regions.file_format import read_regions

        return cls(**read_regions(path))


setattr(RegionSet, "witnesses", on_request(RegionSet.witnesses))  # noqa: B010 - a slot cannot be declared so
