"""Networks of scikit-learn: the scores of the estimator, before its last activation."""

import warnings

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from exactregions import Network
from exactregions.errors import NetworkError, UnsupportedLayerError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))


def fitted(kind, target, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kind(hidden_layer_sizes=(5, 4), max_iter=5, random_state=0, **settings).fit(X, target)


@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_regressors(activation, outputs):
    estimator = fitted(MLPRegressor, RNG.normal(size=(60, outputs)).squeeze(), activation=activation)
    network = Network.from_sklearn(estimator)
    assert np.allclose(network.forward(X), estimator.predict(X).reshape(60, outputs), rtol=0, atol=1e-12)
    assert network.widths == ((5, 4) if activation == "relu" else ())
    assert "largest difference" in network.notes[-1]


@pytest.mark.parametrize("classes", [2, 3])
def test_classifiers(classes):
    estimator = fitted(MLPClassifier, RNG.integers(classes, size=60))
    network = Network.from_sklearn(estimator)
    scores, probabilities = network.forward(X), np.asarray(estimator.predict_proba(X))
    if classes == 2:
        assert np.allclose(1 / (1 + np.exp(-scores)), probabilities[:, 1:])
    else:
        assert np.allclose(np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True), probabilities)
    assert estimator.out_activation_ == ("logistic" if classes == 2 else "softmax")
    assert "before the" in network.notes[0]


def test_other_estimators_are_refused():
    with pytest.raises(NetworkError, match="a StandardScaler was given"):
        Network.from_sklearn(StandardScaler())
    with pytest.raises(NetworkError, match="give the last step"):
        Network.from_sklearn(make_pipeline(StandardScaler(), MLPRegressor()))
    with pytest.raises(NetworkError, match="not fitted"):
        Network.from_sklearn(MLPRegressor())
    with pytest.raises(UnsupportedLayerError, match="'tanh' is not piecewise linear"):
        Network.from_sklearn(fitted(MLPRegressor, RNG.normal(size=60), activation="tanh"))
