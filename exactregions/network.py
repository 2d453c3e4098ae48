"""The one shape in which engines see a network: affine maps followed by two-slope units."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from exactregions.activations import slopes_named
from exactregions.errors import NetworkError, listed
from exactregions.stage import Stage, Winner
from exactregions.support.arrays import as_array, flat_rows, shape_of_inputs, without_ones
from exactregions.support.shortening import short, short_list
from exactregions.weights import Matrix, Weight, applied, bias_of, dense, exact_floats, feed, shape_of, stored

if TYPE_CHECKING:
    import torch

__all__ = ["Network", "Stage", "Winner", "exact_floats"]

Array = NDArray[np.float64]
FEW = 8  # widths that are shown


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Network:
    """A piecewise affine function: stages, then an affine output.

    Every float is taken at its exact value, so the function that is counted is the real one that the
    weights define, not its rounded evaluation.

    Parameters
    ----------
    stages : sequence of Stage
        May be empty: an affine function has one region.
    weight : array_like or scipy.sparse array, shape (outputs, n)
    bias : array_like, shape (outputs,)
    winners : sequence of Winner
        Units of which it matters only which value wins, as in max-pooling.
    notes : sequence of str
        What an import has to say of its reading; no part of the network's identity.
    input_shape : tuple of int, optional
        Shape of an input as the source takes it, as (3, 32, 32), where it has several dimensions: the inputs are its
        values in row-major order. No part of the network's identity.

    Attributes
    ----------
    matrix : numpy.ndarray or scipy.sparse.csr_array, shape (outputs, n)
        The output weight as it is stored.

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
    matrix: Matrix
    bias: Array
    winners: tuple[Winner, ...]
    notes: tuple[str, ...]
    input_shape: tuple[int, ...] | None

    def __init__(
        self,
        stages: Sequence[Stage],
        weight: Any = None,
        bias: Any = None,
        winners: Sequence[Winner] = (),
        notes: Sequence[str] = (),
        *,
        input_shape: Sequence[int] | None = None,
        matrix: Any = None,
    ) -> None:
        stages = listed(stages, "stages", NetworkError)
        for other in stages:
            if not isinstance(other, Stage):
                raise NetworkError(
                    f"a stage is {short(other)}; give Stage objects, or weights and biases to Network.from_layers"
                )
        # `matrix` is what dataclasses.replace gives
        output = stored(matrix if weight is None else weight, "output weight")
        given = (stages, output, exact_floats(bias, "output bias", 1), tuple(winners), tuple(notes))
        for name, value in zip(("stages", "matrix", "bias", "winners", "notes"), given, strict=True):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "input_shape", shape_of_inputs(input_shape, self.inputs, NetworkError))
        shape = shape_of(output)
        shapes = [shape_of(s.matrix) for s in self.stages] + [shape]
        if 0 in shape:
            raise NetworkError(f"the output weight has shape {shape}; it needs an input and an output")
        if self.bias.shape != shape[:1]:
            raise NetworkError(f"the output bias has shape {self.bias.shape}; the weight {shape} needs ({shape[0]},)")
        for position, (before, after) in enumerate(pairwise(shapes)):
            if after[1] != before[0]:
                raise NetworkError(
                    f"layer {position} gives {before[0]} values and layer {position + 1} takes {after[1]} "
                    f"(weight shape {after}); the shapes must chain"
                )
        if self.winners:
            self._check_winners()

    def _check_winners(self) -> None:
        units, taken = self.units, [unit for winner in self.winners for unit in winner.units]
        if len(set(taken)) < len(taken) or min(taken) < 0 or max(taken) >= units:
            raise NetworkError(
                f"the units of winners are {short(taken)}; each must be one of the {units} units, and one once"
            )

    @property
    def weight(self) -> Array:
        """The output weight as a dense array, shape (outputs, n).

        Raises
        ------
        NetworkError
            If it is stored sparse and would take more than 2 GB.
        """
        return dense(self.matrix, "the output weight")

    @classmethod
    def from_layers(
        cls,
        weights: Sequence[Weight | torch.Tensor] | Sequence[tuple[Any, Any]],
        biases: Sequence[ArrayLike | torch.Tensor | None] | None = None,
        slope: float = 0.0,
        *,
        activation: str | float | Sequence[str | float] | None = None,
    ) -> Network:
        """Build a multilayer perceptron; the last layer is the affine output.

        Parameters
        ----------
        weights : sequence of array_like or tensor
            Weight of layer l, shape (n_l, n_{l-1}). Without `biases`: pairs of a weight and a bias.
        biases : sequence of array_like, tensor or None, optional
            Bias of layer l, shape (n_l,); None is zero.
        slope : float
            Slope of the hidden units below zero; 0 is ReLU.
        activation : str, float or sequence of them, optional
            In place of the slope: "relu", "leaky_relu(0.1)", "abs", "identity", or a slope below zero; one for all
            hidden layers, or one each.

        Raises
        ------
        NetworkError
            If the numbers of weights and biases differ, or as `Network` and `Stage`.
        UnsupportedLayerError
            If an activation is not piecewise linear.

        Examples
        --------
        >>> layers = [[[1.0], [2.0]], [[1.0, 1.0]], [[1.0]]]
        >>> network = Network.from_layers(layers, [None] * 3, activation=["relu", "abs"])
        >>> [stage.low.tolist() for stage in network.stages]
        [[0.0, 0.0], [-1.0]]
        >>> Network.from_layers([([[1.0], [2.0]], [0.5, 0.0]), ([[1.0, 1.0]], [3.0])])
        Network(inputs=1, widths=(2,), outputs=1)
        """
        if biases is None:
            weights, biases = _unpaired(weights)
        weights, biases = listed(weights, "weights", NetworkError), listed(biases, "biases", NetworkError)
        if len(weights) != len(biases) or not weights:
            raise NetworkError(f"{len(weights)} weights and {len(biases)} biases given; give one of each per layer")
        named = slope if activation is None else activation
        slopes = slopes_named(named, len(weights) - 1, narrow=False)
        stages = []
        for position, (w, b, (low, high)) in enumerate(zip(weights[:-1], biases[:-1], slopes, strict=True)):
            try:
                bias = bias_of(w, b)
                stages.append(Stage(w, bias, np.full(len(bias), low), np.full(len(bias), high)))
            except NetworkError as error:
                raise NetworkError(f"layer {position}: {error}") from None
        return cls(tuple(stages), weights[-1], bias_of(weights[-1], biases[-1]))

    @classmethod
    def from_sklearn(cls, estimator: Any, *, check: bool = True) -> Network:
        """Translate a fitted `MLPClassifier` or `MLPRegressor` of scikit-learn, with activation relu or identity.

        The outputs of a classifier are its scores, before the softmax or the logistic function.

        Parameters
        ----------
        estimator : sklearn.neural_network.MLPClassifier or MLPRegressor
        check : bool
            Whether the network is compared with the estimator on 100 points; what was found is in `Network.notes`.

        Raises
        ------
        NetworkError
            If it is another estimator, or not fitted.
        UnsupportedLayerError
            If its activation is not piecewise linear.
        """
        from exactregions.importers.sklearn import from_estimator

        return from_estimator(estimator, check=check)

    @classmethod
    def from_torch(
        cls,
        module: torch.nn.Module,
        example_input: Any = None,
        *,
        input_shape: Sequence[int] | None = None,
        output: int | None = None,
        strip_output: bool = False,
        batch: int | None = None,
        steps: int | None = None,
        check: bool = True,
        tolerance: float | None = None,
    ) -> Network:
        """Translate a torch module as it computes in eval mode, by way of `torch.export`.

        Any module whose graph is piecewise linear is read, whatever its `forward`. It is left as it was. Parameters
        are widened to float64 without a change of value; numbers in the code are taken as torch takes them, which
        rounds them to float32 unless it computes in float64. An input of several dimensions is flattened, and several
        inputs are one input vector, in their order.

        Parameters
        ----------
        module : torch.nn.Module
        example_input : tensor or tuple of tensors, optional
            As the module takes them: their shapes count, and the batch is usually of size 1. May be left out for a
            `Sequential` that begins with a `Linear`.
        input_shape : sequence of int, optional
            In its place: the shape of one input, as (3, 32, 32). A batch of one is put in front, unless the module
            refuses that and takes the shape as it is.
        output : int, optional
            Which of several outputs, from 0 on.
        strip_output : bool
            Whether a softmax, log-softmax or sigmoid at the end is cut off.
        batch : {1}, optional
            With 1, the first dimension is a batch, and the network that of one row.
        steps : int, optional
            Of a module that begins with a `torch.nn.RNN`, in place of the shape: the length of the sequence.
        check : bool
            Whether the network is compared with the module on 100 points; what was found is in `Network.notes`.
        tolerance : float, optional
            Largest difference in that, over max(1, largest output): 1e-8 for float64, 1e-4 for float32, 2e-2 for
            float16, 1e-1 for bfloat16.

        Raises
        ------
        UnsupportedLayerError
            If layers are not piecewise linear, or not read yet; all are named, with their places.
        NetworkError
            If torch cannot export the module, a parameter is not real and finite, the shape of the input is not
            known, or the check fails.
        ExactRegionsError
            If torch is not installed.
        """
        from exactregions.importers.torch import from_module

        return from_module(
            module,
            example_input,
            input_shape=input_shape,
            output=output,
            strip_output=strip_output,
            batch=batch,
            steps=steps,
            check=check,
            tolerance=tolerance,
        )

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
        (2, [False])
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
        return shape_of(self.stages[0].matrix if self.stages else self.matrix)[1]

    @property
    def outputs(self) -> int:
        """Dimension of the output."""
        return shape_of(self.matrix)[0]

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
        for stage in self.stages:
            for array in (stage.matrix, stage.bias, stage.low, stage.high):
                feed(digest, array)
        feed(digest, self.matrix)
        feed(digest, self.bias)
        if self.winners:
            digest.update(repr([(winner.units, winner.contests) for winner in self.winners]).encode())
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
        widths = str(self.widths) if len(self.widths) <= FEW else short_list(self.widths, text=str)
        return f"Network(inputs={self.inputs}, widths={widths}, outputs={self.outputs})"

    def describe(self) -> dict[str, Any]:
        """Return plain data: `inputs`, `widths`, `outputs`; `input_shape`, `winners`, `notes` where there are any."""
        shape = {"inputs": self.inputs, "widths": list(self.widths), "outputs": self.outputs}
        more = {"winners": len(self.winners), "notes": list(self.notes), "input_shape": list(self.input_shape or ())}
        return shape | {name: value for name, value in more.items() if value}

    def _batch(self, points: Any) -> tuple[Array, bool]:
        """Return points as rows, and whether a single one is given, without an axis for several."""
        given = as_array(points, "points", NetworkError)
        if given.dtype.kind not in "fiub":
            raise NetworkError(f"points have dtype {given.dtype}; give real numbers")
        rows = flat_rows(given, self.inputs, self.input_shape)
        shape = self.input_shape or (self.inputs,)
        if rows is None:
            raise NetworkError(
                f"points have shape {given.shape}; give ({', '.join(map(str, ('n', *shape)))}) or {shape}"
            )
        single = given.ndim == 1 or (given.ndim <= len(shape) and without_ones(given.shape) == without_ones(shape))
        return rows.astype(np.float64, copy=False), single

    def pre_activations(self, points: ArrayLike) -> list[Array]:
        """Evaluate the pre-activations of every stage in float64.

        Parameters
        ----------
        points : array_like or tensor, shape (n, inputs) or (inputs,)
            Or images of `input_shape`, one or several.

        Returns
        -------
        list of numpy.ndarray
            One array of shape (n, m) a stage, wires included; (m,) for a single point.
        """
        x, single = self._batch(points)
        return [z[0] if single else z for z in self._stages_at(x)]

    def _stages_at(self, x: Array) -> list[Array]:
        found = []
        for stage in self.stages:
            z = applied(stage.matrix, x) + stage.bias
            found.append(z)
            x = np.where(z > 0, stage.high, stage.low) * z
        return found

    def forward(self, points: ArrayLike) -> Array:
        """Evaluate the network in float64.

        Parameters
        ----------
        points : array_like or tensor, shape (n, inputs) or (inputs,)
            Or images of `input_shape`, one or several.

        Returns
        -------
        numpy.ndarray, shape (n, outputs), or (outputs,) for a single point

        Examples
        --------
        >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
        >>> network.forward([1.0]).tolist(), network.forward([[1.0], [0.25]]).tolist()
        ([1.5], [[1.5], [0.25]])
        """
        x, single = self._batch(points)
        if self.stages:
            z = self._stages_at(x)[-1]
            x = np.where(z > 0, self.stages[-1].high, self.stages[-1].low) * z
        values = applied(self.matrix, x) + self.bias
        return values[0] if single else values

    def pattern(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Evaluate the activation patterns in float64.

        Parameters
        ----------
        points : array_like or tensor, shape (n, inputs) or (inputs,)
            Or images of `input_shape`, one or several.

        Returns
        -------
        numpy.ndarray of bool, shape (n, units), or (units,) for a single point
            True where the pre-activation is positive; stage by stage, wires left out.
        """
        x, single = self._batch(points)
        layers = [z[:, s.splits] > 0 for s, z in zip(self.stages, self._stages_at(x), strict=True)]
        patterns = np.concatenate([np.zeros((len(x), 0), dtype=bool), *layers], axis=1)
        return patterns[0] if single else patterns


def _unpaired(layers: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the weights and the biases of pairs of them."""
    pairs = listed(layers, "weights", NetworkError)
    for position, pair in enumerate(pairs):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise NetworkError(
                f"layer {position} is {short(pair)}; give pairs (weight, bias), or the biases as a second list"
            )
    return [weight for weight, _ in pairs], [bias for _, bias in pairs]
