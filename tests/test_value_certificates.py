"""Certificates of values: both checkers confirm them, and a wrong value has none."""

from dataclasses import replace
from fractions import Fraction

import pytest
from test_output_certificates import both

from exactregions import Ball, Box, Network, WholeSpace, maximize, minimize, robust_radius
from exactregions.cases.networks import generated, hat
from exactregions.errors import CertificateError, DomainError
from exactregions.exact.values import Value
from exactregions.quantities import certify_maximum, certify_minimum, certify_radius

ABSOLUTE = Network.from_layers([[[1.0]], [[1.0], [-1.0]]], [None, [-1.0, 1.0]], activation="abs")
NETWORK = generated(2, 5, 4, 2, seed=3, bits=6)


@pytest.mark.parametrize("domain", [Box(-1, 1, dim=2), Ball([0, 0], 1)], ids=["box", "ball"])
def test_maxima_and_minima(tmp_path, domain):
    direction = [Fraction(1, 3), -1]
    for ask, certify in ((maximize, certify_maximum), (minimize, certify_minimum)):
        found = ask(NETWORK, domain, direction)
        told = certify(NETWORK, domain, direction, found, tmp_path / "value.cert")
        assert told.complete
        assert told.lower <= found.value.lower <= found.value.upper <= told.upper
        assert told.upper - told.lower <= max(abs(told.lower), abs(told.upper)) * Fraction(1, 2**30)
        assert both(tmp_path / "value-reached.cert") == "unsafe"
        assert both(tmp_path / "value-beyond.cert") == "safe"


def test_a_wrong_value_has_no_certificate(tmp_path):
    box = Box([-1], [3])
    found = maximize(hat(), box)
    low = replace(found, value=Value.of(Fraction(7, 8)))
    told = certify_maximum(hat(), box, None, low, tmp_path / "low.cert")
    assert (told.beyond.certificate, told.complete) == (None, False)
    assert "NO CERTIFICATE that nothing is beyond" in repr(told)
    high = replace(found, value=Value.of(Fraction(9, 8)))
    told = certify_maximum(hat(), box, None, high, tmp_path / "high.cert")
    assert told.reached.certificate is None
    assert both(tmp_path / "high-beyond.cert") == "safe"


@pytest.mark.parametrize("norm", [2, 1, "inf"])
def test_robust_radii(tmp_path, norm):
    point = [Fraction(1, 4), Fraction(-1, 3)]
    found = robust_radius(NETWORK, point, norm)
    told = certify_radius(NETWORK, found, tmp_path / "radius.cert")
    assert told.complete
    assert told.lower < found.radius.lower <= found.radius.upper < told.upper
    assert both(tmp_path / "radius-reached.cert") == "unsafe"
    assert both(tmp_path / "radius-beyond.cert") == "safe"
    far = replace(found, radius=Value.of(told.upper * 2))
    assert certify_radius(NETWORK, far, tmp_path / "far.cert").beyond.certificate is None
    for center in (0.25, 3.0):  # one output, each of its signs
        alone = Network(ABSOLUTE.stages, ABSOLUTE.weight[:1], ABSOLUTE.bias[:1])
        nearest = robust_radius(alone, [center], norm)
        assert certify_radius(alone, nearest, tmp_path / "alone.cert").complete


def test_what_is_not_certified(tmp_path):
    line = Network((), [[1.0]], [0.0])
    with pytest.raises(CertificateError, match="no finite value"):
        certify_maximum(line, WholeSpace(1), None, maximize(line, WholeSpace(1)), tmp_path / "a")
    part = maximize(generated(3, 8, 8, 1), Box(-1, 1, dim=3), time_limit=0)
    with pytest.raises(CertificateError, match="NOT COMPLETE"):
        certify_maximum(generated(3, 8, 8, 1), Box(-1, 1, dim=3), None, part, tmp_path / "a")
    with pytest.raises(CertificateError, match="zero"):
        certify_radius(ABSOLUTE, robust_radius(ABSOLUTE, [1.0]), tmp_path / "a")
    found = maximize(hat(), Box([-1], [3]))
    for slack in (0, -1, 1):
        with pytest.raises(CertificateError, match="slack"):
            certify_maximum(hat(), Box([-1], [3]), None, found, tmp_path / "a", slack=slack)
    with pytest.raises(DomainError, match="slack"):
        certify_maximum(hat(), Box([-1], [3]), None, found, tmp_path / "a", slack="small")
