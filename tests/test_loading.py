"""A compilation of the kernels is announced, and only then."""

import importlib.util
import logging

import pytest

from exactregions.engines.tree import loading

SOURCE = """
from exactregions.engines.tree.kernels.compiling import entry_point


@entry_point
def twice(x):
    return x + x
"""


@pytest.fixture
def kernel(tmp_path):
    """An entry point that was never compiled."""
    path = tmp_path / "fresh_kernel.py"
    path.write_text(SOURCE)

    def load():
        spec = importlib.util.spec_from_file_location("fresh_kernel", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.twice

    return load


def told(kernel, caplog) -> list[str]:
    notes = []
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        loading.announce(kernel, lambda progress: notes.append(progress.note))
    assert bool(caplog.messages) == (notes == [loading.COMPILING])
    return notes


def test_it_is_announced_before_the_first_compilation_only(kernel, caplog):
    first = kernel()
    assert told(first, caplog) == [loading.COMPILING]
    assert first(21) == 42
    assert told(first, caplog) == ["loading kernels"]
    assert told(kernel(), caplog) == ["loading kernels"]  # as in the next process: it is on disk


def test_without_a_cache_every_process_compiles(kernel, caplog, monkeypatch):
    from numba.core.caching import NullCache

    uncached = kernel()
    monkeypatch.setattr(uncached, "_cache", NullCache())
    assert told(uncached, caplog) == [loading.COMPILING]


def test_those_without_an_observer_are_told_too(kernel, caplog):
    loading.announce(kernel(), None)
    assert caplog.messages == [loading.COMPILING]
