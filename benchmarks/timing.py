"""Processor time of what is measured in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["least", "timed"]

Answer = TypeVar("Answer")


def timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    """Return the processor seconds of some work, and what it gave."""
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer


def least(work: Callable[[], object], runs: int) -> float:
    """Return the least processor seconds of several runs."""
    return min(timed(work)[0] for _ in range(runs))
