"""The limit: how many sign patterns a second one core can evaluate and pack, doing nothing else.

Whatever visits a region by a point of it must at least write down the pattern there. The loop below takes points
of the domain, passes each through the hidden layers and packs the signs: no search, no decision, no proof. Its
rate bounds from above what any search could reach that evaluates the network once for each region. A search that
shares work between regions can pass it: the tree does in 784 dimensions, where the first layer is most of a
forward pass and the search replaces it once by its coordinates in the row space.
"""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
from numba import njit
from numpy.typing import NDArray

from exactregions import Ball, Box, Domain, Network

__all__ = ["passes_per_second"]

Floats = NDArray[np.float64]

POINTS = 1024
BATCHES = 7
BATCH_SECONDS = 0.05


@njit(error_model="numpy")
def _pack_patterns(
    points: Floats, weights: Floats, biases: Floats, widths: NDArray[np.int64], packed: NDArray[np.uint8]
) -> None:
    """Pack the pattern of each point.

    Weights are stored input by input, layer after layer: the inner loop adds a multiple of one contiguous
    row, which the compiler turns into vector instructions, and inactive units are passed over.
    """
    widest = widths.max()
    values, sums = np.empty(widest), np.empty(widest)
    for n in range(len(points)):
        for j in range(widths[0]):
            values[j] = points[n, j]
        weight_at, bias_at, byte, bit, byte_at = 0, 0, 0, 0, 0
        for layer in range(1, len(widths)):
            inputs, outputs = widths[layer - 1], widths[layer]
            for i in range(outputs):
                sums[i] = biases[bias_at + i]
            for j in range(inputs):
                value = values[j]
                if value == 0.0:
                    continue
                row_at = weight_at + j * outputs
                for i in range(outputs):
                    sums[i] += value * weights[row_at + i]
            for i in range(outputs):
                byte |= np.int64(sums[i] > 0.0) << bit
                bit += 1
                if bit == 8:
                    packed[n, byte_at] = byte
                    byte, bit, byte_at = 0, 0, byte_at + 1
                values[i] = max(sums[i], 0.0)
            weight_at += inputs * outputs
            bias_at += outputs
        if bit:
            packed[n, byte_at] = byte


def passes_per_second(network: Network, domain: Domain) -> float:
    """Return the median rate of forward passes over points of the domain, by processor time.

    The output layer is left out: patterns do not need it. Units are taken as ReLU.
    """
    points = _points(domain)
    stages = network.stages
    arguments = (
        points,
        np.concatenate([stage.weight.T.ravel() for stage in stages]),
        np.concatenate([stage.bias for stage in stages]),
        np.array([network.inputs, *(len(stage.bias) for stage in stages)]),
        np.zeros((len(points), (network.units + 7) // 8), dtype=np.uint8),
    )
    _pack_patterns(*arguments)
    return float(np.median([_rate(arguments) for _ in range(BATCHES)]))


def _rate(arguments: tuple[NDArray, ...]) -> float:
    passes, start = 0, time.process_time()
    while True:
        _pack_patterns(*arguments)
        passes += len(arguments[0])
        taken = time.process_time() - start
        if taken > BATCH_SECONDS:
            return passes / taken


def _points(domain: Domain) -> Floats:
    rng = np.random.default_rng(0)
    if isinstance(domain, Box):
        return rng.uniform(_floats(domain.lower), _floats(domain.upper), (POINTS, domain.dim))
    if isinstance(domain, Ball) and domain.norm == 2:
        steps = rng.normal(size=(POINTS, domain.dim))
        lengths = float(domain.radius) * rng.uniform(size=(POINTS, 1)) ** (1 / domain.dim)
        return _floats(domain.center) + lengths * steps / np.linalg.norm(steps, axis=1, keepdims=True)
    raise TypeError(f"only boxes and Euclidean balls are measured, not a {domain.kind}")


def _floats(values: tuple[Fraction, ...]) -> Floats:
    return np.array([float(value) for value in values])
