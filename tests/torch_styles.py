"""Torch modules in the styles of public repositories, each with the shape of what it takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrizations, parametrize

Made = tuple[nn.Module, tuple[int, ...]]
STYLES: dict[str, Callable[[], Made]] = {}


def style(*shape: int) -> Callable[[type[nn.Module]], type[nn.Module]]:
    """Register a class; its instances take a batch of one of the shape."""

    def register(kind: type[nn.Module]) -> type[nn.Module]:
        STYLES[kind.__name__] = lambda: (kind(), (1, *shape))
        return kind

    return register


def plain(name: str, make: Callable[[], nn.Module], *shape: int) -> None:
    STYLES[name] = lambda: (make(), (1, *shape))


@style(4)
class OwnForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(4, 6), nn.Linear(6, 5), nn.Linear(5, 2)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.leaky_relu(self.fc2(x), 0.2)
        return self.fc3(x)


@style(1, 4, 4)
class ViewOfSize(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(16, 6), nn.Linear(6, 2)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        return self.fc2(torch.relu_(self.fc1(x)))


@style(1, 4, 4)
class ReshapeMinusOne(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        return self.fc(x.reshape(-1, 16)).clamp(min=0)


@style(1, 6, 6)
class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 3, 3), nn.Conv2d(3, 4, 2)
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.conv2(x))
        return self.fc(torch.flatten(x, 1))


class Block(nn.Module):
    def __init__(self, n, m, stride=1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(n, m, 3, stride, 1, bias=False), nn.BatchNorm2d(m)
        self.conv2, self.bn2 = nn.Conv2d(m, m, 3, 1, 1, bias=False), nn.BatchNorm2d(m)
        self.shortcut = nn.Sequential()
        if stride != 1 or n != m:
            self.shortcut = nn.Sequential(nn.Conv2d(n, m, 1, stride, bias=False), nn.BatchNorm2d(m))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


@style(1, 6, 6)
class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(inplace=True))
        self.layers = nn.Sequential(Block(2, 2), Block(2, 3, 2))
        self.pool, self.head = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(3, 2)

    def forward(self, x):
        return self.head(self.pool(self.layers(self.stem(x))).flatten(1))


@style(5)
class PreActivation(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.fc1, self.fc2 = nn.BatchNorm1d(5), nn.Linear(5, 6), nn.Linear(6, 5)

    def forward(self, x):
        return x + self.fc2(F.relu(self.fc1(F.relu(self.norm(x)))))


@style(2, 4, 4)
class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(2 + 2 * i, 2, 3, padding=1) for i in range(3))

    def forward(self, x):
        features = [x]
        for conv in self.convs:
            features.append(F.relu(conv(torch.cat(features, 1))))
        return torch.cat(features, dim=1).mean((2, 3))


@style(4, 4, 4)
class Depthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.depth, self.point = nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.Conv2d(4, 6, 1)
        self.bn, self.act = nn.BatchNorm2d(6), nn.ReLU6(inplace=True)

    def forward(self, x):
        return self.act(self.bn(self.point(self.depth(x)))).sum(dim=[2, 3])


@style(4)
class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 8)
        self.up = nn.Sequential(
            nn.ConvTranspose2d(2, 3, 4, 2, 1, bias=False),
            nn.BatchNorm2d(3),
            nn.ReLU(True),
            nn.ConvTranspose2d(3, 1, 3, stride=2, padding=1, output_padding=1),
        )

    def forward(self, z):
        return self.up(self.fc(z).view(-1, 2, 2, 2))


@style(4)
class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
        self.decoder = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 4))

    def forward(self, x):
        return self.decoder(self.encoder(x))


@style(4)
class SharedLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.act = nn.Linear(4, 4), nn.ReLU()

    def forward(self, x):
        for _ in range(3):
            x = self.act(self.layer(x))
        return x


@style(4)
class Maxout(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.out = nn.Linear(4, 9), nn.Linear(3, 2)

    def forward(self, x):
        return self.out(self.fc(x).view(x.shape[0], 3, 3).max(dim=2)[0])


@style(4)
class Dueling(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.value, self.advantage = nn.Linear(4, 5), nn.Linear(5, 1), nn.Linear(5, 3)

    def forward(self, state):
        h = torch.relu(self.body(state))
        a = self.advantage(h)
        return self.value(h) + a - a.mean(dim=1, keepdim=True)


@style(6)
class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.linspace(-1, 1, 6))
        self.register_buffer("std", torch.linspace(0.5, 2, 6))
        self.net = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2))

    def forward(self, x):
        return self.net((x - self.mean) / self.std) * 3.5 + 0.1


@style(3, 2, 2)
class ImageNormalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 2)

    def forward(self, x):
        mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
        std = torch.tensor([0.229, 0.224, 0.225])[None, :, None, None]
        return torch.relu(self.conv((x - mean) / std))


@style(5, 3)
class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell_x, self.cell_h, self.out = nn.Linear(3, 4), nn.Linear(4, 4, bias=False), nn.Linear(4, 2)

    def forward(self, x):
        h = torch.zeros(x.size(0), 4)
        for t in range(x.size(1)):
            h = torch.relu(self.cell_x(x[:, t]) + self.cell_h(h))
        return self.out(h)


@style(3, 2)
class TorchRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.RNN(2, 3, nonlinearity="relu", batch_first=True), nn.Linear(3, 2)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.out(h[-1])


@style(5, 3)
class DeepSets(nn.Module):
    def __init__(self):
        super().__init__()
        self.phi, self.rho = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.rho(F.relu(self.phi(x)).sum(1))


@style(4, 3)
class GraphConvolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("adjacency", torch.rand(4, 4))
        self.weight = nn.Parameter(torch.randn(3, 2))

    def forward(self, x):
        return torch.relu(torch.einsum("ij,bjk->bik", self.adjacency, x @ self.weight))


@style(4, 3)
class TokenMixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.channels = nn.Linear(4, 4), nn.Linear(3, 3)

    def forward(self, x):
        x = x + F.relu(self.tokens(x.transpose(1, 2))).transpose(1, 2)
        return x + F.relu(self.channels(x))


@style(1, 8)
class Temporal(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv1d(1, 3, 3, dilation=1), nn.Conv1d(3, 2, 2, dilation=2)

    def forward(self, x):
        x = F.relu(self.conv1(F.pad(x, (2, 0))))
        return self.conv2(F.pad(x, (2, 0)))[:, :, -1]


@style(1, 3, 4, 4)
class Volume(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.pool = nn.Conv3d(1, 2, 2), nn.AvgPool3d(2, stride=1)

    def forward(self, x):
        return self.pool(F.relu(self.conv(x))).flatten(1)


@style(2, 4, 4)
class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.mid, self.up = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(6, 1, 1)

    def forward(self, x):
        a = F.relu(self.down(x))
        b = F.relu(self.mid(F.avg_pool2d(a, 2)))
        b = F.interpolate(b, scale_factor=2, mode="nearest")
        return self.up(torch.cat([a, b], dim=1))


@style(1, 3, 3)
class SuperResolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.shuffle = nn.Conv2d(1, 4, 3, padding="same"), nn.PixelShuffle(2)

    def forward(self, x):
        return self.shuffle(F.relu(self.conv(x)))


@style(4, 4, 4)
class ShuffleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 1)

    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        x = torch.cat((a, F.relu(self.conv(b))), dim=1)
        n, c, h, w = x.size()
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, -1, h, w).amax(dim=(2, 3))


@style(2, 4, 4)
class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(2, 2, 1), nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 1, 1)

    def forward(self, x):
        pooled = F.max_pool2d(x, 3, stride=1, padding=1)
        return torch.cat([F.relu(self.a(x)), F.relu(self.b(x)), self.c(pooled)], 1)


@style(4)
class WeightNormed(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = parametrizations.weight_norm(nn.Linear(4, 5))
        self.fc2 = parametrizations.spectral_norm(nn.Linear(5, 2))

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).transpose(-1, -2)


@style(4)
class Parametrized(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)
        parametrize.register_parametrization(self.layer, "weight", Symmetric())

    def forward(self, x):
        return torch.abs(self.layer(x))


@style(4)
class ConcatenatedReLU(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.out = nn.Linear(4, 3), nn.Linear(6, 2)

    def forward(self, x):
        x = self.fc(x)
        return self.out(torch.cat([F.relu(x), F.relu(-x)], dim=1))


@style(6)
class SelectedFeatures(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("index", torch.tensor([4, 0, 2]))
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(F.relu(x[:, self.index]))


@style(3, 3)
class PointNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn, self.fc = nn.Conv1d(3, 4, 1), nn.BatchNorm1d(4), nn.Linear(4, 2)

    def forward(self, x):
        x = F.relu(self.bn(self.conv1(x)))
        x = torch.max(x, 2, keepdim=True)[0]
        return self.fc(x.view(-1, 4))


@style(4)
class PriceModel(nn.Module):
    """Bounds of a function as maxima and minima of others."""

    def __init__(self):
        super().__init__()
        self.upper, self.lower = nn.Linear(4, 3), nn.Linear(4, 3)

    def forward(self, x):
        return torch.minimum(torch.maximum(self.lower(x), torch.zeros(3)), self.upper(x).abs())


@style(4)
class InPlace(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        y = self.fc(x)
        z = y.view(2, 2)
        y.relu_()
        z *= 2
        return y + z.view(1, 4)


@style(4)
class HalfPrecision(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2)).half()

    def forward(self, x):
        return self.net(x.half()).float()


@style(4)
class ManyOptions(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.prelu, self.shrink = nn.Linear(4, 6), nn.PReLU(6), nn.Softshrink(0.3)
        self.tanh, self.rrelu, self.drop = nn.Hardtanh(-0.5, 0.75), nn.RReLU(), nn.AlphaDropout()

    def forward(self, x):
        x = self.drop(self.prelu(self.fc(x)))
        return torch.cat([self.shrink(x), self.tanh(x), self.rrelu(x), F.hardsigmoid(x), F.threshold(x, 0.2, 0.2)], 1)


@style(2, 5, 5)
class PaddedPools(nn.Module):
    def forward(self, x):
        a = F.avg_pool2d(x, 3, 2, padding=1, count_include_pad=False)
        b = F.max_pool2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), 3, 2, dilation=1, ceil_mode=True)[:, :, :3, :3]
        return F.adaptive_avg_pool2d(a + b, 2) + F.adaptive_max_pool2d(x, 2)


@style(6)
class Gathered(nn.Module):
    def forward(self, x):
        a, b, c = torch.split(x, [1, 2, 3], dim=1)
        s = torch.stack([b, c[:, :2], c[:, 1:].flip(1)], dim=2).permute(0, 2, 1)
        return F.relu(s.squeeze(0) - a.expand(3, 2)).unsqueeze(0).roll(1, 2)


@style(3)
class ScaledSum(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self.scale = nn.Parameter(torch.tensor(0.7))

    def forward(self, x):
        return torch.add(self.first(x), F.relu(self.second(x)), alpha=0.3) * self.scale - 2 * x / math.sqrt(3)


@style(4)
class FrozenMask(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 4))
        self.register_buffer("mask", (torch.arange(16) % 3 > 0).float().view(4, 4))

    def forward(self, x):
        return F.relu(F.linear(x, self.weight * self.mask)).masked_fill(torch.tensor([False, True, False, False]), 0.5)


@style(4)
class QNetwork(nn.Module):
    def __init__(self, hidden=(6, 5)):
        super().__init__()
        sizes, layers = (4, *hidden), []
        for n, m in pairwise(sizes):
            layers += [nn.Linear(n, m), nn.ReLU()]
        self.model = nn.Sequential(*layers, nn.Linear(sizes[-1], 2))

    def forward(self, state):
        return self.model(state)


@style(4)
class Ensemble(nn.Module):
    def __init__(self):
        super().__init__()
        self.members = nn.ModuleDict({k: nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)) for k in "abc"})

    def forward(self, x):
        return torch.stack([member(x) for member in self.members.values()]).mean(0)


@style(2, 4, 4)
class Unfolded(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return F.relu(self.fc(F.unfold(x, 2, padding=1, stride=3).transpose(1, 2))).flatten(1)


@style(2, 3)
class Cumulative(nn.Module):
    def forward(self, x):
        return F.relu(torch.cumsum(x, dim=2)) - x.tril()[:, :, :3]


@style(2, 4)
class GlobalMax(nn.Module):
    def forward(self, x):
        return torch.cat([x.amax(dim=1), x.amin(dim=-1), x.sum(dim=(1, 2), keepdim=True).flatten(1)], dim=1)


plain("bare linear", lambda: nn.Linear(3, 2), 3)
plain(
    "torchvision mlp",
    lambda: nn.Sequential(nn.Flatten(), nn.Linear(8, 4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 2)),
    *(2, 2, 2),
)
plain("double", lambda: nn.Sequential(nn.Linear(3, 4), nn.LeakyReLU(0.1), nn.Linear(4, 2)).double(), 3)
plain("bfloat16", lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).bfloat16(), 3)
plain(
    "vgg",
    lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1),
        nn.BatchNorm2d(2),
        nn.ReLU(True),
        nn.MaxPool2d(2),
        nn.Conv2d(2, 3, 3, padding=1),
        nn.ReLU(True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(3, 2),
    ),
    *(1, 4, 4),
)
plain(
    "zero padding",
    lambda: nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(1, 1, 2), nn.ReplicationPad2d(1), nn.AvgPool2d(2)),
    *(1, 3, 3),
)
plain("unflatten", lambda: nn.Sequential(nn.Linear(3, 8), nn.Unflatten(1, (2, 4)), nn.Conv1d(2, 1, 2), nn.ReLU()), 3)
plain(
    "nested",
    lambda: nn.Sequential(nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU())), nn.Identity(), nn.Linear(4, 1)),
    3,
)
plain("upsampling", lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(1, 1, 3), nn.LeakyReLU(0.01)), 1, 2, 2)
plain(
    "frozen statistics",
    lambda: nn.Sequential(nn.Conv1d(2, 2, 2), nn.InstanceNorm1d(2, track_running_stats=True)),
    *(2, 4),
)
