"""A build check: every public name is in the reference, and no two public classes have one name.

The modules under `exactregions` are either public or internal; one that is in neither list here is a warning, and so
is a name in the `__all__` of a public module that no page of the reference describes.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from sphinx.util import logging

import exactregions

PUBLIC = (
    "exactregions",
    "exactregions.crosscheck.agreement",
    "exactregions.auditing",
    "exactregions.bounds",
    "exactregions.bounds.registry",
    "exactregions.bounds.contract",
    "exactregions.certificate.checker",
    "exactregions.certificate.plain",
    "exactregions.comparison",
    "exactregions.domain",
    "exactregions.engines.contract",
    "exactregions.engines.registry",
    "exactregions.enumeration",
    "exactregions.errors",
    "exactregions.geometry",
    "exactregions.importers",
    "exactregions.importers.vnnlib",
    "exactregions.landscape",
    "exactregions.network",
    "exactregions.nn",
    "exactregions.plot",
    "exactregions.progress",
    "exactregions.region_parts",
    "exactregions.quantities",
    "exactregions.recurrent",
    "exactregions.recovery",
    "exactregions.regions",
    "exactregions.segments",
    "exactregions.comparison",
    "exactregions.support.stopping",
    "exactregions.testing",
    "exactregions.testing.assertions",
    "exactregions.cases.golden",
    "exactregions.cases.networks",
    "exactregions.testing.plugin",
    "exactregions.testing.strategies",
    "exactregions.tracking",
    "exactregions.crosscheck",
    "exactregions.unsafe",
    "exactregions.verification",
)
# `cli` has a page of its own, made from the application
INTERNAL = (
    "__main__",
    "activations",
    "algebra",
    "cases",
    "cli",
    "exact",
    "facets",
    "fixed_inputs",
    "slices",
    "solvers",
    "stage",
    "support",
    "weights",
    "winner_patterns",
)

_log = logging.getLogger(__name__)


def setup(sphinx: Any) -> dict[str, bool]:
    """Check when all pages are read."""
    sphinx.connect("env-check-consistency", lambda _, env: _check(set(env.domains["py"].data["objects"])))
    return {"parallel_read_safe": True}


def _check(documented: set[str]) -> None:
    for fault in (*_unclassified(), *_missing(documented), *_twice()):
        _log.warning(fault)


def _unclassified() -> Iterator[str]:
    known = {name.split(".")[1] for name in PUBLIC if "." in name} | set(INTERNAL)
    for module in pkgutil.iter_modules(exactregions.__path__):
        if module.name not in known:
            yield f"exactregions.{module.name} is neither public nor internal; add it to docs/site/whole_reference.py"


def _missing(documented: set[str]) -> Iterator[str]:
    # one object may be public under several names; one of them has to be in the reference
    described = {id(found) for name in documented if callable(found := _named(name))}
    for module in PUBLIC:
        for name in import_module(module).__all__:
            if f"{module}.{name}" not in documented and id(_named(f"{module}.{name}")) not in described:
                yield f"{module}.{name} is public and in no page of the reference; add it to docs/reference"


def _twice() -> Iterator[str]:
    """Yield a warning for each name that two public classes have."""
    named: dict[str, Any] = {}
    for path in (f"{module}.{name}" for module in PUBLIC for name in import_module(module).__all__):
        found, name = _named(path), path.rpartition(".")[2]
        if isinstance(found, type) and named.setdefault(name, found) is not found:
            yield f"two public classes are called {name}; give one another name"


def _named(path: str) -> Any:
    """Return what a dotted path stands for, None where it is no attribute of a module."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None
