"""Small changes to a case, those that push a tight bound over the edge above all."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from exactregions.auditing.cases import AuditCase
from exactregions.auditing.degeneracies import SPOILS, with_row
from exactregions.auditing.network_edits import reader, with_reader, with_stage, with_unit, without_stage, without_units
from exactregions.auditing.random_domains import NEAREST, random_domain
from exactregions.auditing.tangency import beside, tangent_ball
from exactregions.domain import Ball, Domain
from exactregions.engines.contract import Engine
from exactregions.enumeration import enumerate_regions
from exactregions.errors import NetworkError
from exactregions.exact.shapes import shape_of
from exactregions.network import Network

Rng = np.random.Generator
NetworkMutation = Callable[[Network, Ball, Rng], Network]

MOST_UNITS = 12  # of a mutant; what has more to begin with only does not grow
LARGEST_WEIGHT = 1e6  # weights beyond are far from anything that is told about networks
ENTRY_REGIONS = 60  # regions whose entry radii are looked at
LONGEST = 256  # bits of a radius: changes of changes must not grow without end


def nudge(network: Network, about: Ball, rng: Rng) -> Network:
    """Move the weights of one unit, by much or little."""
    index, unit = _unit(network, rng)
    stage, size = network.stages[index], 10.0 ** -rng.integers(0, 5)
    row = stage.weight[unit] + size * rng.normal(size=stage.weight.shape[1])
    bias = stage.bias[unit] + size * rng.normal() * float(rng.integers(2))
    return with_stage(network, index, with_row(stage, unit, row, bias))


def coarsen(network: Network, about: Ball, rng: Rng) -> Network:
    """Round the weights of one stage to a few bits: coincidences appear."""
    index, scale = int(rng.integers(len(network.stages))), 2.0 ** rng.integers(0, 4)
    stage = network.stages[index]
    rounded = {name: np.round(getattr(stage, name) * scale) / scale for name in ("weight", "bias")}
    return with_stage(network, index, replace(stage, **rounded))


def spoil(network: Network, about: Ball, rng: Rng) -> Network:
    """Make a unit degenerate."""
    index = int(rng.integers(len(network.stages)))
    return with_stage(network, index, SPOILS[int(rng.integers(len(SPOILS)))](network.stages[index], rng))


def drop_unit(network: Network, about: Ball, rng: Rng) -> Network:
    """Take a unit out, or its stage if it is alone there."""
    index, unit = _unit(network, rng)
    width = len(network.stages[index].bias)
    if width > 1:
        return without_units(network, index, np.arange(width) == unit)
    return without_stage(network, index) if len(network.stages) > 1 else network


def add_unit(network: Network, about: Ball, rng: Rng) -> Network:
    """Put a random unit into a stage."""
    if network.units >= MOST_UNITS:
        return network
    index = int(rng.integers(len(network.stages)))
    fan_in = network.stages[index].weight.shape[1]
    column = rng.normal(size=len(reader(network, index)))
    return with_unit(network, index, rng.normal(size=fan_in) / math.sqrt(fan_in), rng.normal(0, 0.5), column)


def rescale(network: Network, about: Ball, rng: Rng) -> Network:
    """Stretch what a stage gives, so that later hyperplanes come nearer or go."""
    index = int(rng.integers(len(network.stages)))
    return with_reader(network, index, reader(network, index) * float(rng.choice([0.5, 0.9, 1.1, 2.0, 4.0])))


def shift(network: Network, about: Ball, rng: Rng) -> Network:
    """Raise or lower a whole stage: units settle, or come alive."""
    index = int(rng.integers(len(network.stages)))
    stage = network.stages[index]
    return with_stage(network, index, replace(stage, bias=stage.bias + rng.normal()))


def other_slopes(network: Network, about: Ball, rng: Rng) -> Network:
    """Let a unit be a ReLU, a LeakyReLU or a wire."""
    index, unit = _unit(network, rng)
    stage = network.stages[index]
    low = stage.low.copy()
    low[unit] = rng.choice([0.0, 0.25, 1.0])
    return with_stage(network, index, replace(stage, low=low))


def align(network: Network, about: Ball, rng: Rng) -> Network:
    """Point a unit where the stages before it stretch most, its hyperplane just inside the ball.

    That is where the image of the ball reaches as far as the norms of the weights allow, so a norm that is too small
    shows there; most clearly where all units before are active throughout the ball.
    """
    if len(network.stages) == 1:
        return network
    index = int(rng.integers(1, len(network.stages)))
    unit = int(rng.integers(len(network.stages[index].bias)))
    if rng.random() < 0.6:
        network = _opened(network, index, about)
    values, matrix = _linear_at(network, index, about)
    direction, lengths, _ = np.linalg.svd(matrix)
    row = direction[:, 0] * float(rng.choice([-1.0, 1.0, 2.0]))
    reach = lengths[0] * float(np.linalg.norm(row)) * float(about.radius)
    distance = reach * float(rng.choice([0.7, 0.9, 0.97, 0.999]))
    bias = distance * float(rng.choice([-1, 1])) - float(row @ values)
    return with_stage(network, index, with_row(network.stages[index], unit, row, bias))


def _opened(network: Network, index: int, about: Ball) -> Network:
    """Return the network with biases that keep all units of the stages before this one positive on the ball."""
    for before in range(index):
        values, matrix = _linear_at(network, before, about)
        stage = network.stages[before]
        reach = np.linalg.norm(stage.weight @ matrix, axis=1) * float(about.radius)
        opened = replace(stage, bias=1.25 * reach - stage.weight @ values)
        network = with_stage(network, before, opened)
    return network


NETWORK_MUTATIONS: tuple[NetworkMutation, ...] = (
    nudge,
    coarsen,
    spoil,
    drop_unit,
    add_unit,
    rescale,
    shift,
    other_slopes,
    align,
    align,  # twice: few others touch what norms say of later stages
)


def mutated(case: AuditCase, rng: Rng, engine: Engine) -> AuditCase:
    """Return a case that differs a little: one to three changes to the network or the domain.

    Parameters
    ----------
    case : AuditCase
    rng : numpy.random.Generator
    engine : Engine
        Finds at which radii a ball reaches further regions.
    """
    network, domain = case.network, case.domain
    for _ in range(1 + int(rng.integers(3))):
        if network.stages and rng.random() < 0.5:
            mutation = NETWORK_MUTATIONS[int(rng.integers(len(NETWORK_MUTATIONS)))]
            network = _accepted(mutation, network, _ball_of(domain), rng)
        else:
            domain = _shortened(_moved(network, domain, rng, engine))
    return AuditCase(case.family, network, domain)


def _accepted(mutation: NetworkMutation, network: Network, about: Ball, rng: Rng) -> Network:
    """Return the mutant, or the network itself where the change leads too far."""
    try:
        with np.errstate(all="ignore"):
            changed = mutation(network, about, rng)
    except (NetworkError, np.linalg.LinAlgError):  # a weight that is not finite
        return network
    return changed if all(np.abs(array).max() <= LARGEST_WEIGHT for _, array in changed.named_arrays()) else network


def _moved(network: Network, domain: Domain, rng: Rng, engine: Engine) -> Domain:
    """Return another domain: a ball that touches a hyperplane or a region, another size, place or norm."""
    if not isinstance(domain, Ball):
        return random_domain(network, rng) if domain.largest_entry is None else domain.shrunk(_eighths(rng))
    if rng.random() < 0.1:
        return random_domain(network, rng)
    match int(rng.integers(6)):
        case 0 | 1:
            return tangent_ball(network, domain, rng, max(NEAREST, network.units))
        case 2:
            return _entering(network, domain, rng, engine)
        case 3:
            return replace(domain, radius=domain.radius * _eighths(rng))
        case 4:
            gaps = rng.normal(0, 0.2, domain.dim) * min(float(domain.radius), 1.0)
            center = [float(c) + g for c, g in zip(domain.center, gaps.tolist(), strict=True)]
            return replace(domain, center=tuple(center if rng.random() < 0.7 else map(round, center)))
    return replace(domain, norm=float(rng.choice([2, 1, math.inf])))


def _eighths(rng: Rng) -> Fraction:
    return Fraction(int(rng.integers(2, 17)), 8)


def _shortened(domain: Domain) -> Domain:
    """Return the domain with a radius that is no longer than it need be."""
    radius = domain.largest_entry
    if radius is not None and radius.denominator.bit_length() > LONGEST:
        return domain.shrunk(Fraction(float(radius)) or radius)
    return domain


def _entering(network: Network, about: Ball, rng: Rng, engine: Engine) -> Ball:
    """Return a ball that just reaches one more region, wherever it lies."""
    wider = Ball(about.center, about.radius * Fraction(3, 2), 2)
    if engine.supports(network, wider) is not None:
        return about
    radii = enumerate_regions(network, wider, engine=engine, max_regions=ENTRY_REGIONS).entry_radii
    reached = [] if radii is None else [r for r in radii.tolist() if r > 0]
    if not reached:
        return about
    return replace(wider, radius=beside(Fraction(reached[int(rng.integers(len(reached)))]), rng))


def _ball_of(domain: Domain) -> Ball:
    """Return a ball about the middle of the domain, of about its size."""
    shape = shape_of(domain)
    return Ball(shape.center, min((half for half in shape.half_widths if half is not None), default=Fraction(1)))


def _unit(network: Network, rng: Rng) -> tuple[int, int]:
    index = int(rng.integers(len(network.stages)))
    return index, int(rng.integers(len(network.stages[index].bias)))


def _linear_at(network: Network, index: int, about: Ball) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what reaches a stage at the centre, shape (n,), and the linear part of that map, shape (n, inputs)."""
    values, matrix = about.center_float, np.eye(network.inputs)
    for stage in network.stages[:index]:
        z = stage.weight @ values + stage.bias
        slopes = np.where(z > 0, stage.high, stage.low)
        values, matrix = slopes * z, slopes[:, None] * (stage.weight @ matrix)
    return values, matrix
