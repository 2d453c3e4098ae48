"""What is asked beyond one search: curves, studies, bounds, facets, volumes, linear regions, slices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from exactregions.domain import Ball
from exactregions.domain.ball import norm_name, require_ball
from exactregions.errors import DomainError
from exactregions.exact.floats import nearest_float
from exactregions.testing.trials.hostile_domains import LARGEST, hostile_ball
from exactregions.testing.trials.judging import entries_of, text_of
from exactregions.testing.trials.oracle import Answer, Pattern
from exactregions.testing.trials.session import Session
from exactregions.testing.trials.trial import number_code, numbers_code

Rng = np.random.Generator

MOST_RADII = 80  # that a curve is asked at
MOST_FACETS = 14  # regions whose pairs are all looked at
CLOSE = 1e-6  # relative, of volumes: what they promise beside their own bound
HAIRS = (Fraction(1, 2**30), Fraction(1, 2**60), Fraction(1, 10**30))
CHEAP = ', bounds=["naive", "serra_2018", "sampled_patterns"]'


def curve_at_radii(session: Session, rng: Rng, engine: str) -> None:
    """Count in every ball about a centre: at, just below and just above each entry radius."""
    domain = session.trial.domain
    own = isinstance(domain, Ball) and rng.random() < 0.7
    ball = require_ball(domain if own else hostile_ball(session.trial.network, rng))
    truth = session.truth if own else session.oracle.answer(session.trial.network, ball)
    norm = norm_name(ball.norm)
    if rng.random() < 0.1:
        _curve_of_a_part(session, rng, engine, ball, truth)
        return
    about = f"{numbers_code(ball.center)}, {number_code(ball.radius)}, {norm}"
    session.run(f"found = curve(network, {about}, bounds=[], engine={engine})")
    session.ask("curve", "found.exact, len(found.regions)", (True, len(truth.patterns)))
    for radius in _radii(ball, truth, session.value("found.radii.tolist()"), rng):
        expression = f"found.count({number_code(radius)})"
        session.ask("count of a curve", expression, truth.count(radius))


def _curve_of_a_part(session: Session, rng: Rng, engine: str, ball: Ball, truth: Answer) -> None:
    """Make a curve of a search that was cut short: its counts are lower bounds."""
    norm = norm_name(ball.norm)
    about = f"{numbers_code(ball.center)}, {number_code(ball.radius)}, {norm}"
    most = int(rng.integers(1, len(truth.patterns) + 1))
    session.run(f"found = curve(network, {about}, bounds=[], engine={engine}, max_regions={most})")
    for radius in (ball.radius, ball.radius / 2, ball.radius / 16):
        true = truth.count(radius)
        session.judge("count of a part of a curve", f"found.count({number_code(radius)})", f"found <= {true}")
    if len(truth.patterns) > most:
        session.ask("verdict of a part of a curve", "found.exact", False)


def _radii(ball: Ball, truth: Answer, floats: list[float], rng: Rng) -> list[Fraction]:
    """Return radii at and beside the entry radii, some at random, in random order."""
    exact = entries_of(truth) if ball.entry_power == 1 else [r for e in entries_of(truth) for r in _roots(e)]
    places = {*exact, *map(Fraction, filter(math.isfinite, floats))}
    beside = {r * (1 + s * h) for r in places for s in (-1, 1) for h in HAIRS}
    spread = {ball.radius * Fraction(int(k), 64) for k in rng.integers(0, 65, size=4)}
    found = sorted(r for r in {*places, *beside, *spread} if 0 <= r <= ball.radius)
    order = rng.permutation(len(found))[: MOST_RADII if truth.entries else 4]
    return [found[k] for k in order.tolist()]


def _roots(square: Fraction) -> list[Fraction]:
    """Return the root where it is rational, else a fraction on either side that is closer than floats are."""
    bits = 2 * max(80 - (square.numerator.bit_length() - square.denominator.bit_length()) // 2, 0)
    scaled = (square.numerator << bits) // square.denominator
    root = Fraction(math.isqrt(scaled), 1 << bits // 2)
    return [root] if root * root == square else [root, root + Fraction(1, 1 << bits // 2)]


def study_points(session: Session, rng: Rng, engine: str) -> None:
    """Study two points at three radii."""
    network = session.trial.network
    balls = [hostile_ball(network, rng) for _ in range(2)]
    # a study takes floats for points
    balls = [replace(b, center=[float(c) for c in b.center], norm=balls[0].norm) for b in balls]  # type: ignore[arg-type]
    radii = [balls[0].radius * Fraction(int(k), 4) for k in (1, 3, 4)]
    points = f"[{', '.join(numbers_code(b.center) for b in balls)}]"
    norm = norm_name(balls[0].norm)
    session.run(f"found = study(network, {points}, {numbers_code(radii)}, {norm}, bounds=[], engine={engine})")
    for point, ball in enumerate(balls):
        truth = session.oracle.answer(network, replace(ball, radius=radii[-1]))
        for place, radius in enumerate(radii):
            row = f"found.rows[{len(radii) * point + place}]"
            session.ask("study", f'{row}["exact"], {row}["regions"]', (True, truth.count(radius)))
        patterns = np.array(sorted(truth.patterns)).reshape(len(truth.patterns), network.units)
        stable = int((patterns == patterns[0]).all(axis=0).sum())
        session.ask("stable units", f'found.rows[{len(radii) * (point + 1) - 1}]["stable_units"]', stable)


def compare_bounds(session: Session, rng: Rng, engine: str) -> None:
    """Hold bounds against the count."""
    if not session.truth.patterns:
        return
    bounds = "" if rng.random() < 0.1 else CHEAP
    session.run(f"found = compare(network, domain, engine={engine}{bounds})")
    session.ask("compare", "found.falsified, len(found.regions)", (False, len(session.truth.patterns)))
    session.ask("bounds", "[row.name for row in found.rows if row.falsified]", [])


def facets(session: Session, rng: Rng, engine: str) -> None:
    """Find out which regions share a facet."""
    regions = session.regions
    if regions is None or not (regions.exact and regions.stored) or len(regions) > MOST_FACETS:
        return
    session.run("links = adjacency(regions)")
    session.ask("the region graph is connected", "links.components()", 1)
    true = session.truth.neighbours()
    if true is not None:
        # by pattern, since a set has no order of its own
        pairs = "sorted(sorted(patterns_in_order[i] for i in edge) for edge in links.edges.tolist())"
        session.run('patterns_in_order = ["".join("01"[s] for s in row) for row in regions.pattern_array().tolist()]')
        session.ask("facets", pairs, sorted(sorted((text_of(p), text_of(q))) for p, q in true))


def measure(session: Session, rng: Rng, engine: str) -> None:
    """Measure the regions; their volumes add up to that of the domain."""
    regions = session.regions
    if regions is None or not (regions.exact and regions.stored):
        return
    if not session.run("sizes = volumes(regions)", (DomainError,)):
        return
    areas = session.truth.areas
    for row, pattern in enumerate(map(tuple, regions.pattern_array().tolist())):
        true = areas.get(pattern)
        if true is not None:
            value = nearest_float(true)
            slack = float(session.value(f"sizes.errors[{row}]")) + CLOSE * value
            near = f"abs(found - {value!r}) <= {slack!r}" if math.isfinite(value) else "found == float('inf')"
            session.judge("volume", f"sizes.values[{row}]", near)
    session.run("from exactregions.geometry import domain_volume")
    total = session.value("domain_volume(domain)")
    if math.isinf(total):
        session.ask("sum of volumes", "sizes.total", total)
    else:
        # twice the error, since one in 10,000 samples may exceed it
        slack = 2 * session.value("sizes.total_error") + CLOSE * total
        session.judge("sum of volumes", "sizes.total", f"abs(found - {total!r}) <= {slack!r}")


def linear(session: Session, rng: Rng, engine: str) -> None:
    """Merge regions of equal affine maps."""
    regions, maps = session.regions, session.truth.maps
    if regions is None or not (regions.exact and regions.stored) or not maps or len(maps) > MOST_FACETS:
        return
    session.ask("R6", 'linear_regions(regions, "R6").count', len(set(maps.values())))
    pairs = session.truth.neighbours()
    if pairs is not None:
        session.ask("R4", 'linear_regions(regions, "R4").count', _parts(maps, pairs))


def _parts(maps: Mapping[Pattern, Any], pairs: Iterable[tuple[Pattern, Pattern]]) -> int:
    """Return the number of connected parts of equal maps, by merging labels."""
    labels = {pattern: number for number, pattern in enumerate(maps)}
    for p, q in pairs:
        if maps[p] == maps[q] and labels[p] != labels[q]:
            old, new = labels[p], labels[q]
            labels = {pattern: new if label == old else label for pattern, label in labels.items()}
    return len(set(labels.values()))


def affine_maps(session: Session, rng: Rng, engine: str) -> None:
    """Look at the affine maps of some regions, which are correctly rounded."""
    regions = session.regions
    if regions is None or not regions.stored or not len(regions):
        return
    patterns = list(map(tuple, regions.pattern_array().tolist()))
    for row in sorted(set(rng.integers(0, len(regions), size=4).tolist())):
        rows = session.truth.affine_map(patterns[row])
        if rows is not None and all(abs(v) < LARGEST for values in rows for v in values):
            floats = [[float(v) for v in values] for values in rows]
            true = ([values[:-1] for values in floats], [values[-1] for values in floats])
            session.ask("affine map", f"tuple(a.tolist() for a in regions[{row}].affine_map())", true)
