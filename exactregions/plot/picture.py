"""A figure that a notebook shows by itself and that carries its fonts into files."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.figure import Figure

EMBEDDED = {"pdf.fonttype": 42, "ps.fonttype": 42}  # TrueType: journals refuse the Type 3 of matplotlib's default


class Picture(Figure):
    """A figure that belongs to no window and no list of open figures.

    A notebook shows it once, with or without `%matplotlib inline`, and PDF files embed its fonts as TrueType.
    """

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure, as `matplotlib.figure.Figure.savefig`, with fonts embedded as TrueType."""
        with matplotlib.rc_context(EMBEDDED):  # type: ignore[arg-type]
            super().savefig(fname, **options)

    def _repr_png_(self) -> bytes:
        stream = BytesIO()
        self.savefig(stream, format="png")
        return stream.getvalue()
