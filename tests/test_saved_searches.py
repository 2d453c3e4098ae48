"""What a saved search brings is validated; what it claims is proved again on request."""

import io
import json
import zipfile
from dataclasses import replace
from fractions import Fraction

import naive_checker
import numpy as np
import pytest
from typer.testing import CliRunner

from exactregions import (
    Ball,
    Box,
    Network,
    Polytope,
    RegionSet,
    Stage,
    WholeSpace,
    enumerate_regions,
    load,
    resume_regions,
)
from exactregions.cases import networks as nets
from exactregions.certificate.checker import check
from exactregions.cli import app
from exactregions.domain import domain_from_dict
from exactregions.engines.contract import Limits
from exactregions.engines.rechecking import recheck
from exactregions.engines.tree.engine import TreeEngine
from exactregions.errors import DomainError, EngineError, FileFormatError

NETWORK, DOMAIN = nets.generated(2, 5, 4, 2, seed=8), Ball([Fraction(1, 3), 0.25], Fraction(5, 4))
WIRED = Network(
    (
        Stage([[1.0, -2.0], [0.5, 1.0], [1.0, 1.0]], [0.25, -0.5, 0.0], [0.25, 1.0, -0.5], [1.0, 1.0, 1.0]),
        Stage.relu([[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]], [0.125, 0.25]),
    ),
    [[1.0, 1.0]],
    [0.0],
)
REPEATED = nets.one_layer([[1, 2], [2, 4], [-1, -2], [1, 0], [0, 0]], [1, 2, -1, 0, 0])
QUESTIONS = {
    "generated": (NETWORK, DOMAIN, 5),
    "wires": (WIRED, Box([-1, -1], [1, 1]), 2),
    "repeated and zero rows": (REPEATED, Ball([0, 0], 1), 2),
    "whole space": (nets.generated(2, 3, 2, 1, seed=1, bits=4), WholeSpace(2), 3),
    "affine": (Network.from_layers([np.ones((2, 3))], [None]), Ball([0, 0, 0], 1), None),
    "sliver": (nets.one_layer([[0, 1], [-1e-26, 1], [2, 0]], [0, 0, -1]), Ball([0, 0], 1), 3),
}


def part(name="generated"):
    network, domain, most = QUESTIONS[name]
    return enumerate_regions(network, domain, engine="tree", max_regions=most)


def rewritten(path, changed=None, **arrays):
    """Save a part with another header, and other arrays; None leaves one out."""
    part().save(path)
    with np.load(path) as file:
        columns = {name: file[name] for name in file.files}
    told = json.loads(columns["header"].tobytes())
    columns["header"] = np.frombuffer(json.dumps(changed(told) if changed else told).encode(), dtype=np.uint8)
    columns |= {name: change(columns.get(name)) for name, change in arrays.items()}
    np.savez(path, **{name: array for name, array in columns.items() if array is not None})
    return path


def with_(key, value):
    return lambda header: header | {key: value}


@pytest.mark.parametrize(
    "header",
    [
        *(with_("frontier", [[sign, 1]]) for sign in (127, 0, 2, -128, 300, 10**30, 1.0, "1", None, [1])),
        with_("frontier", [[1, 1], [1, 1]]),
        with_("frontier", [[1], [1, -1, 1]]),
        with_("frontier", [[]]),
        with_("frontier", [[1] * 10]),
        with_("frontier", {"0": 1}),
        with_("frontier", "11"),
        with_("complete", True),
        with_("complete", 1),
        with_("undecided", -1),
        with_("undecided", True),
        *(with_("regions", n) for n in (-1, 3, 6, 5.0, "5", None, 10**40)),
        *(with_("format", n) for n in (0, 3, "2", None)),
        with_("engine", 7),
        with_("stopped", 5),
        with_("stop_reason", "of its own accord"),
        with_("seconds", -1),
        with_("seconds", "soon"),
        with_("seconds", float("nan")),
        with_("stats", {"a": 1.5}),
        with_("stats", [1]),
        *(with_("stages", n) for n in (1, 3, -1, 10**18, 2.0)),
        with_("fingerprint", "0" * 64),
        with_("exact_entries", ["1"]),
        *(with_("exact_witnesses", v) for v in (0.5, None, [], "1")),
        with_("exact_witnesses", {"5": ["1", "1"]}),
        with_("exact_witnesses", {"-1": ["1", "1"]}),
        with_("exact_witnesses", {"0": ["1"]}),
        with_("exact_witnesses", {"0": ["1", "1/0"]}),
        with_("exact_witnesses", {"0": ["1", "1e999999999"]}),
        with_("exact_witnesses", {"0": ["1", "0x1/0x0"]}),
        with_("domain", {"kind": "ball", "center": [0, 0, 0], "radius": 1, "norm": 2}),
        with_("domain", {"kind": "ball", "center": [0, 0], "radius": "1e999999999", "norm": 2}),
        with_("domain", {"kind": "ball", "center": [0, True], "radius": 1, "norm": 2}),
        with_("domain", 5),
        with_("winners", [[[0, 99], [[0, 1], [2, 3]]]]),
        with_("winners", [[["0"], [[0, 1]]]]),
        lambda header: [header],
        lambda header: {},
    ],
)
def test_a_header_that_cannot_be_is_refused(tmp_path, header):
    with pytest.raises(FileFormatError, match=r"found\.npz is no region set"):
        RegionSet.load(rewritten(tmp_path / "found.npz", header))


@pytest.mark.parametrize(
    "arrays",
    [
        {"patterns": lambda a: a[:4]},
        {"patterns": lambda a: a[:, :1]},
        {"patterns": lambda a: a.astype(np.int64)},
        {"patterns": lambda a: a | np.uint8(128)},
        {"patterns": lambda a: a[[0, 0, 1, 2, 3]]},
        {"patterns": lambda a: None},
        {"witnesses": lambda a: a[:4]},
        {"witnesses": lambda a: a[:, :1]},
        {"witnesses": lambda a: a * np.nan},
        {"witnesses": lambda a: a.astype("<f4")},
        {"entry_radii": lambda a: -a - 1},
        {"entry_radii": lambda a: a[:4]},
        {"entry_radii": lambda a: a * np.nan},
        {"entry_radii": lambda a: None},
        {"entry_radii": lambda a: a + 1},
        {"entry_bounds": lambda a: a[:4]},
        {"entry_bounds": lambda a: a[:, ::-1] + [1, 0]},
        {"entry_bounds": lambda a: -a - 1},
        {"entry_bounds": lambda a: a * np.nan},
        {"stage0_weight": lambda a: a + 1},
        {"stage0_weight": lambda a: a * np.inf},
        {"stage9_weight": lambda a: np.ones(3)},
        {"header": lambda a: a[:-1]},
        {"header": lambda a: np.frombuffer(b"[" * 100_000, dtype=np.uint8)},
        {"header": lambda a: np.frombuffer(b"9" * 5000, dtype=np.uint8)},
    ],
)
def test_columns_that_do_not_fit_are_refused(tmp_path, arrays):
    with pytest.raises(FileFormatError, match=r"found\.npz is no region set"):
        RegionSet.load(rewritten(tmp_path / "found.npz", **arrays))


def test_a_region_below_the_frontier_is_refused(tmp_path):
    signs = np.where(part().pattern_array()[0], 1, -1).tolist()
    for length in range(len(signs) + 1):
        with pytest.raises(FileFormatError, match="found again"):
            RegionSet.load(rewritten(tmp_path / "found.npz", with_("frontier", [signs[:length]])))


def test_files_of_the_first_format_are_read(tmp_path):
    def decimal(header):
        witnesses = {"0": [str(v) for v in begun[0].witness]}
        return header | {"format": 1, "exact_witnesses": witnesses}

    begun = part()
    again = RegionSet.load(rewritten(tmp_path / "found.npz", decimal))
    assert again[0].witness == begun[0].witness
    assert resume_regions(again).count == enumerate_regions(NETWORK, DOMAIN, engine="rational").count


@pytest.mark.parametrize("shape", [(10**9, 10**9), (2**31, 2), (-1,), (3, -3), (10**30,)])
def test_an_array_that_is_larger_than_its_data_takes_no_memory(tmp_path, shape):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
    for name in ("found.npz", "network.npz"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("W0.npy", stream.getvalue() + bytes(16))
    with pytest.raises(FileFormatError):
        RegionSet.load(tmp_path / "found.npz")
    with pytest.raises(FileFormatError):
        load(tmp_path / "network.npz")


def test_an_archive_that_grows_out_of_proportion_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "network.npz", W0=np.zeros((10_000, 10_000), dtype=np.float64))
    with pytest.raises(FileFormatError, match=r"declare 800,000,\d+ bytes"):
        load(tmp_path / "network.npz")


# ---- prefixes that reach the kernels


@pytest.mark.parametrize(
    "prefixes",
    [
        [[127, 1]],
        [[0]],
        [[1] * 10],
        [[1, 1], [1]],
        [[], []],
        [[1.0, -1.0]],
        [["1"]],
        [[[1]]],
        [None],
        [[1, [1]]],
        [[2**40]],
    ],
)
def test_the_engine_takes_no_prefix_unseen(prefixes):
    with pytest.raises(EngineError, match="prefix"):
        TreeEngine().search_below(NETWORK, DOMAIN, prefixes, Limits(), None)
    with pytest.raises(EngineError, match="prefix"):
        resume_regions(replace(part(), frontier=tuple(prefixes)))


def test_a_wire_has_no_other_sign():
    network, domain, _ = QUESTIONS["wires"]
    with pytest.raises(EngineError, match="wire"):
        TreeEngine().search_below(network, domain, [np.array([1, -1])], Limits(), None)


# ---- proved again


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_a_search_left_is_proved_again(name):
    network, domain, most = QUESTIONS[name]
    truth = enumerate_regions(network, domain, engine="rational")
    recheck(truth)
    begun = part(name)
    assert begun.complete == (most is None or most >= truth.count)
    ended = resume_regions(begun, check=True)
    assert (ended.count, ended.exact) == (truth.count, True)
    recheck(ended)


def without_row(regions, row):
    kept = [k for k in range(regions.count) if k != row]
    rows = {"patterns": regions.patterns[kept], "witnesses": regions.witnesses[kept]}
    rows |= {"entry_radii": None, "entry_bounds": None}
    return replace(regions, count=len(kept), exact_entries=None, exact_witnesses={}, **rows)


@pytest.mark.parametrize("name", ["generated", "wires", "whole space"])
@pytest.mark.parametrize("whole", [False, True])
def test_a_missing_region_is_found_out(name, whole):
    network, domain, _ = QUESTIONS[name]
    regions = enumerate_regions(network, domain, engine="tree") if whole else part(name)
    for row in range(regions.count):
        with pytest.raises(FileFormatError, match="a region is missing"):
            recheck(without_row(regions, row))
    for k in range(len(regions.frontier)):
        with pytest.raises(FileFormatError, match="a region is missing"):
            recheck(replace(regions, frontier=regions.frontier[:k] + regions.frontier[k + 1 :]))


def test_other_lies_are_found_out():
    regions = part()
    with pytest.raises(FileFormatError, match="witness"):
        recheck(replace(regions, witnesses=np.roll(regions.witnesses, 1, axis=0), exact_witnesses={}))
    patterns = regions.patterns.copy()
    patterns[0] ^= 1
    with pytest.raises(FileFormatError, match="witness"):
        recheck(replace(regions, patterns=patterns))
    rows = [0, 1, 2, 3, 4, 4]
    twice = {"patterns": regions.patterns[rows], "witnesses": regions.witnesses[rows]}
    twice |= {"entry_radii": None, "entry_bounds": None}
    with pytest.raises(FileFormatError, match="twice"):
        recheck(replace(regions, count=6, **twice))
    with pytest.raises(FileFormatError, match="neither regions nor"):
        recheck(replace(without_row(regions, 0), count=0, frontier=(), patterns=regions.patterns[:0]))
    with pytest.raises(FileFormatError, match="frontier is wrong"):
        recheck(replace(regions, frontier=((127,),)))
    with pytest.raises(FileFormatError, match="only the number"):
        recheck(regions.without_regions())


def test_the_command_line_proves_again(tmp_path):
    path = tmp_path / "found.npz"
    part().save(path)
    truth = enumerate_regions(NETWORK, DOMAIN, engine="rational").count
    run = CliRunner().invoke(app, ["resume", str(path), "--check", "--json"])
    assert (run.exit_code, json.loads(run.stdout)["regions"]) == (0, truth)
    without_row(RegionSet.load(path), 3).save(path)
    assert CliRunner().invoke(app, ["resume", str(path)]).exit_code == 0
    run = CliRunner().invoke(app, ["resume", str(path), "--check"])
    assert run.exit_code == 1
    assert "a region is missing" in run.output


# ---- long numbers


def test_numbers_of_more_digits_than_python_prints_are_kept(tmp_path):
    radius = Fraction(1, 3**10_000)
    network, domain = nets.one_layer([[1, 0], [0, 1]], [0, -0.5]), Ball([Fraction(0), Fraction(1, 2)], radius)
    regions = enumerate_regions(network, domain, engine="rational")
    assert regions.count == 4
    assert max(v.denominator.bit_length() for r in regions for v in r.witness) > 15_000
    regions.save(tmp_path / "found.npz")
    again = RegionSet.load(tmp_path / "found.npz")
    assert again.domain == domain
    assert [r.witness for r in again] == [r.witness for r in regions]
    assert again.exact_entries == regions.exact_entries
    recheck(again)


def drop(stages=6):
    """Six stages of weights 5e-324 on one input, beside the other input on a wire: forms with 2**-6444 in them."""
    first = Stage([[5e-324, 0.0], [0.0, 1.0]], [0.0, 0.0], [0.5, 1.0], [1.0, 1.0])
    mixed = Stage([[5e-324, 1.0], [5e-324, -1.0]], [0.0, 0.0], [0.0, 0.0], [1.0, 1.0])
    return Network((*[first] * (stages - 1), mixed), [[1.0, 1.0]], [0.0])


@pytest.mark.parametrize("stages", [1, 2, 6, 12, 14])
@pytest.mark.parametrize("engine", ["rational", "tree"])
def test_weights_of_the_least_float_in_many_stages(tmp_path, stages, engine):
    """The lines y = c x and y = -c x for a c > 0 beyond all floats; after the first stage x = 0 cuts too."""
    network, domain = drop(stages), Box([-1, -1], [1, 1])
    path = tmp_path / "proof.cert"
    regions = enumerate_regions(network, domain, engine=engine, certificate=path)
    assert (regions.count, regions.exact) == (4 if stages == 1 else 6, True)
    regions.save(tmp_path / "found.npz")
    again = RegionSet.load(tmp_path / "found.npz")
    assert [r.witness for r in again] == [r.witness for r in regions]
    recheck(again)
    assert check(path).regions == naive_checker.verify(path).regions == regions.count


@pytest.mark.parametrize(
    "domain",
    [
        Ball([Fraction(1, 3**10_000)], Fraction(3**10_000, 7)),
        Box([-(3**10_000)], [Fraction(1, 3**10_000)]),
        Polytope([[Fraction(1, 3**10_000)]], [3**10_000], Box([0], [3**10_000])),
    ],
    ids=lambda domain: domain.kind,
)
def test_domains_of_long_numbers_are_shown_and_read_back(domain):
    assert "10^" in repr(domain)
    assert domain_from_dict(json.loads(json.dumps(domain.describe()))) == domain


def test_a_region_of_long_numbers_is_shown():
    network = nets.one_layer([[1, 0], [0, 1]], [0, -0.5])
    ball = Ball([Fraction(0), Fraction(1, 2)], Fraction(1, 3**10_000))
    assert all("10^" in repr(region) for region in enumerate_regions(network, ball, engine="rational"))


@pytest.mark.parametrize("make", [lambda n: Ball([0], -n), lambda n: Ball([str(n % 7)], 1), lambda n: Box([n], [-n])])
def test_refusals_of_long_numbers_are_in_words(make):
    with pytest.raises(DomainError):
        make(Fraction(3**10_000))
