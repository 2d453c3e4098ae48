"""Convolutional networks: a trained one with its certificate, and public ones in balls about a point."""

from pathlib import Path

import numpy as np
import pytest
from engines import found
from public_data import NETS

from exactregions import Ball, enumerate_regions, load
from exactregions.certificate.checker import check

ROOT = Path(__file__).parents[1]
DIGITS = load(ROOT / "data" / "digits_conv.safetensors")
IMAGES = np.load(ROOT / "data" / "digits_conv_points.npy")


def test_a_trained_convolution_is_proved_to_have_ten_thousand_regions_about_a_digit(tmp_path):
    path = tmp_path / "digit.cert"
    regions = enumerate_regions(DIGITS, Ball(IMAGES[0], 0.55), certificate=path)
    assert regions.exact
    assert len(regions) == len(regions.pattern_set()) >= 10_000
    verdict = check([path], fingerprint=DIGITS.fingerprint)
    assert verdict.regions == len(regions)


def test_engines_agree_about_a_digit():
    ball = Ball(IMAGES[0], 0.125)
    tree = found("tree", DIGITS, ball)
    assert len(tree) > 5
    assert tree.pattern_set() == found("facets", DIGITS, ball).pattern_set()


PUBLIC = {
    "convSmallRELU__Point.onnx": 0.004,
    "KJ_TinyTaxiNet.onnx": 0.25,
    "cifar_base_kw.onnx": 0.002,
    "Convnet_avgpool.onnx": 0.0003,
}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_convolutions_are_counted_about_a_point(name):
    """Thousands of units, of which the ball leaves a few undecided; every sampled point lies in a region found."""
    path = NETS / name
    if not path.exists():
        pytest.skip("no public networks; set EXACTREGIONS_NETS to their folder")
    network = load(path)
    rng = np.random.default_rng(0)
    center, radius = rng.uniform(size=network.inputs), PUBLIC[name]
    regions = found("tree", network, Ball(center, radius))
    assert len(regions) > 1
    steps = rng.normal(size=(200, network.inputs))
    steps *= radius * rng.uniform(0, 1, size=(200, 1)) / np.linalg.norm(steps, axis=1, keepdims=True)
    seen = np.packbits(network.pattern(center + steps), axis=1, bitorder="little")
    assert {row.tobytes() for row in seen} <= {row.tobytes() for row in regions.patterns}
