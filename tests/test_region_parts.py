"""Regions that workers write to a folder, file by file: together they are those of a single search."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from at_once import AtOnce
from typer.testing import CliRunner

from exactregions import Ball, Box, Network, WholeSpace, enumerate_regions
from exactregions.cases.networks import largest_of
from exactregions.cli import app
from exactregions.engines.distributed import driving, task
from exactregions.engines.rechecking import recheck
from exactregions.errors import EngineError, FileFormatError, FileWriteError
from exactregions.importers import save
from exactregions.region_parts import RegionParts


def network_of(seed, *widths):
    rng = np.random.default_rng(seed)
    weights = [rng.integers(-8, 9, (n, m)) / 8.0 for m, n in itertools.pairwise(widths)]
    return Network.from_layers(weights, [rng.integers(-4, 5, n) / 8.0 for n in widths[1:]])


NETWORK = network_of(3, 3, 7, 6, 1)
DOMAINS = [
    Box([-1.0] * 3, [1.0] * 3),
    Ball([0.1, 0.2, 0.0], 1.0),
    WholeSpace(3),
    Box([-1.0, 0.25, -1.0], [1.0, 0.25, 1.0]),
]


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    """Tasks that end after a few regions."""
    plain = task.answer
    monkeypatch.setattr(driving, "answer", lambda packed, signs, seconds, most: plain(packed, signs, None, 17))


def same(parts, network, domain):
    """The files hold the regions of a single search, each once, with witnesses that are proved again."""
    alone = enumerate_regions(network, domain, engine="tree")
    found = [pattern for part in parts for pattern in part.pattern_set()]
    assert len(found) == len(set(found)) == parts.count == alone.count
    assert set(found) == alone.pattern_set()
    assert all(part.domain == domain for part in parts)
    return alone


@pytest.mark.parametrize("domain", DOMAINS)
def test_workers_write_what_they_find(domain, tmp_path):
    shared = enumerate_regions(NETWORK, domain, executor=AtOnce(), parts=tmp_path / "run")
    parts = RegionParts.read(tmp_path / "run")
    assert shared.exact
    assert parts.complete
    assert shared.count == parts.count
    assert not len(shared.patterns)
    assert len(parts) > 1
    same(parts, NETWORK, domain)


def test_the_address_may_be_one_of_fsspec():
    pytest.importorskip("fsspec")
    enumerate_regions(NETWORK, DOMAINS[0], executor=AtOnce(), parts="memory://exactregions/run")
    same(RegionParts.read("memory://exactregions/run"), NETWORK, DOMAINS[0])
    with pytest.raises(FileFormatError, match="cannot be reached"):
        RegionParts.read("memory://exactregions/none")
    with pytest.raises(FileFormatError, match="cannot be reached"):
        RegionParts.read("nothing-like-it://exactregions/none")


def test_exact_witnesses_are_in_the_files(tmp_path):
    places = [v for k in range(1, 9) for v in (float(k), np.nextafter(k, np.inf))]
    network = Network.from_layers([[[1.0]] * 16, [[1.0] * 16]], [[-v for v in places], [0.0]])
    enumerate_regions(network, Box([0.0], [9.0]), executor=AtOnce(), parts=tmp_path)
    parts = list(RegionParts.read(tmp_path))
    assert sum(len(part.exact_witnesses) for part in parts) == 8
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.joined(part)
    recheck(whole)


@pytest.mark.parametrize("journal", [False, True])
def test_a_search_that_is_cut_short_says_so_and_one_with_a_journal_goes_on(tmp_path, journal):
    def fails(number):
        if number >= 5:
            raise KeyboardInterrupt

    kept = {"journal": tmp_path / "journal"} if journal else {}
    folder = tmp_path / "run"
    part = enumerate_regions(NETWORK, DOMAINS[0], executor=AtOnce(fails), parts=folder, **kept)
    assert not part.exact
    parts = RegionParts.read(folder)
    assert not parts.complete
    assert parts.count == part.count == sum(len(regions) for regions in parts)
    if journal:
        (folder / "regions-0.npz").write_bytes(b"of a task that was lost")
        assert enumerate_regions(NETWORK, DOMAINS[0], executor=AtOnce(), parts=folder, **kept).exact
        same(RegionParts.read(folder), NETWORK, DOMAINS[0])
        with pytest.raises(EngineError, match="another question"):
            enumerate_regions(NETWORK, DOMAINS[0], executor=AtOnce(), parts=tmp_path / "other", **kept)


def test_a_worker_that_cannot_write_ends_the_search(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileWriteError, match="cannot be made a folder"):
        enumerate_regions(NETWORK, DOMAINS[0], executor=ThreadPoolExecutor(1), parts=tmp_path / "file")


def test_files_that_do_not_belong_are_refused(tmp_path):
    with pytest.raises(FileFormatError, match="is not there"):
        RegionParts.read(tmp_path)
    enumerate_regions(NETWORK, DOMAINS[0], executor=AtOnce(), parts=tmp_path)
    enumerate_regions(NETWORK, DOMAINS[1], executor=AtOnce(), parts=tmp_path / "other")
    name, _ = RegionParts.read(tmp_path).files[1]
    other, _ = RegionParts.read(tmp_path / "other").files[1]
    (tmp_path / name).write_bytes((tmp_path / "other" / other).read_bytes())
    with pytest.raises(FileFormatError, match="another search"):
        list(RegionParts.read(tmp_path))
    (tmp_path / name).unlink()
    with pytest.raises(FileFormatError, match="is not there"):
        list(RegionParts.read(tmp_path))
    told = json.loads((tmp_path / "parts.json").read_text())
    for damaged in (told | {"format": "other"}, told | {"files": 3}, [], told | {"domain": {}}):
        (tmp_path / "parts.json").write_text(json.dumps(damaged))
        with pytest.raises(FileFormatError, match="no list of parts"):
            RegionParts.read(tmp_path)


@pytest.mark.parametrize("keywords", [{"store": False}, {"entry_radii": True}, {"certificate": "c"}])
def test_what_needs_all_regions_at_once_is_refused(tmp_path, keywords):
    with pytest.raises(EngineError, match="leave parts out"):
        enumerate_regions(NETWORK, DOMAINS[0], executor=AtOnce(), parts=tmp_path, **keywords)
    with pytest.raises(EngineError, match="give one, or save"):
        enumerate_regions(NETWORK, DOMAINS[0], parts=tmp_path)


def test_regions_of_winner_units_are_refused(tmp_path):
    single = largest_of(np.random.default_rng(3).normal(size=(4, 2)), np.zeros(4), [range(4)])
    with pytest.raises(EngineError, match="winner units"):
        enumerate_regions(single, WholeSpace(2), executor=AtOnce(), parts=tmp_path)


def test_the_command_count_has_parts(tmp_path):
    net, folder = str(tmp_path / "net.npz"), tmp_path / "run"
    save(NETWORK, net)
    asked = ["count", net, "--box=-1,1", "--parts", str(folder)]
    refused = CliRunner().invoke(app, asked)
    assert refused.exit_code == 1
    assert "give one" in refused.output
