"""A layer of a cone beside projections onto it: how far from the nearest points, how far outside, how long.

    python -m benchmarks.cones

The task is the one of Frerix, Niessner and Cremers (2020): on images of 28 x 28 pixels the sum over each of 16
tiles has a sign, as on a checkerboard. OSQP (Stellato and others 2020) solves one quadratic program an image, with
the tolerance 1e-6 and polishing, factored once; the rows are orthogonal, so the nearest points also have a closed
form. *As in the paper* is a layer whose generators are the rays and each line with both signs, all with coefficients
of one sign. Where cvxpylayers is installed (Agrawal and others 2019) a second, small task sets the layer beside it:
12 rows in five dimensions. All take one thread.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import numpy as np
import osqp
import torch
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.timing import least, timed
from exactregions.nn import ConeConstraint

__all__ = ["by_cvxpylayers", "by_osqp", "checkerboard", "main"]

Rows = NDArray[np.float64]
SIDE, TILE, BATCH, ROUNDS = 28, 7, 64, 5
SMALL_ROWS, SMALL_DIM = 12, 5


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


def by_cvxpylayers(A: NDArray[np.int64]) -> Callable[[Rows], Rows]:
    """Return the projection of points, one a row, by a differentiable program that is set up once."""
    import cvxpy as cp
    from cvxpylayers.torch import CvxpyLayer  # pyright: ignore[reportMissingImports]

    given, nearest = cp.Parameter(A.shape[1]), cp.Variable(A.shape[1])
    program = cp.Problem(cp.Minimize(cp.sum_squares(nearest - given)), [A.astype(float) @ nearest <= 0])
    layer = CvxpyLayer(program, parameters=[given], variables=[nearest])
    return lambda points: layer(torch.tensor(points))[0].numpy()


def _as_in_the_paper(layer: ConeConstraint) -> Callable[[torch.Tensor], Rows]:
    """Return the layer that has each line twice, with either sign."""
    generators = torch.cat([layer.rays, layer.lines, -layer.lines]).float()
    return lambda values: (values.abs() @ generators).numpy()


def main() -> None:
    """Print one line for each way."""
    torch.set_num_threads(1)
    A = checkerboard(SIDE, TILE)
    seconds, layer = timed(lambda: ConeConstraint(A))
    print(f"{len(layer.rays)} rays and {len(layer.lines)} lines in {seconds:.2f} s")  # noqa: T201
    points = np.random.default_rng(0).normal(size=(BATCH, SIDE**2))
    exact = layer.project(torch.tensor(points)).numpy()
    single = torch.tensor(points, dtype=torch.float32)
    values, doubled = torch.randn(BATCH, layer.in_features), torch.randn(BATCH, layer.in_features + len(layer.lines))
    solved, paper = by_osqp(A), _as_in_the_paper(layer)
    _show("layer, float32", A, lambda: layer(values).detach().numpy())
    _show("as in the paper, float32", A, lambda: paper(doubled))
    _show("closed form, float32", A, lambda: layer.project(single).numpy(), exact)
    _show("closed form, float64", A, lambda: layer.project(torch.tensor(points)).numpy(), exact)
    _show("OSQP, one image each", A, lambda: solved(points), exact)
    if importlib.util.find_spec("cvxpylayers") is not None:
        _small()


def _small() -> None:
    """Set the layer beside programs that are differentiable too, where no closed form is known."""
    rng = np.random.default_rng(0)
    A = rng.integers(-3, 4, size=(SMALL_ROWS, SMALL_DIM))
    A[A.sum(axis=1) > 0] *= -1  # so that (1, .., 1) is in the cone
    layer, points = ConeConstraint(A), rng.normal(size=(BATCH, SMALL_DIM))
    values, project, nearest = torch.randn(BATCH, layer.in_features), by_cvxpylayers(A), by_osqp(A)(points)
    _show("12 x 5: layer, float32", A, lambda: layer(values).detach().numpy())
    _show("12 x 5: cvxpylayers", A, lambda: project(points), nearest)


def _show(name: str, A: NDArray[np.int64], work: Callable[[], Rows], nearest: Rows | None = None) -> None:
    found = work().astype(np.float64)
    outside = max(float((found @ A.T).max()), 0.0)
    far = "       -" if nearest is None else f"{np.abs(found - nearest).max():8.1e}"
    print(f"{name:25} {1e3 * least(work, ROUNDS):8.2f} ms  A y up to {outside:7.1e}  from nearest {far}")  # noqa: T201


if __name__ == "__main__":
    main()
