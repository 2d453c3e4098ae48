"""Counts of networks that are no chains: closed forms, twins that are one function, and engines that agree."""

import numpy as np
import pytest
import torch
from engines import found
from narrowing import present
from onnx_models import loaded, model, node
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from exactregions import Ball, Box, Network, Stage, WholeSpace, agree, count_regions


def normed(module: nn.Module) -> nn.Module:
    """Statistics and scales that are not those of a new module."""
    torch.manual_seed(1)
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
            nn.init.normal_(part.weight)
            nn.init.normal_(part.bias)
    return module.eval()


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second, self.last = nn.Linear(2, 5), nn.Linear(5, 2), nn.Linear(2, 4)

    def forward(self, x):
        x = x + self.second(torch.relu(self.first(x)))
        return torch.relu(self.last(x))


torch.manual_seed(0)  # the same weights whatever drew numbers before
CONVOLUTIONS = {
    "a pool": (
        nn.Sequential(nn.Conv2d(1, 2, 2), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(2, 3), nn.ReLU()),
        (1, 3, 3),
    ),
    "two convolutions": (nn.Sequential(nn.Conv1d(1, 2, 2), nn.ReLU(), nn.Conv1d(2, 1, 2), nn.LeakyReLU(0.1)), (1, 4)),
    "batch norm": (
        nn.Sequential(nn.Conv1d(1, 3, 3, padding=1), nn.BatchNorm1d(3), nn.ReLU(), nn.Conv1d(3, 1, 2)),
        (1, 4),
    ),
    "transposed": (
        nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Unflatten(1, (2, 2)), nn.ConvTranspose1d(2, 2, 2, 2), nn.ReLU()),
        (3,),
    ),
    "max-pooling": (
        nn.Sequential(nn.Conv1d(1, 2, 2), nn.MaxPool1d(3), nn.Flatten(), nn.Linear(2, 3), nn.ReLU()),
        (1, 4),
    ),
    "two poolings": (
        nn.Sequential(nn.Conv1d(1, 1, 2), nn.ReLU(), nn.MaxPool1d(2, 1), nn.Conv1d(1, 3, 1), nn.AdaptiveMaxPool1d(1)),
        (1, 4),
    ),
    "relu6": (nn.Sequential(nn.Linear(3, 5), nn.ReLU6(), nn.Linear(5, 3), nn.Hardtanh()), (3,)),
}


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_engines_agree_on_small_convolutional_networks(case):
    module, shape = CONVOLUTIONS[case]
    network = Network.from_torch(normed(module), input_shape=shape)
    assert 0 < network.units <= 40
    ball = Ball([0.1 * i for i in range(network.inputs)], 1.5)
    answer = agree(network, ball, engines=("tree", "rational", "facets", "milp"))
    assert answer.agreed
    assert answer.exact
    assert all(len(present(opinion.regions)) > 5 for opinion in answer.opinions)


def test_batch_norm_folded_or_not_has_one_count():
    torch.manual_seed(0)
    conv, norm = nn.Conv1d(1, 3, 3, padding=1), nn.BatchNorm1d(3)
    module = normed(nn.Sequential(conv, norm, nn.ReLU(), nn.Flatten(), nn.Linear(12, 5), nn.ReLU())).double()
    folded = nn.Sequential(fuse_conv_bn_eval(conv, norm), *module[2:])
    ball = Ball([0.25, -0.5, 1.0, 0.0], 2)
    counts = [count_regions(Network.from_torch(m, input_shape=(1, 4)), ball) for m in (module, folded)]
    assert counts[0] == counts[1] > 20


def test_a_residual_network_is_its_dense_twin():
    module = Residual()
    network = Network.from_torch(module, torch.zeros(1, 2))
    # x rides on two wires beside the units of the first layer, and is added by ones
    w1, b1, w2, b2, w3, b3 = (p.detach().double().numpy() for p in module.parameters())
    first = Stage(np.vstack([w1, np.eye(2)]), np.r_[b1, 0, 0], np.r_[np.zeros(5), 1, 1], np.ones(7))
    link = Stage.wires(np.hstack([w2, np.eye(2)]), b2)
    twin = Network((first, link, Stage.relu(w3, b3)), np.eye(4), np.zeros(4))
    ball = Ball([0.0, 0.0], 3)
    assert count_regions(network, ball) == count_regions(twin, ball) > 10
    assert network.widths == twin.widths == (5, 4)


@pytest.mark.parametrize(
    ("kind", "attributes", "expected"),
    [
        ("Abs", {}, 2),
        ("Relu", {}, 2),
        ("Clip", {"min": -0.5, "max": 0.5}, 3),
        ("HardSigmoid", {}, 3),
        ("Shrink", {"lambd": 0.5, "bias": 0.5}, 3),
    ],
)
@pytest.mark.parametrize("inputs", [1, 3])
def test_units_on_one_input_each_multiply(engine, tmp_path, kind, attributes, expected, inputs):
    """Parallel cuts of one form make one region more each; forms of different inputs are independent."""
    proto = model([node(kind, "x", out="y", **attributes)], (1, inputs), opset=10)
    regions = found(engine, loaded(proto, tmp_path), Box([-5.0] * inputs, [5.0] * inputs))
    assert len(regions) == expected**inputs


def test_an_affine_network_has_one_region(tmp_path):
    nodes = [node("AveragePool", "x", out="a", kernel_shape=[2, 2]), node("Flatten", "a", out="y")]
    assert count_regions(loaded(model(nodes, (1, 1, 3, 3)), tmp_path), WholeSpace(9)) == 1


def test_concatenated_relus_cut_once():
    """relu(z) and relu(-z) have one hyperplane: two regions, not four."""
    module = nn.Sequential(nn.Linear(2, 1), Doubled(), nn.ReLU())
    assert count_regions(Network.from_torch(module), WholeSpace(2)) == 2


class Doubled(nn.Module):
    def forward(self, x):
        return torch.cat([x, -x], dim=1)
