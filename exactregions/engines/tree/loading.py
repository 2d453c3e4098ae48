"""What is said while the kernels are loaded, which takes long when they have to be compiled."""

from __future__ import annotations

import logging
from typing import Any

from exactregions.progress import Observer, Progress

__all__ = ["COMPILING", "announce", "is_compiled"]

COMPILING = "compiling the search kernels, once after an install: up to a minute on a free core"

_log = logging.getLogger(__name__)


def announce(kernel: Any, observer: Observer | None) -> None:
    """Tell an observer that a kernel is loaded; that it has to be compiled, those too who have given none."""
    compiled = is_compiled(kernel)
    if not compiled:
        _log.warning(COMPILING)
    if observer is not None:
        observer(Progress(0, 0.0, "loading kernels" if compiled else COMPILING))


def is_compiled(kernel: Any) -> bool:
    """Tell whether an entry point is compiled, in this process or on disk."""
    try:
        return bool(kernel.signatures or kernel._cache._cache_file._load_index())
    except (AttributeError, OSError):  # nothing is kept on disk
        return False
