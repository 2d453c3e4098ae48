"""A researcher's own bound: from a function, by name, from another distribution, from a module."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

import exactregions.bounds.registry as registry
from exactregions import Ball, ExactRegionsError, Network, compare
from exactregions.bounds import (
    Bound,
    FunctionBound,
    Hybrid,
    Montufar2014,
    Naive,
    NotApplicableError,
    bound,
    bound_names,
    get_bound,
    register_bound,
    standard_bounds,
)
from exactregions.bounds.contract import KINDS

NETWORK = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
BALL = Ball([0.25], 0.5)


@bound
def units_plus_one(network, domain):
    return network.units + 1


@bound(kind="lower", name="one", scope="global", source="trivial")
def always_one(network, domain):
    return 1


def undecorated(network, domain):
    return 1


@pytest.fixture
def session():
    before = dict(registry._session())
    yield
    registry._session().clear()
    registry._session().update(before)


@pytest.fixture
def entry_points(monkeypatch):
    def install(*points):
        monkeypatch.setattr(registry, "entry_points_of", lambda group: points)

    return install


@dataclass
class Point:
    name: str
    made: object
    value: str = "somewhere:it"
    dist = None

    def load(self):
        if isinstance(self.made, Exception):
            raise self.made
        return self.made


def test_a_function_is_a_bound():
    assert isinstance(units_plus_one, FunctionBound)
    assert isinstance(units_plus_one, Bound)
    assert (units_plus_one.name, units_plus_one.kind, units_plus_one.scope) == ("units_plus_one", "upper", "local")
    assert "test_bounds_registry" in units_plus_one.source
    assert units_plus_one.evaluate(NETWORK, BALL) == units_plus_one(NETWORK, BALL) == 3
    given = (always_one.name, always_one.kind, always_one.scope, always_one.source)
    assert given == ("one", "lower", "global", "trivial")
    found = compare(NETWORK, BALL, engine="rational", bounds=[units_plus_one, always_one])
    assert [(row.name, row.kind, row.value, row.falsified) for row in found.rows] == [
        ("units_plus_one", "upper", 3, False),
        ("one", "lower", 1, False),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked_for(kind):
    assert bound(kind=kind)(undecorated).kind == kind


def test_what_makes_no_bound_is_refused():
    with pytest.raises(ExactRegionsError, match="kind is 'higher'"):
        bound(kind="higher")  # type: ignore[call-overload]
    with pytest.raises(ExactRegionsError, match="scope is 'here'"):
        bound(scope="here")  # type: ignore[call-overload]
    with pytest.raises(ExactRegionsError, match="cannot be called"):
        bound()(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [float("nan"), -1, 2.5, "3", None])
def test_a_bad_value_is_the_fault_of_the_bound_alone(given):
    faulty = bound(name="faulty")(lambda network, domain: given)
    found = compare(NETWORK, BALL, engine="rational", bounds=["naive", faulty, "hybrid_1"])
    assert [row.value for row in found.rows] == [4, None, 3]
    assert found.rows[1].error


def test_what_does_not_apply_is_an_error_in_its_row():
    with pytest.raises(NotApplicableError):
        Montufar2014().evaluate(Network.from_layers([[[1.0, 1.0]], [[1.0]]], [None, None]), Ball([0.0, 0.0], 1.0))
    assert issubclass(NotApplicableError, ExactRegionsError)


def test_registered_in_the_session(session):
    mine = bound(name="mine_of_today", register=True)(undecorated)
    assert get_bound("mine_of_today") is mine
    assert bound_names()[-1] == "mine_of_today"
    again = bound(name="mine_of_today", register=True)(undecorated)
    assert get_bound("mine_of_today") is again
    assert compare(NETWORK, BALL, engine="rational", bounds=["mine_of_today"]).rows[0].falsified
    with pytest.raises(ExactRegionsError, match="bound of the package"):
        bound(name="naive", register=True)(undecorated)
    with pytest.raises(ExactRegionsError, match="is no bound"):
        register_bound(Naive)  # type: ignore[arg-type]


def test_names_of_the_package():
    names = bound_names()
    assert len(set(names)) == len(names)
    for name in names:
        found = get_bound(name)
        assert (found.name, found.kind in KINDS, bool(found.source)) == (name, True, True)
    assert {b.name for b in standard_bounds()} <= set(names)
    assert all(b.kind == "upper" for b in standard_bounds())
    assert get_bound("hybrid_0") == Hybrid(0)
    assert get_bound("hybrid_12") == Hybrid(12)
    for unknown in ("hybrid_", "hybrid_-1", "nonsense"):
        with pytest.raises(ExactRegionsError, match="there is no bound"):
            get_bound(unknown)


def test_by_module_and_attribute():
    assert get_bound(f"{__name__}:units_plus_one") is units_plus_one
    assert get_bound("exactregions.bounds:Naive").name == "naive"
    assert get_bound(f"{__name__}:undecorated").evaluate(NETWORK, BALL) == undecorated(NETWORK, BALL)
    for wrong in ("nowhere_at_all:it", f"{__name__}:missing", f"{__name__}:NETWORK"):
        with pytest.raises(ExactRegionsError, match=wrong):
            get_bound(wrong)


def test_of_other_distributions(entry_points, session):
    entry_points(Point("one", always_one), Point("units_plus_one", lambda: units_plus_one), Point("naive", Naive))
    assert get_bound("one") is always_one
    assert get_bound("units_plus_one") is units_plus_one
    assert bound_names()[-2:] == ["one", "units_plus_one"]
    with pytest.raises(ExactRegionsError, match="taken 2 times"):
        get_bound("naive")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (ImportError("no such module"), "cannot be loaded: ImportError: no such module"),
        (lambda: 3, "is no bound"),
        (always_one, "calls itself 'one'"),
        (int, "is no bound"),
    ],
)
def test_whose_fault_a_broken_entry_point_is(entry_points, made, message):
    entry_points(Point("other", made))
    with pytest.raises(ExactRegionsError, match=message) as caught:
        get_bound("other")
    assert "somewhere:it" in str(caught.value)


def test_bounds_ask_for_no_heavy_library_before_they_are_evaluated():
    code = (
        "import sys, exactregions.bounds as b; [b.get_bound(n) for n in b.bound_names()]; "
        "print([m for m in ('highspy', 'flint', 'numba', 'scipy', 'networkx', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
