"""Certificates of values: that a maximum, a minimum or a robust radius is no smaller, and no larger."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from exactregions.domain import Ball, Domain
from exactregions.errors import CertificateError
from exactregions.exact.floats import rounded_down, rounded_up
from exactregions.network import Network
from exactregions.quantities.extremes import Direction, Extreme, direction_of
from exactregions.quantities.robustness import RobustRadius
from exactregions.support.rational_text import plain_number
from exactregions.support.vectors import exact_number
from exactregions.unsafe import Halfspaces
from exactregions.verification import Outcome, Verdict, verify

__all__ = ["ValueCertificates", "certify_maximum", "certify_minimum", "certify_radius"]

SLACK = Fraction(1, 2**32)


@dataclass(frozen=True, slots=True, repr=False)
class ValueCertificates:
    """Two verdicts that enclose a value, each with a certificate that `exactregions check` confirms.

    Attributes
    ----------
    lower, upper : Fraction
        The value lies between them.
    reached : Verdict
        "unsafe": a rational point, so that a maximum is no smaller, or a minimum or a radius no larger.
    beyond : Verdict
        "safe": a proof that no point goes beyond the other end.
    """

    lower: Fraction
    upper: Fraction
    reached: Verdict
    beyond: Verdict

    @property
    def complete(self) -> bool:
        """Whether both are certified."""
        return self.reached.certificate is not None and self.beyond.certificate is not None

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        files = {"reached": self.reached.certificate, "beyond": self.beyond.certificate}
        told: dict[str, Any] = {name: None if file is None else str(file) for name, file in files.items()}
        return told | {"lower": plain_number(self.lower), "upper": plain_number(self.upper)}

    def __repr__(self) -> str:
        return f"<ValueCertificates: {float(self.lower):.15g} to {float(self.upper):.15g}, {self._state}>"

    @property
    def _state(self) -> str:
        named = (self.reached, "that it is reached"), (self.beyond, "that nothing is beyond")
        missing = [what for verdict, what in named if verdict.certificate is None]
        return "both certified" if not missing else f"NO CERTIFICATE {' and '.join(missing)}"


def certify_maximum(
    network: Network,
    domain: Domain,
    direction: Direction | None,
    found: Extreme,
    path: str | os.PathLike[str],
    *,
    slack: float | Fraction = SLACK,
    **options: Any,
) -> ValueCertificates:
    """Certify a maximum by two certificates of output properties.

    One is a rational point of the closed domain with the value found, so that the maximum is no smaller. The other is a
    proof that no point reaches a number that is larger by the slack.

    Parameters
    ----------
    network, domain, direction
        As they were given to `maximize`.
    found : Extreme
        What it returned, complete.
    path : path-like
        The files are NAME-reached and NAME-beyond, with the suffix of the name.
    slack : float or Fraction
        Relative; positive, for a property is a closed set.
    **options
        engine, time_limit, workers and progress of `verify`.

    Raises
    ------
    CertificateError
        If the search was not complete, the value has no end, or the slack is not positive.
    """
    return _certified(network, domain, direction_of(network, direction), found, path, slack, options)


def certify_minimum(
    network: Network,
    domain: Domain,
    direction: Direction | None,
    found: Extreme,
    path: str | os.PathLike[str],
    *,
    slack: float | Fraction = SLACK,
    **options: Any,
) -> ValueCertificates:
    """Certify a minimum, as `certify_maximum` does a maximum."""
    opposite = [-v for v in direction_of(network, direction)]
    told = _certified(network, domain, opposite, replace(found, value=found.value.negated()), path, slack, options)
    return replace(told, lower=-told.upper, upper=-told.lower)


def _certified(
    network: Network,
    domain: Domain,
    weights: Any,
    found: Extreme,
    path: str | os.PathLike[str],
    slack: float | Fraction,
    options: dict[str, Any],
) -> ValueCertificates:
    lower, upper, room = _ends(found, found.value.lower, found.value.upper, slack)
    row = [-v for v in weights]
    reached = verify(network, domain, Halfspaces([row], [-lower]), certificate=_named(path, "reached"), **options)
    beyond = verify(network, domain, Halfspaces([row], [-upper - room]), certificate=_named(path, "beyond"), **options)
    return ValueCertificates(lower, upper + room, _if(reached, Outcome.UNSAFE), _if(beyond, Outcome.SAFE))


def certify_radius(
    network: Network,
    found: RobustRadius,
    path: str | os.PathLike[str],
    *,
    slack: float | Fraction = SLACK,
    **options: Any,
) -> ValueCertificates:
    """Certify a robust radius by two certificates of output properties.

    One is a proof that in the closed ball of a radius smaller by the slack no other output is as large, so that the
    radius is larger. The other is a rational point of a ball larger by the slack at which one is.

    Parameters
    ----------
    network : Network
    found : RobustRadius
        Complete, and finite.
    path, slack, options
        As for `certify_maximum`.

    Raises
    ------
    CertificateError
        If the radius is not known, is zero or infinite, or the slack is not positive.
    """
    lower, upper, _ = _ends(found, found.radius.lower, found.radius.upper, slack)
    if not lower:
        raise CertificateError("the robust radius is zero: the point is on the boundary, as its `ties` say")
    part = exact_number(slack, "slack")
    ends = Fraction(rounded_down(lower * (1 - part))), Fraction(rounded_up(upper * (1 + part)))
    inner, outer = (Ball(found.point, radius, found.norm) for radius in ends)
    others = _others(network.outputs, found.label)
    beyond = verify(network, inner, others, certificate=_named(path, "beyond"), **options)
    reached = verify(network, outer, others, certificate=_named(path, "reached"), **options)
    return ValueCertificates(*ends, _if(reached, Outcome.UNSAFE), _if(beyond, Outcome.SAFE))


def _others(outputs: int, label: int) -> list[Halfspaces]:
    """Return where another output is as large as that of a class; of one output, where it has no sign or the other."""
    if outputs == 1:
        return [Halfspaces([[1 if label else -1]], [0])]
    rows = ([(i == label) - (i == other) for i in range(outputs)] for other in range(outputs) if other != label)
    return [Halfspaces([row], [0]) for row in rows]


def _ends(found: Extreme | RobustRadius, lower: Any, upper: Any, slack: Any) -> tuple[Fraction, Fraction, Fraction]:
    """Return the ends of a value, and the room that the slack leaves."""
    part = exact_number(slack, "slack")
    if not found.complete or not (isinstance(lower, Fraction) and isinstance(upper, Fraction)):
        raise CertificateError(f"there is no finite value to certify: {found!r}")
    if not 0 < part < 1:
        raise CertificateError(f"slack is {float(part):g}; give a number above 0 and below 1, relative to the value")
    return lower, upper, part * (max(abs(lower), abs(upper)) or 1)


def _named(path: str | os.PathLike[str], part: str) -> Path:
    file = Path(path)
    return file.with_name(f"{file.stem}-{part}{file.suffix}")


def _if(verdict: Verdict, outcome: Outcome) -> Verdict:
    """Return a verdict, without its certificate where it is another than was wanted."""
    return verdict if verdict.outcome is outcome else replace(verdict, certificate=None)
