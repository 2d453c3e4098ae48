"""Cases that are a step smaller or simpler than a given one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.auditing.case_size import Number, digits_of
from exactregions.auditing.cases import AuditCase
from exactregions.auditing.network_edits import (
    reader,
    with_reader,
    with_stage,
    without_inputs,
    without_stage,
    without_units,
)
from exactregions.cases.domains import ball, box, polytope
from exactregions.domain import Ball, Box, Domain, Polytope, WholeSpace
from exactregions.exact.floats import nearest_float
from exactregions.network import Network, Stage

Array = NDArray[np.float64]

DECIMALS = (0, 1, 2, 3)  # to which numbers are rounded, the shortest first
# of a radius: where a ball reaches a hyperplane by a hair, the rounding of weights must not take it away
MARGINS = (1.0, 1 + 2.0**-20, 1 - 2.0**-20)
SMALLEST_RADIUS, LARGEST = 1e-100, 1e100  # that weights are multiplied by and centres divided by


def simpler_cases(case: AuditCase) -> Iterator[AuditCase]:
    """Yield smaller cases, great steps first."""
    network, domain = case.network, case.domain
    if network.winners:
        yield from _simpler_with_winners(case)
        return
    for smaller in (*_without_stages(network), *_without_units(network)):
        yield AuditCase(case.family, smaller, domain)
    for gone in _subsets(network.inputs):
        for smaller in (without_inputs(network, gone), *_with_norms_kept(network, gone)):
            yield AuditCase(case.family, smaller, domain.without(gone.tolist()))
    if network.outputs > 1 or network.bias.any() or (network.weight != 1).any():
        plain = replace(network, weight=np.ones((1, network.weight.shape[1])), bias=np.zeros(1))
        yield AuditCase(case.family, plain, domain)
    for moved in _moved_together(network, domain):
        yield AuditCase(case.family, *moved)
    for plainer in _plainer_domains(domain):
        yield AuditCase(case.family, network, plainer)
    for rounded in _rounded_networks(network):
        yield AuditCase(case.family, rounded, domain)


def _simpler_with_winners(case: AuditCase) -> Iterator[AuditCase]:
    """Yield steps that leave tournaments what they are: of inputs, the domain, the output, and the numbers in front."""
    network, domain = case.network, case.domain
    for gone in _subsets(network.inputs):
        yield AuditCase(case.family, without_inputs(network, gone), domain.without(gone.tolist()))
    yield AuditCase(case.family, replace(network, bias=np.zeros(network.outputs)), domain)
    for plainer in _plainer_domains(domain):
        yield AuditCase(case.family, network, plainer)
    stage = network.stages[0]
    if not stage.splits.any():
        for name in ("weight", "bias"):
            for decimals in DECIMALS:
                changed = replace(stage, **{name: np.round(getattr(stage, name), decimals)})
                yield AuditCase(case.family, with_stage(network, 0, changed), domain)
            for smaller in _with_one_changed(network, 0, stage, name):
                yield AuditCase(case.family, smaller, domain)


def _without_stages(network: Network) -> Iterator[Network]:
    for index in reversed(range(len(network.stages))):
        yield without_stage(network, index)


def _without_units(network: Network) -> Iterator[Network]:
    for index, stage in enumerate(network.stages):
        for gone in _subsets(len(stage.bias)):
            yield without_units(network, index, gone)


def _subsets(n: int) -> Iterator[NDArray[np.bool_]]:
    """Yield what may be taken out of n things: halves, quarters, .., single ones, never all."""
    length = n // 2
    while length:
        for start in range(0, n, length):
            yield (np.arange(n) >= start) & (np.arange(n) < start + length)
        length //= 2


def _with_norms_kept(network: Network, gone: NDArray[np.bool_]) -> Iterator[Network]:
    """Yield the network without some inputs, rows stretched to their old length: hyperplanes stay as far away."""
    smaller, old = without_inputs(network, gone), reader(network, -1)
    new = reader(smaller, -1)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(new, axis=1)
        factors = np.divide(np.linalg.norm(old, axis=1), lengths, out=np.ones(len(new)), where=lengths > 0)
        stretched = new * factors[:, None]
    if np.isfinite(stretched).all():
        yield with_reader(smaller, -1, stretched)


def _moved_together(network: Network, domain: Domain) -> Iterator[tuple[Network, Domain]]:
    """Yield what looks the same up to rounding: centre at the origin, radius 1, rows of largest weight 1."""
    if isinstance(domain, Ball) and network.stages and _is_ordinary(domain):
        first, center, radius = network.stages[0], domain.center_float, float(domain.radius)
        with np.errstate(all="ignore"):
            moved, scaled = first.bias + first.weight @ center, [first.weight * (radius * m) for m in MARGINS]
        for at_origin in _with_rows(network, 0, first.weight, moved):
            for margin in MARGINS:
                yield at_origin, ball([0] * domain.dim, radius * margin, domain.norm)
        for weight in scaled:
            for wider in _with_rows(network, 0, weight, first.bias):
                yield wider, ball([float(c) / radius for c in domain.center], 1, domain.norm)
    for index, stage in enumerate(network.stages):
        sizes = np.abs(stage.weight).max(axis=1)
        for unit in np.flatnonzero((sizes > 0) & (sizes != 1)).tolist():
            scale = np.where(np.arange(len(sizes)) == unit, sizes, 1.0)
            with np.errstate(over="ignore"):
                weight, bias = stage.weight / scale[:, None], stage.bias / scale
            for scaled in _with_rows(network, index, weight, bias):
                yield scaled, domain


def _is_ordinary(domain: Ball) -> bool:
    return SMALLEST_RADIUS < domain.radius < LARGEST and all(abs(c) < LARGEST for c in domain.center)


def _with_rows(network: Network, index: int, weight: Array, bias: Array) -> Iterator[Network]:
    """Yield the network with these weights in a stage, if they are finite."""
    if np.isfinite(weight).all() and np.isfinite(bias).all():
        yield with_stage(network, index, replace(network.stages[index], weight=weight, bias=bias))


def _rounded_networks(network: Network) -> Iterator[Network]:
    """Yield networks with plain slopes, then with all numbers of a stage rounded, then with one number changed."""
    for index, stage in enumerate(network.stages):
        m = len(stage.bias)
        yield with_stage(network, index, replace(stage, low=np.zeros(m), high=np.ones(m)))
        for name in ("weight", "bias", "low"):
            for decimals in DECIMALS:
                changed = replace(stage, **{name: np.round(getattr(stage, name), decimals)})
                yield with_stage(network, index, changed)
    for index, stage in enumerate(network.stages):
        for name in ("weight", "bias", "low", "high"):
            yield from _with_one_changed(network, index, stage, name)


def _with_one_changed(network: Network, index: int, stage: Stage, name: str) -> Iterator[Network]:
    array = getattr(stage, name)
    for place, value in np.ndenumerate(array):
        for simpler in _simpler(float(value)):
            changed = array.copy()
            changed[place] = simpler
            yield with_stage(network, index, replace(stage, **{name: changed}))


def _simpler(value: Number) -> list[float]:
    """Return numbers with fewer digits that might do instead, the simplest first."""
    exact = nearest_float(Fraction(value))
    near = [0.0, 1.0, -1.0, *(round(exact, k) for k in DECIMALS), float(np.floor(exact)), float(np.ceil(exact))]
    return [v for v in dict.fromkeys(near) if np.isfinite(v) and digits_of(v) < digits_of(value)]


def _plainer_domains(domain: Domain) -> Iterator[Domain]:
    """Yield plainer kinds of domains, then the same kind with simpler numbers."""
    yield WholeSpace(domain.dim)
    match domain:
        case Ball():
            yield from (replace(domain, norm=norm) for norm in (2, float("inf")))
            yield from (replace(domain, center=c) for c in _simpler_vectors(domain.center))
            yield from (replace(domain, radius=r) for r in _simpler(domain.radius) if r > 0)
        case Box():
            yield ball([0] * domain.dim, 1)
            if not domain.fixed_inputs:
                yield Ball(domain.center, min(up - lo for lo, up in zip(domain.lower, domain.upper, strict=True)) / 2)
            yield from _plainer_boxes(domain)
        case Polytope():
            yield from _plainer_polytopes(domain)


def _plainer_boxes(domain: Box) -> Iterator[Box]:
    """Yield boxes with simpler numbers, in which the same inputs are fixed."""
    for simpler in _simpler_vectors((*domain.lower, *domain.upper)):
        lower, upper = simpler[: domain.dim], simpler[domain.dim :]
        sides = enumerate(zip(lower, upper, strict=True))
        if all(lo == up if i in domain.fixed_inputs else lo < up for i, (lo, up) in sides):
            yield box(lower, upper)


def _plainer_polytopes(domain: Polytope) -> Iterator[Domain]:
    """Yield a polytope's box, then the polytope without the box or one of its rows, then with simpler numbers."""
    if domain.box is not None:
        yield domain.box
        yield replace(domain, box=None)
        yield from (replace(domain, box=plainer) for plainer in _plainer_boxes(domain.box))
    for place in range(len(domain.A) if len(domain.A) > 1 else 0):
        A, b = domain.A, domain.b
        yield Polytope((*A[:place], *A[place + 1 :]), (*b[:place], *b[place + 1 :]), domain.box)
    numbers, d = (*(v for row in domain.A for v in row), *domain.b), domain.dim
    for simpler in _simpler_vectors(numbers):
        rows = [simpler[k : k + d] for k in range(0, len(domain.A) * d, d)]
        yield polytope(rows, simpler[len(domain.A) * d :], domain.box)


def _simpler_vectors(values: tuple[Fraction, ...]) -> Iterator[tuple[Number, ...]]:
    yield (0.0,) * len(values)
    for decimals in DECIMALS:
        rounded = tuple(round(nearest_float(v), decimals) for v in values)
        if np.isfinite(rounded).all():
            yield rounded
    for place, value in enumerate(values):
        for simpler in _simpler(value):
            yield (*values[:place], simpler, *values[place + 1 :])
