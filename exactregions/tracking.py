"""What becomes of a network while it is trained: counts, robust radii and Lipschitz constants after each epoch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from exactregions.comparison import Study, study
from exactregions.comparison.many_points.columns import check_table
from exactregions.domain import Ball
from exactregions.errors import DomainError, ExactRegionsError, FileFormatError
from exactregions.network import Network
from exactregions.quantities import Lipschitz, RobustCurve, lipschitz, robust_curve
from exactregions.support.shortening import short
from exactregions.support.tables import counted, write_csv

if TYPE_CHECKING:
    import torch

__all__ = ["Epoch", "Track", "track"]

COLUMNS = (
    "epoch", "point", "radius", "regions", "exact", "stopped", "boundary_distance", "stable_units",
    "constant", "constant_exact", "robust_radius", "robust_exact", "label",
)  # fmt: skip
COUNTED = COLUMNS[1:8]  # those of a study


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """What was found after one epoch.

    Attributes
    ----------
    number : int
        From 0 on.
    network : Network
        As it was then.
    counts : Study
    robust : RobustCurve
    constants : tuple of tuple of Lipschitz
        For each point and radius.
    metrics : dict
        What the training loop told.
    """

    number: int
    network: Network
    counts: Study
    robust: RobustCurve
    constants: tuple[tuple[Lipschitz, ...], ...]
    metrics: dict[str, Any]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each point and radius; radii and constants are lower ends where they are not exact."""
        found = []
        for place, row in enumerate(self.counts.rows):
            point, radius = divmod(place, len(self.counts.radii))
            constant, robust = self.constants[point][radius], self.robust.radii[point]
            told = {
                "epoch": self.number,
                "constant": float(constant.constant if constant.complete else constant.constant.lower),
                "constant_exact": constant.complete,
                "robust_radius": float(robust.radius if robust.complete else robust.radius.lower),
                "robust_exact": robust.complete,
                "label": robust.label,
            }
            found.append(told | {name: row[name] for name in COUNTED} | self.metrics)
        return found


class Track:
    """Records of one training; called after each epoch. Made by `track`.

    Attributes
    ----------
    epochs : list of Epoch
    """

    def __init__(
        self,
        model: torch.nn.Module,
        points: ArrayLike,
        radii: Sequence[float | Fraction],
        norm: float,
        every: int,
        reading: dict[str, Any],
        options: dict[str, Any],
    ) -> None:
        self._model, self._points, self._radii, self._norm = model, points, radii, norm
        self._every, self._reading, self._options = every, reading, options
        self._called = 0
        self.epochs: list[Epoch] = []

    def __call__(self, **metrics: Any) -> Epoch | None:
        """Record the network as it is now, with what else is known of the epoch, such as its loss.

        Returns
        -------
        Epoch or None
            None where `every` leaves this epoch out.

        Raises
        ------
        ExactRegionsError
            As `Network.from_torch`, `study`, `robust_curve` and `lipschitz`; or if a metric has the name of a column.
        """
        taken = [name for name in metrics if name in COLUMNS]
        if taken:
            raise ExactRegionsError(f"{short(taken[0])} is a column of its own; give the metric another name")
        number, self._called = self._called, self._called + 1
        if number % self._every:
            return None
        network = Network.from_torch(self._model, **self._reading, check=not number)
        counts = study(network, self._points, self._radii, self._norm, bounds=[], **self._options)
        robust = robust_curve(network, counts.points, self._norm, **self._options)
        balls = [[Ball(point, radius, self._norm) for radius in counts.radii] for point in counts.points]
        norms = self._norm, self._norm
        constants = tuple(
            tuple(lipschitz(network, ball, norms, **self._options) for ball in around) for around in balls
        )
        self.epochs.append(Epoch(number, network, counts, robust, constants, dict(metrics)))
        return self.epochs[-1]

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        return f"<Track: {counted(len(self), 'epoch')} recorded, of {self._called}>"

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each epoch, point and radius."""
        return [row for epoch in self.epochs for row in epoch.rows()]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a .csv file, which appears under its name only when it is whole.

        Raises
        ------
        FileFormatError
            If the name ends otherwise.
        """
        check_table(path)
        if not str(path).endswith(".csv"):
            raise FileFormatError(f"{path} does not end in .csv, which is what a track is written to")
        names = dict.fromkeys(COLUMNS)
        for epoch in self.epochs:
            names |= dict.fromkeys(epoch.metrics)
        write_csv(path, list(names), self.rows())

    def lightning(self) -> Any:
        """Return a callback for a Lightning `Trainer` that records after each training epoch, with its metrics.

        Raises
        ------
        ExactRegionsError
            If neither lightning nor pytorch-lightning is installed.
        """
        tracked = self

        class Recorded(_lightning_callback()):
            """Records at the end of an epoch."""

            def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
                tracked(**{name: float(value) for name, value in trainer.callback_metrics.items()})

        return Recorded()


def _lightning_callback() -> Any:
    for name in ("lightning.pytorch", "pytorch_lightning"):
        try:
            return import_module(name).Callback
        except ImportError:
            continue
    raise ExactRegionsError("this needs Lightning, which is not installed; pip install lightning")


def track(
    model: torch.nn.Module,
    points: ArrayLike,
    radii: Iterable[float | Fraction],
    norm: float = 2,
    *,
    every: int = 1,
    input_shape: Sequence[int] | None = None,
    **options: Any,
) -> Track:
    """Return what records a module while it is trained: call it after each epoch.

    It records exact counts in balls around points (`study`), the distances of the points to other classes
    (`robust_curve`) and the Lipschitz constants on the balls (`lipschitz`). Training is not changed by it.

    Parameters
    ----------
    model : torch.nn.Module
        Read anew at each call, as by `Network.from_torch`.
    points : array_like, shape (k, inputs)
    radii : iterable of float or Fraction
    norm : {2, 1, inf}
        Of the balls, the distances and the constants: outputs are measured in the same norm.
    every : int
        Record the first of so many epochs.
    input_shape : sequence of int, optional
        As for `Network.from_torch`; may be left out for a `Sequential` that begins with a `Linear`.
    **options
        engine, workers, time_limit and max_regions of `enumerate_regions`, for each search. What they cut short says so
        in its row.

    Raises
    ------
    DomainError
        If `every` is not positive, or there is no radius.

    Examples
    --------
    >>> import torch  # doctest: +SKIP
    >>> recorded = track(model, points, radii=[0.1, 0.5])  # doctest: +SKIP
    >>> for epoch in range(20):  # doctest: +SKIP
    ...     train(model)
    ...     recorded(loss=loss)
    """
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise DomainError(f"every is {short(every)}; give a positive whole number")
    chosen = list(radii)
    if not chosen:
        raise DomainError("radii is empty; give one radius or more")
    reading = {} if input_shape is None else {"input_shape": input_shape}
    return Track(model, points, chosen, norm, every, reading, options)
