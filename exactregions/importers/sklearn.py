"""Multilayer perceptrons of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.agreement import compared
from exactregions.network import Network
from exactregions.support.shortening import short

ACTIVATIONS = {"relu": "relu", "identity": "identity"}


def from_estimator(estimator: Any, *, check: bool = True) -> Network:
    """Translate an `MLPClassifier` or `MLPRegressor`; see `exactregions.Network.from_sklearn`."""
    if not hasattr(estimator, "hidden_layer_sizes"):
        steps = f"; of a {type(estimator).__name__} give the last step" if hasattr(estimator, "steps") else ""
        raise NetworkError(f"a {type(estimator).__name__} was given; give an MLPClassifier or MLPRegressor{steps}")
    if not hasattr(estimator, "coefs_"):
        raise NetworkError(f"the {type(estimator).__name__} is not fitted; call fit first")
    if estimator.activation not in ACTIVATIONS:
        raise UnsupportedLayerError(f"its activation {short(estimator.activation)} is not piecewise linear")
    weights = [np.asarray(weight).T for weight in estimator.coefs_]
    network = Network.from_layers(weights, estimator.intercepts_, activation=ACTIVATIONS[estimator.activation])
    end = getattr(estimator, "out_activation_", "identity")
    if end != "identity":
        note = f"the outputs are those before the {end} at the end"
        network = Network(network.stages, network.matrix, network.bias, notes=(note,))
    return compared(network, lambda points: _scores(estimator, points), "float64") if check else network


def _scores(estimator: Any, points: Any) -> Any:
    """Return what scikit-learn computes, a softmax or logistic function at the end undone up to what it loses."""
    if getattr(estimator, "out_activation_", "identity") == "identity":
        return np.asarray(estimator.predict(points), np.float64).reshape(len(points), -1)
    inner = estimator.out_activation_
    try:
        estimator.out_activation_ = "identity"
        return np.asarray(estimator._forward_pass_fast(points), np.float64).reshape(len(points), -1)
    finally:
        estimator.out_activation_ = inner
