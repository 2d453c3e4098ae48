"""Fixtures and settings that all tests share."""

import fcntl
import gc
import os
import signal

import pytest
from engines import ENGINES
from hypothesis import HealthCheck, settings

from exactregions.engines.tree.kernels.kinds import STATES
from exactregions.engines.tree.kernels.pruned_states import PRUNED
from exactregions.engines.tree.loading import load_kernels

os.environ.pop("COLUMNS", None)  # worker processes get 80; a page is 120 wide where no terminal tells its width
# derandomised: a red run can be repeated; no deadline: the machine is shared
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that leaves the other engines out."""
    parser.addoption("--engine", choices=[*ENGINES, "milp"], help="of the tests that name an engine, those of this one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests of other engines than the one asked for; tests that name none stay."""
    only = config.getoption("--engine")
    if only:
        left = [item for item in items if getattr(item, "callspec", None) and _engine_of(item) not in (None, only)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def _engine_of(item: pytest.Item) -> str | None:
    named = item.callspec.params.get("engine")  # type: ignore[attr-defined]
    return named if isinstance(named, str) else None


@pytest.fixture(scope="session", autouse=True)
def compiled_kernels(request, tmp_path_factory) -> None:
    """Compile the kernels before the first test: a search with a time limit may end before they are compiled.

    Processes of a parallel run begin at either end, and do not compile what another one compiles already.
    """
    if request.config.getoption("--engine") not in (None, "tree"):
        return
    workers = getattr(request.config, "workerinput", {})
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if workers else base  # other runs have nothing to do with this one
    kinds = [(kind, False) for kind in STATES] + [(kind, True) for kind in PRUNED]
    for kind, prune in kinds if workers.get("workerid", "gw0") == "gw0" else reversed(kinds):
        with (shared / f"kernels-{kind}-{prune}").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            load_kernels(kind, prune)


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
