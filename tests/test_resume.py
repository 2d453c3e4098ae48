"""A search that was cut short goes on: in Python, from a file, and on the command line."""

import json

import numpy as np
import pytest
from narrowing import present
from typer.testing import CliRunner

from exactregions import Ball, Box, RegionSet, count_regions, enumerate_regions, resume_regions
from exactregions.cases.networks import generated
from exactregions.cli import app
from exactregions.engines.tree.worker import Worker
from exactregions.errors import EngineError, NotExactError
from exactregions.importers import save
from exactregions.progress import StopReason
from exactregions.support.stopping import current_scope

NETWORK = generated(3, 16, 16, 1)
CUBE = Box([-1] * 3, [1] * 3)


def test_pieces_join_to_the_whole(tmp_path):
    regions = enumerate_regions(NETWORK, CUBE, engine="tree", max_regions=100)
    assert (regions.count, regions.exact) == (100, False)
    rounds = 0
    while not regions.exact:
        regions.save(tmp_path / "part.npz")
        regions = resume_regions(RegionSet.load(tmp_path / "part.npz"), max_regions=333, workers=1 + rounds % 2)
        rounds += 1
    assert rounds >= 4
    assert regions.count == len(regions.pattern_set()) == 1429
    assert regions.pattern_set() == enumerate_regions(NETWORK, CUBE, engine="tree").pattern_set()
    assert regions.stored
    assert len(regions.witnesses) == 1429


def test_a_stop_on_the_way_down_to_a_prefix_repeats_nothing(monkeypatch):
    """Searches of one slice of a few steps: every second one stops before it is back at the prefix it was given."""
    run = Worker.run

    def one_slice(worker, work, most=None):
        finished = run(worker, work, most)
        current_scope().stop(StopReason.INTERRUPTED)
        return finished

    slice_of = "exactregions.engines.tree.run.FIRST_SLICE"
    monkeypatch.setattr(slice_of, 45)
    monkeypatch.setattr(Worker, "run", one_slice)
    network = generated(2, 8, 8, 1)
    square = Box([-1, -1], [1, 1])
    regions = enumerate_regions(network, square, engine="tree")
    rounds = 0
    while not regions.exact and rounds < 2000:
        monkeypatch.setattr(slice_of, 60 if rounds % 2 else 5)
        regions = resume_regions(regions)
        rounds += 1
    assert regions.exact
    assert rounds > 10
    assert regions.count == len(regions.pattern_set())
    assert regions.pattern_set() == enumerate_regions(network, square, engine="rational").pattern_set()


def test_entry_radii_survive_joining():
    ball = Ball([0.1, 0.2, -0.3], 0.9)
    begun = enumerate_regions(NETWORK, ball, engine="tree", max_regions=50)
    joined = resume_regions(begun)
    straight = enumerate_regions(NETWORK, ball, engine="tree")
    found, wanted = (np.sort(present(regions.entry_radii)) for regions in (joined, straight))
    assert np.allclose(found, wanted, rtol=1e-13, atol=0)


def test_counts_without_regions_join_too():
    begun = enumerate_regions(NETWORK, CUBE, engine="tree", store=False, max_regions=200)
    joined = resume_regions(begun)
    assert (joined.count, joined.exact, joined.stored) == (1429, True, False)


def test_a_complete_answer_is_returned_as_it_is():
    regions = enumerate_regions(NETWORK, Ball([0, 0, 0], 0.1))
    assert resume_regions(regions) is regions


def test_engines_without_a_frontier_say_so():
    begun = enumerate_regions(NETWORK, CUBE, engine="rational", max_regions=3)
    with pytest.raises(EngineError, match="'rational' cannot be resumed; use the engine 'tree'"):
        resume_regions(begun)


def test_command_line_resumes_a_file(tmp_path):
    save(NETWORK, tmp_path / "net.npz")
    part, runner = tmp_path / "part.npz", CliRunner()
    box = ["--box", "-1,1", "--max-regions", "500", "--output", str(part)]
    begun = runner.invoke(app, ["count", str(tmp_path / "net.npz"), *box])
    assert begun.exit_code == 3
    ended = runner.invoke(app, ["resume", str(part), "--json"])
    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["regions"] == 1429
    assert RegionSet.load(part).exact


def test_count_regions_refuses_an_inexact_number(monkeypatch):
    def interrupted(*args, **kwargs):
        return enumerate_regions(NETWORK, CUBE, engine="tree", max_regions=10)

    monkeypatch.setattr("exactregions.enumeration.enumerate_regions", interrupted)
    with pytest.raises(NotExactError, match="not exact") as error:
        count_regions(NETWORK, CUBE)
    assert error.value.regions.count == 10
