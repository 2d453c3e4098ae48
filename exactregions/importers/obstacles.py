"""What keeps a source from being read: all of it is listed, with the place of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exactregions.errors import UnsupportedLayerError
from exactregions.support.shortening import short_text

NEVER = "not piecewise linear"
NOT_YET = "piecewise linear, not yet"
NOT_KNOWN = "an operator that is not known here"
LONGEST = 380  # characters of the list: the name of a file and advice have room beside it
PLACE, KIND = 80, 30  # characters of a place, and of the name of an operator


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A layer or operator that cannot be read.

    Parameters
    ----------
    kind : str
        The operator.
    place : str
        Which layer, and where.
    reason : str
    final : bool
        Whether nothing but moves of values comes after it, and `strip_output` would cut it off.
    """

    kind: str
    place: str
    reason: str
    final: bool = False

    @property
    def why(self) -> str:
        """The reason, and what may be done."""
        return self.reason + (" (last: strip_output=True, --strip-output, cuts it off)" if self.final else "")

    def __str__(self) -> str:
        return f"{short_text(self.place, PLACE)}: {self.why}"


def refuse(obstacles: Sequence[Obstacle]) -> None:
    """Raise an error that lists all obstacles, if there is one.

    The message names every operator, and as many places as fit; the error has them all.

    Raises
    ------
    UnsupportedLayerError
    """
    if obstacles:
        raise UnsupportedLayerError(_listed(obstacles), tuple(map(str, obstacles)))


def _listed(obstacles: Sequence[Obstacle]) -> str:
    """Return as much as fits: each obstacle, else those of one kind together with fewer and fewer places."""
    obstacles = list(dict.fromkeys(obstacles))
    text = "; ".join(map(str, obstacles))
    groups: dict[tuple[str, str], list[Obstacle]] = {}
    for obstacle in obstacles:
        groups.setdefault((obstacle.kind, obstacle.why), []).append(obstacle)
    for places in (4, 2, 1):
        if len(text) > LONGEST:
            text = "; ".join(_together(group, places) for group in groups.values())
    return text if len(text) <= LONGEST else _by_reason(obstacles)


def _together(group: Sequence[Obstacle], places: int) -> str:
    shown = ", ".join(short_text(obstacle.place, PLACE) for obstacle in group[:places])
    more = f" and {len(group) - places} more of its kind" if len(group) > places else ""
    return f"{shown}{more}: {group[0].why}"


def _by_reason(obstacles: Sequence[Obstacle]) -> str:
    """Return the first obstacle, and how many more there are of which operators."""
    kinds = ", ".join(dict.fromkeys(short_text(obstacle.kind, KIND) for obstacle in obstacles))
    return f"{obstacles[0]}; and {len(obstacles) - 1} more, in all of {short_text(kinds, 150)}"
