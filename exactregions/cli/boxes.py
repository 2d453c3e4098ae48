"""Counting in several boxes in turn, as a property file with a disjunction over inputs asks for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from exactregions.cli.output import Exit, exit_code, print_json, progress_line, show_regions, stdout
from exactregions.domain import Domain
from exactregions.enumeration import enumerate_regions
from exactregions.exact.shapes import Shape, shape_of
from exactregions.network import Network
from exactregions.regions import RegionSet
from exactregions.support.tables import counted


def count_in_each(network: Network, boxes: Sequence[Domain], limits: dict[str, Any], as_json: bool) -> int:
    """Count in each box, print an answer each, and the sum where the boxes are disjoint; return the exit code."""
    found: list[RegionSet] = []
    for number, box in enumerate(boxes, start=1):
        with progress_line() as progress:
            found.append(enumerate_regions(network, box, **limits, progress=progress))
        if not as_json:
            stdout().print(f"box {number} of {len(boxes)}", markup=False)
            show_regions(found[-1])
    total = sum(len(regions) for regions in found) if _disjoint(boxes) else None
    if as_json:
        print_json({"boxes": [regions.describe() for regions in found], "sum": total, "exact": _exact(found)})
    elif total is not None:
        least = "exactly" if _exact(found) else "NOT EXACT: at least"
        stdout().print(f"{least} {counted(total)} in all: the boxes are disjoint", markup=False)
    return next((code for regions in found if (code := exit_code(regions)) != Exit.EXACT), Exit.EXACT)


def _exact(found: Sequence[RegionSet]) -> bool:
    return all(regions.exact for regions in found)


def _disjoint(boxes: Sequence[Domain]) -> bool:
    """Whether no two open boxes have a point in common; of an input that both fix, the value tells them apart."""
    return all(_apart(p, q) or _apart(q, p) for p, q in combinations(map(shape_of, boxes), 2))


def _apart(one: Shape, other: Shape) -> bool:
    """Whether a coordinate of one box ends before the other's begins."""
    sides = enumerate(zip(one.upper, other.lower, strict=True))
    both = set(one.fixed) & set(other.fixed)
    return any(up is not None and lo is not None and (up < lo or (up == lo and i not in both)) for i, (up, lo) in sides)
