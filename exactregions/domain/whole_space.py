"""The whole input space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from exactregions.domain.base import Domain
from exactregions.errors import DomainError
from exactregions.support.shortening import short


@dataclass(frozen=True, slots=True, repr=False)
class WholeSpace(Domain):
    """The whole input space.

    Parameters
    ----------
    dim : int

    Raises
    ------
    DomainError
        If dim is not a positive integer.
    """

    dimension: int

    kind: ClassVar[str] = "whole-space"

    def __post_init__(self) -> None:
        if isinstance(self.dimension, bool) or not isinstance(self.dimension, (int, np.integer)) or self.dimension < 1:
            raise DomainError(f"dim is {short(self.dimension)}; give a positive integer")
        object.__setattr__(self, "dimension", int(self.dimension))

    def __repr__(self) -> str:
        return f"WholeSpace({self.dimension})"

    @property
    def dim(self) -> int:
        """Dimension of the input space."""
        return self.dimension

    def contains(self, point: Sequence[Fraction | float]) -> bool:
        """Return True for every point of the right length."""
        return len(self._point(point)) == self.dimension

    def without(self, gone: Sequence[bool]) -> WholeSpace:
        """Return the space of the other coordinates."""
        return WholeSpace(self.dimension - int(np.count_nonzero(gone)))

    def words(self, number: Callable[[Fraction], str]) -> str:
        """Return that it is the whole space."""
        return "whole space"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {"kind": "whole-space", "dim": self.dimension}
