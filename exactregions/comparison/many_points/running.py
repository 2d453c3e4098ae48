"""The points of a study given to threads or processes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed

import numpy as np
from numpy.typing import NDArray

from exactregions.comparison.many_points.checkpoint import Checkpoint
from exactregions.comparison.many_points.rows import StudyRow
from exactregions.comparison.many_points.task import Task
from exactregions.errors import EngineError
from exactregions.progress import Progress

__all__ = ["Run"]


class Run:
    """Gives the open points to an executor, and takes their rows as they come."""

    def __init__(
        self,
        task: Task,
        points: NDArray[np.float64],
        checkpoint: Checkpoint | None,
        done: dict[int, list[StudyRow]],
    ) -> None:
        self._task, self._points, self._checkpoint, self._done = task, points, checkpoint, done
        self._stop = threading.Event()

    def drive(self, workers: int | Executor, report: Callable[[int, int], None]) -> str | None:
        """Work through all open points; return why it ended before that, or None."""
        if isinstance(workers, Executor):
            return self._work(workers, self._task.answer, report)
        if workers < 1:
            raise EngineError(f"workers is {workers}; give one or more, or an executor")
        with ThreadPoolExecutor(workers) as executor:
            return self._work(executor, self._interruptible, report)

    def _interruptible(self, point: int, center: NDArray[np.float64]) -> list[StudyRow] | None:
        """Answer in a thread, which no Ctrl-C reaches: the search asks its observer."""

        def observe(progress: Progress) -> None:
            if self._stop.is_set():
                raise KeyboardInterrupt

        return None if self._stop.is_set() else self._task.answer(point, center, observe)

    def _work(
        self,
        executor: Executor,
        answer: Callable[[int, NDArray[np.float64]], list[StudyRow] | None],
        report: Callable[[int, int], None],
    ) -> str | None:
        total = len(self._points)
        futures: dict[Future[list[StudyRow] | None], int] = {}
        try:
            report(len(self._done), total)
            for point in range(total):
                if point not in self._done:
                    futures[executor.submit(answer, point, self._points[point])] = point
            for future in as_completed(futures):
                self._take(futures[future], future)
                report(len(self._done), total)
        except KeyboardInterrupt:
            self._end(futures)
        except BaseException:
            # one point failed: the others must not go on behind the error
            self._end(futures)
            raise
        return None if len(self._done) == total else "interrupted"

    def _end(self, futures: dict[Future[list[StudyRow] | None], int]) -> None:
        """End all searches, and keep those that are done."""
        self._stop.set()
        for future in futures:
            future.cancel()
        for future, point in futures.items():
            if not future.cancelled() and future.exception() is None:
                self._take(point, future)

    def _take(self, point: int, future: Future[list[StudyRow] | None]) -> None:
        rows = future.result()
        if rows is not None and point not in self._done:
            self._done[point] = rows
            if self._checkpoint is not None:
                self._checkpoint.add(point, rows)
