"""The slice that a command is asked for: a network of fewer inputs, and its domain."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray

from exactregions.cli import options
from exactregions.domain import Ball, Box, Domain
from exactregions.errors import DomainError
from exactregions.network import Network

__all__ = ["Slice", "SliceOptions", "whole"]

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


def whole(network: Network, domain: Domain) -> Slice:
    """Return a question that is no slice."""
    return Slice(network, domain, tuple(f"input {k}" for k in range(network.inputs)))


@dataclass(frozen=True, slots=True)
class SliceOptions:
    """The slice as it was asked for.

    Raises
    ------
    typer.BadParameter
        If both kinds are named, an option belongs to none, or a text holds no numbers.
    """

    through: Path | None
    rows: str | None
    axes: str | None

    def __post_init__(self) -> None:
        if self.through is not None and self.axes is not None:
            raise typer.BadParameter("--through and --axes are two kinds of slices; name one")
        if self.rows is not None and self.through is None:
            raise typer.BadParameter("--rows belongs to --through")
        if self.rows is not None:
            options.places_of(self.rows, "--rows")
        if self.axes is not None and len(set(options.places_of(self.axes, "--axes"))) != 2:
            raise typer.BadParameter(f"--axes takes two different inputs, I,J; {self.axes!r} is given")

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
        inner = network.through(options.rows_of(self.through, rows))
        return inner, np.vstack([np.zeros(inner.inputs), np.eye(inner.inputs)])

    def _rows(self, count: int) -> list[int]:
        """Return the rows that are named, or so many."""
        return list(range(count)) if self.rows is None else options.places_of(self.rows, "--rows")

    def build(self, network: Network, asked: options.DomainOptions | None) -> Slice:
        """Return what is to be searched.

        Parameters
        ----------
        network : Network
        asked : DomainOptions or None
            Only a plane through points has a domain of its own: the triangle and a quarter around it.

        Raises
        ------
        ExactRegionsError, OSError
            As `restricted`, or if the domain does not fit.
        """
        inner, points = self.restricted(network)
        if points is not None:
            k = inner.inputs
            domain = Box([NEAR] * k, [FAR] * k) if asked is None else asked.build(k)  # type: ignore[arg-type]
            return Slice(inner, domain, tuple(f"towards row {row}" for row in self._rows(k + 1)[1:]), points)
        assert asked is not None
        domain = asked.build(network.inputs)
        return whole(network, domain) if self.axes is None else self._along_axes(network, domain)

    def _along_axes(self, network: Network, domain: Domain) -> Slice:
        assert self.axes is not None
        first, second = options.places_of(self.axes, "--axes")
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
        return Slice(inner, Ball(center, domain.radius, domain.norm), (f"input {first}", f"input {second}"))  # type: ignore[arg-type]
