"""Certificates whose parts workers write to a folder: the checker confirms them, and the list shows what is missing."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from at_once import AtOnce
from typer.testing import CliRunner

from exactregions import Ball, Box, Network, WholeSpace, enumerate_regions
from exactregions.cases.networks import largest_of
from exactregions.certificate.checker import IncompleteCertificate, check
from exactregions.certificate.folder import certificate_files, manifest_of
from exactregions.cli import app, machines
from exactregions.engines.distributed import driving, task
from exactregions.errors import CertificateError, EngineError, FileWriteError
from exactregions.importers import save


def network_of(seed, *widths):
    rng = np.random.default_rng(seed)
    weights = [rng.integers(-8, 9, (n, m)) / 8.0 for m, n in itertools.pairwise(widths)]
    return Network.from_layers(weights, [rng.integers(-4, 5, n) / 8.0 for n in widths[1:]])


NETWORK, BOX = network_of(3, 3, 7, 6, 1), Box([-1.0] * 3, [1.0] * 3)
TURNS = 2 * np.pi * np.arange(6) / 6
HEXAGON = largest_of(np.stack([np.cos(TURNS), np.sin(TURNS)], axis=1), np.zeros(6), [range(6)])


@pytest.mark.parametrize(
    ("network", "domain"),
    [
        (NETWORK, BOX),
        (NETWORK, Ball([0.1, 0.2, 0.0], 1.0)),
        (NETWORK, Box([-1.0, 1 / 3, -1.0], [1.0, 1 / 3, 1.0])),
        (HEXAGON, WholeSpace(2)),
        (network_of(1, 2, 1, 1), Box([5.0, 5.0], [6.0, 6.0])),
    ],
)
@pytest.mark.parametrize("claim", ["exact", "upper"])
def test_files_of_workers_prove_the_count(tmp_path, network, domain, claim):
    folder = tmp_path / "proof"
    shared = enumerate_regions(network, domain, executor=AtOnce(), certificate=f"{folder}/", claim=claim)
    assert shared.exact
    files = certificate_files(folder)
    verdict = check(files)
    assert verdict.claim == claim
    assert verdict.regions == shared.count == enumerate_regions(network, domain, engine="tree").count
    told = manifest_of(folder)
    assert told["complete"]
    assert len(files) == len(told["files"]) + 1
    if told["files"]:
        with pytest.raises(IncompleteCertificate):
            check(files[:-1])


def test_what_a_worker_did_twice_is_not_in_the_list(tmp_path):
    def fails(number):
        if number in {2, 5}:
            raise OSError("the worker lost its connection")

    shared = enumerate_regions(NETWORK, BOX, executor=AtOnce(fails), certificate=f"{tmp_path}/")
    (tmp_path / "part-0.cert").write_bytes(b"of a task that was lost")
    assert check(certificate_files(tmp_path)).regions == shared.count


def test_a_search_that_is_cut_short_proves_what_is_in_the_list(tmp_path, monkeypatch):
    numbers = itertools.count(1)

    def answer(packed, signs, seconds, most):
        return task.answer(packed, signs, 0.0 if next(numbers) == 5 else seconds, most)

    monkeypatch.setattr(driving, "answer", answer)
    part = enumerate_regions(NETWORK, BOX, executor=AtOnce(), certificate=tmp_path)
    assert not part.exact
    assert not manifest_of(tmp_path)["complete"]
    assert check(certificate_files(tmp_path), claim="lower").regions == part.count > 10


def test_lists_that_do_not_cover_the_whole_are_refused(tmp_path):
    enumerate_regions(NETWORK, BOX, executor=AtOnce(), certificate=tmp_path)
    path = tmp_path / "certificates.json"
    told = json.loads(path.read_text())
    assert manifest_of(tmp_path) == told
    first = told["files"][0]
    faults = [
        {"files": told["files"][1:]},
        {"files": [*told["files"], first]},
        {"left": told["left"][1:]},
        {"leaves": told["leaves"] + 1},
        {"files": [["../part.cert", *first[1:]], *told["files"][1:]]},
        {"format": "other"},
        {"left": 3},
    ]
    for fault in faults:
        path.write_text(json.dumps(told | fault))
        with pytest.raises(CertificateError):
            certificate_files(tmp_path)
    path.unlink()
    with pytest.raises(CertificateError, match="no list of a certificate"):
        certificate_files(tmp_path)


def test_folders_that_cannot_be_used_are_refused(tmp_path):
    asked = {"executor": AtOnce(), "certificate": f"{tmp_path / 'proof'}/"}
    for wrong in ({"executor": None}, {"shard": (1, 2)}):
        with pytest.raises(EngineError, match="give an executor and no shard"):
            enumerate_regions(NETWORK, BOX, **(asked | wrong))
    enumerate_regions(NETWORK, BOX, **asked)
    with pytest.raises(CertificateError, match="of another certificate"):
        enumerate_regions(NETWORK, BOX, **asked)
    (tmp_path / "file").write_text("")
    with pytest.raises(FileWriteError, match="cannot be made a folder"):
        enumerate_regions(NETWORK, BOX, executor=AtOnce(), certificate=f"{tmp_path / 'file'}/")


def test_commands_take_folders(tmp_path, monkeypatch):
    monkeypatch.setattr(machines, "ProcessPoolExecutor", lambda count, *_: ThreadPoolExecutor(count))
    net, folder = str(tmp_path / "net.npz"), tmp_path / "proof"
    save(NETWORK, net)
    folder.mkdir()
    proved = CliRunner().invoke(app, ["prove", net, "--box=-1,1", "--output", str(folder), "--processes", "2"])
    assert proved.exit_code == 0, proved.output
    assert "claim 'exact'" in proved.output
    checked = CliRunner().invoke(app, ["check", str(folder)])
    assert checked.exit_code == 0, checked.output
    alone = enumerate_regions(NETWORK, BOX, engine="tree")
    assert f"exactly {alone.count} activation regions" in checked.output
    refused = CliRunner().invoke(app, ["prove", net, "--box=-1,1", "--output", str(folder)])
    assert refused.exit_code == 1
    assert "is a directory" in refused.output
