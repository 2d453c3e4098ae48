"""Counts on lines and planes through the inputs of a network."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from exactregions.domain import Domain
from exactregions.network import Network
from exactregions.testing.trials.hostile_domains import hostile_domain
from exactregions.testing.trials.judging import judge_regions
from exactregions.testing.trials.oracle import Answer, Forms, Oracle
from exactregions.testing.trials.session import Session
from exactregions.testing.trials.trial import Trial, domain_code, numbers_code

Rng = np.random.Generator


def restrict(session: Session, rng: Rng, engine: str) -> None:
    """Count on a line or plane through a point."""
    network = session.trial.network
    k = int(rng.integers(1, min(network.inputs, 2) + 1))
    origin = (rng.integers(-8, 9, size=network.inputs) / 4).tolist()
    directions = rng.integers(-3, 4, size=(k, network.inputs)).astype(float)
    if np.linalg.matrix_rank(directions) < k:
        directions = np.eye(k, network.inputs)
    forms = [[*column, start] for column, start in zip(directions.T.tolist(), origin, strict=True)]
    rows = f"[{', '.join(map(numbers_code, directions.tolist()))}]"
    _on_slice(session, f"network = network.restrict({numbers_code(origin)}, {rows})", forms, rng, engine)


def through(session: Session, rng: Rng, engine: str) -> None:
    """Count on the line through two points, or the plane through three."""
    network = session.trial.network
    k = int(rng.integers(1, min(network.inputs, 2) + 1))
    points = (rng.integers(-8, 9, size=(k + 1, network.inputs)) / 4).tolist()
    if rng.random() < 0.5:
        points = rng.normal(size=(k + 1, network.inputs)).tolist()
    gaps = np.array(points[1:]) - np.array(points[0])
    if np.linalg.matrix_rank(gaps) < k:
        points = [[0.0] * network.inputs, *np.eye(k, network.inputs).tolist()]
    exact = [[Fraction(v) for v in point] for point in points]
    forms = [[*(p[i] - exact[0][i] for p in exact[1:]), exact[0][i]] for i in range(network.inputs)]
    rows = f"[{', '.join(map(numbers_code, points))}]"
    _on_slice(session, f"network = network.through({rows})", forms, rng, engine)


@dataclass(frozen=True)
class _SliceOracle:
    """An oracle for the networks on a slice, which it sees as the whole network with forms for inputs."""

    oracle: Oracle
    network: Network
    forms: Forms
    name: str = "slice"

    def answer(self, network: Network, domain: Domain) -> Answer:
        return self.oracle.on_slice(self.network, self.forms, network, domain)

    def on_slice(self, network: Network, inputs: Forms, sliced: Network, domain: Domain) -> Answer:
        raise NotImplementedError("a slice of a slice is not among the operations")


def _on_slice(session: Session, line: str, forms: Forms, rng: Rng, engine: str) -> None:
    """Count on a slice, and hand its network on to a session of its own."""
    whole = session.trial.network
    session.run("whole = network")
    session.run(line)
    sliced = session.names["network"]
    domain = hostile_domain(sliced, rng)
    trial = Trial(session.trial.family, sliced, domain, ())
    inner = session.inner(trial, _SliceOracle(session.oracle, whole, forms))
    inner.run(f"domain = {domain_code(domain)}")
    engine = engine if inner.supports(engine, domain) else '"auto"'
    if inner.truth.patterns:
        inner.run(f"regions = enumerate_regions(network, domain, engine={engine})")
        judge_regions(inner, rng.integers(0, 2**20, size=4).tolist())
    session.names["network"] = whole
    session.lines += ["network = whole"]
