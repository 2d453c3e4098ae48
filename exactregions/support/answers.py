"""What answers that a limit may end have in common: how they say that something is missing."""

from __future__ import annotations

from typing import Any, Protocol


class Stoppable(Protocol):
    """An answer that says what kept it from being whole."""

    @property
    def complete(self) -> bool:
        """Whether it is whole."""
        ...

    @property
    def stopped(self) -> str | None:
        """What kept it from that."""
        ...

    @property
    def seconds(self) -> float:
        """How long it took."""
        ...


def ending(answer: Stoppable) -> dict[str, Any]:
    """Return how an answer ended, as plain data."""
    return {"complete": answer.complete, "stopped": answer.stopped, "seconds": answer.seconds}


def shortfall(stopped: str | None) -> str:
    """Return what a representation says at its end of an answer that is not whole.

    Examples
    --------
    >>> shortfall("interrupted"), shortfall(None)
    (' (NOT COMPLETE: interrupted)', '')
    """
    return f" (NOT COMPLETE: {stopped})" if stopped else ""
