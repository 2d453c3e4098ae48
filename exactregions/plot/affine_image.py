"""A picture whose every dot has the colour of the value there, at any resolution and in any part that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.image import AxesImage
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from exactregions.plot.affine_grid import values_on_grid
from exactregions.plot.affine_pieces import AffinePiece

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class AffineImage(AxesImage):
    """A piecewise affine function as an image: the function is evaluated at the centre of every dot that is drawn.

    Its array holds the least and the largest value of each piece, so that a scale of colours reaches from the
    least of all to the largest.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    pieces : sequence of AffinePiece
    size : float
        Of the domain; see `values_on_grid`.
    options
        Of `matplotlib.image.AxesImage`.
    """

    def __init__(self, axes: Axes, pieces: Sequence[AffinePiece], size: float, **options: Any) -> None:
        outlines = np.concatenate([piece.outline for piece in pieces])
        (left, bottom), (right, top) = outlines.min(axis=0), outlines.max(axis=0)
        super().__init__(axes, extent=(left, right, bottom, top), **options)
        self._pieces, self._size = pieces, size
        self.set_data(np.array([[piece.low, piece.high] for piece in pieces]))

    def can_composite(self) -> bool:
        """Return that no image is merged into this one."""
        return False

    def get_cursor_data(self, event: Any) -> float | None:
        """Return the value where the mouse is."""
        found = values_on_grid(self._pieces, np.array([event.xdata]), np.array([event.ydata]), self._size)[0, 0]
        return None if np.isnan(found) else float(found)

    def make_image(
        self, renderer: Any, magnification: float = 1.0, unsampled: bool = False
    ) -> tuple[NDArray[np.uint8], float, float, Affine2D]:
        """Return the dots of the axes in colours, transparent where there is no piece, and where they begin."""
        assert self.axes is not None
        box = self.axes.bbox
        left, bottom = np.floor(np.array([box.x0, box.y0]) * magnification)
        right, top = np.ceil(np.array([box.x1, box.y1]) * magnification)
        x, y = (np.arange(begin, end) + 0.5 for begin, end in ((left, right), (bottom, top)))
        back = self.axes.transData.inverted()
        x = back.transform(np.stack([x, np.full_like(x, bottom)], axis=1) / magnification)[:, 0]
        y = back.transform(np.stack([np.full_like(y, left), y], axis=1) / magnification)[:, 1]
        # an axis may run backwards
        flip = tuple(slice(None, None, -1 if line[0] > line[-1] else 1) for line in (y, x))
        values = values_on_grid(self._pieces, x[flip[1]], y[flip[0]], self._size)[flip]
        dots = self.to_rgba(np.ma.masked_invalid(values), bytes=True)
        return dots, left / magnification, bottom / magnification, Affine2D()
