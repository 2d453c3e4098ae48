"""What a conformance run found."""

from __future__ import annotations

from dataclasses import dataclass, field

from exactregions.errors import ExactRegionsError

SHOWN = 10  # failures in a repr
PATTERNS_SHOWN = 3  # patterns in the text of a failure


class ConformanceError(ExactRegionsError, AssertionError):
    """An engine that does not keep the contract."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that was wrong.

    Attributes
    ----------
    case : str
    expected, got : str
    missing : tuple of str
        Patterns of regions that were not found, as signs, layer by layer.
    extra : tuple of str
        Patterns that were found and are no region.
    """

    case: str
    expected: str
    got: str
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __str__(self) -> str:
        patterns = [_listed(kind, which) for kind, which in (("missing", self.missing), ("extra", self.extra)) if which]
        return "; ".join([f"{self.case}: expected {self.expected}, got {self.got}", *patterns])


@dataclass(frozen=True, slots=True)
class Skipped:
    """A case that did not run.

    Attributes
    ----------
    case, reason : str
    """

    case: str
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """What a conformance run found.

    Attributes
    ----------
    engine : str
    passed : tuple of str
        Names of the cases that were right.
    skipped : tuple of Skipped
        Cases that did not run: not supported, larger than asked for, or no time left.
    failures : tuple of Failure
        One case may fail in several ways.
    seconds : float
    """

    engine: str
    passed: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    failures: tuple[Failure, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the cases that failed."""
        return tuple(dict.fromkeys(failure.case for failure in self.failures))

    @property
    def ok(self) -> bool:
        """Whether something ran and nothing failed; a case that was skipped is neither."""
        return bool(self.passed) and not self.failures

    def raise_for_failures(self) -> None:
        """Do nothing when the engine is right.

        Raises
        ------
        ConformanceError
            An AssertionError, so that test runners count it as a failed test.
        """
        if not self.ok:
            raise ConformanceError(str(self))

    def __repr__(self) -> str:
        ran = len(self.passed) + len(self.failed)
        verdict = f"FAILS {len(self.failed)} of {ran} cases" if self.failures else f"passes all {ran} cases"
        if not ran:
            verdict = "was asked nothing"
        head = f"engine {self.engine!r} {verdict} in {self.seconds:.1f} s"
        shown = [f"  {failure}" for failure in self.failures[:SHOWN]]
        more = len(self.failures) - len(shown)
        shown += [f"  .. and {more} failures more"] if more else []
        return "\n".join([head, *shown, *self._skips()])

    def _skips(self) -> list[str]:
        """Return a line for each reason to skip."""
        reasons: dict[str, list[str]] = {}
        for skip in self.skipped:
            reasons.setdefault(skip.reason, []).append(skip.case)
        return [
            f"  skipped {len(cases)}: {reason} ({cases[0]}{', ..' if len(cases) > 1 else ''})"
            for reason, cases in reasons.items()
        ]


def _listed(kind: str, patterns: tuple[str, ...]) -> str:
    shown = ", ".join(p or "the empty pattern" for p in patterns[:PATTERNS_SHOWN])
    more = len(patterns) - PATTERNS_SHOWN
    return f"{kind} {shown}" + (f" and {more} more" if more > 0 else "")
