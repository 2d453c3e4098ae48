"""Small questions about exact quantities, everything awkward in them, and the answers of closed pieces in fractions."""

import itertools
import math
from fractions import Fraction

import closed_sets
import numpy as np
from closed_sets import dot
from output_instances import random_domain, random_network, round_domain
from small_hostile import drawn_network

from exactregions import (
    Ball,
    Box,
    Network,
    decision_boundary,
    difference,
    equal,
    lipschitz,
    maximize,
    minimize,
    robust_radius,
)
from exactregions.network import Stage

INF = math.inf
NORMS = (2, 1, INF)
FAR = 6  # robust radii beyond it are only compared with it
TIGHT = Fraction(1, 10**12)


def drawn(rng, d, outputs=None):
    """A network of one of two kinds, with a given number of outputs or a few."""
    if outputs is None and rng.random() < 0.5:
        return random_network(rng, d)
    return drawn_network(rng, d, outputs or int(rng.integers(1, 4)))


def drawn_place(rng, d):
    """A domain, and the inequalities of its closure; a Euclidean ball has its `Disc` first."""
    return round_domain(rng, d) if rng.random() < 0.4 else random_domain(rng, d)


def told(domain):
    return f"{domain.kind} {domain.norm}" if isinstance(domain, Ball) else domain.kind


def is_disc(rows):
    return isinstance(rows[0], closed_sets.Disc)


# ---- pieces


def pieces_of(networks, rows, d):
    """Closed pieces on which all networks are affine, and the outputs of each."""
    if not networks:
        yield rows, []
        return
    for given, outputs in closed_sets.pieces(networks[0], rows, d):
        for inner, others in pieces_of(networks[1:], given, d):
            yield inner, [outputs, *others]


def proper_pieces(networks, rows, d):
    """Pieces with points within the domain around which they are full, relative to inputs that have one value.

    A ball is boxed in, for corners; its pieces are full where a full polytope comes nearer than the radius.
    """
    disc = rows[0] if is_disc(rows) else None
    if disc is not None:
        side = math.isqrt(math.ceil(disc.square)) + 1
        rows = closed_sets.box([c - side for c in disc.center], [c + side for c in disc.center])
    dimension = rank(list(closed_sets.vertices(rows, d)))
    for given, outputs in pieces_of(networks, rows, d):
        corners = list(closed_sets.vertices(given, d))
        if rank(corners) < dimension:
            continue
        if disc is None or least_square(given, disc.center) < disc.square:
            yield given, corners, outputs


def rank(points):
    """The dimension of the flat through some points."""
    rows = [[a - b for a, b in zip(p, points[0], strict=True)] for p in points[1:]]
    found = 0
    for column in range(len(points[0])):
        pivot = next((k for k in range(found, len(rows)) if rows[k][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for k in range(found + 1, len(rows)):
            factor = rows[k][column] / rows[found][column]
            rows[k] = [a - factor * b for a, b in zip(rows[k], rows[found], strict=True)]
        found += 1
    return found


def combined(weights, outputs):
    """A combination of forms (a, b)."""
    a = [
        sum((w * f[0][j] for w, f in zip(weights, outputs, strict=True)), Fraction(0))
        for j in range(len(outputs[0][0]))
    ]
    return a, sum((w * f[1] for w, f in zip(weights, outputs, strict=True)), Fraction(0))


def at(form, point):
    return dot(form[0], point) + form[1]


def not_below(form, level=0):
    """The inequality form >= level."""
    return [-v for v in form[0]], form[1] - level


# ---- maxima, and differences of two networks


def of_forms(forms, rows, d, value, what):
    """Compare a maximum over pieces with what was found; `forms` lists the forms of each piece that are maximised."""
    if not is_disc(rows):
        true = max(at(form, x) for given, several in forms for x in closed_sets.vertices(given, d) for form in several)
        return [] if value.lower == value.upper == true else [f"{what} is {value}, which is not {float(true)}"]
    faults = []
    size = max(abs(value.lower), 1)
    if value.upper - value.lower > TIGHT * size:
        faults.append(f"{what} is {value}, which is too wide")
    levels = (value.lower, True), (value.upper + TIGHT * size, False)
    for level, wanted in levels:
        cuts = ([*given, not_below(form, level)] for given, several in forms for form in several)
        if any(closed_sets.has_point(cut, d) for cut in cuts) is not wanted:
            faults.append(f"{what} is {value}; {float(level)} is {'not ' * wanted}reached")
    return faults


def extreme_faults(rng, d):
    network, (domain, rows) = drawn(rng, d), drawn_place(rng, d)
    weights = [Fraction(int(v), int(rng.integers(1, 4))) for v in rng.integers(-2, 3, network.outputs)]
    every = list(pieces_of([network], rows, d))
    faults = []
    for ask, sign in ((maximize, 1), (minimize, -1)):
        found = ask(network, domain, weights)
        forms = [(given, [combined([sign * w for w in weights], outputs)]) for given, (outputs,) in every]
        reached = dot(weights, closed_sets.outputs(network, found.point))
        if not (found.complete and found.value.lower <= reached <= found.value.upper):
            faults.append(f"{ask.__name__}: the point has {float(reached)}, not {found.value}")
        if not closed_sets.contains(rows, found.point):
            faults.append(f"{ask.__name__}: the point is outside")
        value = found.value if sign > 0 else found.value.negated()
        faults += of_forms(forms, rows, d, value, ask.__name__)
    return told(domain), faults


def changed(rng, network):
    """A network that is the same function, or nearly: units permuted and rescaled, then perhaps one number changed."""
    stages, before, scale = [], np.arange(network.inputs), np.ones(network.inputs)
    for stage in network.stages:
        order = rng.permutation(len(stage.bias))
        factor = 2.0 ** rng.integers(-2, 3, len(order))
        weight = (stage.weight[:, before] / scale)[order] * factor[:, None]
        stages.append(Stage(weight, stage.bias[order] * factor, stage.low[order], stage.high[order]))
        before, scale = order, factor
    bias, kind = network.bias.copy(), rng.integers(3)
    if kind == 1:
        bias[0] += 2.0**-20
    elif kind == 2 and stages:
        stage = stages[0]
        weight = np.round(stage.weight * 4) / 4
        stages[0] = Stage(weight, stage.bias, stage.low, stage.high)
    return Network(stages, network.weight[:, before] / scale, bias)


def difference_faults(rng, d):
    network, (domain, rows) = drawn(rng, d), drawn_place(rng, d)
    other = changed(rng, network) if rng.random() < 0.75 else drawn(rng, d, network.outputs)
    gaps = [
        (
            given,
            [
                (a, b)
                for f, g in zip(*both, strict=True)
                for a, b in (combined([1, -1], [f, g]), combined([-1, 1], [f, g]))
            ],
        )
        for given, both in pieces_of([network, other], rows, d)
    ]
    found, same = difference(network, other, domain), equal(network, other, domain)
    faults = [] if found.complete else ["the difference is not complete"]
    faults += of_forms(gaps, rows, d, found.value, "the difference")
    truly = all(
        at(combined([1, -1], pair), x) == 0
        for _, corners, both in proper_pieces([network, other], rows, d)
        for pair in zip(*both, strict=True)
        for x in corners
    )
    if same.equal is not truly:
        faults.append(f"equal says {same.equal}, not {truly}")
    if same.equal is False:
        gap = [a - b for a, b in zip(*(closed_sets.outputs(n, same.point) for n in (network, other)), strict=True)]
        if tuple(gap) != same.differences or not any(gap) or not domain.contains(same.point):
            faults.append("equal: the point does not tell")
    return told(domain), faults


# ---- slopes


def length(vector, norm):
    """A length to its power: squared in the Euclidean norm."""
    sizes = [abs(v) for v in vector]
    return sum(v * v for v in sizes) if norm == 2 else sum(sizes) if norm == 1 else max(sizes)


def norm_power(matrix, p, q):
    """||A||_{p->q}, squared where it is a root, from the corners of the unit ball of p, or of the dual of q."""
    m, d = len(matrix), len(matrix[0])
    if p == 1:
        return max(length(column, q) for column in zip(*matrix, strict=True))
    if q == INF:
        return max(length(row, {1: INF, 2: 2, INF: 1}[p]) for row in matrix)
    if p == INF:
        signs = itertools.product((-1, 1), repeat=d)
        return max(length([sum(a * s for a, s in zip(row, sign, strict=True)) for row in matrix], q) for sign in signs)
    if q == 1:  # 2 -> 1
        return norm_power([list(column) for column in zip(*matrix, strict=True)], INF, 2)
    assert m == 1 or d == 1, "2 -> 2 of a matrix"
    return length([v for row in matrix for v in row], 2)


def power(p, q):
    """The power that `norm_power` is of."""
    return 2 if 2 in ((q,) if p in (1, INF) and q != INF else (p,)) else 1


def definite(matrix, t):
    """Whether t I - A A^T is positive definite: all pivots are positive, in Fractions."""
    n = len(matrix)
    rows = [
        [(t if i == j else 0) - sum(a * b for a, b in zip(matrix[i], matrix[j], strict=True)) for j in range(n)]
        for i in range(n)
    ]
    for k in range(n):
        if rows[k][k] <= 0:
            return False
        for i in range(k + 1, n):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return True


def is_constant(value, maps, p, q):
    """Whether a value is the largest norm of some matrices, or encloses it tightly where it is spectral."""
    if (p, q) == (2, 2) and min(len(maps[0]), len(maps[0][0])) > 1:
        lower, upper = value.lower, Fraction(value.upper)
        return (
            value.relative_width < 1e-12
            and all(definite(matrix, upper * upper + Fraction(1, 10**60)) for matrix in maps)
            and (not lower or any(not definite(m, lower * lower * (1 - Fraction(1, 10**30))) for m in maps))
        )
    true, k = max(norm_power(matrix, p, q) for matrix in maps), power(p, q)
    exact = value.square if value.square is not None else value.lower**k
    return value.exact and exact == true and value.lower**k <= true <= Fraction(value.upper) ** k


def slope_faults(rng, d):
    network, (domain, rows) = drawn(rng, d), drawn_place(rng, d)
    free = [i for i in range(d) if i not in domain.fixed_inputs]
    if not free:
        return told(domain), []
    maps = [[[form[0][i] for i in free] for form in out] for _, _, (out,) in proper_pieces([network], rows, d)]
    faults = []
    for norms in itertools.product(NORMS, repeat=2):
        found = lipschitz(network, domain, norms)
        if not (found.complete and is_constant(found.constant, maps, *norms)):
            faults.append(f"the constant of {norms} is {found.constant}")
        if not domain.contains(found.region.witness):
            faults.append("the steepest region is outside")
    return told(domain), faults


# ---- radii


def least_square(rows, center):
    """The squared distance to a polyhedron that has a point."""
    return min(length([a - b for a, b in zip(x, center, strict=True)], 2) for x in closed_sets.nearest(rows, center))


def least_distance(rows, center, norm):
    """The distance to a polyhedron that has a point, squared in the norm 2; else the lowest corner of (x, t)."""
    if norm == 2:
        return least_square(rows, center)
    d = len(center)
    directions = (
        itertools.product((-1, 1), repeat=d)
        if norm == 1
        else ([s * (i == j) for j in range(d)] for i in range(d) for s in (-1, 1))
    )
    lifted = [([*a, Fraction(0)], b) for a, b in rows]
    lifted += [([*map(Fraction, s), Fraction(-1)], dot(s, center)) for s in directions]
    return min(x[-1] for x in closed_sets.vertices(lifted, d + 1))


def class_of(outputs):
    return int(outputs[0] > 0) if len(outputs) == 1 else outputs.index(max(outputs))


def margins(outputs, label):
    """Forms that are positive where another class is larger; of one output the sign is the class."""
    if len(outputs) == 1:
        return [combined([1 - 2 * label], outputs)]
    return [combined([1, -1], [other, outputs[label]]) for k, other in enumerate(outputs) if k != label]


def radius_faults(rng, d):
    network = drawn(rng, d)
    center = [Fraction(int(v), int(rng.integers(1, 4))) for v in rng.integers(-3, 4, d)]
    label = class_of(closed_sets.outputs(network, center))
    rows = closed_sets.box([c - FAR for c in center], [c + FAR for c in center])
    beyond = []
    for given, (outputs,) in pieces_of([network], rows, d):
        corners = list(closed_sets.vertices(given, d))
        for form in margins(outputs, label):
            if any(at(form, x) > 0 for x in corners):
                beyond.append([*given, not_below(form)])
    faults = []
    for norm in NORMS:
        found = robust_radius(network, center, norm)
        true = min((least_distance(cut, center, norm) for cut in beyond), default=INF)
        faults += [f"norm {norm}: {fault}" for fault in one_radius(network, center, label, found, true)]
    return f"{'another class' if beyond else 'one class'} within {FAR}", faults


def one_radius(network, center, label, found, true):
    """Compare a radius with the true one, squared in the norm 2; one beyond FAR is only known to be so."""
    k = 2 if found.norm == 2 else 1
    if not found.complete or found.label != label:
        return [f"{found}, and the class is {label}"]
    got = found.radius.square if found.radius.square is not None else found.radius.lower**k
    if true > FAR**k:
        return [] if got >= FAR**k else [f"{found}, but none is within {FAR}"]
    if got != true or found.radius.relative_width > TIGHT:
        return [f"{found}; the distance to the power {k} is {float(true)}"]
    step = [a - b for a, b in zip(found.nearest, center, strict=True)]
    outputs = closed_sets.outputs(network, found.nearest)
    level = [*outputs, Fraction(0)] if len(outputs) == 1 else outputs
    tied = level[0] == level[1] if len(outputs) == 1 else level[found.other] == level[label] == max(level)
    return [] if tied and length(step, found.norm) == true else [f"{found}: not so at the nearest point"]


# ---- boundaries, in the plane


def class_polygons(network, low, high):
    """Every region in a square, cut into its classes: the class, inequalities and corners."""
    rows = closed_sets.box([low] * 2, [high] * 2)
    found = {}
    for given, _, (outputs,) in proper_pieces([network], rows, 2):
        forms = [([Fraction(0)] * 2, Fraction(0)), *outputs] if len(outputs) == 1 else outputs
        for k, own in enumerate(forms):
            gaps = [(j, combined([1, -1], [own, other])) for j, other in enumerate(forms) if j != k]
            if any(not any(a) and (b < 0 or (b == 0 and j < k)) for j, (a, b) in gaps):
                continue
            cut = [*given, *(not_below(gap) for _, gap in gaps if any(gap[0]))]
            corners = sorted({tuple(x) for x in closed_sets.vertices(cut, 2)})
            if corners and rank(corners) == 2:
                found[tuple(corners)] = k, cut, corners  # a unit that is zero on all of it leaves two pieces
    return list(found.values())


def edges_of(network, low, high):
    """The edges at which the class changes: both classes, the lower one first, and both ends."""
    found = []
    for (a, rows, corners), (b, others, ends) in itertools.combinations(class_polygons(network, low, high), 2):
        shared = {x for x in corners if closed_sets.contains(others, x)} | {
            x for x in ends if closed_sets.contains(rows, x)
        }
        if a != b and len(shared) > 1:
            found.append((min(a, b), max(a, b), min(shared), max(shared)))
    return sorted(found)


def to_segment(point, one, other, norm):
    """The distance to a segment, squared in the norm 2: from its ends and from where the length may turn."""
    u = [a - b for a, b in zip(one, point, strict=True)]
    v = [b - a for a, b in zip(one, other, strict=True)]
    turns = [(u[0], v[0]), (u[1], v[1]), (u[0] - u[1], v[0] - v[1]), (u[0] + u[1], v[0] + v[1]), (dot(u, v), dot(v, v))]
    places = [min(max(-a / b, Fraction(0)), Fraction(1)) for a, b in turns if b]
    return min(
        length([a + t * b for a, b in zip(u, v, strict=True)], norm) for t in [Fraction(0), Fraction(1), *places]
    )


def boundary_faults(rng, d):
    if rng.random() < 0.3:  # outputs that are equal in some regions, or along whole facets
        hidden = Stage.relu(rng.integers(-2, 3, (4, 2)).astype(float), rng.integers(-1, 2, 4).astype(float))
        m = int(rng.integers(2, 5))
        network = Network([hidden], rng.integers(-1, 2, (m, 4)).astype(float), np.zeros(m))
    else:
        network = drawn(rng, 2)
    domain = Box(-2, 2, dim=2)
    found, wanted = decision_boundary(network, domain), edges_of(network, -2, 2)
    got = sorted((*piece.classes, *sorted(piece.vertices())) for piece in found)
    if not found.complete or got != wanted:
        return "wrong", [f"{found}, and there are {len(wanted)} edges"]
    point = [Fraction(int(v), 3) for v in rng.integers(-9, 10, 2)]
    faults = []
    for norm in NORMS:
        near = found.distance(point, norm)
        got = near.value.square if near.value.square is not None else near.value.lower ** (2 if norm == 2 else 1)
        true = min((to_segment(point, *ends, norm) for _, _, *ends in wanted), default=INF)
        if got != true:
            faults.append(f"norm {norm}: the boundary is {near.value} away; to its power {float(true)}")
    return f"{'some' if wanted else 'no'} edges", faults


KINDS = {
    "maxima": extreme_faults,
    "differences": difference_faults,
    "slopes": slope_faults,
    "radii": radius_faults,
    "boundaries": boundary_faults,
}

HARD = ("differences", "radii")  # with three inputs


def faults_of(number):
    """Ask the question with this number; return its kind, and what is wrong with the answers."""
    rng = np.random.default_rng((number, 2))
    name = list(KINDS)[number % len(KINDS)]
    d = 3 if number % 60 < len(KINDS) and name not in HARD else int(rng.integers(1, 3))
    where, faults = KINDS[name](rng, d)
    return f"{name}, {where}", faults
