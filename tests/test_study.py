"""Studies: the same counts as one by one, whatever is interrupted, resumed or run side by side; files and refusals."""

import csv
import functools
import json
import math
import sys
import time
import zlib
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from planted_bounds import Planted
from rich.console import Console

from exactregions import Ball, ExactRegionsError, Network, count_regions, load
from exactregions.bounds import Naive, SampledPatterns, bound, proved_signs
from exactregions.cases.networks import generated
from exactregions.comparison import Study, study
from exactregions.engines.rational import RationalEngine
from exactregions.errors import DomainError, EngineError, FileFormatError, FileWriteError
from exactregions.support.stopping import STOPS, check
from exactregions.support.tables import full_text

DATA = Path(__file__).parent.parent / "data"
NETWORK = generated(2, 6, 5, 1)
POINTS = np.random.default_rng(0).uniform(-1, 1, (6, 2))
RADII = [0.5, 0.125, Fraction(1, 3)]
BOUNDS = ["naive", "ball_profile"]


def table(found: Study) -> list[dict]:
    """The rows without what no two runs have in common."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in found.rows]


def interrupting(after: int):
    """Return a progress callback that presses Ctrl-C when so many points are done."""

    def progress(done: int, total: int) -> None:
        if done == after:
            raise KeyboardInterrupt

    return progress


# ---- the rows


@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_rows_are_what_separate_questions_give(norm):
    found = study(NETWORK, POINTS, RADII, norm, bounds=BOUNDS)
    assert found.complete
    assert found.exact
    assert [(row["point"], row["radius"]) for row in found.rows] == [(p, float(r)) for p in range(6) for r in RADII]
    for row, radius in zip(found.rows, RADII * 6, strict=True):
        ball = Ball(POINTS[row["point"]], radius, norm)
        assert row["regions"] == count_regions(NETWORK, ball)
        assert row["naive"] == 2**11
        assert row["naive_ratio"] == 2**11 / row["regions"]
        signs = proved_signs(NETWORK, ball, "sphere")
        assert row["stable_by_sphere"] == sum(int((s != 0).sum()) for s in signs)
        assert row["stable_by_sphere"] <= row["stable_units"] <= 11
        assert (row["stable_units"] == 11) == (row["regions"] == 1)


@pytest.mark.parametrize(("norm", "size"), [(1, 4), (2, 5), (math.inf, 7)])
def test_distances_and_stable_units_of_a_known_network(norm, size):
    """The lines 3 x + 4 y = 1 and 3 x + 4 y = 2, from points on either side, between and on them."""
    network = Network.from_layers([[[3.0, 4.0], [3.0, 4.0]], [[1.0, 1.0]]], [[-1.0, -2.0], [0.0]])
    points = [[0.0, 0.0], [0.0, 0.375], [1.0, 1.0], [0.0, 0.25]]
    found = study(network, points, [0.1, 0.3], norm, bounds=[])
    for row in found.rows:
        x, y = map(Fraction, points[row["point"]])
        gaps = [abs(3 * x + 4 * y - b) / size for b in (1, 2)]
        near = float(min(gaps)) if min(gaps) < 0.3 else None
        assert row["boundary_distance"] == (None if near is None else pytest.approx(near, abs=1e-15))
        crossed = sum(gap < Fraction(row["radius"]) for gap in gaps)
        assert row["regions"] == 1 + crossed
        assert row["stable_units"] == 2 - crossed


def digits(count: int) -> np.ndarray:
    """The first training points of the digits network, as data/train.py splits them."""
    datasets = pytest.importorskip("sklearn.datasets")
    from sklearn.model_selection import train_test_split

    rows, labels = datasets.load_digits(return_X_y=True)
    train = train_test_split(rows, labels, test_size=0.25, random_state=0, stratify=labels)[0]
    points = (train / 16.0).astype(np.float32)
    assert np.array_equal(points[:8], np.load(DATA / "digits_points.npy"))
    return points[:count]


def test_points_of_the_digits_network_interrupted_and_resumed(tmp_path):
    network, points = load(DATA / "digits.safetensors"), digits(20)
    radii, checkpoint = [0.02, 0.05, 0.1, 0.15, 0.2], tmp_path / "study.jsonl"
    bounds = ["serra_2018", "ball_propagation"]
    whole = study(network, points, radii, bounds=bounds)
    assert whole.exact
    assert len(whole.rows) == 100
    part = study(network, points, radii, bounds=bounds, workers=2, resume=checkpoint, progress=interrupting(8))
    assert not part.complete
    assert part.stopped == "interrupted"
    assert 40 <= len(part.rows) < 100
    done = {row["point"] for row in part.rows}
    assert table(part) == [row for row in table(whole) if row["point"] in done]
    seen: list[int] = []
    log = seen.append
    resumed = study(network, points, radii, bounds=bounds, resume=checkpoint, progress=lambda done, total: log(done))
    assert seen == list(range(len(done), 21))
    assert resumed.complete
    assert table(resumed) == table(whole)
    assert [row["seconds"] for row in resumed.rows if row["point"] in done] == [row["seconds"] for row in part.rows]
    for row in whole.rows[::10]:
        assert row["regions"] == count_regions(network, Ball(points[row["point"]], row["radius"]))


# ---- workers


def test_threads_and_processes_give_the_same_table():
    expected = table(study(NETWORK, POINTS, RADII, bounds=BOUNDS))
    assert table(study(NETWORK, POINTS, RADII, bounds=BOUNDS, workers=3)) == expected
    with ThreadPoolExecutor(2) as threads:
        assert table(study(NETWORK, POINTS, RADII, bounds=BOUNDS, workers=threads)) == expected
    with ProcessPoolExecutor(1) as processes:
        assert table(study(NETWORK, POINTS[:2], RADII, bounds=BOUNDS, workers=processes)) == expected[:6]


class Failing(RationalEngine):
    """Fails at the point with index 3, and keeps count."""

    def __init__(self) -> None:
        self.searches = 0

    def search(self, network, domain, limits, observer):
        self.searches += 1
        if domain.center_float[0] == POINTS[3, 0]:
            raise EngineError("this point is too much")
        return super().search(network, domain, limits, observer)


def test_an_engine_that_fails_ends_the_study_and_keeps_what_is_done(tmp_path):
    engine, points = Failing(), np.concatenate([POINTS] + [POINTS[:1]] * 60)
    with pytest.raises(EngineError, match="too much"):
        study(NETWORK, points, RADII, bounds=[], engine=engine, resume=tmp_path / "s")
    assert engine.searches < 60
    seen: list[int] = []
    resumed = study(NETWORK, points, RADII, bounds=[], resume=tmp_path / "s", progress=lambda d, n: seen.append(d))
    assert 3 <= seen[0] < 60
    assert resumed.exact


class Endless(RationalEngine):
    """Comes to no end at the point with index 1, and hears now and then whether it has to."""

    def search(self, network, domain, limits, observer):
        found = super().search(network, domain, limits, None)
        try:
            while domain.center_float[0] == POINTS[1, 0]:
                time.sleep(0.01)
                check()
        except STOPS:
            return replace(found, complete=False, stopped="interrupted")
        return found


def test_an_interrupt_ends_a_search_that_runs():
    found = study(NETWORK, POINTS[:2], RADII, bounds=[], engine=Endless(), workers=2, progress=interrupting(1))
    assert found.stopped == "interrupted"
    assert {row["point"] for row in found.rows} == {0}


# ---- limits


def test_limits_are_those_of_each_point_and_other_limits_search_again(tmp_path):
    expected = study(NETWORK, POINTS, RADII, bounds=BOUNDS)
    part = study(NETWORK, POINTS, RADII, bounds=BOUNDS, max_regions=4, resume=tmp_path / "s")
    assert part.complete
    assert not part.exact
    cut = {row["point"] for row in part.rows if not row["exact"]}
    assert 0 < len(cut) < len(POINTS)
    for row, true in zip(part.rows, expected.rows, strict=True):
        assert row["regions"] <= min(true["regions"], 4)
        assert row["exact"] == (row["point"] not in cut) == (row["stopped"] is None)
        assert (row["stable_units"] is None) == (row["point"] in cut)
    assert any("NOT EXACT" in text for text in part.warnings())
    resumed = functools.partial(study, NETWORK, POINTS, RADII, bounds=BOUNDS, resume=tmp_path / "s")
    seen: list[int] = []
    resumed(max_regions=4, progress=lambda done, total: seen.append(done))
    assert seen == [6]
    assert table(resumed()) == table(expected)
    assert table(resumed(max_regions=4)) == table(expected)


# ---- checkpoints


@pytest.mark.parametrize(
    ("named", "change"),
    [
        ("network", {"network": generated(2, 6, 5, 1, seed=1)}),
        ("points", {"points": POINTS[::-1]}),
        ("radii", {"radii": [0.5, 0.125]}),
        ("norm", {"norm": 1}),
        ("bounds", {"bounds": ["naive"]}),
    ],
)
def test_the_checkpoint_of_another_study_is_refused(tmp_path, named, change):
    question = {"network": NETWORK, "points": POINTS, "radii": RADII, "norm": 2, "bounds": BOUNDS}
    path = tmp_path / "study.jsonl"
    study(**question, resume=path)
    before = path.read_bytes()
    with pytest.raises(FileFormatError, match=rf"another study \({named} differ\)"):
        study(**{**question, **change}, resume=path)
    assert path.read_bytes() == before


def test_a_checkpoint_knows_the_settings_of_bounds(tmp_path):
    path = tmp_path / "study.jsonl"
    question = {"points": POINTS[:2], "radii": [4.0], "resume": path}
    few = study(NETWORK, bounds=[SampledPatterns(3)], **question)
    with pytest.raises(FileFormatError, match=r"another study \(bounds differ\)"):
        study(NETWORK, bounds=[SampledPatterns(500)], **question)
    path.unlink()
    many = study(NETWORK, bounds=[SampledPatterns(500)], **question)
    assert many.rows[0]["sampled_patterns"] > few.rows[0]["sampled_patterns"]


def test_an_infinite_time_limit_is_none(tmp_path):
    question = {"points": POINTS[:2], "radii": RADII, "bounds": BOUNDS, "resume": tmp_path / "study.jsonl"}
    expected = table(study(NETWORK, time_limit=math.inf, **question))
    assert table(study(NETWORK, **question)) == expected


def test_a_torn_line_is_cut_off_and_searched_again(tmp_path, caplog):
    path = tmp_path / "study.jsonl"
    expected = study(NETWORK, POINTS, RADII, bounds=BOUNDS, resume=path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    seen: list[int] = []
    again = study(NETWORK, POINTS, RADII, bounds=BOUNDS, resume=path, progress=lambda done, total: seen.append(done))
    assert seen == [5, 6]
    assert "cut short by a crash" in caplog.text
    assert table(again) == table(expected)
    assert len(path.read_bytes().splitlines()) == 7
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


def forged(path: Path, **change: object) -> None:
    """Change the first row of the first point of a checkpoint, and its checksum with it."""
    header, line, *others = path.read_bytes().splitlines(keepends=True)
    record = json.loads(line)
    del record["crc32"]
    record["rows"][0] |= change
    record["crc32"] = zlib.crc32(json.dumps(record).encode() + b"\n")
    path.write_bytes(b"".join([header, json.dumps(record).encode() + b"\n", *others]))


@pytest.mark.parametrize("name", ["regions", "stable_units", "boundary_distance", "ball_profile"])
def test_forged_rows_are_found_by_counting_again(tmp_path, name):
    path = tmp_path / "study.jsonl"
    study_again = functools.partial(study, NETWORK, POINTS, RADII, bounds=BOUNDS, resume=path)
    expected = study_again()
    assert table(study_again(check=True)) == table(expected)
    row = expected.rows[0]
    forged(path, **{name: row[name] + 1 if name != "boundary_distance" else row[name] / 2})
    before = path.read_bytes()
    assert study_again().rows[0][name] != row[name]  # it has a right checksum, and is trusted
    with pytest.raises(FileFormatError, match=rf"point {row['point']}, radius {row['radius']}: {name} is .* forged"):
        study_again(check=True)
    assert path.read_bytes() == before


def test_a_checked_study_adds_the_points_that_are_left(tmp_path):
    path = tmp_path / "study.jsonl"
    expected = study(NETWORK, POINTS, RADII, bounds=BOUNDS)
    study(NETWORK, POINTS, RADII, bounds=BOUNDS, resume=path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:4]))
    assert table(study(NETWORK, POINTS, RADII, bounds=BOUNDS, resume=path, check=True)) == table(expected)
    assert len(path.read_bytes().splitlines()) == 7


def test_a_torn_first_line_is_a_study_not_begun(tmp_path):
    path = tmp_path / "study.jsonl"
    study(NETWORK, POINTS[:1], RADII, bounds=BOUNDS, resume=path)
    header, _ = whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header[:50])
    assert study(NETWORK, POINTS[:1], RADII, bounds=BOUNDS, resume=path).exact
    assert path.read_bytes().splitlines(keepends=True)[0] == whole[0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: b"point,radius\n1,2\n",
        lambda text: b"no line ends here",
        lambda text: text.replace(b'"point": 2,', b'"point": 99,'),
        lambda text: text.replace(b'{"point": 1', b"{point: 1", 1),
        lambda text: text.replace(b'"naive": ', b'"other": '),
        lambda text: text.replace(b'"naive_falsified": ', b'"naive_falsifieD": ', 1),
        lambda text: text.replace(b'"stable_units": ', b'"stable_units": 1', 1),
        lambda text: b"\xff\xfe\n",
    ],
)
def test_damaged_or_foreign_files_are_refused_and_left_alone(tmp_path, spoil):
    path = tmp_path / "study.jsonl"
    study(NETWORK, POINTS, RADII, bounds=BOUNDS, resume=path)
    spoiled = spoil(path.read_bytes())
    path.write_bytes(spoiled)
    with pytest.raises(FileFormatError, match="no checkpoint of a study"):
        study(NETWORK, POINTS, RADII, bounds=BOUNDS, resume=path)
    assert path.read_bytes() == spoiled


# ---- tables


PLANTED = [Planted(7**6000, "huge"), Planted(2.5, "mean", "expectation"), Planted(1, "low"), Planted(-1, "bad")]


def test_tables_as_files(tmp_path):
    polars = pytest.importorskip("polars")
    found = study(NETWORK, POINTS, RADII, bounds=PLANTED, resume=tmp_path / "checkpoint")
    assert found.rows[0]["huge"] == 7**6000
    assert table(study(NETWORK, POINTS, RADII, bounds=PLANTED, resume=tmp_path / "checkpoint")) == table(found)
    found.save(tmp_path / "table.parquet")
    found.save(tmp_path / "table.csv")
    frame = polars.read_parquet(tmp_path / "table.parquet")
    assert frame.equals(found.to_polars())
    schema = {name: str(kind) for name, kind in frame.schema.items()}
    assert (schema["huge"], schema["mean"], schema["low"], schema["bad"]) == ("String", "Float64", "Int64", "Int64")
    assert frame["low"].to_list() == [1] * 18
    assert frame["bad"].to_list() == [None] * 18
    assert "negative" in frame["bad_error"][0]
    assert len(frame["huge"][0]) == 5071
    rows = list(csv.DictReader((tmp_path / "table.csv").open()))
    assert list(rows[0]) == frame.columns
    assert [int(row["regions"]) for row in rows] == frame["regions"].to_list()
    assert [float(row["radius"]) for row in rows] == frame["radius"].to_list()
    assert rows[0]["huge"] == frame["huge"][0]
    assert not list(tmp_path.glob("*.part"))


def test_an_average_beyond_floats_at_one_radius_keeps_its_table(tmp_path):
    weight = np.zeros((64, 60))
    weight[:, 0] = 1
    network = Network.from_layers([weight, np.ones((1, 64))], [np.arange(64.0), None])
    found = study(network, np.zeros((1, 60)), [0.5, 1e6], bounds=["hanin_rolnick_2019"])
    small, large = (row["hanin_rolnick_2019"] for row in found.rows)
    assert isinstance(small, float)
    assert large > 10**308
    assert found.to_polars()["hanin_rolnick_2019"].to_list() == [repr(small), full_text(large).replace(",", "")]
    found.save(tmp_path / "found.parquet")
    within = replace(found, rows=(found.rows[0], found.rows[1] | {"hanin_rolnick_2019": 2**70}))
    assert within.to_polars()["hanin_rolnick_2019"].to_list() == [small, 2.0**70]


def test_columns_of_two_bounds_never_share_a_name():
    for names in (["ball", "ball_ratio"], ["ball_error", "ball"]):
        with pytest.raises(ExactRegionsError, match="column needs a name of its own"):
            study(NETWORK, POINTS, RADII, bounds=[bound(name=name)(lambda network, domain: 99) for name in names])


def test_a_table_without_rows_has_its_columns(tmp_path):
    pytest.importorskip("polars")
    found = study(NETWORK, POINTS, RADII, bounds=BOUNDS, progress=interrupting(0))
    assert found.rows == ()
    assert not found.complete
    found.save(tmp_path / "table.csv")
    assert found.to_polars().columns == (tmp_path / "table.csv").read_text().strip().split(",")
    assert "NOT EXACT: 6 points are missing" in found._repr_html_()


def test_tables_for_people_and_programs():
    found = study(NETWORK, POINTS, RADII, bounds=PLANTED)
    assert found.falsified
    console = Console(width=150, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(found.table())
    text = console.export_text()
    assert "median" in text
    assert "0.333333" in text
    assert any(text.startswith("FALSIFIED: bound low") for text in found.warnings())
    assert found.remarks() == [
        "bad failed in 18 of 18 rows, first at point 0, radius 0.5: "
        "ValueError: the value is negative; a bound is finite and not negative"
    ]
    assert "bad failed in 18" in found._repr_html_()
    data = json.loads(json.dumps(found.describe(), allow_nan=False))
    assert data["points"] == 6
    assert data["falsified"]
    assert len(data["rows"][0]["huge"]) == 5071
    assert "exact" in repr(found)


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_missing_libraries_are_named(monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    found = study(NETWORK, POINTS[:1], [0.1], bounds=[])
    with pytest.raises(ExactRegionsError, match=f"pip install {library}"):
        getattr(found, f"to_{library}")()


def test_pandas_where_it_is_installed():
    pytest.importorskip("pandas")
    frame = study(NETWORK, POINTS, RADII, bounds=PLANTED).to_pandas()
    assert frame.shape == (18, 9 + 4 * 5)
    assert str(frame["regions"].dtype) == "Int64"


# ---- bad input


@pytest.mark.parametrize(
    ("error", "text", "change"),
    [
        (DomainError, r"shape \(2,\)", {"points": [0.0, 1.0]}),
        (DomainError, "all rows of one length", {"points": [[0.0, 1.0], [0.0]]}),
        (DomainError, "radii is 0.5; give a list", {"radii": 0.5}),
        (ExactRegionsError, "bounds is 'naive'; give a list", {"bounds": "naive"}),
        (ExactRegionsError, "bounds is <.*Naive.*>; give a list", {"bounds": Naive()}),
        (DomainError, r"give \(k, 2\)", {"points": [[0.0, 1.0, 2.0]]}),
        (DomainError, r"shape \(0, 2\)", {"points": np.zeros((0, 2))}),
        (DomainError, r"points\[1\] holds a number that is not finite", {"points": [[0.0, 1.0], [0.0, math.nan]]}),
        (DomainError, "dtype", {"points": [["a", "b"]]}),
        (DomainError, "radii is empty", {"radii": []}),
        (DomainError, "a radius comes twice", {"radii": [0.5, Fraction(1, 2)]}),
        (DomainError, "positive radius", {"radii": [0.5, 0]}),
        (DomainError, "norm is 3", {"norm": 3}),
        (ExactRegionsError, "there is no bound", {"bounds": ["none"]}),
        (ExactRegionsError, "name of bound 'stopped' is taken", {"bounds": [Planted(1, "stopped")]}),
        (EngineError, "workers is 0", {"workers": 0}),
        (EngineError, "time_limit is -1", {"time_limit": -1.0}),
        (FileWriteError, "missing", {"resume": "missing/folder/file"}),
        (DomainError, "beyond the range of float64", {"radii": [0.5, 10**400]}),
        (DomainError, "beyond the range of float64", {"radii": [Fraction(1, 10**400)]}),
    ],
)
def test_bad_input_is_refused(error, text, change):
    question = {"points": POINTS, "radii": RADII, **change}
    with pytest.raises(error, match=text):
        study(NETWORK, **question)


@pytest.mark.parametrize("kind", [np.int64, np.uint64, np.longdouble])
def test_points_are_not_rounded(kind):
    points = np.array([[0, 0], [2**53, 1]], dtype=kind)
    assert study(NETWORK, points, [0.5], bounds=[]).exact
    points[1, 0] += 1
    with pytest.raises(DomainError, match=r"points\[1\] holds a number that is no float64"):
        study(NETWORK, points, [0.5], bounds=[])


def test_tables_have_known_suffixes(tmp_path):
    found = study(NETWORK, POINTS[:1], [0.1], bounds=[])
    with pytest.raises(FileFormatError, match=r"\.csv or \.parquet"):
        found.save(tmp_path / "table.xls")
