"""The errors of the package: one root, one leaf for each thing the user can mend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

__all__ = [
    "CertificateError",
    "ConeError",
    "DataError",
    "DomainError",
    "EngineError",
    "ExactRegionsError",
    "FileFormatError",
    "FileWriteError",
    "NetworkError",
    "NotExactError",
    "PropertyError",
    "UnsupportedLayerError",
    "listed",
]

T = TypeVar("T")

LONGEST, LONGEST_VALUE = 500, 60  # characters of a message, and of a value in it


class ExactRegionsError(Exception):
    """Root of every error that the package raises on purpose; no message is longer than 500 characters."""

    def __init__(self, message: str = "") -> None:
        super().__init__(_shortened(str(message)))


class NetworkError(ExactRegionsError, ValueError):
    """A network whose shapes or values cannot be used."""


class UnsupportedLayerError(NetworkError):
    """A layer or operator that has no translation into affine maps and two-slope units.

    Attributes
    ----------
    obstacles : tuple of str
        All that cannot be read, where a whole source was looked through: places, and the reason of each.
    """

    def __init__(self, message: str = "", obstacles: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.obstacles = obstacles


class DomainError(ExactRegionsError, ValueError):
    """A domain that is empty, not finite, or does not fit the network."""


class ConeError(ExactRegionsError, ValueError):
    """A cone whose inequalities cannot be used, or that has more rays than can be listed."""


class PropertyError(ExactRegionsError, ValueError):
    """A set of outputs that is not finite, does not fit the network, or whose numbers floats cannot hold."""


class DataError(ExactRegionsError, ValueError):
    """Points, labels or samples that cannot be used."""


class FileFormatError(ExactRegionsError, ValueError):
    """A file that is truncated, foreign, or does not hold what it should."""


class FileWriteError(ExactRegionsError, OSError):
    """A file that cannot be written: a full disk, a folder that is not there or not open to the user."""


class EngineError(ExactRegionsError, ValueError):
    """An engine that is unknown or does not support the question."""


class CertificateError(ExactRegionsError, ValueError):
    """A certificate that cannot be written."""


class NotExactError(ExactRegionsError, RuntimeError):
    """An exact count was asked for and the search ended short of one.

    Attributes
    ----------
    regions : RegionSet
        What was found; nothing of it is lost.
    """

    def __init__(self, message: str, regions: object) -> None:
        super().__init__(message)
        self.regions = regions


def _shortened(message: str) -> str:
    """Return a message without its middle if it is too long: the end says what to do."""
    if len(message) <= LONGEST:
        return message
    tail = LONGEST // 3
    return f"{message[: LONGEST - tail - 4]} .. {message[-tail:]}"


def listed(values: Iterable[T], name: str, error: type[ExactRegionsError] = ExactRegionsError) -> tuple[T, ...]:
    """Return the values of an argument that takes several.

    Parameters
    ----------
    values : iterable
    name : str
        Of the argument.
    error : type
        What is raised.

    Raises
    ------
    ExactRegionsError
        Or `error`, if it is a string or a single value.
    """
    try:
        if not isinstance(values, str):
            return tuple(values)
    except TypeError:  # an array without axes says that it is iterable
        pass
    raise error(f"{name} is {repr(values)[:LONGEST_VALUE]}; give a list of them, also of a single one")
