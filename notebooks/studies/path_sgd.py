"""What path-SGD does, and does not do, on the adding problem, beside plain and clipped gradient descent.

    python -m studies.path_sgd studies/results/path_sgd.json

A plain recurrent network with ReLU reads T pairs (value, mark), in which two steps are marked, and is to give the sum
of the two values (Hochreiter and Schmidhuber 1997). The constant 1 has a mean squared error of 1/6. Each way to train
starts from the same weights, sees the same batches, and takes each rate of a grid; what counts is the mean loss of
the last hundred batches, and the best rate is told with it. *Unbalanced* starts from the same function with units
rescaled by factors from 1/10 to 10. Few seeds, so nothing is said of differences that another seed may turn round.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from exactregions.nn import PathSGD

__all__ = ["Adder", "Outcome", "Setting", "batches", "main", "rescale", "study", "train"]

WAYS = ("SGD", "clipped SGD", "path-SGD")
CLIPPED = 1.0  # the largest norm of a clipped gradient
LAST = 100  # batches whose loss is averaged


@dataclass(frozen=True, slots=True)
class Setting:
    """What is trained, and for how long."""

    steps: int = 10  # of a sequence
    units: int = 24
    updates: int = 1000
    batch: int = 64
    rates: tuple[float, ...] = (0.01, 0.03, 0.1)
    path_rates: tuple[float, ...] = (0.000003, 0.00001, 0.00003)  # whose steps are divided by sums over paths
    seed: int = 0


LONGER = Setting(steps=20, units=32, updates=3000, rates=(0.03, 0.1, 0.3))
SETTINGS = (Setting(), *(replace(LONGER, seed=seed) for seed in range(3)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best rate of one way, and the mean loss of the last batches; the largest float where all diverged."""

    way: str
    balanced: bool
    rate: float
    loss: float


class Adder(nn.Module):
    """h_t = relu(W x_t + R h_{t-1} + b), read out after the last step."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.rnn, self.out = nn.RNN(2, units, nonlinearity="relu", batch_first=True), nn.Linear(units, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the sums that are read, one a row."""
        return self.out(self.rnn(x)[0][:, -1])


@torch.no_grad()
def rescale(model: Adder, factors: Tensor) -> None:
    """Multiply unit i of every step by its factor, which leaves the function as it is."""
    rnn = model.rnn
    rnn.weight_ih_l0 *= factors[:, None]
    rnn.weight_hh_l0 *= factors[:, None] / factors
    rnn.bias_ih_l0 *= factors
    rnn.bias_hh_l0 *= factors
    model.out.weight /= factors


def batches(setting: Setting) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield sequences and their sums."""
    generator = torch.Generator().manual_seed(setting.seed)
    for _ in range(setting.updates):
        values = torch.rand(setting.batch, setting.steps, generator=generator)
        order = torch.rand(setting.batch, setting.steps, generator=generator).argsort(1)
        marks = torch.zeros_like(values).scatter_(1, order[:, :2], 1.0)
        yield torch.stack([values, marks], 2), (values * marks).sum(1, keepdim=True)


def train(setting: Setting, way: str, rate: float, balanced: bool) -> list[float]:
    """Return the loss of each batch, up to the first that is not finite."""
    torch.manual_seed(setting.seed)
    model = Adder(setting.units)
    if not balanced:
        rescale(model, torch.logspace(-1, 1, setting.units)[torch.randperm(setting.units)])
    step = _steps(model, setting, way, rate)
    losses: list[float] = []
    for x, y in batches(setting):
        model.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        losses.append(loss.item())
        if not torch.isfinite(loss):
            break
        loss.backward()
        step()
    return losses


def _steps(model: Adder, setting: Setting, way: str, rate: float) -> Callable[[], object]:
    if way == "path-SGD":
        return PathSGD(model, torch.zeros(1, setting.steps, 2), rate).step
    plain = torch.optim.SGD(model.parameters(), rate)
    if way == "SGD":
        return plain.step

    def clipped() -> None:
        nn.utils.clip_grad_norm_(model.parameters(), CLIPPED)
        plain.step()

    return clipped


def study(setting: Setting) -> list[Outcome]:
    """Return the best rate of each way, from the balanced and the unbalanced start."""
    return [_best(setting, way, balanced) for balanced in (True, False) for way in WAYS]


def _best(setting: Setting, way: str, balanced: bool) -> Outcome:
    found = []
    for rate in setting.path_rates if way == "path-SGD" else setting.rates:
        losses = train(setting, way, rate, balanced)
        last = losses[-LAST:]
        whole = len(losses) == setting.updates and losses[-1] == losses[-1]
        found.append(Outcome(way, balanced, rate, sum(last) / len(last) if whole else sys.float_info.max))
    return min(found, key=lambda outcome: outcome.loss)


def main(path: str) -> None:
    """Run the study and write its outcomes."""
    torch.set_num_threads(1)
    found = [{"setting": asdict(s), "outcomes": list(map(asdict, study(s)))} for s in SETTINGS]
    Path(path).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
