"""Curves: exact at every radius, ties included, in all norms; bounds, faults, files and pictures."""

import csv
import itertools
import json
import math
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from narrowing import present
from planted_bounds import Planted
from rich.console import Console

from exactregions import Ball, Box, ExactRegionsError, Network, compare, count_regions, enumerate_regions
from exactregions.bounds import Serra2018
from exactregions.cases.networks import generated, one_layer
from exactregions.comparison import Curve, EntryRadii, curve
from exactregions.errors import DomainError, EngineError, FileFormatError
from exactregions.geometry.distances.exact_distances import basic_nearest, meets_ball, tight_rows
from exactregions.geometry.distances.projected import nearest_by_rows
from exactregions.plot.curves import plot_curve
from exactregions.plot.saving import save_figure
from exactregions.solvers.contract import Proposal
from exactregions.testing.strategies import networks as small_networks

NORMS = [1, 2, math.inf]
NETWORK = generated(3, 10, 8, 1)
CENTER = [0.1, -0.2, 0.3]


def slivers(eps: float) -> Network:
    """Hyperplanes in pairs that differ by about eps, under a second layer."""
    rng = np.random.default_rng(3)
    rows, bias = rng.normal(size=(3, 3)), 0.3 * rng.normal(size=3)
    twins, shifted = rows * (1 + eps) + eps * rng.normal(size=(3, 3)), bias + eps * rng.normal(size=3)
    weights = [np.vstack([rows, twins]), rng.normal(size=(3, 6)), np.ones((1, 3))]
    return Network.from_layers(weights, [np.concatenate([bias, shifted]), rng.normal(size=3), [0.0]])


def neighbours(radius: float) -> list[float]:
    return [math.nextafter(radius, 0.0), radius, math.nextafter(radius, math.inf)]


def assert_equals_separate_counts(found: Curve, radii, engine: str = "tree"):
    for radius in radii:
        ball = replace(found.ball, radius=radius)
        expected = count_regions(found.regions.network, ball, engine=engine)
        assert found.count(radius) == expected, (found, radius)


# ---- the counts


@pytest.mark.parametrize("norm", NORMS)
def test_a_curve_equals_separate_counts_at_twenty_radii(norm):
    found = curve(NETWORK, CENTER, 1.5, norm, bounds=[])
    assert found.exact
    assert len(found.radii) > 50
    breakpoints = found.radii[[1, 5, len(found.radii) // 2, -1]].tolist()
    radii = [*np.linspace(0.05, 1.5, 8).tolist(), *itertools.chain(*map(neighbours, breakpoints))]
    assert len(radii) == 20
    assert_equals_separate_counts(found, radii)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("t", [0.25, 0.1])
def test_ties_with_the_radius_are_not_counted(norm, t):
    """W = I and the centre (t,..,t): flipping k signs takes a distance of k t, sqrt(k) t or t."""
    n = 4
    found = curve(one_layer(np.eye(n), np.zeros(n)), [t] * n, 3 * n * t, norm, bounds=[], radii=[])
    exact_t = Fraction(t)

    def closed_form(radius) -> int:
        power = 2 if norm == 2 else 1
        reach = [exact_t**power * (min(k, 1) if norm == math.inf else k) for k in range(n + 1)]
        return sum(math.comb(n, k) for k in range(n + 1) if reach[k] < Fraction(radius) ** power)

    for multiple in (1, 2, 3, 4):
        for radius in (exact_t * multiple, *neighbours(t * multiple), *neighbours(t * math.sqrt(multiple))):
            assert found.count(radius) == closed_form(radius), radius
    assert found.count(0) == found.inside(0).sum() == 0
    assert found.counts[-1] == found.count(3 * n * t) == 2**n


@pytest.mark.parametrize(("norm", "size"), [(1, 4), (2, 5), (math.inf, 7)])
def test_radii_that_no_float_holds_are_compared_exactly(norm, size):
    """The hyperplanes 3 x + 4 y = b lie at b / size from the origin."""
    found = curve(one_layer([[3.0, 4.0]] * 3, [-1.0, -2.0, -3.0]), [0, 0], 1, norm, bounds=[], radii=[])
    for k in (1, 2, 3):
        place = Fraction(k, size)
        if place < 1:
            assert found.count(place) == k
            assert found.count(place + Fraction(1, 10**40)) == k + 1
            assert found.count(place - Fraction(1, 10**40)) == k


@given(small_networks(), st.sampled_from(NORMS), st.integers(0, 3))
@settings(max_examples=25)
def test_dyadic_networks_at_their_own_breakpoints(network, norm, shift):
    found = curve(network, [Fraction(shift, 4)] * network.inputs, 2, norm, bounds=[], radii=[])
    places = found.radii[(found.radii > 0) & (found.radii < 2)][:3]
    simple = [Fraction(float(r)).limit_denominator(1000) for r in places]
    assert_equals_separate_counts(found, [*places.tolist(), *(r for r in simple if 0 < r < 2), 0.7], "rational")


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("eps", [1e-9, 1e-13])
def test_slivers_that_floats_do_not_resolve(norm, eps):
    found = curve(slivers(eps), [0.1, 0.2, 0.3], 1.5, norm, bounds=[], radii=[])
    places = found.radii[[1, 4, -2]].tolist()
    assert_equals_separate_counts(found, [0.3, 1.0, *places])


@pytest.mark.parametrize("norm", NORMS)
def test_a_centre_that_is_no_float(norm):
    third = [Fraction(1, 3)] * 2
    network = one_layer([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [0.0, -1.0, -1.0])
    found = curve(network, third, 2, norm, bounds=[], radii=[])
    power = 2 if norm == 2 else 1
    size = {1: 1, 2: 2, math.inf: 2}[norm]
    # |x| = 1/3, |y - 1| = 2/3, and |x + y - 1| = 1/3 over the dual norm of (1, 1)
    for gap in (Fraction(1, 3), Fraction(2, 3)):
        assert found.count(gap) == count_regions(network, Ball(third, gap, norm), engine="rational")
    first = Fraction(1, 3) ** power / size
    roots = [float(first ** Fraction(1, power))] if power == 2 else [first]
    assert_equals_separate_counts(found, roots, "rational")


@pytest.mark.parametrize("norm", NORMS)
def test_a_centre_far_from_its_float(norm):
    """The line x = fl(1/3) misses the centre (1/3, 0) by 1.85e-17; at 1e8 a float is off by 5e-9."""
    for line, x, radius in ((1 / 3, Fraction(1, 3), 1), (1e8, 10**8 + Fraction(1, 3000), Fraction(1, 1000))):
        gap = abs(x - Fraction(line))
        found = curve(one_layer([[1.0, 0.0]], [-line]), [x, 0], radius, norm, bounds=[], radii=[])
        assert [found.count(gap * k) for k in (1 - Fraction(1, 10**7), 1, 1 + Fraction(1, 10**7))] == [1, 1, 2]


@pytest.mark.parametrize("norm", NORMS)
def test_a_wrong_basis_proves_nothing(norm):
    """Proposals with rows and coordinates left out or added: the distance is the right one, or is refused."""
    rng = np.random.default_rng(2)
    distances = curve(generated(3, 6, 4, 1), CENTER, 2.0, norm, bounds=[], radii=[]).entries._distances
    _, nearest = distances._tools()
    accepted = refused = 0
    for row in range(0, distances.regions.count, 3):
        rows = distances.rows(row)
        right = nearest.propose(rows.normals, rows.offsets)
        assert isinstance(right, Proposal)
        if norm == 2:
            truth = nearest_by_rows(rows, tight_rows(right))
            assert all(nearest_by_rows(rows, rng.permutation(len(rows))[:k].tolist()) == truth for k in range(6))
            continue
        truth = basic_nearest(rows, right, norm)
        for _ in range(12):
            point = np.where(rng.random(3) < 0.3, rng.choice([-1.0, 0.0, 1.0], 3), right.point)
            multipliers = np.where(rng.random(len(rows)) < 0.15, rng.random(len(rows)).round(), right.multipliers)
            found = basic_nearest(rows, Proposal(0.0, point, multipliers), norm)
            assert found is None or truth is None or found[0] == truth[0]
            accepted, refused = accepted + (found is not None), refused + (found is None)
    assert norm == 2 or accepted > 5
    assert norm == 2 or refused > 20


@pytest.mark.parametrize("engine", ["rational", "facets"])
@pytest.mark.parametrize("norm", NORMS)
def test_every_engine_gives_the_same_curve(engine, norm):
    network = generated(2, 6, 4, 1)
    found, expected = (curve(network, [0.1, 0.2], 1, norm, bounds=[], radii=[], engine=e) for e in (engine, "tree"))
    assert np.allclose(np.sort(found.entries.values), np.sort(expected.entries.values), rtol=1e-9, atol=1e-12)
    places = [r for r in expected.radii.tolist() if r > 0]
    assert found.count(places).tolist() == expected.count(places).tolist()


def test_no_count_depends_on_the_width_of_an_interval():
    """Intervals as wide as the ball, on a network full of ties."""
    n, t = 5, 0.1
    network = one_layer(np.eye(n), np.zeros(n))
    regions = enumerate_regions(network, Ball([t] * n, 1.0), engine="tree")
    wide = np.array([[0.0, 1.0]] * regions.count)
    _, entries = EntryRadii.measured(replace(regions, entry_bounds=wide))
    for k in (1, 4):
        radius = Fraction(t) * math.isqrt(k)
        assert entries.count(radius) == sum(math.comb(n, j) for j in range(k))
        assert entries.below(radius).sum() == entries.count(radius)


@pytest.mark.parametrize("norm", NORMS)
def test_intervals_hold_the_exact_entry_radii(norm):
    found = curve(NETWORK, CENTER, 1.0, norm, bounds=[], radii=[])
    distances = found.entries._distances
    for row in range(0, found.regions.count, 9):
        power = 2 if norm == 2 else 1
        entry = present(distances._exact_entry(row))
        stored = found.regions.entry_radii[row], *found.regions.entry_bounds[row].tolist()
        for value, lower, upper in (distances.interval(row), stored):
            assert Fraction(lower) ** power <= entry <= Fraction(upper) ** power
            assert upper - lower < 1e-9
            assert lower <= value <= upper
        # the slow way agrees: the region meets every larger ball, and none that at most touches it
        for factor, expected in ((1 - 1e-9, False), (1 + 1e-9, True)) if entry else ():
            root = Fraction(math.sqrt(entry)) if norm == 2 else entry
            assert meets_ball(distances.rows(row), root * Fraction(factor), norm) == expected


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")  # a witness beyond floats has an exact one beside it
def test_hard_inputs():
    flat = curve(Network((), [[1.0, 2.0]], [0.0]), [0, 0], 1)
    assert flat.radii.tolist() == [0.0]
    assert flat.count([0, 0.5, 1]).tolist() == [0, 1, 1]
    line = generated(1, 6, 6, 1)
    for norm in NORMS:
        found = curve(line, [0.1], 2, norm, bounds=[], radii=[])
        assert_equals_separate_counts(found, [0.5, *found.radii[1:3].tolist()], "rational")
    bias_free = Network.from_layers([[[1.0, 2.0], [-3.0, 1.0], [1.0, -1.0]], np.ones((1, 3)), [[1.0]]], [None] * 3)
    for radius in (1e-320, 1e12, Fraction(10) ** 320):
        for norm in NORMS:
            found = curve(bias_free, [0, 0], radius, norm, bounds=[], radii=[])
            assert set(found.radii.tolist()) == {0.0}
            assert found.count(Fraction(radius) / 10**9) == found.regions.count > 1


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("power", "expected"), [(400, 3), (-400, 1)])
def test_radii_beyond_the_range_of_floats_are_told_and_not_drawn(tmp_path, norm, power, expected):
    """Hyperplanes at x = 1e320 and x = 1/2."""
    network = Network.from_layers([[[10.0**-320], [1.0]], [[1.0, 1.0]]], [[-1.0, -0.5], [0.0]])
    radius = Fraction(10) ** power
    found = curve(network, [0.0], radius, norm, bounds=["naive"])
    assert found.count(radius) == expected
    (row,) = found.rows()
    assert row["radius"] == (math.inf if power > 0 else 0.0)
    text = f"10^{power}.00"
    assert text in repr(found)
    assert text in found._repr_html_()
    json.dumps(found.describe(), allow_nan=False)
    found.to_csv(tmp_path / "table.csv")
    with pytest.raises(DomainError, match=rf"the curve goes from 0 to 10\^{power}\.00"):
        found.count(2 * radius)
    pytest.importorskip("matplotlib")
    with pytest.raises(DomainError, match=r"no axis of floats holds the radius 10\^"):
        save_figure(plot_curve(found), tmp_path / "curve.png")


def test_many_radii_at_once_and_a_mask():
    found = curve(NETWORK, CENTER, 1.5, bounds=[], radii=[])
    radii = np.linspace(0, 1.5, 40).reshape(4, 10)
    counts = found.count(radii)
    assert counts.shape == (4, 10)
    assert (np.diff(counts.ravel()) >= 0).all()
    assert [found.count(r) for r in radii.ravel()] == counts.ravel().tolist()
    assert found.inside(1.0).sum() == found.count(1.0)
    inside = {found.regions.patterns[i].tobytes() for i in np.flatnonzero(found.inside(1.0))}
    assert inside == enumerate_regions(NETWORK, Ball(CENTER, 1.0)).pattern_set()


# ---- unfinished searches


@pytest.mark.parametrize("norm", NORMS)
def test_a_limit_gives_lower_bounds_that_say_so(norm):
    part, whole = (curve(NETWORK, CENTER, 1.5, norm, max_regions=m) for m in (30, None))
    assert not part.exact
    assert whole.exact
    assert part.counts[-1] == 30
    radii = [0.1, 0.5, 1.0, 1.5]
    assert (part.count(radii) <= whole.count(radii)).all()
    assert any("NOT EXACT: max_regions" in text for text in part.warnings())
    assert not any(c.regions.exact for c in part.comparisons)
    assert not whole.warnings()


def stopping(progress):
    if "entry radii" in progress.note:
        raise KeyboardInterrupt


def test_an_interrupt_while_entry_radii_are_measured_keeps_those(monkeypatch):
    monkeypatch.setattr("exactregions.geometry.distances.entry_radii.REPORT_SECONDS", 0.02)
    layers = [(stage.weight, 0 * stage.bias) for stage in NETWORK.stages]
    cones = Network.from_layers([*layers, (NETWORK.weight, NETWORK.bias)])  # measured after the search, one by one
    found = curve(cones, CENTER, 1.5, 1, bounds=[], radii=[], progress=stopping)
    assert found.regions.stopped == "interrupted, measuring entry radii"
    assert not found.exact
    assert 0 < found.regions.count < count_regions(cones, Ball(CENTER, 1.5, 1))
    assert len(found.regions.patterns) == len(found.regions.witnesses) == len(found.entries.values)


def test_a_limit_that_leaves_nothing_gives_an_empty_curve(tmp_path):
    found = curve(NETWORK, CENTER, 1.5, 1, bounds=["naive"], time_limit=0.0)
    assert found.regions.stopped.startswith("time limit of 0 s reached")
    assert not found.exact
    assert found.regions.count == found.count(1.5) == len(found.entries.values) < 5
    assert all((row["naive_ratio"] is None) == (row["regions"] == 0) for row in found.rows())
    assert "NOT EXACT" in found._repr_html_()
    if find_spec("matplotlib"):
        save_figure(plot_curve(found), tmp_path / "empty.png")


# ---- the bounds


def test_bounds_are_those_of_separate_comparisons():
    found = curve(NETWORK, CENTER, 1.5, radii=[1, 0.5, 1.5])
    assert [c.regions.domain.radius for c in found.comparisons] == [Fraction(1, 2), 1, Fraction(3, 2)]
    for comparison in found.comparisons:
        expected = compare(NETWORK, comparison.regions.domain)
        assert comparison.regions.count == expected.regions.count
        for row, other in zip(comparison.rows, expected.rows, strict=True):
            assert replace(row, seconds=0.0) == replace(other, seconds=0.0)


def test_default_radii_are_short_numbers_up_to_the_largest():
    found = curve(NETWORK, CENTER, 1.5, bounds=["naive"])
    radii = [row["radius"] for row in found.rows()]
    assert radii[-1] == 1.5
    assert 15 <= len(radii) <= 21
    assert radii == sorted(set(radii))
    assert all(r == float(f"{r:.3g}") for r in radii)
    assert found.comparisons[0].regions.count == 1


def test_a_bound_at_fault_spoils_its_own_column_only():
    bounds = [Planted(ZeroDivisionError("in the bound")), Planted(2, "two"), "naive"]
    found = curve(NETWORK, CENTER, 1.5, bounds=bounds, radii=[0.01, 1.5])
    first, last = found.rows()
    assert first["planted"] is None
    assert first["planted_error"] == "ZeroDivisionError: in the bound"
    assert not first["two_falsified"]
    assert last["two_falsified"]
    assert last["two_ratio"] == 2 / last["regions"]
    assert last["naive"] == 2**18
    assert found.falsified
    assert [text for text in found.warnings() if text.startswith("at radius 1.5: FALSIFIED: upper bound two")]
    assert found.remarks() == ["planted failed: ZeroDivisionError: in the bound (at 2 radii, the first 0.01)"]


# ---- bad input


@pytest.mark.parametrize(
    ("error", "text", "arguments"),
    [
        (DomainError, "positive radius", {"radius": -1.0}),
        (DomainError, "norm is 3", {"norm": 3}),
        (DomainError, "dimension 2", {"center": [0.0, 0.0]}),
        (DomainError, "radius 2 is beyond the largest one, 1.5", {"radii": [1, 2]}),
        (DomainError, "radius is nan", {"radii": [math.nan]}),
        (DomainError, "radii is 0.1; give a list", {"radii": 0.1}),
        (DomainError, "radii is '0.1'; give a list", {"radii": "0.1"}),
        (ExactRegionsError, "there is no bound 'none'", {"bounds": ["none"]}),
        (ExactRegionsError, "name of bound 'serra_2018' is taken", {"bounds": ["serra_2018", Serra2018()]}),
        (ExactRegionsError, "name of bound 'radius' is taken", {"bounds": [Planted(1, "radius")]}),
        (EngineError, "there is no engine", {"engine": "none"}),
    ],
)
def test_bad_input_is_refused(error, text, arguments):
    question = {"center": CENTER, "radius": 1.5, **arguments}
    with pytest.raises(error, match=text):
        curve(NETWORK, question.pop("center"), question.pop("radius"), **question)


@pytest.mark.parametrize("radius", [-0.1, math.nan, 1.6, "1", [0.5, 2.0]])
def test_counts_are_asked_for_within_the_search(radius):
    found = curve(NETWORK, CENTER, 1.5, bounds=[], radii=[])
    with pytest.raises(DomainError, match="radius"):
        found.count(radius)


# ---- what leaves it


def test_files_and_json(tmp_path):
    huge = 7**6000
    found = curve(NETWORK, CENTER, 1.5, bounds=[Planted(huge), "ball_profile"], radii=[0.5, Fraction(4, 3)])
    data = json.loads(json.dumps(found.describe(), allow_nan=False))
    assert [point["radius"] for point in data["curve"]] == [0.5, "4/3"]
    assert [point["regions"] for point in data["curve"]] == [c.regions.count for c in found.comparisons]
    assert len(data["curve"][0]["bounds"][0]["value"]) > 4300
    assert data["breakpoints"] == len(found.radii)
    found.to_csv(tmp_path / "table.csv")
    rows = list(csv.DictReader((tmp_path / "table.csv").open()))
    assert [int(row["regions"]) for row in rows] == [c.regions.count for c in found.comparisons]
    assert rows[0]["planted"] == data["curve"][0]["bounds"][0]["value"]
    assert rows[0]["planted_ratio"] == ""
    found.to_csv(tmp_path / "steps.csv", steps=True)
    steps = list(csv.DictReader((tmp_path / "steps.csv").open()))
    assert [float(step["radius"]) for step in steps] == found.radii.tolist()
    assert [int(step["regions"]) for step in steps] == found.counts.tolist()
    assert not list(tmp_path.glob("*.part"))


def test_tables_for_people():
    found = curve(NETWORK, CENTER, 1.5, bounds=[Planted(3), "naive"], radii=[0.5, 1.5])
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(found)
    text = console.export_text()
    assert "FALSIFIED" in text
    assert "262,144" in text
    assert "FALSIFIED" in found._repr_html_()
    assert "FALSIFIED" in repr(found)
    assert curve(NETWORK, CENTER, 1.5, bounds=[], radii=[])._repr_html_().count("<tr>") == 1


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_plots(tmp_path, suffix):
    pytest.importorskip("matplotlib")
    bounds = [Planted(10**600, "huge"), Planted(ValueError("no"), "failing"), "ball_profile"]
    path = tmp_path / f"curve.{suffix}"
    save_figure(plot_curve(curve(NETWORK, CENTER, 1.5, bounds=bounds, radii=[0.01, 0.5, 1.5])), path)
    assert path.stat().st_size > 5000
    save_figure(plot_curve(curve(NETWORK, CENTER, 1e-9, bounds=[])), path)
    with pytest.raises(FileFormatError, match="suffix 'xyz'"):
        save_figure(plot_curve(curve(NETWORK, CENTER, 0.1, bounds=[])), tmp_path / "curve.xyz")


def test_the_drawn_steps_are_the_curve():
    pytest.importorskip("matplotlib")
    found = curve(NETWORK, CENTER, 1.5, bounds=["naive"], radii=[0.01, 1.5])
    axes = plot_curve(found).axes[0]
    x, y = map(np.asarray, axes.lines[0].get_data())
    assert x[0] == 0.01
    assert x[-1] == 1.5
    assert y[0] == 1
    assert y[-1] == found.regions.count
    # just right of each place, unless the next is as near, the line stands at the count there
    clear = np.flatnonzero(np.diff(x) > 1e-9 * x[1:])
    assert len(clear) > 50
    assert found.count(x[clear] * (1 + 1e-12)).tolist() == y[clear].tolist()
    assert "norm 2" in axes.get_xlabel()
    assert axes.get_yscale() == "log"


def test_without_matplotlib_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ExactRegionsError, match="pip install matplotlib"):
        save_figure(plot_curve(curve(NETWORK, CENTER, 0.1, bounds=[])), tmp_path / "curve.png")


def test_a_curve_goes_on_axes_of_ones_own():
    figure = pytest.importorskip("matplotlib.figure").Figure()
    left, right = figure.subplots(1, 2)
    assert plot_curve(curve(NETWORK, CENTER, 0.5, bounds=["naive"]), right) is figure
    assert not left.lines
    assert [line.get_label() for line in right.lines] == ["exact count", "naive (upper)"]


def test_the_functions_are_not_hidden_by_the_folders_of_their_names():
    program = "import exactregions, exactregions.comparison.all_radii.table, exactregions.comparison.many_points.task; "
    program += "from exactregions import *; assert callable(curve) and callable(study) and exactregions.curve is curve"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_ball_stands_for_its_centre_radius_and_norm():
    for norm in NORMS:
        ball = Ball(CENTER, 0.5, norm)
        asked, given_apart = curve(NETWORK, ball, bounds=[]), curve(NETWORK, CENTER, 0.5, norm, bounds=[])
        assert asked.ball == given_apart.ball == ball
        assert asked.counts.tolist() == given_apart.counts.tolist()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((Ball(CENTER, 0.5), 0.5), "the ball has both"),
        ((Ball(CENTER, 0.5), None, 1), "the ball has both"),
        ((Box(-1, 1, dim=3),), "not in a box; give a Ball"),
        ((CENTER,), "give the largest one, or a Ball"),
    ],
)
def test_what_is_no_ball_is_told_with_its_remedy(given, message):
    with pytest.raises(DomainError, match=message):
        curve(NETWORK, *given)
