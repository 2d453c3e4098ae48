"""The slice that a command is asked for: a network of fewer inputs, and its domain."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from exactregions.cli import domain_options, texts
from exactregions.domain import Ball, Box, Domain
from exactregions.errors import DomainError
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.support.shortening import short
from exactregions.support.tables import counted

SLICE = "Slice (for more inputs)"

of_slice = partial(typer.Option, rich_help_panel=SLICE)
ThroughFile = Annotated[
    Path | None,
    of_slice(
        "--through",
        metavar="FILE.npy",
        help="The line or plane through points, rows of an array. The first is the origin of its coordinates, which "
        "the domain is in, and those to the others are 1 long.",
    ),
]
RowNumbers = Annotated[str | None, of_slice("--rows", metavar="N,N,..", help="Rows of --through, from 0 on. [all]")]
AxesText = Annotated[
    str | None,
    of_slice(
        "--axes",
        metavar="I,J",
        help="Two inputs, from 0 on, that vary while the others stay at the centre of the ball.",
    ),
]

NEAR, FAR = Fraction(-1, 4), Fraction(5, 4)  # a quarter around points at 0 and 1


@dataclass(frozen=True, slots=True)
class Slice:
    """A network, the domain in its inputs, and what a drawing calls these.

    Attributes
    ----------
    network : Network
    domain : Domain
    labels : tuple of str
        What each input is.
    points : numpy.ndarray, shape (n, inputs), or None
        The points that a slice goes through, in its coordinates.
    """

    network: Network
    domain: Domain
    labels: tuple[str, ...]
    points: NDArray[np.float64] | None = None


def _whole(network: Network, domain: Domain) -> Slice:
    """Return a question that is no slice."""
    return Slice(network, domain, free_inputs(network, domain).names)


@dataclass(frozen=True, slots=True)
class SliceOptions:
    """The slice as it was asked for.

    Raises
    ------
    typer.BadParameter
        If both kinds are named, an option belongs to none, or a text holds no numbers.
    """

    through: ThroughFile = None
    rows: RowNumbers = None
    axes: AxesText = None

    def __post_init__(self) -> None:
        if self.through is not None and self.axes is not None:
            raise typer.BadParameter("--through and --axes are two kinds of slices; name one")
        if self.rows is not None and self.through is None:
            raise typer.BadParameter("--rows belongs to --through")
        if self.rows is not None:
            _places_of(self.rows, "--rows")
        if self.axes is not None and len(set(_places_of(self.axes, "--axes"))) != 2:
            raise typer.BadParameter(f"--axes takes two different inputs, I,J; {short(self.axes)} is given")

    def restricted(self, network: Network) -> tuple[Network, NDArray[np.float64] | None]:
        """Return the network on the line or plane through points, and the points in its coordinates.

        Raises
        ------
        ExactRegionsError, OSError
            If the points do not fit, or their file is damaged.
        """
        if self.through is None:
            return network, None
        rows = None if self.rows is None else self._rows(0)
        inner = network.through(_rows_of(self.through, rows, network.input_shape))
        return inner, np.vstack([np.zeros(inner.inputs), np.eye(inner.inputs)])

    def _rows(self, count: int) -> list[int]:
        """Return the rows that are named, or so many."""
        return list(range(count)) if self.rows is None else _places_of(self.rows, "--rows")

    def build(self, network: Network, asked: domain_options.BoundedOptions) -> Slice:
        """Return what is to be searched.

        Parameters
        ----------
        network : Network
        asked : BoundedOptions
            Only a plane through points has a domain of its own: the triangle and a quarter around it.

        Raises
        ------
        ExactRegionsError, OSError
            As `restricted`, or if the domain does not fit.
        """
        inner, points = self.restricted(network)
        if points is not None:
            k = inner.inputs
            domain = Box([NEAR] * k, [FAR] * k) if not asked.named else asked.build(inner)
            return Slice(inner, domain, tuple(f"towards row {row}" for row in self._rows(k + 1)[1:]), points)
        domain = asked.build(network)
        return _whole(network, domain) if self.axes is None else self._along_axes(network, domain)

    def _along_axes(self, network: Network, domain: Domain) -> Slice:
        assert self.axes is not None
        first, second = _places_of(self.axes, "--axes")
        if max(first, second) >= network.inputs:
            raise DomainError(f"--axes names input {max(first, second)}; the network has 0 to {network.inputs - 1}")
        if not isinstance(domain, Ball):
            raise DomainError("--axes needs a ball, at whose centre the other inputs stay: --center or --center-file")
        origin = domain.center_float.copy()
        if [Fraction(v) for v in origin.tolist()] != list(domain.center):
            raise DomainError("--axes needs a centre that floats hold exactly, and a fraction is no float")
        origin[[first, second]] = 0.0
        inner = network.restrict(origin, np.eye(network.inputs)[[first, second]])
        center = [domain.center[first], domain.center[second]]
        return Slice(inner, Ball(center, domain.radius, domain.norm), (f"input {first}", f"input {second}"))


@dataclass(frozen=True, slots=True)
class ThroughOptions(SliceOptions):
    """A line, plane or subspace through points, as it was asked for."""

    axes: str | None = field(default=None, init=False)

    def question(self, network: Network, asked: domain_options.DomainOptions) -> tuple[Network, Domain]:
        """Return the network, or a slice of it, and the domain.

        Raises
        ------
        ExactRegionsError, OSError
            As `restricted`, and for a domain that is none.
        """
        model, _ = self.restricted(network)
        return model, asked.build(model)

    def ends(self, network: Network) -> NDArray[Any]:
        """Return the two points of a segment.

        Raises
        ------
        ExactRegionsError, OSError
            As `restricted`, or if there are not two points.
        """
        if self.through is None:
            raise DomainError("a segment needs two points: --through points.npy --rows 0,1")
        rows = None if self.rows is None else self._rows(0)
        points = _rows_of(self.through, rows, network.input_shape)
        if len(points) != 2:
            raise DomainError(f"a segment has two ends, and {counted(len(points), 'point')} given: see --rows")
        return points


def _places_of(text: str, option: str) -> list[int]:
    """Read whole numbers from 0 on, with commas between.

    Raises
    ------
    typer.BadParameter
        If the text holds something else.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise typer.BadParameter(f"{option} takes whole numbers from 0 on, such as 0,1; {short(text)} is given")
    return [int(part) for part in parts]


def _rows_of(path: Path, rows: list[int] | None, input_shape: tuple[int, ...] | None) -> NDArray[Any]:
    """Return rows of an array in an .npy file, all of them where none are named.

    Raises
    ------
    DomainError
        If there is no such row.
    FileFormatError, OSError
        As `texts.table_of`.
    """
    table = texts.table_of(path, input_shape)
    texts.check_rows(rows or [], table, path)
    return table if rows is None else table[rows]
