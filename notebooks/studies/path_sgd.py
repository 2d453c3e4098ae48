"""What path-SGD does, and does not do, on the adding problem: `python -m studies.path_sgd` runs the study anew.

The protocol is `protocols/path_sgd.toml`: plain and clipped gradient descent and path-SGD, from balanced and unbalanced
weights.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor, nn

from exactregions.nn import PathSGD
from studies.stored_rows import load_protocol, read_rows, write_rows
from studies.tables import Row

__all__ = ["Adder", "Setting", "batches", "main", "rescale", "settings", "study", "tables", "train"]

WAYS = ("SGD", "clipped SGD", "path-SGD")
PROTOCOL = load_protocol("path_sgd")
VALUES = PROTOCOL.values


@dataclass(frozen=True, slots=True)
class Setting:
    """What is trained, and for how long."""

    steps: int = 10  # of a sequence
    units: int = 24
    updates: int = 1000
    batch: int = 64
    rates: tuple[float, ...] = ()
    seed: int = 0


def settings() -> list[Setting]:
    """Return the settings of the protocol."""
    return [
        Setting(case["steps"], case["units"], case["updates"], case["batch"], tuple(case["rates"]), seed)
        for case in VALUES["settings"]
        for seed in case["seeds"]
    ]


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
        nn.utils.clip_grad_norm_(model.parameters(), VALUES["clipped"])
        plain.step()

    return clipped


def study(setting: Setting) -> list[Row]:
    """Return the best rate of each way and its mean loss, from the balanced and the unbalanced start.

    The loss is None where all rates diverged, and so is the rate.
    """
    return [_best(setting, way, balanced) for balanced in (True, False) for way in WAYS]


def _best(setting: Setting, way: str, balanced: bool) -> Row:
    found: list[tuple[float, float]] = []
    for rate in VALUES["path_rates"] if way == "path-SGD" else setting.rates:
        losses = train(setting, way, rate, balanced)
        last = losses[-VALUES["last"] :]
        whole = len(losses) == setting.updates and losses[-1] < inf
        found.append((sum(last) / len(last) if whole else inf, rate))
    loss, rate = min(found)
    case: Row = {"steps": setting.steps, "units": setting.units, "updates": setting.updates, "seed": setting.seed}
    best = {"rate": rate, "loss": loss} if loss < inf else {"rate": None, "loss": None}
    return case | {"start": "balanced" if balanced else "unbalanced", "way": way} | best


def main() -> None:
    """Run the study, and write the results."""
    torch.set_num_threads(1)
    rows: list[Row] = []
    for setting in settings():
        rows += study(setting)
        sys.stderr.write(f"{rows[-1]}\n")
    write_rows(PROTOCOL, rows)


def tables() -> dict[str, str]:
    """Return the table of the page and the notebook, as Markdown."""
    lines = [f"| steps | units | updates | seed | start | {' | '.join(WAYS)} |", f"|{'---|' * (5 + len(WAYS))}"]
    cases: dict[tuple[object, ...], list[str]] = {}
    for row in read_rows(PROTOCOL):
        case = row["steps"], row["units"], f"{row['updates']:,}", row["seed"], row["start"]
        cell = "diverged" if row["loss"] is None else f"{row['loss']:.3f} ({row['rate']:g})"
        cases.setdefault(case, []).append(cell)
    lines += [f"| {' | '.join(str(cell) for cell in [*case, *cells])} |" for case, cells in cases.items()]
    return {"path-sgd": "\n".join(lines)}


if __name__ == "__main__":
    main()
