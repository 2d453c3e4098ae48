"""The points of a study given to threads or processes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait

import numpy as np
from numpy.typing import NDArray

from exactregions.comparison.many_points.checkpoint import Checkpoint, Recount
from exactregions.comparison.many_points.rows import StudyRow
from exactregions.comparison.many_points.task import Task
from exactregions.errors import EngineError
from exactregions.progress import StopReason
from exactregions.support.stopping import POLL, STOPS, in_scope, limited, reason_of


class Run:
    """Gives the open points to an executor, and takes their rows as they come."""

    def __init__(
        self,
        task: Task,
        points: NDArray[np.float64],
        checkpoint: Checkpoint | Recount | None,
        done: dict[int, list[StudyRow]],
    ) -> None:
        self._task, self._points, self._checkpoint, self._done = task, points, checkpoint, done
        self._scope = limited()  # of the searches

    def drive(self, workers: int | Executor, report: Callable[[int, int], None]) -> str | None:
        """Work through all open points; return why it ended before that, or None."""
        if isinstance(workers, Executor):
            return self._work(workers, self._task.answer, report)
        if workers < 1:
            raise EngineError(f"workers is {workers}; give one or more, or an executor")
        with self._scope, ThreadPoolExecutor(workers) as executor:
            return self._work(executor, in_scope(self._task.answer), report)

    def _work(
        self,
        executor: Executor,
        answer: Callable[[int, NDArray[np.float64]], list[StudyRow] | None],
        report: Callable[[int, int], None],
    ) -> str | None:
        total = len(self._points)
        futures: dict[Future[list[StudyRow] | None], int] = {}
        with limited() as scope:
            try:
                report(len(self._done), total)
                for point in range(total):
                    if point not in self._done:
                        futures[executor.submit(answer, point, self._points[point])] = point
                waiting = set(futures)
                while waiting:
                    finished, waiting = wait(waiting, POLL, FIRST_COMPLETED)
                    for future in finished:
                        self._take(futures[future], future)
                        report(len(self._done), total)
                    scope.check()
            except STOPS as error:
                self._end(futures, reason_of(error).reason)
            except BaseException:
                # one point failed: the others must not go on behind the error
                self._end(futures, StopReason.FAILED)
                raise
        return None if len(self._done) == total else str(StopReason.INTERRUPTED)

    def _end(self, futures: dict[Future[list[StudyRow] | None], int], reason: StopReason) -> None:
        """End all searches, and keep those that are done."""
        self._scope.stop(reason)
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
