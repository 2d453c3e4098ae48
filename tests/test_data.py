"""The networks of data/: they load, their points are training rows, and they have learnt something."""

import importlib.util
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from exactregions import Ball, Network
from exactregions.importers import load

DATA = Path(__file__).parents[1] / "data"


def training():
    """The module data/train.py, without running it."""
    spec = importlib.util.spec_from_file_location("exactregions_data_train", DATA / "train.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


TRAIN = training()


@pytest.fixture(params=TRAIN.TASKS, ids=lambda task: task.name)
def task(request):
    return request.param


def files(name: str) -> tuple[Network, np.ndarray]:
    return load(DATA / f"{name}.safetensors"), np.load(DATA / f"{name}_points.npy")


def test_every_file_has_a_task():
    names = {task.name for task in TRAIN.TASKS}
    assert {p.stem for p in DATA.glob("*.safetensors")} == names
    assert {p.stem.removesuffix("_points") for p in DATA.glob("*.npy")} == names


def test_network_and_points_have_their_shapes(task):
    network, points = files(task.name)
    assert (network.inputs, *network.widths, network.outputs) == task.widths
    assert (points.shape, points.dtype) == ((TRAIN.POINTS, network.inputs), np.dtype(np.float32))
    assert Ball(points[0], 1.0).contains(points[0].tolist())


def test_network_is_that_of_torch(task):
    network, points = files(task.name)
    layers = []
    for n, m in pairwise(task.widths):
        layers += [nn.Linear(n, m), nn.ReLU()]
    module = nn.Sequential(*layers[:-1])
    module.load_state_dict(load_file(DATA / f"{task.name}.safetensors"), strict=True)
    assert {p.dtype for p in module.parameters()} == {torch.float32}
    expected = module(torch.from_numpy(points)).detach().numpy()
    assert np.allclose(network.forward(points), expected, rtol=1e-5, atol=1e-4)


def test_points_are_training_rows(task):
    _, points = files(task.name)
    rows = TRAIN.split(task).train
    assert all((np.abs(rows - point).max(axis=1) < 1e-5).any() for point in points)


def test_network_beats_the_largest_class(task):
    network, _ = files(task.name)
    data = TRAIN.split(task)
    largest = np.bincount(data.test_labels).max() / len(data.test_labels)
    assert TRAIN.accuracy(network, data.test, data.test_labels) > largest


def test_readme_names_every_network(task):
    rows = (DATA / "README.md").read_text(encoding="utf-8").splitlines()
    line = next(row for row in rows if f"`{task.name}.safetensors`" in row)
    assert "-".join(map(str, task.widths)) in line
    assert str((DATA / f"{task.name}.safetensors").stat().st_size) in line
