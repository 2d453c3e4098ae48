"""The answer type: views that agree with the network, and files that give back what was saved."""

import copy
import math
import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from engines import found

from exactregions import Ball, Box, Network, Polytope, RegionSet, WholeSpace, enumerate_regions, resume_regions
from exactregions.cases import networks as nets
from exactregions.cases.networks import generated
from exactregions.errors import DomainError, EngineError, ExactRegionsError, FileFormatError
from exactregions.geometry import locate, region_at
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
        assert A @ x + c == pytest.approx(NETWORK.forward(x), abs=1e-9)


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
    for wrong in ("1", 1.0, None, [0.0], ["a"], np.zeros((2, 2), dtype=int), (1, 2), [[1], [2, 3]], 1j):
        with pytest.raises(ExactRegionsError, match="give the number of a row, a slice, a mask of"):
            regions[wrong]  # pyright: ignore[reportArgumentType, reportCallIssue]
    with pytest.raises(ExactRegionsError, match="the mask has 2 values"):
        regions[[True, False]]
    with pytest.raises(ExactRegionsError, match="region 0 is asked for twice"):
        regions[[0, -len(regions)]]
    for beyond in ([len(regions)], [-len(regions) - 1]):
        with pytest.raises(IndexError, match=f"there is no region {beyond[0]}"):
            regions[beyond]


def chosen_by(rows: list[int], count: int) -> list:
    mask = np.isin(np.arange(count), rows)
    return [
        rows,
        np.array(rows, dtype=np.uint8),
        torch.tensor(rows),
        [row - count for row in rows],
        mask,
        mask.tolist(),
    ]


@pytest.mark.parametrize("domain", [DOMAIN, Ball([0.25, 0.0], 1, 1)])
def test_some_rows_are_a_set_that_says_it_is_not_all(domain):
    regions = enumerate_regions(NETWORK, domain, engine="rational", entry_radii=True)
    for rows in ([1, 3, 4], [0], []):
        for index in chosen_by(rows, len(regions)):
            some = regions[index]
            assert isinstance(some, RegionSet)
            assert list(some) == [regions[row] for row in rows]
            assert [r.witness for r in some] == [regions[row].witness for row in rows]
            assert [r.entry_bounds for r in some] == [regions[row].entry_bounds for row in rows]
            assert not some.exact
            assert f"{len(rows)} of {len(regions)} regions chosen" in repr(some)
            assert len(some.witnesses) == len(some.exact_entries or rows) == len(rows)
            with pytest.raises(EngineError):
                resume_regions(some)
    assert regions[1:4] == regions[[1, 2, 3]]
    for every in (regions[:], regions[::-1], regions[np.ones(len(regions), dtype=bool)]):
        assert every.exact
        assert every == regions
    assert [r.witness for r in regions[::-1]] == [r.witness for r in regions][::-1]


def test_a_count_alone_has_no_rows():
    counted = enumerate_regions(NETWORK, DOMAIN, engine="rational", store=False)
    for ask in (lambda: counted[:], lambda: counted[0], lambda: counted[[0]]):
        with pytest.raises(IndexError, match="only the count was kept"):
            ask()
    region = found("rational", NETWORK, DOMAIN)[0]
    for ask in (
        lambda: region in counted,
        lambda: counted.index(region),
        counted.affine_maps,
        counted.always_active,
        counted.never_active,
        counted.to_polars,
        lambda: locate(counted, [[0, 0]]),
    ):
        with pytest.raises(EngineError, match=r"only (the|their) count was kept"):
            ask()
    assert counted == enumerate_regions(NETWORK, DOMAIN, engine="rational", store=False)
    assert counted != found("rational", NETWORK, DOMAIN)


def test_equal_answers_and_equal_regions():
    regions = found("rational", NETWORK, DOMAIN)
    other = enumerate_regions(NETWORK, DOMAIN, engine="facets")
    for same in (other, pickle.loads(pickle.dumps(regions)), copy.deepcopy(regions), regions[::-1]):
        assert same == regions
        assert hash(same) == hash(regions)
        assert set(same) == set(regions)
        assert all(region in regions for region in same)
    for different in (
        regions[1:],
        replace(regions, undecided=1),
        enumerate_regions(NETWORK, Ball([0.0, 0.0], 0.5), engine="rational"),
        enumerate_regions(generated(2, 5, 4, 1, seed=9), DOMAIN, engine="rational"),
        len(regions),
    ):
        assert different != regions
    assert regions[0] != regions[1]
    assert regions[0] != "it"
    assert regions.index(other[3]) == [r.pattern.tolist() for r in regions].index(other[3].pattern.tolist())
    assert regions[0] not in regions[1:]
    with pytest.raises(ValueError, match="not among the"):
        regions[1:].index(regions[0])
    with pytest.raises(ExactRegionsError, match="region_at"):
        assert [0.0, 0.0] in regions


def test_affine_maps_and_units_over_a_set():
    regions = found("rational", NETWORK, DOMAIN)
    A, c = regions.affine_maps()
    assert (A.shape, c.shape) == ((len(regions), NETWORK.outputs, 2), (len(regions), NETWORK.outputs))
    for i, region in enumerate(regions):
        x = [float(v) for v in region.witness]
        assert A[i] @ x + c[i] == pytest.approx(NETWORK.forward(x), abs=1e-9)
    for some in (regions, regions[:1], regions[::2]):
        assert some.always_active().tolist() == some.pattern_array().all(axis=0).tolist()
        assert some.never_active().tolist() == (~some.pattern_array().any(axis=0)).tolist()
    dead = Network.from_layers([[[1.0], [1.0], [0.0]], [[1.0, 1.0, 1.0]]], [[-2.0, 2.0, 0.0], [0.0]])
    near = enumerate_regions(dead, Ball([0.0], 1), engine="rational")
    assert near.never_active().tolist() == [True, False, True]
    assert near.always_active().tolist() == [False, True, False]


def largest_of_four() -> Network:
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.MaxPool1d(4))
    network = Network.from_torch(module, input_shape=(2,), check=False)
    assert network.winners
    return network


@pytest.mark.parametrize("kind", ["box", "winners", "fixed", "null"])
def test_the_region_of_a_point(kind):
    network = {
        "box": generated(2, 4, 4, 1),
        "winners": largest_of_four(),
        "fixed": generated(2, 4, 4, 1),
        "null": Network.from_layers([[[1.0, 0.0], [-1.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]], [[1.0, 1.0]]], [None] * 3),
    }[kind]
    fixed = Fraction(1, 3) if kind == "fixed" else None
    domain = Box([-1, -1], [1, 1]) if fixed is None else Box([-1, fixed], [1, fixed])
    regions = enumerate_regions(network, domain, engine="rational")
    assert locate(regions, [region.witness for region in regions]).tolist() == list(range(len(regions)))
    assert all(region_at(regions, region.witness) == region for region in regions)
    points = np.random.default_rng(0).uniform(-1, 1, (40, 2)).tolist()
    points = [[x, y if fixed is None else fixed] for x, y in points]
    rows = locate(regions, points)
    assert (rows >= 0).all()
    for point, row in zip(points, rows.tolist(), strict=True):
        A, b = regions[row].polyhedron()
        assert (A @ [float(v) for v in point] <= b + 1e-9).all()
    if fixed is not None:
        assert locate(regions, [[0.125, 0.25], [0.125, float(fixed)]]).tolist() == [-1, -1]


def test_a_point_on_a_boundary_is_in_no_region():
    network = Network.from_layers([[[1.0, 0.0]], [[1.0]]], [[-0.5], [0.0]])
    regions = enumerate_regions(network, Box([0, 0], [1, 1]), engine="rational")
    near = Fraction(1, 10**40)
    points = [[0.5, 0.25], [Fraction(1, 2) + near, 0], [Fraction(1, 2) - near, 0], [7, 9]]
    on, off = regions.index(region_at(regions, [1, 0])), regions.index(region_at(regions, [0, 0]))
    assert locate(regions, points).tolist() == [-1, on, off, on]
    assert region_at(regions, [0.5, 0.25]) is None
    assert region_at(regions[[on]], [0, 0]) is None
    for wrong, how in (([0.0], "1 values"), ([0.0, np.nan], "finite number"), (3.0, "sequence of numbers")):
        with pytest.raises(DomainError, match=how):
            region_at(regions, wrong)


def test_data_frames_of_regions():
    pytest.importorskip("polars")
    pytest.importorskip("pandas")
    regions = found("rational", NETWORK, DOMAIN)
    for frame in (regions.to_polars(), regions.to_pandas()):
        assert list(frame.columns) == [
            "pattern",
            "witness_0",
            "witness_1",
            "entry_radius",
            "entry_lower",
            "entry_upper",
        ]
        signs = [["-+".index(sign) for sign in text] for text in frame["pattern"].to_list()]
        assert signs == regions.pattern_array().tolist()
        assert frame["witness_1"].to_list() == regions.witnesses[:, 1].tolist()
        assert frame["entry_radius"].to_list() == regions.entry_radii.tolist()
    affine = enumerate_regions(Network((), [[1.0]], [0.0]), Box([0], [1]), engine="rational")
    assert affine.to_polars()["pattern"].to_list() == [""]


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


def test_first_regions_share_the_columns_of_all():
    """A set that was cut by a limit is cut again without a copy of what it holds."""
    whole = enumerate_regions(NETWORK, DOMAIN, engine="rational", entry_radii=True)
    part = whole.first(3)
    assert [np.shares_memory(getattr(part, name), getattr(whole, name)) for name in ("patterns", "entry_radii")] == [
        True,
        True,
    ]
    assert np.array_equal(part.witnesses, whole.witnesses[:3])
    assert dict(part.exact_witnesses) == {row: w for row, w in whole.exact_witnesses.items() if row < 3}
    assert dict(whole[[2, 0]].exact_witnesses) == {
        place: whole.exact_witnesses[row] for place, row in enumerate([2, 0]) if row in whole.exact_witnesses
    }
