"""A layer of a cone beside projections onto it: how far from the nearest points, how far outside, how long.

    python -m benchmarks.cones

The task is the one of Frerix, Niessner and Cremers (2020): on images of 28 x 28 pixels the sum over each of 16
tiles has a sign, as on a checkerboard. OSQP (Stellato and others 2020) solves one quadratic program an image, with
the tolerance 1e-6 and polishing, factored once; the rows are orthogonal, so the nearest points also have a closed
form. All take one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import osqp
import torch
from numpy.typing import NDArray
from scipy import sparse

from exactregions.nn import ConeConstraint

__all__ = ["by_osqp", "checkerboard", "main"]

Rows = NDArray[np.float64]
SIDE, TILE, BATCH, ROUNDS = 28, 7, 64, 5


def checkerboard(side: int, tile: int) -> NDArray[np.int64]:
    """Return the sums of pixels over tiles, with signs as on a checkerboard, one a row."""
    tiles = side // tile
    signs = np.where(np.indices((tiles, tiles)).sum(axis=0) % 2, -1, 1)
    rows = np.zeros((tiles, tiles, side, side), dtype=np.int64)
    for i, j in np.ndindex(tiles, tiles):
        rows[i, j, i * tile : (i + 1) * tile, j * tile : (j + 1) * tile] = signs[i, j]
    return rows.reshape(tiles**2, side**2)


def by_osqp(A: NDArray[np.int64]) -> Callable[[Rows], Rows]:
    """Return the projection of points, one a row, by a solver that is set up once."""
    n, solver = A.shape[1], osqp.OSQP()
    solver.setup(
        P=sparse.eye(n, format="csc"), q=np.zeros(n), A=sparse.csc_matrix(A.astype(float)), l=np.full(len(A), -np.inf),
        u=np.zeros(len(A)), eps_abs=1e-6, eps_rel=1e-6, polishing=True, verbose=False,
    )  # fmt: skip

    def project(points: Rows) -> Rows:
        found = []
        for point in points:
            solver.update(q=-point)
            found.append(solver.solve().x)
        return np.array(found)

    return project


def _seconds(work: Callable[[], object]) -> float:
    """Return the least processor time of several runs."""
    least = np.inf
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        least = min(least, time.process_time() - start)
    return least


def main() -> None:
    """Print one line for each way."""
    torch.set_num_threads(1)
    A = checkerboard(SIDE, TILE)
    start = time.process_time()
    layer = ConeConstraint(A)
    print(f"{len(layer.rays)} rays and {len(layer.lines)} lines in {time.process_time() - start:.2f} s")  # noqa: T201
    points = np.random.default_rng(0).normal(size=(BATCH, SIDE**2))
    exact = layer.project(torch.tensor(points)).numpy()
    single = torch.tensor(points, dtype=torch.float32)
    values = torch.randn(BATCH, layer.in_features)
    solved = by_osqp(A)
    ways: dict[str, tuple[Callable[[], Rows], bool]] = {
        "layer, float32": (lambda: layer(values).detach().numpy(), False),
        "closed form, float32": (lambda: layer.project(single).numpy(), True),
        "closed form, float64": (lambda: layer.project(torch.tensor(points)).numpy(), True),
        "OSQP, one image each": (lambda: solved(points), True),
    }
    for name, (work, projects) in ways.items():
        found = work().astype(np.float64)
        outside = max(float((found @ A.T).max()), 0.0)
        far = f"{np.abs(found - exact).max():8.1e}" if projects else "       -"
        print(f"{name:22} {1e3 * _seconds(work):8.2f} ms  A y up to {outside:7.1e}  from nearest {far}")  # noqa: T201


if __name__ == "__main__":
    main()
