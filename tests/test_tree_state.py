"""The declared table of a search's state: what Python sees, what compiled code sees, and what is written about it."""

import numpy as np
import pytest
from numba import njit

from exactregions import Ball, Box, Network, enumerate_regions
from exactregions.cases.networks import generated
from exactregions.engines.tree.kernels.fields import Array, Number, declared, fields_of, floats, number, shape_of
from exactregions.engines.tree.kernels.kinds import STATES
from exactregions.engines.tree.kernels.state import State


class Sizes(dict):
    """Every size is asked for by name, and is another number."""

    def __missing__(self, name):
        self[name] = 3 + len(self)
        return self[name]


@pytest.fixture(params=STATES.values(), ids=lambda states: states.__name__)
def state(request):
    return request.param(Sizes())


def test_every_field_is_documented_where_its_class_is(state):
    for field in fields_of(type(state)):
        owner = next(c for c in type(state).__mro__ if field.name in vars(c))
        assert str(field) in "\n".join(line.removeprefix("    ") for line in owner.__doc__.splitlines())


def test_fields_share_no_word_of_the_memory(state):
    sizes = [(f.word, 1 if isinstance(f, Number) else 1 + f.ndim) for f in fields_of(type(state))]
    taken = [word for first, size in sizes for word in range(first, first + size)]
    assert sorted(taken) == list(range(state.words))
    assert len(state.memory) == state.words


def place_of(field: Number | Array) -> str:
    """A number, or the last element of an array."""
    last = "" if isinstance(field, Number) else "[" + ", ".join(["-1"] * field.ndim) + "]"
    return f"state.{field.name}{last}"


def test_compiled_code_sees_the_numbers_and_the_arrays_that_python_sees(state):
    """One function reads all fields, another writes all that are no constants."""
    fields = fields_of(type(state))
    writable = [f for f in fields if isinstance(f, Array) or not f.constant]
    reads = [f"    out[{k}] = {place_of(f)}" for k, f in enumerate(fields)]
    writes = [f"    {place_of(f)} = {k}" for k, f in enumerate(writable)]
    space = {}
    exec("\n".join(["def read(state, out):", *reads, "def write(state):", *writes]), space)
    for k, field in enumerate(fields):
        exec(f"{place_of(field)} = {1000 + k}", {"state": state})
    out = np.zeros(len(fields))
    njit(space["read"])(state, out)
    assert out.tolist() == [1000 + k for k in range(len(fields))]
    njit(space["write"])(state)
    assert [eval(place_of(f), {"state": state}) for f in writable] == list(range(len(writable)))


def test_the_sides_of_views_are_those_of_the_arrays(state):
    @njit
    def sides(state):
        return state.rows.shape, state.log_values.shape, state.witness.shape

    assert sides(state) == (state.rows.shape, state.log_values.shape, state.witness.shape)


def test_shapes_are_read_as_they_are_written():
    assert shape_of("rows, p + 1", {"rows": 7, "p": 3}) == (7, 4)
    assert shape_of("8", {}) == (8,)
    with pytest.raises(KeyError):
        shape_of("columns", {"rows": 7})


def test_a_class_of_states_adds_fields_behind_those_of_its_base():
    @declared
    class More(State):
        """A state for a kernel to come."""

        __slots__ = ()
        height = number("How high.")
        ground = floats("p", "Where.")

    assert More.height.word == State.words
    assert More.words == State.words + 3
    more = More(Sizes())
    more.height = 5
    assert (more.height, more.ground.shape) == (5, more.witness.shape)
    assert isinstance(More.ground, Array)
    assert "height : int\n        How high." in More.__doc__


def test_an_array_keeps_its_place(state):
    with pytest.raises(AttributeError, match="assign to its elements"):
        state.rows = np.zeros(3)


QUESTIONS = {
    "box": (generated(3, 8, 8, 1), Box([-1] * 3, [1] * 3)),
    "ball": (generated(3, 8, 8, 1), Ball([0] * 3, 1)),
    "tangencies": (Network.from_layers([[[1, 1], [1, -1], [1, 0]], [[1, 1, 1]]], [[0, 0, 0], [0]]), Ball([0, 0], 1)),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_decision_is_counted_by_the_rung_that_settled_it(name):
    """Whatever was not settled in floats was settled in rationals, also where a search was stopped."""
    network, domain = QUESTIONS[name]
    whole = enumerate_regions(network, domain, engine="tree")
    part = enumerate_regions(network, domain, engine="tree", max_regions=2)
    assert whole.count == enumerate_regions(network, domain, engine="rational").count
    splits = whole.count - 1  # each adds a region
    exact = whole.stats["settled_by_exact_basis"] + whole.stats["settled_by_exact_pivots"]
    assert splits - exact <= whole.stats["split_by_float"] <= splits
    assert 0 < part.stats["decisions"] < whole.stats["decisions"]
