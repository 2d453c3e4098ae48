"""The errors of the package: one root, one leaf for each thing the user can mend."""

from __future__ import annotations

__all__ = [
    "CertificateError",
    "DomainError",
    "EngineError",
    "ExactRegionsError",
    "FileFormatError",
    "NetworkError",
    "NotExactError",
    "UnsupportedLayerError",
]


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
