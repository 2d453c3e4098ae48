"""Every kernel that answers for boxes, on awkward questions: against searches in fractions and by programs."""

import box_instances
import pytest
from box_instances import DOMAINS, WAYS, faults_of, faults_of_many_inputs, forced
from faulty import drop_a_region, witness_on_a_hyperplane

from exactregions import Ball
from exactregions.cases import networks as nets
from exactregions.engines.tree.kernels.codes import BOX, POLYGON, WIDE_BOX
from exactregions.engines.tree.scaled_problem import scale_problem
from exactregions.exact.forms import ExactNetwork

NUMBERS = range(40)
SPLIT = 6  # a question with several regions, in a ball of the plane


def kind_of(network, domain):
    return scale_problem(network, ExactNetwork(network), domain).domain.kind


def test_kernels_are_forced():
    network, ball = nets.generated(2, 4, 1), Ball([0.1, 0.2], 1, "inf")
    kinds = []
    for way in WAYS:
        with forced(way):
            kinds.append(kind_of(network, ball))
    assert kinds == [POLYGON, WIDE_BOX, BOX]


def test_every_kernel_finds_the_regions_of_fractions():
    kinds = set()
    for number in NUMBERS:
        kind, faults = faults_of(number)
        kinds.add(kind)
        assert not faults, number
    assert kinds == set(DOMAINS)


@pytest.mark.parametrize("number", [3, 13])
def test_it_finds_the_regions_of_mixed_integer_programs(number):
    kind, faults = faults_of_many_inputs(number)
    assert kind == "ball"
    assert not faults


@pytest.mark.parametrize("fault", [drop_a_region, witness_on_a_hyperplane])
def test_a_fault_of_a_kernel_is_told(monkeypatch, fault):
    search = box_instances.enumerate_regions
    monkeypatch.setattr(box_instances, "enumerate_regions", lambda *args, **given: fault(search(*args, **given)))
    _, faults = faults_of(SPLIT)
    assert len(faults) == len(WAYS)
