"""An executor for tests: each task is done when it is given, in this process."""

from concurrent.futures import Executor, Future
from itertools import count


class AtOnce(Executor):
    """Does each task when it is given, in the order that a test asks for; `spoil` may do something in its place."""

    def __init__(self, spoil=lambda number: None):
        self.spoil, self.numbers = spoil, count(1)

    def submit(self, function, /, *arguments, **keywords):
        future = Future()
        try:
            self.spoil(next(self.numbers))
            future.set_result(function(*arguments, **keywords))
        except Exception as error:  # noqa: BLE001 - as executors do
            future.set_exception(error)
        return future
