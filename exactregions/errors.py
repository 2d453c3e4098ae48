"""The errors of the package: one root, one leaf for each thing the user can mend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

__all__ = [
    "CertificateError",
    "DomainError",
    "EngineError",
    "ExactRegionsError",
    "FileFormatError",
    "FileWriteError",
    "NetworkError",
    "NotExactError",
    "UnsupportedLayerError",
    "listed",
]

T = TypeVar("T")


class ExactRegionsError(Exception):
    """Root of every error that the package raises on purpose."""


class NetworkError(ExactRegionsError, ValueError):
    """A network whose shapes or values cannot be used."""


class UnsupportedLayerError(NetworkError):
    """A layer or operator that has no translation into affine maps and two-slope units."""


class DomainError(ExactRegionsError, ValueError):
    """A domain that is empty, not finite, or does not fit the network."""


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
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise error(f"{name} is {values!r}; give a list of them, also of a single one")
    return tuple(values)
