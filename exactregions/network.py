"""The one shape in which engines see a network: affine maps followed by two-slope units."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.errors import NetworkError

if TYPE_CHECKING:
    import torch

__all__ = ["Network", "Stage", "exact_floats"]

Array = NDArray[np.float64]


def exact_floats(values: ArrayLike, name: str, ndim: int) -> Array:
    """Return a read-only float64 copy, refusing whatever float64 cannot hold without a change of value.

    Raises
    ------
    NetworkError
        If the values are no finite real numbers, lose digits, or have another number of dimensions than `ndim`.
    """
    given = np.asarray(values)
    if given.dtype.kind not in "fiub":
        raise NetworkError(f"{name} has dtype {given.dtype}; give real numbers (float32, float64 or integers)")
    array = np.array(given, dtype=np.float64)
    if given.dtype.kind in "iu" and not np.array_equal(array.astype(given.dtype), given):
        raise NetworkError(f"{name} holds integers beyond 2**53, which float64 cannot represent; rescale it")
    if given.dtype.kind == "f" and given.dtype.itemsize > 8 and not np.array_equal(array.astype(given.dtype), given):
        raise NetworkError(f"{name} has dtype {given.dtype} and loses digits in float64; round it first")
    if array.ndim != ndim:
        raise NetworkError(f"{name} has shape {array.shape}; it needs {ndim} dimension(s)")
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise NetworkError(f"{name}{list(place)} is {array[place]}; every weight and bias must be finite")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """An affine map and the two-slope units on its outputs.

    Parameters
    ----------
    weight : array_like, shape (m, n)
        Maps the n values of the stage before to the m pre-activations.
    bias : array_like, shape (m,)
    low, high : array_like, shape (m,)
        Slope of each unit below and above zero: ReLU (0, 1), LeakyReLU (a, 1), a wire (1, 1).

    Raises
    ------
    NetworkError
        If shapes do not fit or a value is not finite.
    """

    weight: Array
    bias: Array
    low: Array
    high: Array

    def __post_init__(self) -> None:
        for name, ndim in (("weight", 2), ("bias", 1), ("low", 1), ("high", 1)):
            object.__setattr__(self, name, exact_floats(getattr(self, name), name, ndim))
        m, n = self.weight.shape
        if m == 0 or n == 0:
            raise NetworkError(f"a layer has weight of shape {(m, n)}; a zero-width layer has no meaning, remove it")
        for name in ("bias", "low", "high"):
            if getattr(self, name).shape != (m,):
                raise NetworkError(
                    f"{name} has shape {getattr(self, name).shape}; the weight {(m, n)} needs ({m},): the shape of a "
                    "weight is (outputs, inputs), transpose it where it is the other way round"
                )

    @classmethod
    def relu(cls, weight: ArrayLike, bias: ArrayLike) -> Stage:
        """Return a stage of ReLU units."""
        m = np.shape(bias)[0] if np.ndim(bias) == 1 else 0
        return cls(weight, bias, np.zeros(m), np.ones(m))  # type: ignore[arg-type]

    @classmethod
    def wires(cls, weight: ArrayLike, bias: ArrayLike) -> Stage:
        """Return a stage whose units only pass their value on: an affine map alone."""
        m = np.shape(bias)[0] if np.ndim(bias) == 1 else 0
        return cls(weight, bias, np.ones(m), np.ones(m))  # type: ignore[arg-type]

    @property
    def splits(self) -> NDArray[np.bool_]:
        """Which units have two different slopes, shape (m,); the others are wires."""
        return self.low != self.high


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A piecewise affine function: stages, then an affine output.

    Every float is taken at its exact value, so the function that is counted is the real one that the
    weights define, not its rounded evaluation.

    Parameters
    ----------
    stages : sequence of Stage
        May be empty: an affine function has one region.
    weight : array_like, shape (outputs, n)
    bias : array_like, shape (outputs,)

    Raises
    ------
    NetworkError
        If shapes do not chain or a value is not finite.

    Examples
    --------
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> network.inputs, network.widths, network.outputs
    (1, (2,), 1)
    """

    stages: tuple[Stage, ...]
    weight: Array
    bias: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", tuple(self.stages))
        object.__setattr__(self, "weight", exact_floats(self.weight, "output weight", 2))
        object.__setattr__(self, "bias", exact_floats(self.bias, "output bias", 1))
        shapes = [s.weight.shape for s in self.stages] + [self.weight.shape]
        if 0 in self.weight.shape:
            raise NetworkError(f"the output weight has shape {self.weight.shape}; it needs an input and an output")
        if self.bias.shape != self.weight.shape[:1]:
            raise NetworkError(
                f"the output bias has shape {self.bias.shape}; the weight {self.weight.shape} needs "
                f"({self.weight.shape[0]},)"
            )
        for position, (before, after) in enumerate(pairwise(shapes)):
            if after[1] != before[0]:
                raise NetworkError(
                    f"layer {position} gives {before[0]} values and layer {position + 1} takes {after[1]} "
                    f"(weight shape {after}); the shapes must chain"
                )

    @classmethod
    def from_layers(
        cls, weights: Sequence[ArrayLike], biases: Sequence[ArrayLike | None], slope: float = 0.0
    ) -> Network:
        """Build a multilayer perceptron; the last layer is the affine output.

        Parameters
        ----------
        weights : sequence of array_like
            Weight of layer l, shape (n_l, n_{l-1}).
        biases : sequence of array_like or None
            Bias of layer l, shape (n_l,); None is zero.
        slope : float
            Slope of the hidden units below zero; 0 is ReLU.

        Raises
        ------
        NetworkError
            If the numbers of weights and biases differ, or as `Network` and `Stage`.
        """
        if len(weights) != len(biases) or not weights:
            raise NetworkError(f"{len(weights)} weights and {len(biases)} biases given; give one of each per layer")
        filled = [
            np.zeros(np.shape(w)[:1]) if b is None else b for w, b in zip(weights, biases, strict=True)
        ]
        stages = []
        for position, (w, b) in enumerate(zip(weights[:-1], filled[:-1], strict=True)):
            try:
                m = len(np.atleast_1d(np.asarray(b)))
                stages.append(Stage(w, b, np.full(m, slope), np.ones(m)))  # type: ignore[arg-type]
            except NetworkError as error:
                raise NetworkError(f"layer {position}: {error}") from None
        return cls(tuple(stages), weights[-1], filled[-1])  # type: ignore[arg-type]

    @classmethod
    def from_torch(cls, module: torch.nn.Module) -> Network:
        """Translate a `torch.nn.Sequential`; see `exactregions.importers.torch.from_module`."""
        from exactregions.importers.torch import from_module

        return from_module(module)

    def restrict(self, origin: ArrayLike, directions: ArrayLike) -> Network:
        """Restrict the network to an affine subspace of its inputs, exactly.

        The new network takes the parameters t of x = origin + t @ directions. A stage of wires does this in front of
        the others, so that nothing is multiplied out in floats; patterns have the same units in the same order.
        Lengths are those of t: a ball of radius r around t = 0 is the part of the ball of radius r around the origin
        if the directions are orthonormal.

        Parameters
        ----------
        origin : array_like, shape (inputs,)
        directions : array_like, shape (k, inputs)
            Linearly independent.

        Returns
        -------
        Network
            With k inputs.

        Raises
        ------
        NetworkError
            If shapes do not fit, a value is not finite, or a direction depends linearly on those before it, which
            is decided exactly.

        Examples
        --------
        >>> network = Network.from_layers([[[1.0, 0.0, 2.0]], [[1.0]]], [[0.0], [0.0]])
        >>> plane = network.restrict([0.0, 0.5, 0.0], [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        >>> plane.inputs, plane.pattern([1.0, -1.0]).tolist()
        (2, [[False]])
        """
        from exactregions.slices import restricted

        return restricted(self, origin, directions)

    def through(self, points: ArrayLike) -> Network:
        """Restrict the network to the line, plane or subspace through points, exactly.

        The new network takes affine coordinates t of x = (1 - t_1 - .. - t_k) points[0] + t_1 points[1] + .. +
        t_k points[k]: t = 0 is points[0], and the unit vector e_i is points[i], also where the difference of two
        points is no float. The segment between two points is the open box (0, 1).

        Parameters
        ----------
        points : array_like, shape (k + 1, inputs)
            Affinely independent: two for a line, three for a plane.

        Returns
        -------
        Network
            With k inputs.

        Raises
        ------
        NetworkError
            If shapes do not fit, a value is not finite, or a point lies in the affine hull of those before it, which
            is decided exactly.

        Examples
        --------
        >>> from exactregions import Box, count_regions
        >>> network = Network.from_layers([[[1.0, 1.0], [1.0, -1.0]], [[1.0, 1.0]]], [[-1.0, 0.0], [0.0]])
        >>> count_regions(network.through([[0.0, 0.25], [1.0, 0.5]]), Box([0.0], [1.0]))
        3
        """
        from exactregions.slices import through_points

        return through_points(self, points)

    @property
    def inputs(self) -> int:
        """Dimension n_0 of the input."""
        return (self.stages[0].weight if self.stages else self.weight).shape[1]

    @property
    def outputs(self) -> int:
        """Dimension of the output."""
        return self.weight.shape[0]

    @property
    def widths(self) -> tuple[int, ...]:
        """Number of units that can split, for each stage that has one."""
        counts = (int(stage.splits.sum()) for stage in self.stages)
        return tuple(k for k in counts if k)

    @property
    def units(self) -> int:
        """Number N of units that can split: the length of an activation pattern."""
        return sum(self.widths)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the exact content, in hexadecimal."""
        digest = hashlib.sha256()
        for _, array in self.named_arrays():
            digest.update(repr(array.shape).encode())
            # adding zero turns -0.0 into 0.0: equal networks hash alike
            digest.update((array + 0.0).astype("<f8").tobytes())
        return digest.hexdigest()

    def named_arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield all arrays, "0.weight", "0.bias", "0.low", "0.high", .., "output.weight", "output.bias"."""
        for i, stage in enumerate(self.stages):
            for name in ("weight", "bias", "low", "high"):
                yield f"{i}.{name}", getattr(stage, name)
        yield "output.weight", self.weight
        yield "output.bias", self.bias

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"Network(inputs={self.inputs}, widths={self.widths}, outputs={self.outputs})"

    def describe(self) -> dict[str, Any]:
        """Return the shape as plain data: `inputs`, `widths`, `outputs`."""
        return {"inputs": self.inputs, "widths": list(self.widths), "outputs": self.outputs}

    def _batch(self, points: ArrayLike) -> Array:
        x = np.asarray(points, dtype=np.float64)
        if x.ndim == 0 or x.ndim > 2 or x.shape[-1] != self.inputs:
            raise NetworkError(f"points have shape {x.shape}; give (n, {self.inputs}) or ({self.inputs},)")
        return np.atleast_2d(x)

    def pre_activations(self, points: ArrayLike) -> list[Array]:
        """Evaluate the pre-activations of every stage in float64.

        Parameters
        ----------
        points : array_like, shape (n, inputs) or (inputs,)

        Returns
        -------
        list of numpy.ndarray
            One array of shape (n, m) a stage, wires included.
        """
        x, found = self._batch(points), []
        for stage in self.stages:
            z = x @ stage.weight.T + stage.bias
            found.append(z)
            x = np.where(z > 0, stage.high, stage.low) * z
        return found

    def forward(self, points: ArrayLike) -> Array:
        """Evaluate the network in float64: shape (n, outputs) for points of shape (n, inputs)."""
        x = self._batch(points)
        if self.stages:
            z = self.pre_activations(x)[-1]
            x = np.where(z > 0, self.stages[-1].high, self.stages[-1].low) * z
        return x @ self.weight.T + self.bias

    def pattern(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Evaluate the activation patterns in float64.

        Parameters
        ----------
        points : array_like, shape (n, inputs) or (inputs,)

        Returns
        -------
        numpy.ndarray of bool, shape (n, units)
            True where the pre-activation is positive; stage by stage, wires left out.
        """
        x = self._batch(points)
        layers = [z[:, s.splits] > 0 for s, z in zip(self.stages, self.pre_activations(x), strict=True)]
        return np.concatenate([np.zeros((len(x), 0), dtype=bool), *layers], axis=1)
