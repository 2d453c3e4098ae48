"""What keeps a source from being read: all of it is listed, with the place of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exactregions.errors import UnsupportedLayerError

__all__ = ["NEVER", "NOT_YET", "Obstacle", "refuse"]

NEVER = "not piecewise linear"
NOT_YET = "piecewise linear, not yet"
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A layer or operator that cannot be read.

    Parameters
    ----------
    place : str
        Which layer, and where.
    reason : str
    final : bool
        Whether nothing but moves of values comes after it, and `strip_output` would cut it off.
    """

    place: str
    reason: str
    final: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" + (" (last: strip_output=True cuts it off)" if self.final else "")


def refuse(obstacles: Sequence[Obstacle], supported: str = "") -> None:
    """Raise an error that lists all obstacles, if there is one.

    Raises
    ------
    UnsupportedLayerError
    """
    if not obstacles:
        return
    listed = "; ".join(str(obstacle) for obstacle in obstacles[:SHOWN])
    more = f"; and {len(obstacles) - SHOWN} more" if len(obstacles) > SHOWN else ""
    raise UnsupportedLayerError(f"{listed}{more}{supported}")
