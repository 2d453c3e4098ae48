"""What a study asks of every point."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.bounds.contract import Bound
from exactregions.bounds.function_bound import BoundLike
from exactregions.comparison.all_radii import curve
from exactregions.comparison.all_radii.table import chosen_bounds
from exactregions.comparison.many_points.rows import OWN_COLUMNS, StudyRow, rows_of
from exactregions.domain import Ball
from exactregions.engines.contract import Engine, Limits
from exactregions.errors import DomainError, listed
from exactregions.exact.floats import within_floats
from exactregions.network import Network
from exactregions.progress import Observer, StopReason
from exactregions.support.stopping import current_scope, limited
from exactregions.support.tables import digits


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is asked of every point; it goes to other processes, so everything in it can be pickled."""

    network: Network
    radii: tuple[Fraction, ...]
    norm: float
    bounds: tuple[BoundLike, ...] | None
    names: tuple[str, ...]
    engine: str | Engine
    limits: Limits

    @classmethod
    def of(
        cls,
        network: Network,
        balls: Sequence[Ball],
        bounds: Iterable[BoundLike] | None,
        engine: str | Engine,
        limits: Limits,
    ) -> Task:
        """Take radii and norm from balls about one of the points."""
        radii = tuple(ball.radius for ball in balls)
        if not radii:
            raise DomainError("radii is empty; give at least one radius")
        if len(set(radii)) < len(radii):
            raise DomainError("a radius comes twice; every row of the table has a radius of its own")
        if not all(map(within_floats, radii)):
            raise DomainError("a radius is beyond the range of float64, which the table holds; rescale the problem")
        given = None if bounds is None else listed(bounds, "bounds")
        names = tuple(bound.name for bound in chosen_bounds(given, OWN_COLUMNS))
        names = (*names, "minimum") if bounds is None else names
        return cls(network, radii, balls[0].norm, given, names, engine, limits)

    def identity(self, points: NDArray[np.float64]) -> dict[str, Any]:
        """Return what a checkpoint must agree with, as JSON gives it back."""
        chosen = chosen_bounds(self.bounds, OWN_COLUMNS)
        content = repr(points.shape).encode() + (points + 0.0).astype("<f8").tobytes()
        return {
            "network": self.network.fingerprint,
            "points": hashlib.sha256(content).hexdigest(),
            "radii": [str(r) for r in self.radii],
            "norm": str(self.norm),
            "bounds": [*map(_with_settings, chosen), *self.names[len(chosen) :]],
        }

    def answer(
        self, point: int, center: NDArray[np.float64], progress: Observer | None = None
    ) -> list[StudyRow] | None:
        """Return the rows of a point; None if it was interrupted, before or after its search."""
        study = current_scope()
        with limited(self.limits.seconds):
            found = curve(
                self.network,
                center,
                max(self.radii),
                self.norm,
                bounds=self.bounds,
                radii=self.radii,
                engine=self.engine,
                time_limit=self.limits.seconds,
                max_regions=self.limits.regions,
                progress=progress,
            )
            rows = rows_of(found, point, self.radii)
        if found.regions.stop_reason is StopReason.INTERRUPTED or (study is not None and study.stopped is not None):
            return None
        return rows


def _with_settings(bound: Bound) -> str:
    """Return the name of a bound, and its settings as far as they are plain and no defaults: they change values."""
    if not is_dataclass(bound):
        return bound.name
    plain = (int, float, str, Fraction, type(None))
    settings = [
        f"{field.name}={digits(value) if isinstance(value, int) else repr(value)}"
        for field in fields(bound)
        if field.init and isinstance(value := getattr(bound, field.name), plain) and value != field.default
    ]
    return f"{bound.name}({', '.join(settings)})" if settings else bound.name
