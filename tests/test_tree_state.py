"""The declared table of a search's state: what Python sees, what compiled code sees, and what is written about it."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numba import njit

from exactregions import Ball, Box, Network, enumerate_regions
from exactregions.cases.networks import generated
from exactregions.engines.tree.kernels.fields import Array, Number, declared, fields_of, floats, number
from exactregions.engines.tree.kernels.kinds import STATES
from exactregions.engines.tree.kernels.pruned_states import PRUNED
from exactregions.engines.tree.kernels.state import State


class Sizes(dict):
    """Every size is asked for by name, and is another number."""

    def __missing__(self, name):
        self[name] = 3 + len(self)
        return self[name]


def sizes_of(states):
    sizes = Sizes()
    for field in fields_of(states):
        if isinstance(field, Array):
            field.sides(sizes)
    return sizes


@pytest.fixture(params=[*STATES.values(), *PRUNED.values()], ids=lambda states: states.__name__)
def state(request):
    return request.param(sizes_of(request.param))


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
    space: dict[str, Any] = {}
    exec("\n".join(["def read(state, out):", *reads, "def write(state):", *writes]), space)
    for k, field in enumerate(fields):
        exec(f"{place_of(field)} = {1000 + k}", {"state": state})
    out = np.zeros(len(fields))
    read: Any = njit(space["read"])
    read(state, out)
    assert out.tolist() == [1000 + k for k in range(len(fields))]
    write: Any = njit(space["write"])
    write(state)
    assert [eval(place_of(f), {"state": state}) for f in writable] == list(range(len(writable)))


def test_the_sides_of_views_are_those_of_the_arrays(state):
    @njit
    def sides(state):
        return state.rows.shape, state.log_values.shape, state.witness.shape

    assert sides(state) == (state.rows.shape, state.log_values.shape, state.witness.shape)


def test_shapes_are_read_as_they_are_written():
    assert floats("rows, p + 1", "").sides({"rows": 7, "p": 3}) == [7, 4]
    assert floats("8", "").sides({}) == [8]
    with pytest.raises(KeyError):
        floats("columns", "").sides({"rows": 7})


def test_a_class_of_states_adds_fields_behind_those_of_its_base():
    @declared
    class More(State):
        """A state for a kernel to come."""

        __slots__ = ()
        height = number("How high.")
        ground = floats("p", "Where.")

    assert More.height.word == State.words
    assert More.words == State.words + 3
    more = More(sizes_of(More))
    more.height = 5
    assert (more.height, more.ground.shape) == (5, more.witness.shape)
    assert isinstance(More.ground, Array)
    assert "height : int\n        How high." in More.__doc__


def test_arrays_share_no_element_and_given_ones_are_used_as_they_are():
    weights = np.arange(float(sizes_of(State)["links"]))
    state = State(sizes_of(State), {"weights": weights})
    assert state.weights is weights
    assert state.memory[State.weights.word] == weights.ctypes.data
    arrays = [field for field in fields_of(State) if isinstance(field, Array) and field.name != "weights"]
    for place, field in enumerate(arrays):
        getattr(state, field.name)[...] = place
    assert all((getattr(state, field.name) == place).all() for place, field in enumerate(arrays))
    assert (weights == np.arange(len(weights))).all()


def test_an_array_keeps_its_place(state):
    with pytest.raises(AttributeError, match="assign to its elements"):
        state.rows = np.zeros(3)


RUNGS = (
    "stable_by_float",
    "stable_by_simple_fractions",
    "split_by_float",
    "settled_by_exact_basis",
    "settled_by_exact_pivots",
)
CLEAR = generated(3, 8, 8, 1)
CONSTANT = Network.from_layers([[[0, 1]], [[1], [0]], [[1, 1]]], [[1], [1, -1], [0]])
QUESTIONS = {
    "box": (CLEAR, Box([-1] * 3, [1] * 3)),
    "ball": (CLEAR, Ball([0] * 3, 1)),
    "l1 ball": (CLEAR, Ball([0] * 3, 2, 1)),
    "tangencies": (Network.from_layers([[[1, 1], [1, -1], [1, 0]], [[1, 1, 1]]], [[0, 0, 0], [0]]), Ball([0, 0], 1)),
    "thirds": (CLEAR, Ball([Fraction(1, 3)] * 3, Fraction(1, 7))),
    "constant forms": (CONSTANT, Box([-2, -2], [2, 2])),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_unit_of_every_node_is_settled_by_one_rung(name):
    """Against the reference: its tree has as many splits, and as many units that do not cut their cell."""
    network, domain = QUESTIONS[name]
    stats = enumerate_regions(network, domain, engine="tree").stats
    regions = enumerate_regions(network, domain, engine="rational")
    prefixes = {tuple(pattern[:k]) for pattern in regions.pattern_array() for k in range(network.units + 1)}
    nodes = [p for p in prefixes if len(p) < network.units]
    splits = sum((*p, False) in prefixes and (*p, True) in prefixes for p in nodes)
    exact = stats["settled_by_exact_basis"] + stats["settled_by_exact_pivots"]
    assert splits == regions.count - 1
    assert splits - exact <= stats["split_by_float"] <= splits
    assert sum(stats[key] for key in RUNGS) <= len(nodes)


@pytest.mark.parametrize("name", ["tangencies", "thirds"])
def test_statistics_of_a_part_are_parts_of_those_of_the_whole(name):
    network, domain = QUESTIONS[name]
    whole = enumerate_regions(network, domain, engine="tree")
    part = enumerate_regions(network, domain, engine="tree", max_regions=2)
    assert 0 < part.stats["decisions"] < whole.stats["decisions"]


def test_slivers_in_large_boxes_are_settled_in_floats():
    """The corner at the optimal vertex has a witness where the cell's own witness is close to its rows."""
    regions = enumerate_regions(generated(8, 24, 24, 1), Box(-2, 2, dim=8), max_regions=200_000, store=False)
    assert regions.stats["settled_by_exact_pivots"] <= 3  # 8 by segments from the cell's witness alone
