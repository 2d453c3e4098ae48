"""Weights stored sparse: the same answers as stored dense, and large networks within reach."""

import json

import numpy as np
import pytest
from engines import found
from public_data import NETS
from typer.testing import CliRunner

from exactregions import Ball, Box, Network, Stage, WholeSpace, load, weights
from exactregions.bounds import HinzVanDeGeer, get_bound, standard_bounds
from exactregions.bounds.contract import CostlyBound
from exactregions.bounds.stability.proved_signs import proved_signs
from exactregions.cli import app
from exactregions.cli.info import describe_network
from exactregions.exact.rounding_errors import dual_norms, operator_norm
from exactregions.exact.shapes import ShapeKind
from exactregions.exact.shapes.rounded import dual_reach
from exactregions.importers import save

LATTICE = NETS / "tllBench_n=2_N=M=56_m=1_instance_6_0.onnx.gz"


def banded(inputs: int, widths: tuple[int, ...], seed: int) -> Network:
    """Units that read three neighbours each; every fourth is leaky, and every fifth a wire."""
    rng = np.random.default_rng(seed)
    stages, before = [], inputs
    for m in widths:
        weight = np.zeros((m, before))
        for i in range(m):
            weight[i, (i + np.arange(3)) % before] = rng.normal(size=3)
        low, high = np.where(np.arange(m) % 4 == 3, 0.125, 0.0), np.ones(m)
        low[4::5] = 1.0
        stages.append(Stage(weight, rng.normal(scale=0.3, size=m), low, high))
        before = m
    return Network(stages, rng.normal(size=(1, before)), [0.0])


@pytest.fixture
def stored_sparse(monkeypatch):
    monkeypatch.setattr(weights, "ALWAYS_DENSE", 0)
    monkeypatch.setattr(weights, "EMPTY", 0)


def again(dense: Network) -> Network:
    """The same network, its weights stored as they are at present."""
    stages = [Stage(s.weight, s.bias, s.low, s.high) for s in dense.stages]
    return Network(stages, dense.weight, dense.bias)


DENSE = banded(4, (8, 5), 0)
DOMAINS = [Ball([0.1, 0.2, -0.3, 0.0], 1.0), Box([-1.0] * 4, [1.0] * 4), Ball([0.0] * 4, 1.5, norm=1)]


def test_the_way_of_storing_changes_no_count(engine, stored_sparse):
    sparse = again(DENSE)
    assert not isinstance(sparse.stages[1].matrix, np.ndarray)
    assert sparse == DENSE
    domain = Box([-0.5] * 4, [0.5] * 4)
    patterns = [found(engine, net, domain).pattern_set() for net in (DENSE, sparse)]
    assert patterns[0] == patterns[1]
    assert len(patterns[0]) > 10


@pytest.mark.parametrize("domain", [*DOMAINS, WholeSpace(4)], ids=lambda d: type(d).__name__)
@pytest.mark.parametrize("test", ["sphere", "interval", "lp"])
def test_the_way_of_storing_changes_no_proved_sign(stored_sparse, domain, test):
    signs = [np.concatenate(proved_signs(net, domain, test)).tolist() for net in (DENSE, again(DENSE))]
    assert signs[0] == signs[1]


def test_the_way_of_storing_changes_no_bound(stored_sparse):
    bounds = (*standard_bounds(), get_bound("serra_ramalingam_2020"), get_bound("hybrid_1"))
    values = [[bound.evaluate(net, DOMAINS[1]) for bound in bounds] for net in (DENSE, again(DENSE))]
    assert values[0] == values[1]


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_norms_of_sparse_weights_are_those_of_dense_ones(stored_sparse, norm):
    for dense, sparse in zip(DENSE.stages, again(DENSE).stages, strict=True):
        assert dual_norms(sparse.matrix, norm) == pytest.approx(dual_norms(dense.weight, norm), rel=1e-12)
        assert operator_norm(sparse.matrix, norm) == pytest.approx(operator_norm(dense.weight, norm), rel=1e-12)
    # a box of which a side has no end: no row that reads it has a bound
    radius = np.array([1.0, np.inf, 2.0, 0.5])
    reach = [dual_reach(ShapeKind.BOX, radius, net.stages[0].matrix) for net in (DENSE, again(DENSE))]
    assert np.isinf(reach[0]).any()
    assert reach[1] == pytest.approx(reach[0], rel=1e-12)


def test_info_is_told_of_sparse_weights(stored_sparse):
    weight = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, -0.0], [0.0, 2.0]])
    odd = Network([Stage.relu(weight, [1.0, -1.0, 1.0, 0.0])], [[1.0] * 4], [0.0])
    told = describe_network(odd)
    assert (told["zero_rows"], told["duplicate_rows"], told["dead_units"]) == (1, 1, 1)


def test_costly_bounds_are_left_out_and_said_so(tmp_path):
    wide = Network([Stage.relu(np.ones((1100, 3)), np.arange(1100.0))], np.ones((1, 1100)), [0.0])
    save(wide, tmp_path / "wide.npz")
    assert isinstance(HinzVanDeGeer(), CostlyBound)
    assert HinzVanDeGeer().is_costly(wide)
    run = lambda *more: CliRunner().invoke(app, ["info", str(tmp_path / "wide.npz"), "--json", *more])  # noqa: E731
    told = {b["name"]: b for b in json.loads(run().stdout)["bounds"]}
    assert "--all-bounds" in told["hinz_2021"]["error"]
    assert told["serra_2018"]["value"] is not None
    told = {b["name"]: b for b in json.loads(run("--all-bounds").stdout)["bounds"]}
    assert "error" not in told["hinz_2021"]


def test_tables_of_two_inputs_are_never_costly():
    """With two inputs the histogram is a formula: ten thousand units are no more work than ten."""
    net = Network([Stage.relu(np.ones((6000, 2)), np.zeros(6000))], np.ones((1, 6000)), [0.0])
    assert not HinzVanDeGeer().is_costly(net)
    # n lines cut the plane into 1 + n + n (n - 1) / 2 parts
    assert HinzVanDeGeer().evaluate(net, WholeSpace(2)) == 1 + 6000 + 6000 * 5999 // 2


@pytest.mark.skipif(not LATTICE.exists(), reason="no public networks; set EXACTREGIONS_NETS to their folder")
def test_info_of_a_lattice_network_of_twelve_thousand_units(monkeypatch):
    lattice = load(LATTICE)

    def weight(stage):
        assert isinstance(stage.matrix, np.ndarray), "a sparse weight was made dense"
        return stage.matrix

    monkeypatch.setattr(Stage, "weight", property(weight))
    told = describe_network(lattice)
    assert told["inputs"] == 2
    assert told["units"] == 12768
    assert all("error" not in bound for bound in told["bounds"])
    sparse = [stage for stage in lattice.stages if not isinstance(stage.matrix, np.ndarray)]
    assert len(sparse) == 3
