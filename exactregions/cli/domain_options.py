"""The domain that a command is asked about, as its options name it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

import typer

from exactregions.cli.options import (
    BoxText,
    CenterFile,
    CenterText,
    Norm,
    NormOption,
    Origin,
    PolytopeFile,
    Radius,
    RowNumber,
    VnnlibFile,
    WholeSpaceFlag,
)
from exactregions.cli.texts import Number, numbers_of, row_of
from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace
from exactregions.domain.ball import require_ball
from exactregions.errors import DomainError
from exactregions.importers.domain_files import SUFFIXES, read_domain
from exactregions.importers.vnnlib import input_regions, only_region
from exactregions.network import Network
from exactregions.support.shortening import short


@dataclass(frozen=True, slots=True)
class DomainOptions:
    """The domain as it was asked for.

    Raises
    ------
    typer.BadParameter
        If not exactly one domain is named, an option does not belong to it, or a text is no number.
    """

    center: CenterText = None
    center_file: CenterFile = None
    row: RowNumber = None
    origin: Origin = False
    radius: Radius = None
    norm: NormOption = None
    box: BoxText = None
    polytope: PolytopeFile = None
    vnnlib: VnnlibFile = None
    whole_space: WholeSpaceFlag = False

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Refuse what names no domain, as the class says."""
        balls = [self.center is not None, self.center_file is not None, self.origin]
        flat = self.box is not None or self.polytope is not None
        others = [flat, self.vnnlib is not None, self.whole_space]
        if sum(balls + others) != 1:
            given = "several are given" if any(balls + others) else "none is given"
            raise typer.BadParameter(
                f"{given}; name one domain: --center, --center-file or --origin (with --radius), --box, --polytope, "
                "--vnnlib or --whole-space"
            )
        if any(balls) and self.radius is None:
            raise typer.BadParameter("a ball needs --radius")
        if not any(balls) and (self.radius is not None or self.norm is not None):
            raise typer.BadParameter("--radius and --norm belong to a ball: --center, --center-file or --origin")
        if self.row is not None and self.center_file is None:
            raise typer.BadParameter("--row belongs to --center-file")
        for text in filter(None, (self.center, self.radius)):
            numbers_of(text)
        if self.box is not None and not _is_file(self.box):
            _ends(self.box)
        if self.radius is not None and len(numbers_of(self.radius)) != 1:
            raise typer.BadParameter(f"--radius takes one number; {short(self.radius)} is given")

    def build(self, network: Network) -> Domain:
        """Return the domain, for a network.

        Raises
        ------
        ExactRegionsError
            If the values make no domain, or a file is damaged.
        OSError
            If a file cannot be read.
        """
        if self.whole_space:
            return WholeSpace(network.inputs)
        if self.vnnlib is not None:
            return self.single(self.build_each(network))
        if self.polytope is not None:
            return self._polytope(self.polytope, network.inputs)
        if self.box is not None:
            return self._box(self.box, network.inputs)
        assert self.radius is not None
        (radius,) = numbers_of(self.radius)
        norm = Norm.euclidean if self.norm is None else self.norm
        return Ball(self._center(network), radius, float(norm.value))

    def build_each(self, network: Network) -> tuple[Domain, ...]:
        """Return the domains to ask about in turn: one, but for a VNN-LIB file of several boxes.

        Raises
        ------
        ExactRegionsError, OSError
            As `build`.
        """
        if self.vnnlib is None:
            return (self.build(network),)
        return tuple(_of_file(box, self.vnnlib, network.inputs) for box in self._boxes())

    def single(self, domains: Sequence[Domain]) -> Domain:
        """Return the one domain of what `build_each` gave.

        Raises
        ------
        FileFormatError
            If there are several.
        """
        return domains[0] if self.vnnlib is None else only_region(self.vnnlib, domains)

    def _box(self, text: str, inputs: int) -> Box:
        if _is_file(text):
            return _of_kind(Box, Path(text), inputs)
        lower, upper = _ends(text)
        if ":" not in text:
            return Box(lower[0], upper[0], dim=inputs)
        if len(lower) != inputs:
            raise DomainError(
                f"--box has the ends of {len(lower)} inputs and the network {inputs}; give LO:HI for each"
            )
        return Box(lower, upper)

    def _polytope(self, path: Path, inputs: int) -> Polytope:
        found = _of_kind(Polytope, path, inputs)
        if self.box is None:
            return found
        if found.box is not None:
            raise DomainError(f"{path} holds a polytope within a box already; leave out --box")
        return Polytope(found.A, found.b, self._box(self.box, inputs))

    def _boxes(self) -> tuple[Box | Polytope, ...]:
        """Return the regions of the VNN-LIB file, or the one whose number follows its name."""
        assert self.vnnlib is not None
        name, _, number = self.vnnlib.name.partition("#")
        boxes = input_regions(self.vnnlib.with_name(name))
        if not number:
            return boxes
        if not number.isdecimal() or not 1 <= int(number) <= len(boxes):
            raise DomainError(f"{name} has boxes 1 to {len(boxes)}; box {short(number)} is asked for")
        return (boxes[int(number) - 1],)

    def _center(self, network: Network) -> list[Number]:
        if self.origin:
            return [0.0] * network.inputs
        if self.center_file is not None:
            return row_of(self.center_file, self.row or 0, network.input_shape)
        assert self.center is not None
        return numbers_of(self.center)


@dataclass(frozen=True, slots=True)
class BoundedOptions(DomainOptions):
    """A domain that can be drawn; it may be left out."""

    whole_space: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if self.named:
            self.check()

    @property
    def named(self) -> bool:
        """Whether any option of a domain is given."""
        return any(value is not None and value is not False for value in asdict(self).values())


@dataclass(frozen=True, slots=True)
class BallOptions(DomainOptions):
    """A ball as it was asked for."""

    box: str | None = field(default=None, init=False)
    polytope: Path | None = field(default=None, init=False)
    vnnlib: Path | None = field(default=None, init=False)
    whole_space: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if self.center is None and self.center_file is None and not self.origin:
            raise typer.BadParameter("a curve needs a centre: --center, --center-file or --origin")
        self.check()

    def ball(self, network: Network) -> Ball:
        """Return the ball, for a network.

        Raises
        ------
        ExactRegionsError, OSError
            As `build`.
        """
        return require_ball(self.build(network))


def _is_file(text: str) -> bool:
    return text.lower().endswith(SUFFIXES)


def _ends(text: str) -> tuple[list[Number], list[Number]]:
    """Read LO,HI or LO:HI,LO:HI,..: the lower ends and the upper ones."""
    pairs = [part.split(":") for part in text.split(",")] if ":" in text else [text.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise typer.BadParameter(
            f"--box takes two numbers LO,HI, or LO:HI,LO:HI,.. with the ends of each input, or a .npz or .json file; "
            f"{short(text)} is given"
        )
    ends = [numbers_of(",".join(pair)) for pair in pairs]
    return [lower for lower, _ in ends], [upper for _, upper in ends]


K = TypeVar("K", Box, Polytope)
OPTIONS = {
    "ball": "--center and --radius, no file holds a ball",
    "box": "--box",
    "polytope": "--polytope",
    "whole-space": "--whole-space",
}


def _of_kind(kind: type[K], path: Path, inputs: int) -> K:
    """Return the domain of a file, which must be of a kind and fit the network."""
    found = _of_file(read_domain(path), path, inputs)
    if not isinstance(found, kind):
        raise DomainError(f"{path} holds a {found.kind}, and a {kind.kind} is asked for; use {OPTIONS[found.kind]}")
    return found


D = TypeVar("D", bound=Domain)


def _of_file(domain: D, path: Path, inputs: int) -> D:
    if domain.dim != inputs:
        raise DomainError(
            f"{path} is of {domain.dim} inputs and the network has {inputs}; give the file that belongs to this network"
        )
    return domain
