"""Torch classes as people write them: the network agrees with torch, and with its own ONNX export."""

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch_styles import STYLES

from exactregions import Network, load

# what the exporter by tracing cannot write, writes as a node RNN, or writes as another function
BY_DYNAMO = {"InPlace", "TorchRNN", "WeightNormed"}
# what neither exporter writes: a threshold that is not zero, adaptive pooling of a shape that is not told
NOT_EXPORTED = {"ManyOptions", "PaddedPools"}
COARSE = {"HalfPrecision": 2e-2, "bfloat16": 5e-2}


def made(name: str) -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    module, shape = STYLES[name]()
    kind = next((p.dtype for p in module.parameters()), torch.float32)
    kind = torch.float32 if name == "HalfPrecision" else kind
    with torch.no_grad():  # statistics and scales that are not those of a new module
        for part in module.modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm | nn.InstanceNorm1d):
                part.running_mean.normal_()
                part.running_var.uniform_(0.5, 2)
                if part.weight is not None:
                    part.weight.normal_()
                    part.bias.normal_()
    return module, torch.zeros(shape, dtype=kind)


@pytest.mark.parametrize("name", STYLES)
def test_networks_agree_with_torch(name):
    module, example = made(name)
    network = Network.from_torch(module, example, check=False)
    points = (torch.randn(100, *example.shape[1:]) * 2).to(example.dtype)
    module.eval()
    with torch.no_grad():
        expected = np.stack([module(p[None]).double().numpy().ravel() for p in points])
    found = network.forward(points.double().reshape(100, -1).numpy())
    assert np.abs(found - expected).max() <= COARSE.get(name, 1e-5) * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize("name", sorted(set(STYLES) - NOT_EXPORTED))
def test_networks_agree_with_their_onnx_export(tmp_path, name):
    module, example = made(name)
    network = Network.from_torch(module, example, check=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dynamo = name in BY_DYNAMO
        extra: dict[str, Any] = {"verbose": False} if dynamo else {"opset_version": 17}
        torch.onnx.export(module.eval(), (example,), tmp_path / "a.onnx", dynamo=dynamo, **extra)
    other = load(tmp_path / "a.onnx")
    points = np.random.default_rng(0).normal(size=(100, network.inputs)) * 2
    expected = network.forward(points)
    assert np.abs(other.forward(points) - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())


def test_there_are_fifty_of_them():
    assert len(STYLES) >= 50
