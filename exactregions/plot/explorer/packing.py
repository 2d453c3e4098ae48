"""Arrays as the text of a page."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import ArrayLike


def packed(values: ArrayLike) -> str:
    """Return an array as text: its bytes, the lower ones first, in base 64."""
    array = np.ascontiguousarray(values)
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()).decode("ascii")
