"""Networks with tens of thousands of inputs: no square matrix of them is made, and what does not fit is refused."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from exactregions import Ball, Network, enumerate_regions
from exactregions.errors import NetworkError
from exactregions.exact import memory
from exactregions.exact.forms import ExactNetwork


def test_thirty_thousand_inputs_take_no_square_of_memory():
    """Eight hyperplanes in general position through a ball they all cross: 2**8 regions; 7 GB for a dense identity."""
    program = textwrap.dedent("""
        import numpy as np
        from exactregions import Ball, Network, enumerate_regions
        rng = np.random.default_rng(0)
        network = Network.from_layers([rng.normal(size=(8, 30_000)), np.ones((1, 8))], [np.full(8, 0.125), [0.0]])
        found = enumerate_regions(network, Ball([0.0] * 30_000, 1.0), engine="tree", store=False)
        assert (found.count, found.exact) == (256, True), found
        # not ru_maxrss, which a new process takes over from the one that started it
        peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
        assert peak < 2**20, "more than a gigabyte"
    """)
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_what_does_not_fit_is_refused_before_memory_is_taken(monkeypatch):
    network = Network.from_layers([np.ones((50, 2000)), np.ones((1, 50))], [np.zeros(50), [0.0]])
    monkeypatch.setattr(memory, "_memory", lambda: 10**6)
    with pytest.raises(NetworkError, match=r"would need about 0\.\d+ GB for this network of 2000 inputs, and"):
        enumerate_regions(network, Ball([0.0] * 2000, 1.0))


@pytest.mark.parametrize("shape", [(3, 5), (1, 1), (40, 7)])
def test_the_forms_of_the_first_stage_are_its_weights(shape):
    rng = np.random.default_rng(1)
    weight, bias = rng.normal(size=shape), rng.normal(size=shape[0])
    weight[rng.random(shape) < 0.3] = 0
    exact = ExactNetwork(Network.from_layers([weight, np.ones((1, shape[0]))], [bias, [0.0]]))
    for _ in range(2):  # the second time from what was kept
        forms = exact.pre_activations(0, exact.identity)
        assert (forms.floats() == np.column_stack([weight, bias])).all()
