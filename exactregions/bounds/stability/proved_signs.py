"""Which units are proved never to change sign on a domain.

Four tests, each settling at least what `globally_stable` does:

- "sphere" carries a ball of the domain's norm through the network, "interval" a box, and each settles a unit whose row
  keeps one sign on that set (`enclosures`). For the first stage the set is the domain itself, or the box of a
  polytope, so both agree there. "both" settles what one of them does.
- "lp" goes on from "both" with linear programs over a relaxation of the network (`relaxed_layers`).
- "exact" settles what is left by enumeration (`exact_signs`): the units it leaves do change sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from exactregions.bounds.stability.enclosures import Rows, decide_exactly, enclosure_of
from exactregions.bounds.stability.signs import Signs, globally_stable
from exactregions.domain import Domain
from exactregions.errors import ExactRegionsError, NetworkError
from exactregions.exact.shapes import shape_of
from exactregions.network import Network
from exactregions.support.shortening import short
from exactregions.support.stopping import check

if TYPE_CHECKING:
    from exactregions.exact.forms import Forms

StabilityTest: TypeAlias = Literal["sphere", "interval", "both", "lp", "exact"]

STABILITY_TESTS: tuple[str, ...] = get_args(StabilityTest)


def proved_signs(
    network: Network, domain: Domain, test: StabilityTest = "both", known: Sequence[Signs] | None = None
) -> tuple[Signs, ...]:
    """Prove the signs of units on a whole domain, stage by stage.

    Parameters
    ----------
    network : Network
    domain : Domain
        On one without a known bounded set around it (the whole space, a polytope without a box) the tests
        "sphere", "interval" and "lp" settle only what `globally_stable` knows.
    test : {"both", "sphere", "interval", "lp", "exact"}
        How units are settled; see the top of this file.
    known : sequence of numpy.ndarray of int8, optional
        Signs that hold on some part of the domain, such as a cell of the first stages; what is proved then holds on
        that part.

    Returns
    -------
    tuple of numpy.ndarray of int8, shape (m,)
        1: the pre-activation is >= 0 on the domain; -1: it is <= 0; 0: not proved. So 1 and -1 never split.

    Raises
    ------
    ExactRegionsError
        If the test is unknown, or "exact" is asked for a part of the domain.
    NotExactError
        If the enumeration of the test "exact" was interrupted.
    """
    if test not in STABILITY_TESTS:
        names = ", ".join(STABILITY_TESTS)
        raise ExactRegionsError(f"there is no stability test {short(test)}; choose from {names}")
    everywhere = globally_stable(network)
    start = everywhere if known is None else _joined(known, everywhere)
    match test:
        case "sphere" | "interval":
            return _carried(network, domain, test, start)
        case "both":
            return _joined(*(_carried(network, domain, t, start) for t in ("sphere", "interval")))
        case "lp":
            from exactregions.bounds.stability.relaxed_layers import signs_by_programs

            return signs_by_programs(network, domain, proved_signs(network, domain, "both", known))
    if known is not None:
        raise ExactRegionsError("the stability test 'exact' is for a whole domain; use 'lp' for a part of one")
    from exactregions.bounds.stability.exact_signs import signs_by_enumeration

    return signs_by_enumeration(network, domain, proved_signs(network, domain, "lp"))


def _joined(one: Sequence[Signs], other: Sequence[Signs]) -> tuple[Signs, ...]:
    return tuple(np.where(a != 0, a, b).astype(np.int8) for a, b in zip(one, other, strict=True))


def _carried(network: Network, domain: Domain, test: str, known: Sequence[Signs]) -> tuple[Signs, ...]:
    """Carry a ball or a box through the network."""
    shape = shape_of(domain)
    enclosure = enclosure_of(shape)
    if enclosure is None:
        return tuple(known)
    found = []
    with np.errstate(all="ignore"):
        for index, (stage, sure) in enumerate(zip(network.stages, known, strict=True)):
            check()
            rows = Rows.of(stage, enclosure)
            signs = np.where(sure != 0, sure, rows.signs()).astype(np.int8)
            if index == 0:
                decide_exactly(stage, shape, rows, signs)
            found.append(signs)
            if test == "sphere":
                enclosure = rows.through_sphere(stage, enclosure, signs)
            else:
                enclosure = rows.through_intervals(stage, signs)
    return tuple(found)


def signs_below(
    network: Network, domain: Domain, forms: Forms, first: int, known: Sequence[Signs]
) -> tuple[Signs, ...]:
    """Prove signs on a cell of the first stages, from the affine forms of the next stage on it.

    Parameters
    ----------
    network : Network
    domain : Domain
    forms : Forms
        Pre-activations of stage `first` on the cell.
    first : int
    known : sequence of numpy.ndarray of int8
        Signs that hold on the cell.
    """
    enclosure = enclosure_of(shape_of(domain))
    if enclosure is None:
        return tuple(known)
    try:
        floats = forms.floats()
    except NetworkError:
        return tuple(known)  # the forms of the cell are beyond the range of floats
    found = list(known)
    with np.errstate(all="ignore"):
        rows = Rows.of_forms(floats, enclosure)
        for index in range(first, len(network.stages)):
            check()
            stage = network.stages[index]
            found[index] = np.where(known[index] != 0, known[index], rows.signs()).astype(np.int8)
            if index + 1 < len(network.stages):
                rows = Rows.of(network.stages[index + 1], rows.through_intervals(stage, found[index]))
    return tuple(found)
