"""The float proofs of the tree engine under attack: a wrong one may be rejected, but never accepted."""

from fractions import Fraction

import numpy as np
import pytest
from numba import njit

from exactregions import Ball, Box, Network, Stage, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.kernels import compiling, proofs
from exactregions.engines.tree.kernels.setup import FloatDomain, new_state
from exactregions.engines.tree.linked_units import chain
from exactregions.engines.tree.witness import FloatWitnesses
from exactregions.exact.floats import rounded_down, rounded_up
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_point
from exactregions.exact.witnesses import is_witness

KINDS = {"box": at.BOX, "cross": at.L1_BALL, "euclidean": at.EUCLIDEAN}
CASES = 400


@njit(error_model="numpy")
def refuted(state, count):
    return proofs.refuted(state, count)


@njit(error_model="numpy")
def refuted_by_simple_fractions(state, count):
    return proofs.refuted_by_simple_fractions(state, count)


@njit(error_model="numpy")
def strictly_inside(state, count, y):
    return proofs.strictly_inside(state, count, y)


def state_of(kind, rows, errors, outer, inner=None):
    """A search state that holds rows in a domain, and nothing else of interest."""
    p = rows.shape[1] - 1
    network = chain(np.ones((1, p + 1)), np.zeros(1), [Stage.relu(np.ones((1, p)), np.zeros(1))], True)
    sides = np.full(p, inner if inner is not None else outer)
    domain = FloatDomain(kind, np.full(p, outer), sides, rows, errors, np.ones(len(rows)))
    return new_state(network, domain, np.zeros(p))


def ask(prove, kind, rows, errors, multipliers, outer):
    state = state_of(kind, rows, errors, outer)
    count = len(multipliers)
    state.proof_rows[:count], state.proof_multipliers[:count] = np.arange(count), multipliers
    return bool(prove(state, count))


def exactly(values):
    return [Fraction(float(v)) for v in values]


def support_is_nonpositive(kind, rho, kappa, radius):
    """Whether sup over the domain of rho.y + kappa <= 0, in rationals."""
    if kind == at.EUCLIDEAN:
        return kappa <= 0 and kappa**2 >= radius**2 * sum(r * r for r in rho)
    size = max(map(abs, rho)) if kind == at.L1_BALL else sum(map(abs, rho))
    return kappa + radius * size <= 0


def truly_refuted(kind, rows, errors, multipliers, outer):
    """The judge of `refuted`: these very multipliers, with every row as much larger as its error allows."""
    if any(y < 0 for y in multipliers):
        return False
    y = exactly(multipliers)
    exact = [exactly(row) for row in rows]
    columns = [sum(m * row[j] for m, row in zip(y, exact, strict=True)) for j in range(rows.shape[1])]
    slack = sum(m * e for m, e in zip(y, exactly(errors), strict=True))
    return support_is_nonpositive(kind, columns[:-1], columns[-1] + slack, Fraction(outer))


def ulps(rng, values, most):
    """Move floats by up to `most` units in the last place."""
    steps = rng.integers(-most, most + 1, size=np.shape(values))
    return np.asarray(values) + steps * np.spacing(np.abs(values))


def almost_tangent(rng, kind, integers):
    """Rows and multipliers whose combination has its supremum near zero, and sometimes at it."""
    p, count = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    draw = (lambda *s: rng.integers(-3, 4, size=s).astype(float)) if integers else (lambda *s: rng.normal(size=s))
    rows, y = draw(count, p + 1), np.abs(draw(count)) + integers
    rho = draw(p) * rng.choice([0, 1e-9, 1]) if not integers else draw(p) * rng.integers(0, 2)
    y[-1] = 1.0
    outer = float(rng.choice([0.5, 1.0, 0.75])) if integers else rng.uniform(0.5, 1)
    size = {at.BOX: np.abs(rho).sum(), at.L1_BALL: np.abs(rho).max(), at.EUCLIDEAN: np.sqrt(rho @ rho)}[kind]
    rows[-1, :-1] = rho - y[:-1] @ rows[:-1, :-1]
    rows[-1, -1] = -outer * size - y[:-1] @ rows[:-1, -1]
    return rows, y, outer


def test_products_that_vanish_by_underflow_prove_nothing_without_bounds():
    """Far out in the second coordinate both rows are positive, where 0.5 * 5e-324 is not zero."""
    rows = np.array([[1.0, 5e-324, 0.0], [-0.5, 0.0, -1.0]])
    assert not ask(refuted, at.UNBOUNDED, rows, np.zeros(2), [0.5, 1.0], np.inf)
    assert ask(refuted, at.UNBOUNDED, rows[:1] * 0 - np.eye(3)[2], np.zeros(1), [1.0], np.inf)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_refutations_near_a_tangency(kind):
    rng = np.random.default_rng(kind)
    accepted = rejected = 0
    for case in range(CASES):
        rows, y, outer = almost_tangent(rng, kind, integers=case % 4 == 0)
        errors = rng.choice([0.0, 1e-16, 1e-12], size=len(rows))
        rows[-1, -1] += rng.choice([0, 0, -1e-16, -1e-15, -4e-16, -1e-11, 1e-12, *[float(-errors @ y)] * 3])
        rows = ulps(rng, rows, 3)
        y = np.abs(ulps(rng, y, 3))
        claim, truth = ask(refuted, kind, rows, errors, y, outer), truly_refuted(kind, rows, errors, y, outer)
        assert truth or not claim
        accepted += claim
        rejected += not truth
    assert min(accepted, rejected) > CASES // 20


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_refutations_with_random_multipliers(kind):
    rng = np.random.default_rng(10 + kind)
    for _ in range(CASES):
        rows, y, outer = almost_tangent(rng, kind, integers=False)
        rows[-1, -1] -= 1e-6
        y *= 1 + rng.normal(size=len(y)) * 10.0 ** rng.integers(-9, 1, size=len(y))
        if rng.random() < 0.2:
            y[rng.integers(len(y))] = rng.choice([-1.0, np.nan, np.inf, -1e-300, 0.0])
        scale = 2.0 ** rng.integers(-600, 600) if rng.random() < 0.3 else 1.0
        claim = ask(refuted, kind, rows, np.zeros(len(rows)), y * scale, outer)
        assert not claim or (np.isfinite(y).all() and truly_refuted(kind, rows, 0 * y, y * scale, outer))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_multipliers_that_overflow_prove_nothing(kind):
    """In the first coordinate both terms overflow, and inf - inf bounds nothing, though the constants are fine."""
    rows, y = np.array([[1.5, 0.0, -0.01], [-1.25, 0.0, -0.01]]), [1.5e308, 1.7e308]
    assert not truly_refuted(kind, rows, np.zeros(2), y, 1.0)
    assert not ask(refuted, kind, rows, np.zeros(2), y, 1.0)


def snapped_is_a_proof(kind, rows, multipliers, outer):
    """The judge of simple fractions: some multiple of the multipliers, rounded to integers, is an exact proof."""
    return any(
        truly_refuted(kind, rows, np.zeros(len(rows)), np.rint(multipliers / multipliers[-1] * q), outer)
        for q in range(1, 13)
    )


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_simple_fractions_at_a_tangency(kind):
    rng = np.random.default_rng(20 + kind)
    accepted = wrong = 0
    for case in range(2 * CASES):
        rows, y, outer = almost_tangent(rng, kind, integers=case % 4 != 0)
        fault = rng.integers(6)
        if fault == 1:  # the smallest change that any float allows
            rows = ulps(rng, rows, 1)
        if fault == 2:
            rows[-1, rng.integers(rows.shape[1])] += rng.choice([2.0**-52, -(2.0**-52), 1e-200, 5e-324])
        if fault == 3:
            y[rng.integers(len(y))] *= -1
        errors = np.zeros(len(rows))
        if fault == 4:
            errors[rng.integers(len(rows))] = 5e-324
        y = y * (1 + 1e-10 * rng.normal(size=len(y)))
        claim = ask(refuted_by_simple_fractions, kind, rows, errors, y, outer)
        truth = not errors.any() and y[-1] > 0 and snapped_is_a_proof(kind, rows, y, outer)
        assert truth or not claim
        accepted += claim
        wrong += not truth
    assert accepted > CASES // 10
    assert wrong > CASES // 10


def test_simple_fractions_know_that_their_errors_can_underflow():
    tiny = 2.0**-1000
    rows = np.array([[tiny, 0.0], [-tiny * (1 + 2.0**-52), tiny * tiny * 2**950]])
    assert not ask(refuted_by_simple_fractions, at.BOX, rows, np.zeros(2), np.ones(2), tiny)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_witnesses_near_a_row_or_the_edge(kind):
    rng = np.random.default_rng(30 + kind)
    accepted = wrong = 0
    for _ in range(2 * CASES):
        p, count = int(rng.integers(1, 5)), int(rng.integers(1, 4))
        rows, errors = rng.normal(size=(count, p + 1)), rng.choice([0.0, 1e-16, 1e-13], size=count)
        inner, y = float(rng.choice([0.5, 0.7, -0.9])), rng.normal(size=p)
        sizes = {at.BOX: np.abs(y).max(), at.L1_BALL: np.abs(y).sum(), at.EUCLIDEAN: np.sqrt(y @ y)}
        y *= rng.choice([1 - 1e-15, 1 - 1e-16, 1 + 1e-15, 0.5]) * abs(inner) / sizes[kind]
        gap = rng.choice([0, 1e-16, 1e-15, 1e-14, -1e-16, 1, 1, 1], size=count)
        rows[:, -1] = errors - rows[:, :-1] @ y + gap
        y = ulps(rng, y, 2)
        exact = exactly(y)
        room = [
            sum(a * v for a, v in zip(exactly(row), [*exact, 1], strict=True)) - Fraction(float(e))
            for row, e in zip(rows, errors, strict=True)
        ]
        size = {at.BOX: max(map(abs, exact)), at.L1_BALL: sum(map(abs, exact)), at.EUCLIDEAN: 0}[kind]
        in_ball = sum(v * v for v in exact) < Fraction(inner) ** 2
        inside = inner > 0 and (in_ball if kind == at.EUCLIDEAN else size < Fraction(inner))
        claim = strictly_inside(state_of(kind, rows, errors, 1.0, inner), count, y)
        assert not claim or (inside and min(room) > 0)
        accepted += claim
        wrong += not (inside and min(room) > 0)
    assert accepted > CASES // 10
    assert wrong > CASES // 10


LOST = 2.0**-53 * 0.99  # less than half the distance from 1 to the next float: 1 + LOST is rounded to 1


@pytest.mark.parametrize("kind", [at.L1_BALL, at.EUCLIDEAN], ids=["cross", "euclidean"])
def test_additions_that_all_round_down_do_not_bring_a_point_inside(kind):
    y = np.array([1.0] + [LOST if kind == at.L1_BALL else np.sqrt(LOST)] * 200)
    radius = float(np.nextafter(1.0, 2.0))
    exact = sum(abs(v) if kind == at.L1_BALL else v * v for v in exactly(y))
    assert exact > Fraction(radius) ** (1 if kind == at.L1_BALL else 2)
    state = state_of(kind, np.zeros((0, 202)), np.zeros(0), 2.0, radius)
    assert not strictly_inside(state, 0, y)
    assert strictly_inside(state, 0, y * (1 - 1e-12))


def test_additions_that_all_round_up_do_not_make_a_row_positive():
    row = np.array([-LOST / 2] * 200 + [-1 + 50 * 2.0**-53, 1.0])
    assert sum(exactly(row)) < 0  # and yet the floats add up to 50 units
    assert not strictly_inside(state_of(at.BOX, row[None], np.zeros(1), 2.0), 1, np.ones(201))
    row[-1] += 1e-12
    assert strictly_inside(state_of(at.BOX, row[None], np.zeros(1), 2.0), 1, np.ones(201))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_additions_that_all_round_do_not_refute(kind):
    """The row is positive at the vertex (radius, 0, ..), where rounded sums of its many parts are negative."""
    rows = np.zeros((200, 4))
    rows[:, 0] = [1.0] + [LOST] * 199
    rows[-1, -1] = -1 - 50 * 2.0**-52
    y = np.ones(200)
    assert not truly_refuted(kind, rows, np.zeros(200), y, 1.0)
    assert not ask(refuted, kind, rows, np.zeros(200), y, 1.0)
    rows[-1, -1] -= 1e-12
    assert ask(refuted, kind, rows, np.zeros(200), y, 1.0)


def leaky() -> Network:
    network = nets.generated(3, 6, 5, 1, seed=3)
    slopes = (np.full(6, -0.3), np.full(5, 0.1))
    stages = (Stage(s.weight, s.bias, low, np.ones(len(low))) for s, low in zip(network.stages, slopes, strict=True))
    return Network(tuple(stages), network.weight, network.bias)


DOMAINS = {
    "ball 2": Ball([Fraction(1, 3), 0, 0], 1),
    "ball 1": Ball([Fraction(1, 3), 0, 0], 1, 1),
    "box": Box([-1, -1, Fraction(-1, 3)], [1, 1, 1]),
    "tiny ball": Ball([0, 0, 0], 1e-200),
}


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_witnesses_as_inputs(domain):
    """Points moved onto facets and edges, then by a few units in the last place."""
    network, rng = leaky(), np.random.default_rng(5)
    exact, prove = ExactNetwork(network), FloatWitnesses(network, domain).proved
    regions = enumerate_regions(network, domain, engine="rational")
    patterns = regions.pattern_array()
    reach = 4 * float(domain.radius) if isinstance(domain, Ball) else 4.0
    accepted = wrong = 0
    for _ in range(CASES):
        i, j = rng.integers(len(regions), size=2)
        inside = regions.witnesses[i]
        outside = regions.witnesses[j] if i != j else inside + rng.normal(size=3) * reach
        if rng.random() < 0.1:
            outside = inside
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            point = as_point((inside + middle * (outside - inside)).tolist())
            low, high = (middle, high) if is_witness(exact, domain, point, patterns[i].tolist()) else (low, middle)
        t = low * rng.choice([1, 1, 0.5])
        point = ulps(rng, inside + t * (outside - inside), 2)
        claim = bool(prove(point[None], regions.patterns[i : i + 1])[0])
        truth = is_witness(exact, domain, as_point(point.tolist()), patterns[i].tolist())
        assert truth or not claim
        accepted += claim
        wrong += not truth
    assert wrong > CASES // 20
    assert accepted > CASES // 20


def test_a_point_on_a_hyperplane_is_no_witness():
    """At 0 both units of x and -x are inactive, but no region has that pattern."""
    exact = ExactNetwork(nets.one_layer([[1], [-1]]))
    assert not is_witness(exact, Ball([0], 1), as_point([0]), [False, False])
    assert is_witness(exact, Ball([0], 1), as_point([0.5]), [True, False])
    assert is_witness(ExactNetwork(nets.one_layer([[0]])), Ball([0], 1), as_point([0]), [False])


@pytest.mark.parametrize("value", [Fraction(1, 3), Fraction(-1, 3), Fraction(10) ** 400, Fraction(1, 10**400)])
def test_directed_rounding(value):
    down, up = rounded_down(value), rounded_up(abs(value))
    assert up == np.inf or Fraction(up) >= abs(value)
    assert Fraction(down) <= value


def test_the_disk_cache_sees_changes_in_other_kernel_files(tmp_path, monkeypatch):
    """numba looks only at the file of the entry point itself; the stamp looks at all of them."""
    for name in ("compiling", "proofs", "search"):
        (tmp_path / f"{name}.py").write_text(f"# {name}")
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "compiling.py"))

    def kernel(x):
        return x

    before = compiling.entry_point(kernel)._cache._cache_file._source_stamp
    assert compiling.entry_point(kernel)._cache._cache_file._source_stamp == before
    (tmp_path / "proofs.py").write_text("# another bound")
    assert compiling.entry_point(kernel)._cache._cache_file._source_stamp != before
