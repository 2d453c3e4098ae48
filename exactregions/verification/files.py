"""Properties from files: every case that a VNN-LIB file describes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exactregions.importers import load
from exactregions.importers.vnnlib import output_properties
from exactregions.network import Network
from exactregions.support.stopping import limited
from exactregions.verification.questions import verify
from exactregions.verification.verdict import Outcome, Verdict

__all__ = ["FileVerdict", "verify_file"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class FileVerdict:
    """Verdicts on the cases of a file: regions of inputs, each with its unsafe outputs.

    Attributes
    ----------
    cases : tuple of Verdict
        In the order of the file; those after a counterexample are left out.
    """

    cases: tuple[Verdict, ...]

    @property
    def outcome(self) -> Outcome:
        """Return "unsafe" if a case is, "safe" if all are, else "incomplete"."""
        outcomes = [case.outcome for case in self.cases]
        if Outcome.UNSAFE in outcomes:
            return Outcome.UNSAFE
        return Outcome.INCOMPLETE if Outcome.INCOMPLETE in outcomes else Outcome.SAFE

    @property
    def deciding(self) -> Verdict:
        """The verdict of a case that decides: a counterexample, else one that is incomplete, else the first one."""
        return next(case for case in self.cases if case.outcome is self.outcome)

    def __repr__(self) -> str:
        return f"<FileVerdict: {self.sentence}>"

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        if len(self.cases) == 1 or self.outcome is not Outcome.SAFE:
            return self.deciding.sentence
        return f"safe: in all {len(self.cases)} regions of inputs, {self.deciding.reason}"

    def describe(self) -> dict[str, Any]:
        """Return plain data."""
        return {"verdict": str(self.outcome), "cases": [case.describe() for case in self.cases]}

    def competition(self) -> str:
        """Return the verdict in the words of the competition VNN-COMP: "unsat", or "sat" and the counterexample.

        Values are the floats nearest to the exact ones, which the verdict itself holds.
        """
        case = self.deciding
        if case.exact_input is None or case.exact_output is None:
            return {Outcome.SAFE: "unsat", Outcome.INCOMPLETE: "timeout"}[case.outcome]
        values = [("X", i, v) for i, v in enumerate(case.exact_input)]
        values += [("Y", i, v) for i, v in enumerate(case.exact_output)]
        lines = "\n ".join(f"({name}_{i} {float(v)!r})" for name, i, v in values)
        return f"sat\n({lines})"


def verify_file(
    network: Network | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    time_limit: float | None = None,
    certificate: str | os.PathLike[str] | None = None,
    **options: Any,
) -> FileVerdict:
    """Decide a property of a VNN-LIB file: whether the counterexamples that it describes exist.

    Parameters
    ----------
    network : Network or path-like
    path : path-like
        A file of version 1.0 or 2.0, see `exactregions.importers.vnnlib.output_properties`.
    time_limit : float, optional
        Seconds for all cases together.
    certificate : path-like, optional
        As for `verify`; where the file has several cases, that of case k is called NAME-k.
    **options
        engine, workers, executor and progress of `verify`.

    Returns
    -------
    FileVerdict

    Raises
    ------
    FileFormatError, DomainError
        As `output_properties`; others as `load` and `verify`.
    """
    model = network if isinstance(network, Network) else load(network)
    properties = output_properties(path)
    with limited(time_limit):
        return FileVerdict(tuple(_cases(model, properties, certificate, options)))


def _cases(
    model: Network, properties: Any, certificate: str | os.PathLike[str] | None, options: dict[str, Any]
) -> Iterator[Verdict]:
    for number, (domain, unsafe) in enumerate(properties, 1):
        file = None if certificate is None else Path(certificate)
        if file is not None and len(properties) > 1:
            file = file.with_name(f"{file.stem}-{number}{file.suffix}")
        verdict = verify(model, domain, unsafe, certificate=file, **options)
        yield verdict
        if verdict.outcome is Outcome.UNSAFE:
            return
