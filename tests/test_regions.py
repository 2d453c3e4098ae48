"""The answer type: views that agree with the network, and files that give back what was saved."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from engines import found

from exactregions import Ball, Box, Network, Polytope, RegionSet, WholeSpace, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.errors import ExactRegionsError, FileFormatError
from exactregions.regions import pack_patterns, unpack_patterns

NETWORK = nets.generated(2, 5, 4, 2, seed=8)
DOMAIN = Ball([Fraction(1, 3), 0.25], Fraction(5, 4))


def test_polyhedron_holds_the_witness(engine):
    for region in found(engine, NETWORK, DOMAIN):
        A, b = region.polyhedron()
        assert A.shape == (9, 2)
        x = np.array([float(v) for v in region.witness])
        assert (A @ x <= b + 1e-12).all()


def test_polyhedra_exclude_the_other_witnesses(engine):
    regions = list(found(engine, NETWORK, DOMAIN))
    points = np.array([[float(v) for v in r.witness] for r in regions])
    for i, region in enumerate(regions):
        A, b = region.polyhedron()
        held = (points @ A.T <= b + 1e-12).all(axis=1)
        assert held[i]
        assert held.sum() == 1


def test_affine_map_is_the_network_on_the_region(engine):
    for region in found(engine, NETWORK, DOMAIN):
        A, c = region.affine_map()
        x = np.array([float(v) for v in region.witness])
        assert A @ x + c == pytest.approx(NETWORK.forward(x)[0], abs=1e-9)


def test_layers_of_a_region(engine):
    region = found(engine, NETWORK, DOMAIN)[0]
    assert [len(layer) for layer in region.layers()] == [5, 4]
    assert np.concatenate(region.layers()).tolist() == region.pattern.tolist()


def test_wires_are_left_out_of_pattern_and_polyhedron():
    network = Network.from_layers([np.eye(2), [[1.0, -1.0]], [[1.0]]], [None] * 3, slope=1.0)
    region = enumerate_regions(network, WholeSpace(2), engine="rational")[0]
    assert region.pattern.shape == (0,)
    assert region.polyhedron()[0].shape == (0, 2)
    assert region.affine_map()[0].tolist() == [[1.0, -1.0]]


def test_packing():
    patterns = np.random.default_rng(0).random((7, 19)) < 0.5
    packed = pack_patterns(patterns)
    assert packed.shape == (7, 3)
    assert (unpack_patterns(packed, 19) == patterns).all()


def test_indexing_and_iteration():
    regions = found("rational", NETWORK, DOMAIN)
    assert len(list(regions)) == len(regions)
    assert regions[-1].pattern.tolist() == regions[len(regions) - 1].pattern.tolist()
    with pytest.raises(IndexError, match=f"no region {len(regions)}; there are {len(regions)}"):
        regions[len(regions)]
    assert [r.pattern.tolist() for r in regions[1:-1:2]] == regions.pattern_array()[1:-1:2].tolist()
    assert regions[np.int64(2)].pattern.tolist() == regions[2].pattern.tolist()
    for wrong in ("1", 1.0, None, [0], np.zeros(len(regions), dtype=bool)):
        with pytest.raises(ExactRegionsError, match="give the number of a row or a slice"):
            regions[wrong]  # pyright: ignore[reportArgumentType, reportCallIssue]


def test_repr_tells_the_verdict():
    whole = found("rational", NETWORK, DOMAIN)
    part = enumerate_regions(NETWORK, DOMAIN, engine="rational", max_regions=3)
    assert f"exactly {len(whole)} regions" in repr(whole)
    assert "at least 3 regions" in repr(part)
    assert "max_regions" in repr(part)
    assert "exactly" in whole._repr_html_()


@pytest.mark.parametrize(
    ("count", "complete", "words"),
    [
        (1, True, "exactly 1 region"),
        (1429, True, "exactly 1,429 regions"),
        (1, False, "NOT EXACT: at least 1 region (time limit)"),
        (2, False, "NOT EXACT: at least 2 regions (time limit)"),
        (0, False, "NOT EXACT: no region found yet (time limit)"),
    ],
)
def test_the_count_in_words(count, complete, words):
    counted = found("rational", NETWORK, DOMAIN).without_regions()
    stopped = None if complete else "time limit"
    assert replace(counted, count=count, complete=complete, stopped=stopped).verdict() == words


def test_columns_are_read_only():
    regions = found("rational", NETWORK, DOMAIN)
    with pytest.raises(ValueError, match="read-only"):
        regions.patterns[0] = 0


@pytest.mark.parametrize(
    "domain",
    [
        DOMAIN,
        Ball([0.25, 0.5], 0.75, 1),
        Ball([0.25, 0.5], 0.75, math.inf),
        Box([0, Fraction(1, 3)], [1, 1]),
        Polytope([[1, Fraction(1, 3)]], [1], Box([-1, -1], [1, 1])),
        WholeSpace(2),
    ],
    ids=lambda d: d.kind,
)
def test_save_and_load(engine, domain, tmp_path):
    regions = found(engine, NETWORK, domain)
    path = tmp_path / "regions.npz"
    regions.save(path)
    again = RegionSet.load(path)
    assert (again.count, again.exact, again.engine, again.stopped) == (
        len(regions),
        True,
        regions.engine,
        None,
    )
    assert again.network == NETWORK
    assert again.domain == domain
    assert [r.witness for r in again] == [r.witness for r in regions]
    assert (again.patterns == regions.patterns).all()
    assert again.exact_entries == regions.exact_entries
    assert again.describe() == regions.describe()
    assert [p.name for p in tmp_path.iterdir()] == ["regions.npz"]


def test_saving_an_incomplete_answer(tmp_path):
    part = enumerate_regions(NETWORK, DOMAIN, engine="rational", max_regions=3)
    part.save(tmp_path / "part.npz")
    again = RegionSet.load(tmp_path / "part.npz")
    assert not again.exact
    assert again.stopped == part.stopped


def test_saving_a_count_alone(tmp_path):
    counted = enumerate_regions(NETWORK, DOMAIN, engine="rational", store=False)
    counted.save(tmp_path / "count.npz")
    assert len(RegionSet.load(tmp_path / "count.npz")) == len(counted)


def test_witnesses_between_floats_survive(tmp_path):
    """No float lies inside a ball of radius 1e-30 about 1/3."""
    network = nets.one_layer([[1, 0], [0, 1]], [0, -0.5])
    regions = found("rational", network, Ball([Fraction(1, 3), Fraction(1, 2)], Fraction(1, 10**30)))
    assert len(regions) == 2
    regions.save(tmp_path / "sliver.npz")
    again = RegionSet.load(tmp_path / "sliver.npz")
    assert again.exact_witnesses
    assert [r.witness for r in again] == [r.witness for r in regions]


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "regions.npz"
    found("rational", NETWORK, DOMAIN).save(path)
    return path


def _rewritten(path, **changes):
    with np.load(path) as file:
        columns = {name: file[name] for name in file.files}
    for name, value in changes.items():
        if value is None:
            del columns[name]
        else:
            columns[name] = value
    np.savez(path, **columns)


def test_truncated_files(saved):
    whole = saved.read_bytes()
    for length in (0, 1, 30, len(whole) // 2, len(whole) - 1):
        saved.write_bytes(whole[:length])
        with pytest.raises(FileFormatError):
            RegionSet.load(saved)


@pytest.mark.parametrize(
    "changes",
    [
        {"header": None},
        {"patterns": None},
        {"output_weight": None},
        {"stage0_weight": np.zeros((5, 2))},
        {"header": np.frombuffer(b"{}", dtype=np.uint8)},
        {"header": np.frombuffer(b'{"format": 99}', dtype=np.uint8)},
        {"header": np.frombuffer(b"\xff\x00", dtype=np.uint8)},
    ],
    ids=[
        "no header",
        "no patterns",
        "no output",
        "another network",
        "empty header",
        "later format",
        "no text",
    ],
)
def test_damaged_files(saved, changes):
    _rewritten(saved, **changes)
    with pytest.raises(FileFormatError):
        RegionSet.load(saved)


def test_foreign_files(tmp_path):
    path = tmp_path / "foreign.npz"
    np.savez(path, W0=np.eye(2))
    with pytest.raises(FileFormatError):
        RegionSet.load(path)
    path.write_text("no archive")
    with pytest.raises(FileFormatError):
        RegionSet.load(path)


def test_a_missing_file_stays_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        RegionSet.load(tmp_path / "nowhere.npz")
