"""What is recorded of a training is what the network is after each epoch, and training is not changed by it."""

import csv
import sys
import types

import numpy as np
import pytest

from exactregions import Ball, Network, enumerate_regions, lipschitz, robust_radius, track
from exactregions.errors import DomainError, ExactRegionsError, FileFormatError, NetworkError

torch = pytest.importorskip("torch")

POINTS = np.array([[0.25, -0.5], [0.75, 0.5]])


def training(record, epochs=3):
    """Train a small network with dropout, and return the weights after each epoch."""
    torch.manual_seed(0)
    layers = torch.nn.Linear(2, 5), torch.nn.ReLU(), torch.nn.Dropout(0.25), torch.nn.Linear(5, 2)
    model = torch.nn.Sequential(*layers)
    recorded, found = record(model), []
    inputs = torch.randn(16, 2)
    labels = (inputs[:, 0] > 0).long()
    steps = torch.optim.SGD(model.parameters(), 0.5)
    for _ in range(epochs):
        model.train()
        steps.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        steps.step()
        if recorded is not None:
            recorded(loss=loss.item())
        assert model.training
        found.append(Network.from_torch(model))
    return recorded, found


def test_each_epoch_is_that_of_its_network(tmp_path):
    recorded, networks = training(lambda model: track(model, POINTS, [0.5, 1.5]), 2)
    _, alone = training(lambda model: None, 2)
    for network, other in zip(networks, alone, strict=True):
        assert all(np.array_equal(a.weight, b.weight) for a, b in zip(network.stages, other.stages, strict=True))
    rows = iter(recorded.rows())
    for number, network in enumerate(networks):
        for point in POINTS:
            near = robust_radius(network, point)
            for radius in (0.5, 1.5):
                row, ball = next(rows), Ball(point, radius)
                assert (row["epoch"], row["radius"], row["exact"]) == (number, radius, True)
                assert row["regions"] == enumerate_regions(network, ball).count
                assert row["constant"] == float(lipschitz(network, ball).constant)
                assert row["robust_radius"] == float(near.radius)
                assert row["label"] == near.label
    assert next(rows, None) is None
    recorded.save(tmp_path / "track.csv")
    with open(tmp_path / "track.csv", newline="") as file:
        written = list(csv.DictReader(file))
    assert [float(row["robust_radius"]) for row in written] == [row["robust_radius"] for row in recorded.rows()]
    assert float(written[0]["loss"]) == recorded.epochs[0].metrics["loss"]


def test_some_epochs_and_limits():
    recorded, _ = training(lambda model: track(model, POINTS, [1.5], every=2, max_regions=1))
    assert [epoch.number for epoch in recorded.epochs] == [0, 2]
    assert not any(row["exact"] for row in recorded.rows())
    assert repr(recorded) == "<Track: 2 epochs recorded, of 3>"


@pytest.mark.parametrize("name", ["lightning.pytorch", "pytorch_lightning"])
def test_the_callback_of_lightning(monkeypatch, name):
    """A stand-in for the class that Lightning has: nothing of Lightning is imported unless it is there."""
    for known in ("lightning", "lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, known, None)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    recorded = track(model, POINTS[:1], [0.5])
    with pytest.raises(ExactRegionsError, match="pip install lightning"):
        recorded.lightning()
    module = types.ModuleType(name)
    module.Callback = type("Callback", (), {})
    if name == "lightning.pytorch":
        monkeypatch.setitem(sys.modules, "lightning", types.ModuleType("lightning"))
    monkeypatch.setitem(sys.modules, name, module)
    callback = recorded.lightning()
    assert isinstance(callback, module.Callback)
    trainer = types.SimpleNamespace(callback_metrics={"train_loss": torch.tensor(0.5)})
    callback.on_train_epoch_end(trainer, None)
    assert recorded.rows()[0]["train_loss"] == 0.5


def test_refusals(tmp_path):
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    with pytest.raises(DomainError, match="every is 0"):
        track(model, POINTS, [1], every=0)
    with pytest.raises(DomainError, match="radii is empty"):
        track(model, POINTS, [])
    recorded = track(model, POINTS, [1])
    with pytest.raises(ExactRegionsError, match="column of its own"):
        recorded(regions=3)
    with pytest.raises(FileFormatError, match=r"\.csv"):
        recorded.save(tmp_path / "track.parquet")
    with pytest.raises(DomainError):
        track(model, np.zeros((1, 3)), [1])()
    with pytest.raises(NetworkError):
        track(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh()), POINTS, [1])()
