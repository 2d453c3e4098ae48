"""The study of batch norm: what it counts, and what is stored."""

from copy import deepcopy
from itertools import product

import numpy as np
import polars
import pytest
import torch
from studies import batch_norm
from studies.images import load_images
from studies.stored_rows import read_rows
from studies.training import perceptron

from exactregions import Ball, Box, Network, count_regions


@pytest.fixture(scope="module")
def normed() -> torch.nn.Sequential:
    """A perceptron with batch norm, whose scales, shifts and statistics are none of the usual ones."""
    torch.manual_seed(1)
    model = batch_norm.with_batch_norm(perceptron((3, 8, 8, 2)))
    for layer in model:
        if isinstance(layer, torch.nn.BatchNorm1d):
            torch.nn.init.uniform_(layer.weight, -2.0, 2.0)
            torch.nn.init.uniform_(layer.bias, -1.0, 1.0)
    batch_norm.take_statistics(model, torch.randn(64, 3) + 1.0)
    return model


def test_batch_norm_stands_before_every_relu(normed):
    names = [type(layer).__name__ for layer in normed]
    assert names == ["Linear", "BatchNorm1d", "ReLU"] * 2 + ["Linear"]


def test_statistics_are_those_of_all_inputs():
    torch.manual_seed(2)
    model, inputs = batch_norm.with_batch_norm(perceptron((3, 8, 8, 2))), torch.randn(500, 3)
    batch_norm.take_statistics(model, inputs)
    values = inputs
    for layer in model.eval():
        values = layer(values)
        if isinstance(layer, torch.nn.BatchNorm1d):
            # torch divides by n in a batch, and by n - 1 in running statistics
            assert values.mean(dim=0).abs().max() < 0.01
            assert (values.std(dim=0) - 1).abs().max() < 0.01
            assert layer.momentum == 0.1


def test_folding_keeps_outputs_and_counts(normed):
    folded, inputs = batch_norm.folded(normed), torch.randn(100, 3, dtype=torch.float64)
    assert [type(layer).__name__ for layer in folded] == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    exact = deepcopy(normed).double().eval()
    assert (folded(inputs) - exact(inputs)).abs().max() < 1e-12
    box = Box([-2.0] * 3, [2.0] * 3)
    assert count_regions(Network.from_torch(folded), box) == count_regions(Network.from_torch(exact), box) > 50


def test_moved_networks_start_as_those_with_batch_norm():
    images = load_images("digits", 0)
    first, second = (batch_norm.started(images, 0, method) for method in ("batch_norm", "moved"))
    inputs = torch.from_numpy(images.test[:50].astype(np.float32))
    assert (first.eval()(inputs) - second(inputs)).abs().max() < 1e-4
    assert not any(isinstance(layer, torch.nn.BatchNorm1d) for layer in second)


def planted(method: str, epoch: int, kind: str, shift: float) -> polars.DataFrame:
    """Results in which N is a known factor larger in one place, all else equal."""
    epochs, methods = (0, *batch_norm.VALUES["epochs"]), batch_norm.VALUES["methods"]
    rows = [
        {"seed": s, "method": m, "epoch": e, "kind": k, "point": p, "distance": 0.0}
        | {"regions": s + 0.1 * p + shift * ((m, e, k) == (method, epoch, kind))}
        for s, m, e, k, p in product(range(3), methods, epochs, batch_norm.KINDS, range(2))
    ]
    return polars.DataFrame(rows)


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        (("batch_norm", 0, "test"), {"H1": 0.5, "H7": -0.5}),
        (("batch_norm", 48, "test"), {"H2": 0.5, "H4": 0.5, "H6": 0.5, "H7": 0.5}),
        (("batch_norm", 48, "uniform"), {"H6": -0.5}),
        (("moved", 48, "test"), {"H3": 0.5, "H4": -0.5}),
        (("plain", 48, "test"), {"H2": -0.5, "H3": -0.5, "H6": -0.5, "H8": 0.5}),
        (("plain", 16, "test"), {}),
    ],
)
def test_contrasts_of_batch_norm_find_a_planted_difference_and_no_other(place, wanted):
    found = {c.hypothesis: c.values for c in batch_norm.contrasts(planted(*place, 0.5))}
    assert len(found) == 8
    assert all(values == pytest.approx([wanted.get(name, 0.0)] * 3) for name, values in found.items())


def test_results_of_batch_norm_are_whole():
    rows, values = read_rows(batch_norm.PROTOCOL), batch_norm.VALUES
    networks = values["seeds"] * len(values["methods"]) * (1 + len(values["epochs"]))
    assert len(rows) == networks * values["points_of_a_seed"] * len(batch_norm.KINDS)
    radii = [values["fraction"] * load_images("digits", seed).spacing for seed in range(2)]
    for row in rows[: len(rows) * 2 // values["seeds"]]:
        # the distance comes from the weights alone, the count from the search: the Euclidean ball of the same radius
        # lies within the window, and that of sqrt(64) radii around it
        ratio = row["distance"] / radii[row["seed"]]
        assert row["regions"] > 1 or ratio > 1 - 1e-9
        assert row["regions"] == 1 or ratio < 8 + 1e-9


def test_the_window_of_a_study_is_that_of_its_protocol():
    images = load_images("digits", 0)
    network = Network.from_torch(batch_norm.folded(batch_norm.started(images, 0, "plain")))
    rows = batch_norm.rows_at(network, images, {"test": images.test[:1]})
    ball = Ball(images.test[0], 0.03 * images.spacing, norm=np.inf)
    assert rows[0]["regions"] == count_regions(network, ball)
