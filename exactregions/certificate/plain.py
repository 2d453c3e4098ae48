"""The plain form of a certificate: lines of text, which the proved checker reads (proof/README.md).

What belongs together comes together: a part stands where its side was left, and forms are those of the free inputs. No
proof is judged here. What has no place in lines, such as an entry that no event uses, is refused as by the checker.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike
from typing import Any

import numpy as np

from exactregions.certificate import checker
from exactregions.certificate.checker import IncompleteCertificate
from exactregions.certificate.folder import certificate_files
from exactregions.certificate.plain_tree import Tree, need, texts
from exactregions.certificate.writer import CLAIMS
from exactregions.errors import CertificateError
from exactregions.support.files import whole_file
from exactregions.support.shortening import short

__all__ = ["Exported", "export_certificate"]

HEADING = "exactregions plain certificate 1"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported; it is not checked yet.

    Attributes
    ----------
    claim : str
        "exact", "upper" or "lower".
    leaves : int
        Of its tree: the number claimed, unless there are winner units; then that is how many things the leaves tell.
    fingerprint : str
        SHA-256 of the network.
    """

    claim: str
    leaves: int
    fingerprint: str


def export_certificate(
    paths: str | PathLike[str] | Sequence[str | PathLike[str]], output: str | PathLike[str], claim: str | None = None
) -> Exported:
    """Write a certificate in its plain form, which the proved checker reads.

    Parameters
    ----------
    paths : path-like, or sequence of path-like
        A certificate, its folder, or all shards of one.
    output : path-like
    claim : {"exact", "lower", "upper"}, optional
        A weaker claim than that of the file.

    Raises
    ------
    InvalidCertificate
        If it is no certificate; `IncompleteCertificate` if parts are missing.
    CertificateError
        If the proved checker does not cover its kind: claims about outputs, parts without the first one.
    FileWriteError
        If the output cannot be written.
    """
    with ExitStack() as stack:
        given = [paths] if isinstance(paths, str | PathLike) else paths
        files = [checker._File(file) for path in given for file in certificate_files(path)]
        for file in files:
            stack.enter_context(file.archive)
        arrays = _same_network(files)
        chosen = _claim(files, claim)
        exported = Exported(chosen, sum(file.regions for file in files), files[0].fingerprint)
        with whole_file(output, "w", encoding="ascii", newline="\n") as stream:
            stream.writelines(line + "\n" for line in _lines(files, arrays, exported))
    return exported


def _same_network(files: list[checker._File]) -> list[Any]:
    """Return the arrays of the network, that of all files."""
    need(files, "no file is given")
    arrays = [file.network() for file in files]
    for file, found in zip(files, arrays, strict=True):
        same = file.question == files[0].question and all(map(np.array_equal, found, arrays[0]))
        need(same, f"{file.path}: its network or domain is not that of the first file")
    return arrays[0]


def _claim(files: list[checker._File], asked: str | None) -> str:
    """Return what the lines will claim."""
    weaker = {file.claim for file in files} - {"exact"}
    need(len(weaker) < 2, "one file claims an upper and one a lower bound, which together prove neither")
    common = min(weaker, default="exact")
    if common not in CLAIMS:
        raise CertificateError(
            f"the proved checker does not cover the claim {common!r}; confirm it with `exactregions check`"
        )
    if asked not in (None, *CLAIMS):
        raise CertificateError(f"there is no claim {short(asked)}; choose from {', '.join(CLAIMS)}")
    need(common in ("exact", asked or common), f"the claim of the file is {common!r}, which does not prove {asked!r}")
    if (asked or common) != "lower" and not all(file.complete for file in files):
        raise IncompleteCertificate("it says that it is incomplete; the claim 'lower' may still be exported")
    return asked or common


# ---- numbers


def _exact(array: Any) -> list[Fraction]:
    return [Fraction(value) for value in array.tolist()]


def _fractions(values: Any, length: int, name: str) -> list[Fraction]:
    return [Fraction(p, q) for p, q in checker._numbers(values, length, name)]


# ---- network and domain, in the free inputs


def _lines(files: list[checker._File], arrays: list[Any], exported: Exported) -> Iterator[str]:
    """Yield all lines."""
    yield HEADING
    yield f"claim {exported.claim}"
    yield f"leaves {exported.leaves}"
    yield f"fingerprint {exported.fingerprint}"
    inputs, domain = files[0].shapes[0][1], files[0].domain
    checker._Domain(domain, inputs)  # raises where it is none
    fixed = _fixed_values(domain, inputs)
    yield f"inputs {inputs - len(fixed)}"
    yield from _network_lines(arrays, fixed)
    yield from _domain_lines(domain, inputs, fixed)
    yield from _tournament_lines(files[0].winners, arrays)
    yield from Tree(files, arrays, inputs - len(fixed), exported.claim).lines()
    yield "end"


def _network_lines(arrays: list[Any], fixed: dict[int, Fraction]) -> Iterator[str]:
    stages = [arrays[i : i + 4] for i in range(0, len(arrays) - 2, 4)]
    yield f"stages {len(stages)}"
    for number, (weight, *columns) in enumerate(stages):
        yield f"stage {len(weight)}"
        for row, bias, low, high in zip(weight, *map(_exact, columns), strict=True):
            weights = _exact(row)
            if number == 0:
                weights, bias = _on_slice(weights, bias, fixed)
            yield " ".join(["unit", *texts([low, high, bias, *weights])])


def _tournament_lines(winners: list[checker.Winner], arrays: list[Any]) -> Iterator[str]:
    """Yield the winner units; numbers of units are then over all, wires included."""
    low, high = (np.concatenate([np.zeros(0), *arrays[i:-2:4]]) for i in (2, 3))
    splitting = np.flatnonzero(low != high)
    yield f"tournaments {len(winners)}"
    for units, contests in winners:
        numbers = [f"{splitting[unit]} {a} {b}" for unit, (a, b) in zip(units, contests, strict=True)]
        yield " ".join(["tournament", *numbers])


def _on_slice(row: list[Fraction], constant: Fraction, fixed: dict[int, Fraction]) -> tuple[list[Fraction], Fraction]:
    """Return a form of all inputs as one of the free inputs."""
    constant += sum(row[i] * value for i, value in fixed.items())
    return [v for i, v in enumerate(row) if i not in fixed], constant


def _sides(box: dict[str, Any], inputs: int) -> list[tuple[Fraction, Fraction]]:
    ends = (_fractions(box[name], inputs, name) for name in ("lower", "upper"))
    return list(zip(*ends, strict=True))


def _box(domain: dict[str, Any]) -> dict[str, Any] | None:
    return domain if domain["kind"] == "box" else domain.get("box")


def _fixed_values(domain: dict[str, Any], inputs: int) -> dict[int, Fraction]:
    box = _box(domain)
    return {i: low for i, (low, up) in enumerate(_sides(box, inputs)) if low == up} if box else {}


def _domain_lines(domain: dict[str, Any], inputs: int, fixed: dict[int, Fraction]) -> Iterator[str]:
    box = _box(domain)
    if box:
        sides = [side for i, side in enumerate(_sides(box, inputs)) if i not in fixed]
        yield " ".join(["box", *texts(itertools.chain(*sides))])
    elif domain["kind"] == "ball":
        numbers = [checker._number(domain["radius"]), *checker._numbers(domain["center"], inputs, "center")]
        yield " ".join(["ball", str(domain["norm"]), *texts(numbers)])
    else:
        yield "whole"
    cuts = list(zip(domain.get("A", ()), domain.get("b", ()), strict=True))
    yield f"cuts {len(cuts)}"
    for row, bound in cuts:
        negated, rest = _on_slice(
            [-v for v in _fractions(row, inputs, "a row of A")], Fraction(*checker._number(bound)), fixed
        )
        yield " ".join(["cut", *texts([rest, *(-v for v in negated)])])
