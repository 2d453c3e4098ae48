"""Cases in words, and as plain data."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from exactregions.auditing.cases import AuditCase, Judged
from exactregions.support.tables import exact_json, log10, number_text, ratio_text

PRINTED_NUMBERS = 60  # weights of a network that is printed in full


def describe_judged(judged: Judged, weights: bool = False) -> dict[str, Any]:
    """Return plain data; with the weights on request, as lists of numbers."""
    network, domain = judged.case.network, judged.case.domain
    ratio = judged.ratio
    data = {
        "family": judged.case.family,
        "network": network.describe() | {"fingerprint": network.fingerprint},
        "domain": domain.describe(),
        "value": exact_json(judged.value),
        "fault": None if judged.fault is None else str(judged.fault),
        "regions": judged.count,
        "exact": judged.exact,
        "ratio": None if ratio is None else _float(ratio),
    }
    return data | {"weights": {name: array.tolist() for name, array in network.named_arrays()}} if weights else data


def _float(ratio: Fraction) -> float | None:
    try:
        return float(ratio)
    except OverflowError:
        return None


def ratio_of(judged: Judged) -> str:
    """Return the value over the count for the screen."""
    if not judged.value or not judged.count:
        return "0" if judged.value == 0 else ""
    # the logarithms of integers that no float holds exist
    return ratio_text((log10(judged.value) or 0.0) - (log10(judged.count) or 0.0))


def judged_text(judged: Judged) -> str:
    """Return a case with what came of it, in one line."""
    case = judged.case
    return (
        f"bound / count = {number_text(judged.value)} / {number_text(judged.count)} = {ratio_of(judged)}, "
        f"{case.family} {case.network!r} in {case.domain.describe()}"
    )


def case_lines(case: AuditCase) -> list[str]:
    """Return the network and the domain for the screen; the weights where they are few."""
    lines = [repr(case.network)]
    if sum(array.size for _, array in case.network.named_arrays()) <= PRINTED_NUMBERS:
        for index, stage in enumerate(case.network.stages):
            slopes = "" if not stage.low.any() and (stage.high == 1).all() else f", low {stage.low.tolist()}"
            slopes += "" if (stage.high == 1).all() else f", high {stage.high.tolist()}"
            lines.append(f"  stage {index}: weight {stage.weight.tolist()}, bias {stage.bias.tolist()}{slopes}")
        lines.append(f"  output: weight {case.network.weight.tolist()}, bias {case.network.bias.tolist()}")
    return [*lines, f"  domain: {case.domain.describe()}"]
