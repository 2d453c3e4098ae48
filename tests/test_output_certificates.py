"""Certificates of verdicts: two checkers confirm them, refuse what was changed, and planted faults are caught."""

import copy
import json
import zipfile
from fractions import Fraction

import naive_checker
import numpy as np
import pytest
from output_instances import instance

from exactregions import Ball, Box, Network
from exactregions.cases import networks as nets
from exactregions.certificate.checker import IncompleteCertificate, InvalidCertificate, check
from exactregions.verification import Halfspaces, Outcome, verify

TINY = Fraction(1, 10**20)


def both(path):
    """Return what the two checkers say: the claim, or None."""
    found = []
    for judge, refusal in ((check, InvalidCertificate), (naive_checker.verify, naive_checker.Refused)):
        try:
            found.append(judge(path).claim)
        except refusal:
            found.append(None)
    assert found[0] == found[1]
    return found[0]


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(path, data):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in data.items():
            archive.writestr(name, content)
    return path


def with_header(data, path, change):
    header = json.loads(data["certificate.json"])
    change(header)
    return written(path, data | {"certificate.json": json.dumps(header).encode()})


@pytest.fixture(scope="module")
def safe(tmp_path_factory):
    """The certificate of a tree of regions: two polyhedra are just missed; and its members."""
    network = Network.from_layers([[[1.0, 2.0], [-1.0, 1.0]], [[1.0, 1.0], [1.0, -1.0]]], [[0.5, 0.0], [0.0, 0.0]])
    path = tmp_path_factory.mktemp("certificates") / "safe.cert"
    # outputs (a + b, a - b): the least sum is zero, at the greatest a is 3.5
    unsafe = [Halfspaces([[1, 0]], [-TINY]), Halfspaces([[0, -1], [-1, 0]], [-Fraction(7, 2) - TINY, 0])]
    verdict = verify(network, Box(-1, 1, dim=2), unsafe, engine="rational", certificate=path)
    assert verdict.outcome is Outcome.SAFE
    assert verdict.certificate == path
    return path, members(path)


@pytest.mark.parametrize("engine", ["tree", "rational"])
def test_verdicts_are_confirmed_by_both_checkers(engine, tmp_path):
    claims = []
    for seed in range(0, 60, 2):
        network, domain, _, _, polyhedra = instance(seed)
        path = tmp_path / "found.cert"
        verdict = verify(network, domain, [Halfspaces(*p) for p in polyhedra], engine=engine, certificate=path)
        claims.append(both(path))
        assert claims[-1] == verdict.outcome, seed
        checked = check(path, fingerprint=network.fingerprint)
        assert checked.domain == domain.describe()
        assert str(claims[-1]) in checked.sentence
    assert set(claims) == {"safe", "unsafe"}


def test_a_bound_that_is_not_above_is_refused(safe, tmp_path):
    """An open bound read as a closed one: h' = h proves the open question alone."""
    path, data = safe
    assert both(path) == "safe"
    for k in range(2):
        changed = with_header(
            data, tmp_path / "open.cert", lambda h, k=k: h["unsafe"][k].update(above=h["unsafe"][k]["h"])
        )
        assert both(changed) is None


def test_the_proof_of_another_set_domain_or_network_is_refused(safe, tmp_path):
    _, data = safe
    changes = [
        lambda h: h["unsafe"].append({"G": [[1.0, 0.0]], "h": [3.0], "above": [4.0]}),  # a polyhedron that was dropped
        lambda h: h["unsafe"][0].update(h=["1/10"], above=["2/10"]),
        lambda h: h["unsafe"][0].update(above=["1/10"]),
        lambda h: h["unsafe"][1]["G"][0].__setitem__(1, -2.0),
        lambda h: h["domain"].update(upper=[2.0, 1.0]),
        lambda h: h.update(claim="unsafe"),
        lambda h: h.update(claim="exact"),
        lambda h: h.update(claim="upper"),
        lambda h: h.update(version=3),
        lambda h: h.update(counterexample=[0.0, 0.0]),
        lambda h: h.update(unsafe=[]),
        lambda h: h["unsafe"][0].update(G=[]),
        lambda h: h["unsafe"][0].update(G=[[1.0]]),
    ]
    for number, change in enumerate(changes):
        assert both(with_header(data, tmp_path / "changed.cert", change)) is None, number
    weight = np.frombuffer(data["network/0.weight.f8"], "<f8").copy()
    weight[0] = 8.0
    assert both(written(tmp_path / "other.cert", data | {"network/0.weight.f8": weight.tobytes()})) is None
    with pytest.raises(InvalidCertificate, match="another network"):
        check(safe[0], fingerprint=nets.hat().fingerprint)


def test_a_smaller_set_and_domain_are_proved_too(safe, tmp_path):
    """What follows from the proof may be claimed with it."""
    _, data = safe
    assert both(with_header(data, tmp_path / "x.cert", lambda h: h["unsafe"][0].update(h=[-1.0]))) == "safe"
    assert both(with_header(data, tmp_path / "y.cert", lambda h: h["domain"].update(upper=[0.5, 1.0]))) == "safe"


def test_mutated_proofs_are_judged_alike(safe, tmp_path):
    """Events, units and multipliers are changed one at a time: what is still accepted, both accept."""
    _, data = safe
    rng = np.random.default_rng(3)
    refused = 0
    for _ in range(150):
        changed = dict(data)
        name = str(rng.choice([n for n in data if n.startswith("parts/")]))
        content = bytearray(changed[name])
        place = int(rng.integers(len(content)))
        if name.endswith("events.u1"):
            content[place] = int(rng.integers(13))
        else:
            content[place] ^= 1 << int(rng.integers(8))
        changed[name] = bytes(content)
        refused += both(written(tmp_path / "mutated.cert", changed)) is None
    assert refused > 75


def test_a_part_that_is_missing_makes_it_incomplete(safe, tmp_path):
    _, data = safe
    summary = json.loads(data["summary.json"])
    cut = copy.deepcopy(summary)
    cut["parts"][0]["complete"] = False
    path = written(tmp_path / "cut.cert", data | {"summary.json": json.dumps(cut).encode()})
    with pytest.raises(IncompleteCertificate):
        check(path)


def test_parts_and_several_workers_prove_together(tmp_path, monkeypatch):
    from exactregions.engines.tree import recording

    monkeypatch.setattr(recording, "_leaves_of_a_part", lambda inputs: 8)
    rng = np.random.default_rng(11)
    network = Network.from_layers(
        [rng.standard_normal((8, 2)), rng.standard_normal((1, 8))], [rng.standard_normal(8), [0.0]]
    )
    greatest = max(network.forward(rng.uniform(-1, 1, (5000, 2)))[:, 0].tolist())
    path = tmp_path / "parts.cert"
    for workers in (1, 2):
        verdict = verify(
            network, Ball([0, 0], 1), Halfspaces([[-1]], [-greatest - 1]), workers=workers, certificate=path
        )
        assert verdict.outcome == "safe"
        assert check(path).parts > 1
        assert both(path) == "safe"


def test_digits_that_no_float_holds_stand_in_the_certificate(tmp_path):
    """Room of 1e-30 above a third: the search has a constant wire for it, and the certificate has not."""
    network = Network.from_layers([[[1.0]], [[1.0]]], [[0.0], [0.0]])
    path = tmp_path / "thin.cert"
    domain = Box([Fraction(1, 3)], [1])
    bound = Fraction(1, 3) - Fraction(1, 10**30)
    assert verify(network, domain, Halfspaces([[1]], [bound]), certificate=path).outcome == "safe"
    assert both(path) == "safe"
    header = json.loads(members(path)["certificate.json"])
    assert bound < naive_checker.number(header["unsafe"][0]["above"][0]) < Fraction(1, 3)
    fixed = Network.from_layers([[[1.0, 1.0]], [[1.0]]], [[0.0], [0.0]])
    box = Box([Fraction(1, 3), Fraction(1, 7)], [1, Fraction(1, 7)])
    assert verify(fixed, box, Halfspaces([[1]], [bound + Fraction(1, 7)]), certificate=path).outcome == "safe"
    assert both(path) == "safe"


def test_a_counterexample_is_evaluated_again(tmp_path):
    network, path = nets.hat(), tmp_path / "point.cert"
    verdict = verify(network, Box([0], [1]), Halfspaces([[-1]], [-1]), certificate=path)
    assert verdict.margin == 0
    assert both(path) == "unsafe"
    data = members(path)
    for point in ([0.25], [2.0], ["1/3"], [0.5, 0.5], None, [0.0]):
        assert both(with_header(data, tmp_path / "z.cert", lambda h, p=point: h.update(counterexample=p))) is None
    assert both(with_header(data, tmp_path / "z.cert", lambda h: h["unsafe"][0].update(h=["-3/2"]))) is None


def test_an_incomplete_verification_leaves_no_file(tmp_path):
    path = tmp_path / "none.cert"
    verdict = verify(nets.hat(), Box([0], [1]), Halfspaces([[-1]], [-2]), time_limit=0, certificate=path)
    assert verdict.outcome == "incomplete"
    assert verdict.certificate is None
    assert not list(tmp_path.iterdir())
