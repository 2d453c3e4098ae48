"""A compilation of the kernels is announced, and only then."""

import gc
import importlib.util
import logging
import pickle
import time
from pathlib import Path
from types import SimpleNamespace

import numba
import pytest

from exactregions import Ball, Network, enumerate_regions
from exactregions.engines.tree import loading, run
from exactregions.engines.tree.kernels.codes import INTERVAL

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

    return lambda: loaded(path).twice


def loaded(path):
    """A module from a file, anew each time."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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


def test_an_index_of_older_sources_is_not_read_beyond_its_version(kernel, caplog):
    """It may name classes that are gone, which numba would look for before it compared the stamps."""
    first = kernel()
    assert first(21) == 42
    gone = b"cexactregions.engines.tree.kernels.kinds\nOfAnEarlierRelease\n."
    Path(first._cache._cache_file._index_path).write_bytes(pickle.dumps(numba.__version__) + gone)
    assert told(kernel(), caplog) == [loading.COMPILING]
    assert kernel()(21) == 42
    assert told(kernel(), caplog) == ["loading kernels"]


def test_those_without_an_observer_are_told_too(kernel, caplog):
    loading.announce(kernel(), None)
    assert caplog.messages == [loading.COMPILING]


INNER = """
from exactregions.engines.tree.kernels.compiling import entry_point, inner, never_inline


@inner
def one_more(x):
    never_inline()
    return x + 1.0


@inner
def half_of_one_more(x):
    never_inline()
    return 0.5 * one_more(x)


@entry_point
def both(x):
    return half_of_one_more(x) + one_more(x)
"""


def test_inner_functions_are_made_machine_code_only_in_the_kernels_that_call_them(tmp_path, monkeypatch):
    from numba.core.codegen import JITCodeLibrary

    path = tmp_path / "layered_kernel.py"
    path.write_text(INNER)
    kernel, finalize, made = loaded(path).both, JITCodeLibrary._finalize_specific, []
    monkeypatch.setattr(JITCodeLibrary, "_finalize_specific", lambda code: (made.append(code.name), finalize(code)))
    assert kernel(3.0) == 6.0
    assert set(made) - {"nrt"} == {"both"}  # nrt: numba's own, made once a process
    assert loaded(path).both(5.0) == 9.0  # as in the next process: it is on disk


def test_counting_alone_does_not_load_what_proves_stored_witnesses(monkeypatch):
    asked = []
    monkeypatch.setattr(loading, "prove_patterns", lambda *arguments: asked.append(arguments))
    load = loading.load_kernels.__wrapped__
    load(INTERVAL, False, False)
    assert not asked
    load(INTERVAL, False, True)
    assert len(asked) == 1


def test_loading_is_no_part_of_the_search(monkeypatch):
    """Loading puts the clock forward by a thousand seconds."""
    ahead = [0.0]

    def slowly(*kinds):
        load_kernels(*kinds)
        ahead[0] = 1000.0

    load_kernels, clock = run.load_kernels, time.perf_counter
    monkeypatch.setattr(run, "load_kernels", slowly)
    monkeypatch.setattr(run, "time", SimpleNamespace(perf_counter=lambda: clock() + ahead[0], sleep=time.sleep))
    network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    found = enumerate_regions(network, Ball([0.25], 0.5), engine="tree")
    assert found.count == 3
    assert ahead[0] == 1000.0
    assert 0 <= found.seconds < 1000


@pytest.mark.parametrize("collects", [True, False])
def test_garbage_is_collected_as_before_once_kernels_are_loaded(monkeypatch, collects):
    meanwhile = []
    monkeypatch.setattr(loading, "search", lambda *arguments: meanwhile.append(gc.isenabled()))
    was = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        loading.load_kernels.__wrapped__(INTERVAL, False, False)
        assert (meanwhile, gc.isenabled()) == ([False], collects)
    finally:
        (gc.enable if was else gc.disable)()
