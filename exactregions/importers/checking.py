"""A network that was read from a file against the file's own evaluation."""

from __future__ import annotations

import os
from pathlib import Path

from exactregions.errors import FileFormatError
from exactregions.importers.agreement import compared
from exactregions.network import Network


def checked_file(
    network: Network,
    path: str | os.PathLike[str],
    *,
    output: str | None = None,
    batch: int | None = None,
    steps: int | None = None,
    tolerance: float | None = None,
) -> Network:
    """Compare a network with the ONNX or .nnet file it was read from, on 100 points.

    Parameters
    ----------
    network : Network
        From `load`, with the same `output`, `batch` and `steps`, and nothing cut off.
    path : str or path-like
    output, batch, steps
        As for `load`.
    tolerance : float, optional
        Largest difference over max(1, largest output): 1e-8 for float64, 1e-4 for float32, 2e-2 for float16.

    Returns
    -------
    Network
        With the largest difference in its notes.

    Raises
    ------
    FileFormatError
        If the file holds tensors alone, and so has no evaluation of its own.
    NetworkError
        If the difference is larger.
    """
    source = Path(path)
    if source.name.lower().endswith((".onnx", ".onnx.gz")):
        from exactregions.importers.onnx.evaluation import evaluation

        return compared(network, *evaluation(source, output, batch, steps), tolerance)
    if source.name.lower().endswith(".nnet"):
        from exactregions.importers.nnet import evaluated

        return compared(network, lambda points: evaluated(source, points), "float64", tolerance)
    raise FileFormatError(f"{path} holds tensors alone, and no evaluation of its own to check the reading against")
