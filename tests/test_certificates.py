"""Certificates of the engines: each is confirmed by the checker, which shares no code with them."""

import errno
import json
import math
import os
import zipfile
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_checker import verify
from oracles import zaslavsky as z

from exactregions import Ball, Box, Polytope, WholeSpace, enumerate_regions
from exactregions.cases.networks import braid, generated, hat, max_min, moment_curve, one_layer, resonance, sawtooth
from exactregions.certificate import writer
from exactregions.certificate.checker import IncompleteCertificate, InvalidCertificate, check
from exactregions.certificate.writer import proved_claim
from exactregions.engines.tree import recording
from exactregions.engines.tree.kernels import setup
from exactregions.errors import CertificateError as WritingError
from exactregions.errors import EngineError, FileWriteError
from exactregions.testing.strategies import networks as small_networks

ENGINES = ["tree", "rational"]
THIRD, HALF, TINY = Fraction(1, 3), Fraction(1, 2), Fraction(1, 10**30)


def domain_of(kind, d):
    """A domain of each kind, with sides that small integer networks touch."""
    match kind:
        case "box":
            return Box([-1.0] * d, [1.0] * d)
        case "euclidean":
            return Ball([0.0] * d, 1.0)
        case "taxicab":
            return Ball([THIRD] * d, 1, norm=1)
        case "maximum":
            return Ball([0.25] * d, THIRD, norm=math.inf)
        case "polytope":
            return Polytope([[1] * d, [THIRD] * d], [1, HALF], Box([-1.0] * d, [1.0] * d))
        case "cone":
            return Polytope([[-1.0] + [0.0] * (d - 1), [1.0] * d], [0, 3])
    return WholeSpace(d)


KINDS = ["box", "euclidean", "taxicab", "maximum", "polytope", "cone", "space"]


def certified(path, network, domain, engine="tree", **options):
    regions = enumerate_regions(network, domain, engine=engine, certificate=path, **options)
    assert regions.exact
    verdict = check(path, fingerprint=network.fingerprint)
    assert (verdict.claim, verdict.regions) == ("exact", regions.count)
    return regions


TRUTHS = {
    "general position": (moment_curve(6, 3), WholeSpace(3), z(6, 3)),
    "permutations": (braid(4), WholeSpace(4), 24),
    "permutations in a ball": (braid(4), Ball([0.0] * 4, THIRD), 24),
    "resonance": (resonance(3), WholeSpace(3), 32),
    "sawtooth in a ball": (sawtooth(2, 3, 2), Ball([HALF, HALF], HALF), 60),
    "sawtooth in a box": (sawtooth(3, 2, 2), Box([0.0] * 2, [1.0] * 2), 81),
    "hat": (hat(), WholeSpace(1), 4),
    "units that flip together": (max_min(), WholeSpace(2), 5),
    "repeated, negated and zero rows": (
        one_layer([[1, 0], [2, 0], [-1, 0], [0, 0], [0, 0], [0, 1]], [0, 0, 0, 0, 1, 0]),
        Box([-1.0] * 2, [1.0] * 2),
        4,
    ),
    "a tangent ball": (one_layer([[1, 0], [0, 1]], [0, 0]), Ball([THIRD, THIRD], THIRD), 1),
    "just over the tangent": (one_layer([[1, 0], [0, 1]], [0, 0]), Ball([THIRD, THIRD], THIRD + TINY), 3),
    "a vertex of the box": (one_layer([[1, 1]], [-2]), Box([-1.0] * 2, [1.0] * 2), 1),
    "no hidden layer": (None, Box([0.0], [1.0]), 1),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", TRUTHS)
def test_closed_forms_are_certified(tmp_path, engine, name):
    from exactregions import Network

    network, domain, count = TRUTHS[name]
    network = network or Network.from_layers([[[2.0]]], [[1.0]])
    assert certified(tmp_path / "c", network, domain, engine).count == count


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(network=small_networks())
def test_degenerate_networks_are_certified(tmp_path_factory, engine, kind, network):
    certified(tmp_path_factory.getbasetemp() / "c", network, domain_of(kind, network.inputs), engine)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10)
@given(seed=st.integers(0, 10**6), bits=st.sampled_from([None, 1, 8]))
def test_multipliers_and_witnesses_in_any_storage(tmp_path_factory, kind, seed, bits):
    network = generated(3, 6, 5, 4, 1, seed=seed, bits=bits)
    certified(tmp_path_factory.getbasetemp() / "c", network, domain_of(kind, 3))


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1e30, 1e150])
def test_extreme_scales_are_certified(tmp_path, scale):
    from exactregions import Network

    plain = generated(2, 6, 4, 1, seed=3)
    first, second = plain.stages
    weights = [first.weight * scale, second.weight, plain.weight]
    network = Network.from_layers(weights, [first.bias * scale, second.bias * scale, plain.bias])
    certified(tmp_path / "c", network, Box([-1.0] * 2, [1.0] * 2))


@pytest.mark.parametrize("workers", [1, 2])
def test_parts_of_bounded_size_cover_the_whole(tmp_path, monkeypatch, workers):
    monkeypatch.setattr(recording, "_leaves_of_a_part", lambda inputs: 40)
    monkeypatch.setattr(setup, "RECORDED", 50)
    network, box = generated(3, 16, 16, 1), Box([-1.0] * 3, [1.0] * 3)
    regions = certified(tmp_path / "c", network, box, workers=workers)
    assert regions.count == 1429
    with zipfile.ZipFile(tmp_path / "c") as archive:
        parts = json.loads(archive.read("summary.json"))["parts"]
    assert len(parts) > 5
    assert all(part["leaves"] < 1000 for part in parts)
    assert check(tmp_path / "c", workers=2).regions == 1429


def test_parts_end_before_their_proofs_are_long(tmp_path, monkeypatch):
    """What is not written when the time is over is the end of one part."""
    network, box = generated(3, 16, 16, 1), Box([-1.0] * 3, [1.0] * 3)
    monkeypatch.setattr(setup, "RECORDED", 50)

    def longest(size):
        monkeypatch.setattr(recording, "PART_MULTIPLIERS", size)
        assert certified(tmp_path / "c", network, box).count == 1429
        enumerate_regions(network, box, certificate=tmp_path / "again", store=False)
        assert (tmp_path / "again").read_bytes() == (tmp_path / "c").read_bytes()
        with zipfile.ZipFile(tmp_path / "c") as archive:
            sizes = Counter()
            for member in archive.infolist():
                sizes[member.filename.split("/")[1] if "parts/" in member.filename else ""] += member.file_size
        sizes.pop("")
        return max(sizes.values())

    assert 2 * longest(2_000) < longest(1 << 30)


def test_what_is_brought_to_the_disk_on_the_way_is_the_same_file(tmp_path, monkeypatch):
    network, box = generated(3, 8, 8, 1), Box([-1.0] * 3, [1.0] * 3)
    enumerate_regions(network, box, certificate=tmp_path / "a")
    monkeypatch.setattr(writer, "SYNCED", 100)
    enumerate_regions(network, box, certificate=tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    enumerate_regions(network, box, certificate=os.devnull)  # has no disk

    def full(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileWriteError, match="No space"):
        enumerate_regions(network, box, certificate=tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_counting_keeps_no_regions_and_writes_the_same_file(tmp_path):
    network, box = generated(3, 8, 8, 1), Box([-1.0] * 3, [1.0] * 3)
    stored = enumerate_regions(network, box, certificate=tmp_path / "a")
    counted = enumerate_regions(network, box, certificate=tmp_path / "b", store=False)
    assert stored.stored
    assert (counted.count, len(counted.patterns)) == (stored.count, 0)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_shards_together_prove_the_whole_and_alone_a_part(tmp_path):
    network, ball = generated(3, 12, 12, 1), Ball([0.0] * 3, 1.0)
    paths, counts = [], []
    for k in (1, 2, 3):
        paths.append(tmp_path / f"{k}.cert")
        regions = enumerate_regions(network, ball, certificate=paths[-1], shard=(k, 3))
        assert not regions.exact
        assert regions.stopped == f"shard {k} of 3, complete"
        counts.append(regions.count)
    whole = enumerate_regions(network, ball).count
    assert check(paths).regions == sum(counts) == whole
    with pytest.raises(IncompleteCertificate):
        check(paths[:2])
    assert check(paths[1], claim="lower").regions == counts[1]
    with pytest.raises(InvalidCertificate):
        check([*paths, paths[0]])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_search_cut_short_proves_a_lower_bound_and_nothing_more(tmp_path, engine):
    network, box = generated(3, 12, 12, 1), Box([-1.0] * 3, [1.0] * 3)
    regions = enumerate_regions(network, box, engine=engine, certificate=tmp_path / "c", max_regions=20)
    assert regions.count == 20
    for claim in ("exact", "upper"):
        with pytest.raises(InvalidCertificate, match="'lower', which does not prove"):
            check(tmp_path / "c", claim=claim)
    for claim in ("lower", None):
        verdict = check(tmp_path / "c", claim=claim)
        assert (verdict.claim, verdict.regions, verdict.complete) == ("lower", 20, False)
    assert verify(tmp_path / "c").claim == proved_claim(tmp_path / "c") == "lower"
    assert zipfile.ZipFile(tmp_path / "c").testzip() is None


def test_a_file_whose_exact_claim_is_not_complete_is_refused(tmp_path):
    network, box = generated(3, 12, 12, 1), Box([-1.0] * 3, [1.0] * 3)
    enumerate_regions(network, box, certificate=tmp_path / "c", max_regions=20)
    with zipfile.ZipFile(tmp_path / "c") as old, zipfile.ZipFile(tmp_path / "d", "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "certificate.json":
                data = data.replace(b'"claim": "lower"', b'"claim": "exact"')
            new.writestr(info, data)
    for claim in ("exact", "upper", None):
        with pytest.raises(IncompleteCertificate, match="it proves 'lower'"):
            check(tmp_path / "d", claim=claim)
    assert check(tmp_path / "d", claim="lower").regions == 20
    assert proved_claim(tmp_path / "d") is None


def test_shards_of_different_claims_prove_the_weaker(tmp_path):
    network, ball = generated(3, 12, 12, 1), Ball([0.0] * 3, 1.0)

    def shard(k, claim, **limits):
        path = tmp_path / f"{k}{claim}{len(limits)}"
        return path, enumerate_regions(network, ball, certificate=path, shard=(k, 2), claim=claim, **limits).count

    (whole, n), (cut, m) = shard(1, "exact"), shard(2, "exact", max_regions=7)
    (upper, bound), (lower, most) = shard(2, "upper"), shard(2, "lower")
    verdict = check([whole, cut])
    assert (verdict.claim, verdict.regions, verdict.complete) == ("lower", n + m, False)
    assert (check([whole, upper]).claim, check([whole, upper]).regions) == ("upper", n + bound)
    assert (check([lower, whole]).claim, check([lower, whole]).regions) == ("lower", n + most)
    with pytest.raises(InvalidCertificate, match="prove neither"):
        check([upper, lower])
    with pytest.raises(InvalidCertificate, match="does not prove 'exact'"):
        check([whole, upper], claim="exact")


def test_a_file_without_its_end_is_refused(tmp_path):
    network, box = generated(2, 4, 1), Box([-1.0] * 2, [1.0] * 2)
    enumerate_regions(network, box, certificate=tmp_path / "c")
    whole = (tmp_path / "c").read_bytes()
    (tmp_path / "c").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidCertificate):
        check(tmp_path / "c")


@pytest.mark.parametrize("engine", ENGINES)
def test_an_upper_bound_needs_no_witnesses(tmp_path, engine):
    network, box = generated(2, 8, 8, 1), Box([-1.0] * 2, [1.0] * 2)
    regions = enumerate_regions(network, box, engine=engine, certificate=tmp_path / "c", claim="upper")
    verdict = check(tmp_path / "c")
    assert (verdict.claim, verdict.regions) == ("upper", regions.count)
    with pytest.raises(InvalidCertificate):
        check(tmp_path / "c", claim="exact")


def test_what_cannot_be_written_is_said(tmp_path):
    network, box = generated(2, 4, 1), Box([-1.0] * 2, [1.0] * 2)
    with pytest.raises(EngineError, match=r"facets.*'tree' or 'rational'"):
        enumerate_regions(network, box, engine="facets", certificate=tmp_path / "c")
    with pytest.raises(WritingError, match="'perhaps'"):
        enumerate_regions(network, box, certificate=tmp_path / "c", claim="perhaps")
    with pytest.raises(WritingError, match="shard 3 of 2"):
        enumerate_regions(network, box, certificate=tmp_path / "c", shard=(3, 2))
    with pytest.raises(EngineError, match="certificate"):
        enumerate_regions(network, box, shard=(1, 2))
    assert not (tmp_path / "c").exists()
