"""The pytest plugin: it is loaded whenever pytest starts, so it imports what it needs where it needs it.

It gives a suite

- the option `--exactregions-engine=NAME` (or `exactregions_engine = NAME` in the configuration file): which engine
  counts in `exactregions.testing.assertions`; the fixture `exactregions_engine` is its name;
- the fixture `golden_case`: a test that asks for it runs once for every case of a golden set, the folder of which is
  named by `--exactregions-golden=DIR`, by `exactregions_golden = DIR` in the configuration file, or by the mark
  `@pytest.mark.exactregions_golden("DIR", only="sawtooth*", largest=1000)`.
"""

from __future__ import annotations

from contextvars import Token
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from exactregions.cases.golden import GoldenCase

__all__ = ["exactregions_engine", "golden_case"]

MARK = "exactregions_golden"
NOT_NAMED = (
    "the fixture golden_case needs a golden set, and none is named: give --exactregions-golden=DIR, set "
    "exactregions_golden in the configuration file, or mark the test with "
    f'@pytest.mark.{MARK}("DIR"). The wheel of exactregions holds none; its source distribution and repository have '
    "one in data/golden"
)
TOKEN = pytest.StashKey[Token[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("exactregions", "exact numbers of linear regions")
    engine = "engine that counts in the assertions of exactregions"
    group.addoption("--exactregions-engine", metavar="NAME", default=None, help=f"{engine}, 'auto' unless given")
    group.addoption("--exactregions-golden", metavar="DIR", default=None, help="golden set for the fixture golden_case")
    parser.addini("exactregions_engine", engine, default="auto")
    parser.addini("exactregions_golden", "golden sets for the fixture golden_case", type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark, and choose the engine of the assertions."""
    config.addinivalue_line(
        "markers", f"{MARK}(folder=None, only='*', largest=None): which golden cases the fixture golden_case takes"
    )
    name = _engine(config)
    if name == "auto":
        return
    from exactregions.engines.registry import engine_names
    from exactregions.testing.assertions import ENGINE

    if name not in engine_names():
        raise pytest.UsageError(f"exactregions has no engine {name!r}; choose from {', '.join(engine_names())}")
    config.stash[TOKEN] = ENGINE.set(name)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the engine as it was: one run of pytest may be inside another."""
    token = config.stash.get(TOKEN, None)
    if token is not None:
        from exactregions.testing.assertions import ENGINE

        ENGINE.reset(token)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the engine, where one is chosen."""
    name = _engine(config)
    return None if name == "auto" else f"exactregions engine: {name}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a golden case with each of them."""
    if "golden_case" not in metafunc.fixturenames:
        return
    from exactregions.errors import ExactRegionsError

    try:
        cases = _golden_cases(metafunc)
    except ExactRegionsError as error:
        raise pytest.Collector.CollectError(f"{metafunc.definition.nodeid}: {error}") from None
    metafunc.parametrize("golden_case", cases, ids=[case.name for case in cases], indirect=True)


@pytest.fixture
def golden_case(request: pytest.FixtureRequest) -> GoldenCase:
    """Each case of a golden set in turn: network, domain and proved number of regions."""
    return request.param


@pytest.fixture(scope="session")
def exactregions_engine(pytestconfig: pytest.Config) -> str:
    """Name of the engine that counts in the assertions of exactregions."""
    return _engine(pytestconfig)


def _engine(config: pytest.Config) -> str:
    return str(config.getoption("--exactregions-engine") or config.getini("exactregions_engine") or "auto")


def _golden_cases(metafunc: pytest.Metafunc) -> list[GoldenCase]:
    from exactregions.cases.golden import golden_cases

    mark = metafunc.definition.get_closest_marker(MARK)
    chosen: dict[str, Any] = {} if mark is None else dict(mark.kwargs)
    named = mark.args[0] if mark is not None and mark.args else chosen.pop("folder", None)
    if named is not None:
        # as everything in a test file, it is named from there
        folders = [metafunc.definition.path.parent / named]
    elif (given := metafunc.config.getoption("--exactregions-golden")) is not None:
        folders = [metafunc.config.invocation_params.dir / str(given)]
    else:
        folders = [Path(folder) for folder in metafunc.config.getini("exactregions_golden")]
    if not folders:
        raise pytest.Collector.CollectError(f"{metafunc.definition.nodeid}: {NOT_NAMED}")
    return [case for folder in folders for case in golden_cases(folder, **chosen)]
