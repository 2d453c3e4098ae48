"""What other distributions register, and how messages name it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from exactregions.support.shortening import short

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


@cache
def entry_points_of(group: str) -> tuple[EntryPoint, ...]:
    """Return what is registered, read once a process."""
    from importlib.metadata import entry_points

    return tuple(entry_points(group=group))


def source_of(point: EntryPoint) -> str:
    """Return which distribution registers it, and as what."""
    distribution = f"distribution {short(point.dist.name)}" if point.dist else "an unnamed distribution"
    return f"{distribution} ({point.value})"
