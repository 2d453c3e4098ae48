"""A search that is stopped at any moment keeps only what is proved, and goes on from there to the whole answer."""

from __future__ import annotations

import itertools
import os
from fractions import Fraction

import numpy as np
import pytest

from exactregions import Ball, Box, Network, RegionSet, enumerate_regions, resume_regions
from exactregions.cases import networks as nets
from exactregions.certificate.checker import check
from exactregions.domain import Domain, WholeSpace
from exactregions.progress import StopReason
from exactregions.support.stopping import Scope, Stop

# hostile enough that rationals have to decide: repeated rows, concurrent lines, slivers, tangent and shifted balls
REPEATED = Network.from_layers(
    [[[1.0, 2.0], [1.0, 2.0], [-2.0, -4.0], [1.0, -1.0]], [[1.0, -1.0, 1.0, 1.0], [0.5, 0.5, -1.0, 2.0]], [[1.0, 1.0]]],
    [[0.25, 0.25, -0.5, 0.0], [0.0, -0.125], [0.0]],
)
CENTRAL = Network.from_layers(
    [[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0], [2.0, 1.0]], [[1.0, 1.0, -1.0, 1.0, -1.0]] * 2, [[1.0, 1.0]]],
    [[0.0] * 5, [0.0, -(2.0**-40)], [0.0]],
)
THIN = Network.from_layers(
    [[[1.0, 2.0], [1.0 - 2.0**-52, 2.0], [0.0, 1.0]], [[1.0, -1.0, 1.0], [1.0, 1.0, -1.0]], [[1.0, 1.0]]],
    [[-1.0, -1.0, -0.5], [0.0, -0.25], [0.0]],
)
NETWORKS = {"repeated rows": REPEATED, "central": CENTRAL, "thin": THIN, "generated": nets.generated(2, 5, 4, 1)}
DOMAINS: dict[str, Domain] = {
    "box": Box([-1.0, -1.5], [1.0, 2.0]),
    "ball": Ball([Fraction(1, 3), 0.25], 1.5),
    "l1 ball": Ball([0.0, 0.25], 1.5, 1),
    "space": WholeSpace(2),
}
CASES = [pytest.param(n, d, id=f"{a}, {b}") for (a, n), (b, d) in itertools.product(NETWORKS.items(), DOMAINS.items())]


class Stopper:
    """Stops all scopes at the n-th moment at which one is looked at, and from then on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        monkeypatch.setattr(Scope, "stopped", property(self))

    def __call__(self, scope: Scope) -> Stop | None:
        self.left -= 1
        return scope._stop or (Stop(StopReason.INTERRUPTED, "interrupted") if self.left < 0 else None)


@pytest.fixture
def stopper(monkeypatch: pytest.MonkeyPatch) -> Stopper:
    # the thread that waits for the workers looks at the clock, not at the work: it must not count
    monkeypatch.setattr("exactregions.engines.tree.run.POLL_SECONDS", 1.0)
    return Stopper(monkeypatch)


def _is_right(regions: RegionSet, whole: set[bytes]) -> None:
    found = regions.pattern_set()
    assert len(found) == len(regions)
    assert found <= whole
    for region in regions:
        assert regions.domain.contains(region.witness)
        cell = region.polyhedron()
        assert (cell[0] @ np.array([float(v) for v in region.witness]) <= cell[1] + 1e-9).all()


@pytest.mark.parametrize(("network", "domain"), CASES)
def test_it_goes_on_to_the_whole_answer(network: Network, domain: Domain, stopper: Stopper) -> None:
    stopper.left = 10**9
    whole = enumerate_regions(network, domain, engine="rational").pattern_set()
    rng = np.random.default_rng(0)
    for start in [*range(12), *rng.integers(12, 400, 4).tolist()]:
        stopper.left = start
        regions = enumerate_regions(network, domain, engine="tree")
        for _ in range(40):
            _is_right(regions, whole)
            if regions.exact:
                break
            assert regions.stop_reason is StopReason.INTERRUPTED
            stopper.left = int(rng.integers(3, 60))
            regions = resume_regions(regions)
        else:
            stopper.left = 10**9
            regions = resume_regions(regions)
        assert regions.exact
        assert regions.pattern_set() == whole
        assert len(regions) == len(whole)


@pytest.mark.parametrize(("network", "domain"), CASES)
def test_counting_alone_goes_on_too(network: Network, domain: Domain, stopper: Stopper) -> None:
    stopper.left = 10**9
    count = len(enumerate_regions(network, domain, engine="rational"))
    for start in range(0, 60, 7):
        stopper.left = start
        regions = enumerate_regions(network, domain, engine="tree", store=False)
        stopper.left = 10**9
        assert len(regions) <= count
        whole = resume_regions(regions)
        assert whole.exact
        assert len(whole) == count


@pytest.mark.parametrize("engine", ["rational", "facets", "milp"])
def test_every_engine_keeps_what_it_found(engine: str, stopper: Stopper) -> None:
    domain = DOMAINS["box"]
    stopper.left = 10**9
    whole = enumerate_regions(CENTRAL, domain, engine="rational").pattern_set()
    counts = []
    for start in range(0, 300, 20):
        stopper.left = start
        regions = enumerate_regions(CENTRAL, domain, engine=engine)
        _is_right(regions, whole)
        assert regions.exact == (regions.stopped is None)
        counts.append(len(regions))
    assert counts == sorted(counts)


@pytest.mark.parametrize("engine", ["tree", "rational"])
@pytest.mark.parametrize(("network", "domain"), CASES)
def test_its_certificate_proves_no_more_than_was_found(
    network: Network, domain: Domain, engine: str, stopper: Stopper, tmp_path: os.PathLike[str]
) -> None:
    for start in range(0, 80, 11):
        path = os.path.join(tmp_path, "cut.cert")
        stopper.left = start
        regions = enumerate_regions(network, domain, engine=engine, certificate=path)
        stopper.left = 10**9
        if not os.path.exists(path):
            assert len(regions) == 0
            continue
        lower = check([path], claim="lower")
        assert lower.regions == len(regions)
        assert check([path]).claim == ("exact" if regions.exact else "lower")
