"""Fixtures and settings that all tests share."""

import pytest
from engines import ENGINES
from hypothesis import HealthCheck, settings

# derandomised: a red run can be repeated; no deadline: the machine is shared
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
settings.load_profile("suite")


@pytest.fixture(params=ENGINES)
def engine(request) -> str:
    """Each engine in turn."""
    return request.param
