"""Networks made of networks, by wires: nothing is multiplied out in floats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise, repeat
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import NetworkError
from exactregions.exact.matrices import coordinates
from exactregions.network import Network, Stage, Winner

Array: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
Unit: TypeAlias = tuple[Places, Array, float, float, float]  # columns, values, bias, slopes


def with_output_units(network: Network, weight: ArrayLike, bias: ArrayLike) -> Network:
    """Return a network with a last stage of ReLU units on its outputs: z = weight f(x) + bias.

    Outputs are wires, so that nothing is multiplied out.

    Parameters
    ----------
    network : Network
    weight : array_like, shape (k, outputs)
    bias : array_like, shape (k,) or (k, parts)
        Where it has parts their exact sum is meant: each but the first is carried by a constant wire.

    Returns
    -------
    Network
        Its outputs are those of the units. The units of the given network come first in a pattern.
    """
    parts = np.asarray(bias, dtype=np.float64)
    first, further = (parts, np.zeros((len(parts), 0))) if parts.ndim == 1 else (parts[:, 0], parts[:, 1:])
    k, constants = further.shape
    outputs = Stage.wires(_with_rows(network.matrix, constants), np.concatenate([network.bias, np.ones(constants)]))
    last = Stage.relu(np.hstack([weight, further]), first)
    return Network((*network.stages, outputs, last), np.eye(k), np.zeros(k), network.winners)


def with_class_units(network: Network) -> Network:
    """Return a network whose regions are the parts of the given one's regions in which one class is the largest output.

    The units of the given network come first in a pattern. With one output there is one unit more, positive in class 1.
    With several a winner unit follows, its values the classes, which names the first of those that are equal everywhere
    in a region. Nothing is multiplied out: what meets in a contest are sums of outputs and units with the weights 1 and
    -1.
    """
    if network.outputs == 1:
        return with_output_units(network, [[1.0]], [0.0])
    stages = [*network.stages, Stage.wires(network.matrix, network.bias)]
    k, values, names = network.outputs, np.eye(network.outputs), list(range(network.outputs))
    contests: list[tuple[int, int]] = []
    while len(values) > 1:
        kept, met = values[::2], len(values) // 2
        weight = np.vstack([kept, values[1::2] - values[: 2 * met : 2]])
        slopes = np.concatenate([np.ones(len(kept)), np.zeros(met)])
        stages.append(Stage(weight, np.zeros(len(weight)), slopes, np.ones(len(weight))))
        values = np.hstack([np.eye(len(kept)), np.eye(len(kept), met)])
        pairs = list(zip(names[::2], names[1::2], strict=False))
        names = [*(k + len(contests) + i for i in range(met)), *names[2 * met :]]
        contests += pairs
    winner = Winner(tuple(range(network.units, network.units + k - 1)), tuple(contests))
    return Network(stages, values, np.zeros(1), (*network.winners, winner))


def _with_rows(matrix: Any, count: int) -> Any:
    """Return a matrix with rows of zeros below it."""
    if not count:
        return matrix
    if isinstance(matrix, np.ndarray):
        return np.vstack([matrix, np.zeros((count, matrix.shape[1]))])
    from scipy.sparse import csr_array, vstack

    return vstack([matrix, csr_array((count, matrix.shape[1]))], format="csr")


def side_by_side(first: Network, second: Network) -> Network:
    """Return the network of the outputs of two networks of the same inputs, one after the other.

    A unit of the second that has the weights, bias and slopes of one of the first, on the same values, is not there
    again, whatever the order of units. The network with fewer stages begins with wires. Winner units count as the
    two-slope units that they are made of.

    Parameters
    ----------
    first, second : Network

    Raises
    ------
    NetworkError
        If they have different numbers of inputs.
    """
    if first.inputs != second.inputs:
        raise NetworkError(
            f"the networks have {first.inputs} and {second.inputs} inputs; both must be functions of the same inputs"
        )
    return _Joined(first, second).network()


def difference_network(first: Network, second: Network) -> Network:
    """Return the network of first(x) - second(x).

    Raises
    ------
    NetworkError
        If they have different numbers of inputs or outputs.
    """
    if first.outputs != second.outputs:
        raise NetworkError(
            f"the networks have {first.outputs} and {second.outputs} outputs; a difference needs as many of each"
        )
    both, m = side_by_side(first, second), first.outputs
    stages = (*both.stages, Stage.wires(both.matrix, both.bias))
    return Network(stages, np.hstack([np.eye(m), -np.eye(m)]), np.zeros(m))


class _Joined:
    """Puts two networks beside each other, stage by stage."""

    def __init__(self, *networks: Network) -> None:
        self._networks = networks
        self._width = networks[0].inputs  # values that the next stage reads
        self._places: list[Places] = [np.arange(self._width)] * 2  # where those of each network are among them

    def network(self) -> Network:
        """Return both as one."""
        depth = max(len(network.stages) for network in self._networks)
        waiting: list[Iterator[Stage | None]] = [
            chain(repeat(None, depth - len(network.stages)), network.stages) for network in self._networks
        ]
        stages = [self._stage(pair) for pair in zip(*waiting, strict=True)]
        rows = [row for side, network in enumerate(self._networks) for row in self._units(_output(network), side)]
        weight = _matrix([(row[0], row[1]) for row in rows], self._width)
        return Network(stages, weight, np.array([row[2] for row in rows]))

    def _stage(self, pair: Sequence[Stage | None]) -> Stage:
        """Return a stage of both, and take note where the values of each are."""
        units = [list(self._units(stage, side)) for side, stage in enumerate(pair)]
        free: dict[tuple[Any, ...], list[int]] = {}
        for place, unit in enumerate(units[0]):
            free.setdefault(_key(unit), []).append(place)
        every, second = list(units[0]), []
        for unit in units[1]:
            # each is taken once: two weights on one value would have to be added
            if same := free.get(_key(unit)):
                second.append(same.pop())
            else:
                second.append(len(every))
                every.append(unit)
        self._places = [np.arange(len(units[0])), np.array(second, dtype=np.int64)]
        weight = _matrix([(columns, values) for columns, values, *_ in every], self._width)
        self._width = len(every)
        bias, low, high = np.array([unit[2:] for unit in every]).T
        return Stage(weight, bias, low, high)

    def _units(self, stage: Stage | None, side: int) -> Iterator[Unit]:
        """Yield the units of one network, as they read the joined values; wires where there is no stage."""
        if stage is None:
            for place in self._places[side].tolist():
                yield np.array([place]), np.ones(1), 0.0, 1.0, 1.0
            return
        rows, columns, values = coordinates(stage.matrix)
        starts = np.searchsorted(rows, np.arange(len(stage.bias) + 1))
        for i, (start, end) in enumerate(pairwise(starts.tolist())):
            read = self._places[side][columns[start:end]]
            order = np.argsort(read, kind="stable")
            # adding zero turns -0.0 into 0.0
            bias, low, high = (float(v[i]) + 0.0 for v in (stage.bias, stage.low, stage.high))
            yield read[order], values[start:end][order], bias, low, high


def _output(network: Network) -> Stage:
    return Stage.wires(network.matrix, network.bias)


def _key(unit: Unit) -> tuple[Any, ...]:
    return unit[0].tobytes(), unit[1].tobytes(), *unit[2:]


def _matrix(rows: Sequence[tuple[Places, Array]], width: int) -> Any:
    """Return the matrix of rows that are given by their columns and values."""
    from scipy.sparse import csr_array

    places = np.repeat(np.arange(len(rows)), [len(columns) for columns, _ in rows])
    columns, values = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return csr_array((values, (places, columns)), shape=(len(rows), width))
