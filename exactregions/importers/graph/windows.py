"""Convolutions and pooling: windows of references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import NetworkError
from exactregions.importers.graph.core import Floats, Graph, References, Tensor, sized
from exactregions.importers.graph.winners import largest_of_rows

OUTSIDE = -1


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows over the last axes of a tensor; all have as many numbers as there are such axes.

    Parameters
    ----------
    kernel, strides, dilations : tuple of int
    before, after : tuple of int
        Padding on both sides of each axis.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    def __post_init__(self) -> None:
        counts = {len(v) for v in (self.kernel, self.strides, self.dilations, self.before, self.after)}
        if len(counts) != 1:
            raise NetworkError(f"kernel {self.kernel}, strides {self.strides}, padding {self.before}: lengths differ")
        if min((*self.kernel, *self.strides, *self.dilations), default=1) < 1:
            raise NetworkError(f"kernel {self.kernel}, strides {self.strides} and dilations must be positive")

    def counts(self, sizes: Sequence[int], ceil: bool = False) -> tuple[int, ...]:
        """Return the number of windows along each axis; with `ceil` also those that begin inside and end outside."""
        found = []
        for n, k, s, d, p, q in zip(
            sizes, self.kernel, self.strides, self.dilations, self.before, self.after, strict=True
        ):
            room = n + p + q - d * (k - 1) - 1
            if room < 0 or min(p, q) < 0:
                raise NetworkError(f"windows {self.kernel} do not fit values {tuple(sizes)} with their padding")
            count = (room + (s - 1 if ceil else 0)) // s + 1
            if ceil and (count - 1) * s >= n + p:
                count -= 1
            found.append(count)
        return tuple(found)

    def of(self, references: References, counts: tuple[int, ...]) -> References:
        """Return the windows, shape (N, C, *counts, *kernel); what lies outside is -1."""
        axes = len(self.kernel)
        sized(*references.shape[:-axes], *counts, *self.kernel)
        for axis, (k, s, d, p, count) in enumerate(
            zip(self.kernel, self.strides, self.dilations, self.before, counts, strict=True)
        ):
            place = np.arange(count)[:, None] * s + np.arange(k)[None, :] * d - p
            # axes before this one are already split in two
            at = references.ndim - axes + axis
            inside = (place >= 0) & (place < references.shape[at])
            references = np.take(references, np.where(inside, place, 0), axis=at)
            shape = [1] * references.ndim
            shape[at : at + 2] = inside.shape
            references = np.where(inside.reshape(shape), references, OUTSIDE)
        lead = references.ndim - 2 * axes
        order = [*range(lead), *(lead + 2 * i for i in range(axes)), *(lead + 2 * i + 1 for i in range(axes))]
        return references.transpose(order)


def _images(value: Tensor, axes: int) -> References:
    if value.references.ndim != axes + 2:
        raise NetworkError(f"it gets shape {value.shape}; {axes} axes besides batch and channels are wanted")
    return value.references


def convolve(
    graph: Graph, value: Tensor, weight: NDArray[Any], bias: NDArray[Any] | None, windows: Windows, groups: int
) -> Tensor:
    """Return the convolution with a weight of shape (outputs, channels / groups, *kernel)."""
    images = _images(value, len(windows.kernel))
    n, channels = images.shape[:2]
    m = len(weight)
    if weight.shape[2:] != windows.kernel or groups < 1 or channels != weight.shape[1] * groups or m % groups:
        raise NetworkError(f"weight {weight.shape} in {groups} groups does not fit values {value.shape}")
    counts = windows.counts(images.shape[2:])
    found = windows.of(images, counts)
    pixels = sized(*counts)
    sized(n, m, pixels, int(np.prod(weight.shape[1:])))
    # (n, groups, channels of a group, pixels, kernel) -> (n, groups, 1, pixels, channels of a group * kernel)
    found = found.reshape(n, groups, channels // groups, pixels, -1).transpose(0, 1, 3, 2, 4)
    found = found.reshape(n, groups, 1, pixels, -1)
    weights = np.asarray(weight, np.float64).reshape(1, groups, m // groups, 1, -1)
    shape = np.broadcast_shapes(found.shape, weights.shape)
    kept = np.broadcast_to((found != OUTSIDE), shape) & np.broadcast_to(weights != 0, shape)
    rows = np.broadcast_to(np.arange(sized(*shape[:-1])).reshape(*shape[:-1], 1), shape)[kept]
    constant = np.zeros(m) if bias is None else np.asarray(bias, np.float64).ravel()
    if len(constant) != m:
        raise NetworkError(f"a bias of {len(constant)} values does not fit the weight {weight.shape}")
    flat = graph.affine(
        rows,
        np.broadcast_to(found, shape)[kept],
        np.broadcast_to(weights, shape)[kept],
        np.broadcast_to(constant[None, :, None], (n, m, pixels)).ravel(),
    )
    return Tensor(flat.reshape(n, m, *counts))


def convolve_transposed(
    graph: Graph,
    value: Tensor,
    weight: NDArray[Any],
    bias: NDArray[Any] | None,
    windows: Windows,
    groups: int,
    sizes: tuple[int, ...],
) -> Tensor:
    """Return the transposed convolution with a weight of shape (channels, outputs / groups, *kernel).

    Parameters
    ----------
    sizes : tuple of int
        Of the result. Value x of the input goes to strides * x + dilations * k - before along each axis.
    """
    images = _images(value, len(windows.kernel))
    n, channels = images.shape[:2]
    m = weight.shape[1] * groups
    if weight.shape[2:] != windows.kernel or channels != len(weight) or groups < 1 or channels % groups:
        raise NetworkError(f"weight {weight.shape} in {groups} groups does not fit values {value.shape}")
    batch, channel, *places = np.unravel_index(np.arange(images.size), images.shape)
    places_of_weight = np.nonzero(weight)
    sized(images.size, int(np.prod(weight.shape[1:])))
    per_channel = channels // groups
    entries = []
    for c in range(channels):
        own = places_of_weight[0] == c
        inner, *kernel = (p[own][None, :] for p in places_of_weight[1:])
        here = np.flatnonzero(channel == c)[:, None]
        inside = np.ones((len(here), own.sum()), dtype=bool)
        row = batch[here] * m + (c // per_channel) * weight.shape[1] + inner
        for size, s, d, p, place, k in zip(
            sizes, windows.strides, windows.dilations, windows.before, places, kernel, strict=True
        ):
            target = place[here] * s + k * d - p
            inside &= (target >= 0) & (target < size)
            row = row * size + target
        weights = np.broadcast_to(np.asarray(weight, np.float64)[places_of_weight][own][None, :], inside.shape)
        references = np.broadcast_to(images.ravel()[here], inside.shape)
        entries.append((row[inside], references[inside], weights[inside]))
    rows, references, weights = (np.concatenate(part) for part in zip(*entries, strict=True))
    constant = np.zeros(m) if bias is None else np.asarray(bias, np.float64).ravel()
    if len(constant) != m:
        raise NetworkError(f"a bias of {len(constant)} values does not fit the weight {weight.shape}")
    shape = (n, m, *sizes)
    shifts = np.broadcast_to(constant.reshape(1, m, *(1,) * len(sizes)), shape)
    return Tensor(graph.affine(rows, references, weights, shifts.ravel()).reshape(shape))


def _pooled(value: Tensor, windows: Windows, ceil: bool) -> tuple[References, tuple[int, ...]]:
    """Return the windows, one a row, and the shape of the result."""
    images = _images(value, len(windows.kernel))
    counts = windows.counts(images.shape[2:], ceil)
    shape = (*images.shape[:2], *counts)
    return windows.of(images, counts).reshape(sized(*shape), -1), shape


def average_pool(
    graph: Graph, value: Tensor, windows: Windows, ceil: bool, padding_counts: bool, divisor: int | None = None
) -> Tensor:
    """Return the mean of each window: its sum times the float64 nearest to one over the number of its values.

    Parameters
    ----------
    padding_counts : bool
        Whether padding (but not what lies beyond it) is counted.
    divisor : int, optional
        In place of that number.
    """
    found, shape = _pooled(value, windows, ceil)
    sizes = np.broadcast_to(_sizes(value, windows, shape[2:], padding_counts), shape).ravel()
    if divisor is not None:
        sizes = np.full_like(sizes, divisor)
    if not sizes.all():
        raise NetworkError("a window of an average pooling lies outside of the values")
    if (sizes & (sizes - 1)).any():
        graph.note("an average over a window is its sum times the float64 nearest to one over its size")
    inside = found != OUTSIDE
    rows = np.broadcast_to(np.arange(len(found))[:, None], found.shape)[inside]
    weights: Floats = np.broadcast_to((1.0 / sizes)[:, None], found.shape)[inside]
    return Tensor(graph.affine(rows, found[inside], weights, np.zeros(len(found))).reshape(shape))


def _sizes(value: Tensor, windows: Windows, counts: tuple[int, ...], padding: bool) -> NDArray[np.int64]:
    """Return how many values each window has, shape counts."""
    sizes = np.ones((), dtype=np.int64)
    each = zip(
        value.shape[2:],
        windows.kernel,
        windows.strides,
        windows.dilations,
        windows.before,
        windows.after,
        counts,
        strict=True,
    )
    for n, k, s, d, p, q, count in each:
        place = np.arange(count)[:, None] * s + np.arange(k)[None, :] * d - p
        first, last = (-p, n + q) if padding else (0, n)
        sizes = sizes[..., None] * ((place >= first) & (place < last)).sum(axis=1)
    return sizes


def max_pool(graph: Graph, value: Tensor, windows: Windows, ceil: bool) -> Tensor:
    """Return the largest value of each window; padding never wins."""
    found, shape = _pooled(value, windows, ceil)
    return Tensor(largest_of_rows(graph, found).reshape(shape))
