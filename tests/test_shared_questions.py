"""Whatever takes an executor gives the answer that it gives without."""

import itertools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest
from at_once import AtOnce
from typer.testing import CliRunner

from exactregions import Box, Halfspaces, Network, compare, curve, enumerate_regions, verify
from exactregions.certificate.checker import InvalidCertificate, check
from exactregions.cli import app, machines
from exactregions.engines.distributed import driving, task
from exactregions.importers import save
from exactregions.quantities import maximize, minimize
from exactregions.verification import Outcome, resume_verification


def network_of(seed, *widths):
    rng = np.random.default_rng(seed)
    sizes = list(itertools.pairwise(widths))
    weights = [rng.integers(-8, 9, (n, m)) / 8.0 for m, n in sizes]
    return Network.from_layers(weights, [rng.integers(-4, 5, n) / 8.0 for _, n in sizes])


NETWORK, BOX = network_of(3, 3, 7, 6, 1), Box([-1.0] * 3, [1.0] * 3)


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    """Tasks that end after a few regions, so that small searches become many tasks."""
    plain = task.answer

    def answer(packed, signs, seconds, most):
        return plain(packed, signs, None, 7 if most is None else min(most, 7))

    monkeypatch.setattr(driving, "answer", answer)


@pytest.fixture
def _no_processes(monkeypatch):
    @contextmanager
    def at_once(count):
        yield AtOnce(), count

    monkeypatch.setattr(machines, "_processes", at_once)


def test_compare(tmp_path):
    bounds = ["naive", "ball_profile"]
    alone = compare(NETWORK, BOX, bounds=bounds, engine="tree")
    shared = compare(NETWORK, BOX, bounds=bounds, executor=AtOnce(), journal=tmp_path / "run")
    assert shared.regions.exact
    assert shared.regions.count == alone.regions.count > 20
    assert [row.value for row in shared.rows] == [row.value for row in alone.rows]
    nobody = AtOnce(lambda number: pytest.fail("all is there"))
    again = compare(NETWORK, BOX, bounds=[], executor=nobody, journal=tmp_path / "run")
    assert again.regions.pattern_set() == alone.regions.pattern_set()


@pytest.mark.parametrize("norm", [2, 1, "inf"])
def test_curve(norm):
    alone = curve(NETWORK, [0.1, 0.2, 0.0], 0.5, norm, bounds=[], engine="tree")
    shared = curve(NETWORK, [0.1, 0.2, 0.0], 0.5, norm, bounds=[], executor=AtOnce())
    radii = [Fraction(k, 32) for k in range(17)]
    assert [shared.count(r) for r in radii] == [alone.count(r) for r in radii]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("dim", [2, 4])
def test_extremes(seed, dim):
    network, box = network_of(seed, dim, 6, 5, 1), Box([-1.0] * dim, [1.0] * dim)
    for extreme in (maximize, minimize):
        alone, shared = extreme(network, box), extreme(network, box, executor=AtOnce(), workers=2)
        assert shared.complete
        assert shared.value == alone.value
        assert network_at(network, shared.point) == Fraction(shared.value.lower)


def network_at(network, point):
    """The first output at a point, in fractions."""
    values = list(point)
    for stage in network.stages:
        z = affine(stage.weight, stage.bias, values)
        values = [max(v, Fraction(0)) for v in z]
    return affine(network.weight, network.bias, values)[0]


def affine(weight, bias, values):
    rows = zip(weight.tolist(), bias.tolist(), strict=True)
    return [sum((Fraction(w) * v for w, v in zip(row, values, strict=True)), Fraction(b)) for row, b in rows]


@pytest.mark.parametrize("dim", [2, 6])
@pytest.mark.parametrize("seed", range(2))
def test_verdicts(seed, dim, tmp_path):
    """The largest value is reached, and what lies above it is not."""
    network, box = network_of(seed, dim, 6, 5, 1), Box([-1.0] * dim, [1.0] * dim)
    top = Fraction(maximize(network, box).value.lower)
    for level, outcome in ((top, Outcome.UNSAFE), (top + Fraction(1, 10**9), Outcome.SAFE)):
        path = tmp_path / f"{outcome}.cert"
        found = verify(network, box, Halfspaces([[-1]], [-level]), executor=AtOnce(), workers=2, certificate=path)
        assert found.outcome is outcome
        assert check(path).claim == outcome


def test_a_verification_goes_on_with_an_executor():
    network, box = network_of(1, 6, 6, 5, 1), Box([-1.0] * 6, [1.0] * 6)
    level = Fraction(maximize(network, box).value.lower) + Fraction(1, 10**9)
    part = verify(network, box, Halfspaces([[-1]], [-level]), executor=AtOnce(), time_limit=0.0)
    assert part.outcome is Outcome.INCOMPLETE
    assert resume_verification(part, executor=AtOnce()).outcome is Outcome.SAFE


def test_parts_of_a_certificate_are_checked_by_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(driving, "answer", task.answer)
    path = tmp_path / "count.cert"
    shared = enumerate_regions(NETWORK, BOX, executor=AtOnce(), workers=3, certificate=path)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        verdict = check(path, executor=pool, workers=2)
    assert verdict == check(path)
    assert verdict.regions == shared.count
    damaged = tmp_path / "damaged.cert"
    damaged.write_bytes(path.read_bytes().replace(b"parts/2/units.u2", b"parts/2/units.u9"))
    with pytest.raises(InvalidCertificate):
        check(damaged, executor=AtOnce(), workers=2)


def test_a_certificate_whose_tasks_are_cut_proves_what_they_found(tmp_path, monkeypatch):
    """What is left of such a task is not searched again: its part would be there twice."""
    numbers = itertools.count(1)

    def answer(packed, signs, seconds, most):
        return task.answer(packed, signs, 0.0 if next(numbers) == 5 else seconds, most)

    monkeypatch.setattr(driving, "answer", answer)
    path = tmp_path / "count.cert"
    part = enumerate_regions(NETWORK, BOX, executor=AtOnce(), workers=3, certificate=path)
    assert not part.exact
    assert "stopped before the end" in part.stopped
    verdict = check(path, claim="lower")
    assert verdict.regions == part.count > 10


@pytest.mark.usefixtures("_no_processes")
def test_commands_have_the_options_of_workers(tmp_path, monkeypatch):
    net, whole, part, proof = (str(tmp_path / name) for name in ("net.npz", "whole.npz", "part.npz", "count.cert"))
    save(NETWORK, net)
    shared = ["--processes", "2"]
    alone = enumerate_regions(NETWORK, BOX, engine="tree")
    sentence = f"exactly {alone.count} regions"

    def run(*arguments):
        result = CliRunner().invoke(app, [*arguments, *shared], catch_exceptions=False)
        return result.exit_code, result.output

    for command in (["compare"], ["curve", "--origin", "--radius", "1", "--norm", "inf"]):
        domain = [] if command[0] == "curve" else ["--box=-1,1"]
        code, output = run(
            command[0], net, *command[1:], *domain, "--bounds", "naive", "--journal", str(tmp_path / command[0])
        )
        assert code == 0
        assert sentence in output
    assert run("count", net, "--box=-1,1", "--max-regions", "20", "--output", part)[0] == 3
    code, output = run("resume", part, "--output", whole)
    assert code == 0
    assert sentence in output
    monkeypatch.setattr(driving, "answer", task.answer)  # tasks of a certificate are not cut
    assert run("prove", net, "--box=-1,1", "--output", proof)[0] == 0
    code, output = run("check", proof)
    assert code == 0
    assert f"exactly {alone.count} activation regions" in output
