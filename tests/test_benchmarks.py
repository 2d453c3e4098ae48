from __future__ import annotations

import dataclasses
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx_models import model, node

from exactregions import Box, Network, count_regions, enumerate_regions, reach
from exactregions.regions import pack_patterns

pytest.importorskip("benchmarks", reason="benchmarks/ lies beside the package and is not installed with it")

from benchmarks import cost, public_networks
from benchmarks.cases import all_cases, case_named
from benchmarks.checks import mismatches
from benchmarks.few_inputs import count_polygons
from benchmarks.image_boxes import cube
from benchmarks.layer_by_layer import differences, images_by_layers
from benchmarks.limit import _pack_patterns
from benchmarks.measure import Measurement, measure
from benchmarks.networks import generated
from benchmarks.pairs import Pair
from benchmarks.plain_search import PlainSearch
from benchmarks.report import BEGIN, END, Sheet, cases_sheet, rungs_sheet, write_markdown

ROOT = Path(__file__).resolve().parents[1]
SMALL = "[2,16,16,1] box"


@pytest.mark.parametrize(("widths", "radius"), [((3, 6, 5, 1), 0.5), ((12, 6, 4, 1), 0.3)])
def test_the_plain_search_beside_which_image_boxes_stand_counts_generic_networks(widths, radius) -> None:
    network, box = cube(widths, radius)
    search = PlainSearch(network, box, 60.0)
    assert search.count() == enumerate_regions(network, box, engine="tree", store=False).count > 20


def test_the_float_polygons_beside_which_few_inputs_stand_are_as_many_as_the_regions() -> None:
    assert count_polygons(generated((2, 16, 16, 1))) == 225


@pytest.mark.parametrize("widths", [(2, 16, 16, 1), (3, 5, 7, 2), (1, 3, 1)])
def test_the_limit_packs_the_patterns_of_its_points(widths: tuple[int, ...]) -> None:
    network = generated(widths)
    points = np.random.default_rng(1).uniform(-1, 1, (50, widths[0]))
    values, signs = points, []
    for stage in network.stages:
        z = values @ stage.weight.T + stage.bias
        signs.append(z > 0)
        values = np.maximum(z, 0)
    expected = pack_patterns(np.concatenate(signs, axis=1))
    packed = np.full_like(expected, 255)
    _pack_patterns(
        points,
        np.concatenate([stage.weight.T.ravel() for stage in network.stages]),
        np.concatenate([stage.bias for stage in network.stages]),
        np.array(widths[:-1]),
        packed,
    )
    np.testing.assert_array_equal(packed, expected)


def test_names_of_cases_are_unique() -> None:
    names = [case.name for case in all_cases()]
    assert len(set(names)) == len(names)


def test_a_small_case_is_measured() -> None:
    case = case_named(SMALL)
    measured = measure(case, 1)
    assert measured.exact
    assert measured.regions == case.known == 225
    assert measured.peak >= measured.idle > 0
    assert measured.passes > measured.rate > 0
    assert mismatches([(case, measured)]) == []
    assert "225" in cases_sheet("title", [(case, measured)]).markdown()
    assert len(rungs_sheet([(case, measured)]).rows) == 1


def test_wrong_counts_are_told() -> None:
    case = case_named(SMALL)
    right = Measurement(case.name, 225, True, seconds=[1.0], processor=[1.0])
    assert mismatches([(case, right)]) == []
    assert mismatches([(case, dataclasses.replace(right, regions=224))])
    assert mismatches([(case, dataclasses.replace(right, regions=226, exact=False))])
    assert mismatches([(case, Measurement(case.name, failure="no memory"))])
    assert mismatches([], [Pair("x", [1.0], [1.0], (3, 4))])


def test_two_ways_of_one_question_must_agree() -> None:
    count, stored = case_named("[2,16,16,1] ball"), case_named("[2,16,16,1] ball stored")
    one = Measurement(count.name, 197, True, seconds=[1.0], processor=[1.0])
    assert mismatches([(count, one), (stored, dataclasses.replace(one, regions=196))])


def test_tables_replace_what_stands_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    marks = [mark.format(name) for name in ("bounds", "tables") for mark in (BEGIN, END)]
    page.write_text("before\n{}\nolder\n{}\nbetween\n{}\nold\n{}\nafter\n".format(*marks))
    write_markdown(page, [Sheet("Title", ("a", "b"), [("1", "2")])])
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| 1 | 2 |" in text
    assert "old\n" not in text
    assert "older\n" in text
    write_markdown(page, [Sheet("Title", ("a", "b"), [("3", "4")])], "bounds")
    text = page.read_text()
    assert text.index("| 3 | 4 |") < text.index("between") < text.index("| 1 | 2 |")
    assert "older\n" not in text


def test_kernels_without_proofs_refuse_a_cache_that_is_kept() -> None:
    program = "from benchmarks.believing import believe_floats; believe_floats()"
    environment = {"PATH": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, cwd=ROOT, check=False
    )
    assert done.returncode
    assert "NUMBA_CACHE_DIR" in done.stderr


def test_the_table_of_public_networks_reads_counts_and_refuses(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(public_networks, "load_kernels", lambda kind: None)
    folder = tmp_path / "operators"
    folder.mkdir()
    for name, operator in (("relu", "Relu"), ("sigmoid", "Sigmoid"), ("sine", "Sin")):
        nodes = [node("Add", "x", "c", out="a"), node(operator, "a", out="y")]
        onnx.save(model(nodes, (1, 2), {"c": np.array([0.25, 0.5], np.float32)}), folder / f"{name}.onnx")
    lines = list(public_networks.table(tmp_path, 600.0, ""))
    assert lines[0] == public_networks.HEAD
    relu, cut, sine = lines[2:]
    assert relu.startswith("| relu.onnx | 2, 2 | 0 | box (-1, 1) | 4 |  |")
    assert "sine.onnx | node 1 (Sin, 'Sin to y')" in sine
    assert "not piecewise linear" in sine
    assert cut.startswith("| sigmoid.onnx | 2, 0 | its end cut off | box (-1, 1) | 1 |  |")


def test_the_page_of_costs_has_exact_counts():
    page = (cost.ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    for factor, place, network, domain in cost.questions():
        table = page.split(f"<!-- {factor} -->")[1].split("<!-- end -->")[0]
        row = next(line for line in table.splitlines() if line.startswith(f"| {place:g} |"))
        known = int(row.split("|")[2].replace(",", ""))
        if known < 10_000:
            assert count_regions(network, domain) == known


@pytest.mark.parametrize("sizes", [(2, 4, 3, 2), (3, 4, 2), (2, 3, 2, 3, 2)])
def test_sets_of_outputs_layer_by_layer_are_those_of_reach(sizes):
    rng = np.random.default_rng(len(sizes))
    weights = [rng.integers(-3, 4, (m, n)).astype(float) for n, m in pairwise(sizes)]
    network = Network.from_layers(weights, [rng.integers(-2, 3, m).astype(float) for m in sizes[1:]])
    box = Box([-1] * sizes[0], [2] * sizes[0])
    images, found = images_by_layers(network, box), reach(network, box)
    assert len(images) > 4
    assert differences(images, found) == []
    assert differences(images[1:], found)
    fault = next(k for k, image in enumerate(images) if image.matrix.any())
    images[fault] = dataclasses.replace(images[fault], matrix=images[fault].matrix * 1.001)
    assert len(differences(images, found)) == 1
