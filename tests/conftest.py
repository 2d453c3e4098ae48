"""Fixtures and settings that all tests share."""

import gc
import signal

import pytest
from engines import ENGINES
from hypothesis import HealthCheck, settings

from exactregions.engines.tree.kernels.kinds import STATES
from exactregions.engines.tree.loading import load_kernels

# derandomised: a red run can be repeated; no deadline: the machine is shared
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def compiled_kernels() -> None:
    """Compile the kernels before the first test: a search with a time limit may end before they are compiled."""
    for kind in STATES:
        load_kernels(kind)


@pytest.fixture(params=ENGINES)
def engine(request) -> str:
    """Each engine in turn."""
    return request.param


@pytest.fixture
def hearing_ctrl_c():
    """Let an interrupt through to the test, and to the processes that it starts.

    A suite that a shell runs in the background inherits an ignored SIGINT; and an interrupt in the middle of a
    collection of garbage is lost in the callback that hypothesis has there.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.disable()
    yield
    gc.enable()
    signal.signal(signal.SIGINT, before)
