"""The arrays that the kernels share: the network, the domain, and the state of one search.

A kernel takes one argument for all of them, a `Block.descriptor`: address and shape of each array. Passing dozens
of arrays from function to function costs more than the work (measured: a third of the speed, four times the
compile time), so a function takes views of those it needs: ``rows = matrix(S, ROWS)``.

Coordinates are the scaled ones (`exactregions.engines.tree.scaled_problem`): y in R^p, p = DIM, with the domain of
unit size around the origin. A row is an affine form: p coefficients and a constant; a row of a cell is nonnegative on
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numba.np.numpy_support import carray
from numpy.typing import NDArray

from exactregions.engines.tree.kernels.compiling import inner, once

__all__ = ["BOX", "CROSS", "EUCLIDEAN", "Block", "FloatDomain", "FloatNetwork", "new_block"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# typed: numba compiles a function anew for each literal argument
ZERO: Any = np.int64(0)
ONE: Any = np.int64(1)
MINUS_ONE: Any = np.int64(-1)
BOX, CROSS, EUCLIDEAN = 0, 1, 2  # kinds of domain: box (sides may be infinite), l1 ball, l2 ball
SEEN = 8  # points of a cell remembered while a stage begins
RECORDED = 1 << 15  # events and multipliers after which a record is taken away

# ---- the arrays, with their shapes; L stages, p = DIM, n = VARS variables of a program
# the network, stage after stage; stage 0 in scaled coordinates
WIDTHS = 0  # int (L,), wires included
FIRSTS = 1  # int (L + 1,), index of a stage's first unit among all units
WEIGHT_AT = 2  # int (L,), where a stage's weight begins in WEIGHTS
WEIGHTS = 3  # float, row by row
BIASES = 4  # float (units,)
LOWS = 5  # float (units,), slopes below zero
HIGHS = 6
SPLITS = 7  # int (units,), zero for wires
FIRST_ERRORS = 8  # float (m_0,), error bounds of the first stage's forms over the domain
# the domain: half sides of the box or the radius repeated, rounded outward for refutations, inward for witnesses
OUTER = 9  # float (p,), infinity where there is no side
INNER = 10
# the search
REG = 11  # int, see the registers below
STATS = 12  # int, see the counters below
FORMS = 13  # float (units, p + 1), pre-activations on the current path
FORM_ERRORS = 14  # float (units,)
PASSED = 15  # float (widest, p + 1), forms after the units of a stage: scratch
PASSED_ERRORS = 16  # float (widest,)
PASSED_SIZES = 17
SIGNS = 18  # int (units,)
FORCED = 19  # int (units,), signs of the prefix below which to search, else 0
PENDING_UNITS = 20  # int (units,), undecided units of each stage, from the stage's first place on
PENDING_COUNTS = 21  # int (L,)
ROWS = 22  # float (rows, p + 1), rows of the current cell, scaled by powers of two
ROW_ERRORS = 23  # float (rows,)
ROW_UNITS = 24  # int (rows,), the unit that made the row; -1 for rows of the domain
ROW_SIGNS = 25  # int (rows,)
WAITING = 26  # int (rows,), whether the other side of a row is still to be searched
WAITING_THIN = 27
WAITING_PLACES = 28  # int (rows, 2), stage and position of the split
WAITING_WITNESSES = 29  # float (rows, p)
WITNESS = 30  # float (p,), a point strictly inside the cell, proved unless the cell is thin
CHILDREN = 31  # float (2, p), witnesses of the two sides of a split, minus first
CHILDREN_THIN = 32  # int (2,)
SEEN_POINTS = 33  # float (SEEN, p)
# linear programs: the simplex dictionary
TABLE = 34  # float (rows + 1, n)
BASIC = 35  # int (rows + 1,)
BASIC_VALUES = 36  # float (rows + 1,)
NONBASIC = 37  # int (n,)
NONBASIC_VALUES = 38  # float (n,)
NONBASIC_STATES = 39  # int (n,), 0 at the lower bound, 1 at the upper, 2 between
PLACES = 40  # int (n,), column of a nonbasic structural variable, -1 - row of a basic one
LOWERS = 41  # float (n,)
UPPERS = 42
REDUCED_COSTS = 43
# Euclidean balls: nearest points
NEAREST = 44  # float (p,)
ACTIVE_ROWS = 45  # int (p + 1,)
MULTIPLIERS = 46  # float (p + 1,)
WAITING_NEAREST = 47  # float (rows, p)
WAITING_ACTIVE = 48  # int (rows, p + 2), count first, negative for a broken cell
WAITING_MULTIPLIERS = 49  # float (rows, p + 1)
TRIAL_POINT = 50  # float (p,)
TRIAL_ROWS = 51  # int (p + 2,), count first
TRIAL_MULTIPLIERS = 52  # float (p + 1,)
FACTOR = 53  # float (p + 1, p + 1)
# proofs
PROOF_ROWS = 54  # int (rows + 1,)
PROOF_MULTIPLIERS = 55  # float (rows + 1,)
SCRATCH = 56  # float (6, max(n, rows) + 2)
CANDIDATES = 57  # int (rows,), rows that a nearest point must satisfy
CONE_DIRECTION = 58  # float (p,)
CONE_ROWS = 59  # int (p + 1,)
CONE_MULTIPLIERS = 60  # float (p + 1,)
# the record of the search, for a certificate; empty where none is kept
ROW_SCALES = 61  # float (rows,), the power of two by which a row's form was multiplied
LOG = 62  # int (capacity, 3): event, unit, number of multipliers (ON_REQUEST when rationals proved it)
LOG_ROWS = 63  # int (capacity,), rows of multipliers, ascending within a proof
LOG_VALUES = 64  # float (capacity, 2), multipliers and the scales of their rows
ARRAYS = 65

# ---- the registers
KIND, NICE, DIM, VARS, LAYERS, UNITS = range(6)  # of the question
DEPTH, LAYER, POSITION, PHASE, FOUND, STORED = range(6, 12)  # where the search stands
THIN, BROKEN = 12, 13  # the witness, the nearest point of the current cell cannot be trusted
ANSWER, UNIT_AT = 14, 15  # the question for exact arithmetic, and its answer
SIDE, TRIAL, TABLE_ROWS, ACTIVE, PROOFS = range(16, 21)  # sides last probed and tried, lengths of lists
MOST = 21  # regions after which to stop, negative for no limit
RECORDING, LOGGED, LOGGED_VALUES, LOG_LIMIT, VALUES_LIMIT = range(22, 27)  # lengths of the record, and when it is full
STOP = 27  # set from another thread while a kernel runs: return as soon as the state is whole
REGISTERS = 28

# ---- what is known about a unit at a node
NONE, SPLIT, PLUS, MINUS, UNSURE = range(5)

# ---- where a search stands
AT_START, AT_LAYER, AT_UNIT, AT_LEAF, GO_BACK, AT_END = range(6)

# ---- what floats leave open about a region
DOUBTFUL_WITNESS, DOUBTFUL_ENTRY = 1, 2

# ---- events of the record, as in docs/certificate.md; the other codes depend on how numbers are stored
MINUS_FIRST, PLUS_FIRST, SIGN_MINUS, SIGN_PLUS, LEAF, ELSEWHERE = 0, 1, 2, 3, 8, 11
ON_REQUEST = -1  # a proof that exact arithmetic gave, and keeps

# ---- whether the other side of a split is still to be searched: here, or by somebody else
GIVEN_AWAY = -1

# ---- the counters
REFUTED, REFUTED_EXACTLY, SPLIT_PROVED, PROGRAMS, NODES = range(5)
COUNTERS = 5


def _as_float_pointer(typing_context: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.float64)(types.int64), generate


def _as_int_pointer(typing_context: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.int64)(types.int64), generate


_float_pointer: Any = intrinsic(_as_float_pointer)
_int_pointer: Any = intrinsic(_as_int_pointer)


@once
def floats(S: np.ndarray, i: int) -> Any:
    """Return a view of a float vector."""
    return carray(_float_pointer(S[3 * i]), (S[3 * i + 1],))


@once
def matrix(S: np.ndarray, i: int) -> Any:
    """Return a view of a float matrix."""
    return carray(_float_pointer(S[3 * i]), (S[3 * i + 1], S[3 * i + 2]))


@once
def integers(S: np.ndarray, i: int) -> Any:
    """Return a view of an integer vector."""
    return carray(_int_pointer(S[3 * i]), (S[3 * i + 1],))


@once
def integer_matrix(S: np.ndarray, i: int) -> Any:
    """Return a view of an integer matrix."""
    return carray(_int_pointer(S[3 * i]), (S[3 * i + 1], S[3 * i + 2]))


# plain loops: assignments of whole arrays compile to several times as much code


@inner
def copy(target: np.ndarray, source: np.ndarray) -> None:
    """Copy the head of a vector into a view."""
    for i in range(len(target)):
        target[i] = source[i]


@inner
def fill(target: np.ndarray, value: float) -> None:
    """Fill a float view."""
    for i in range(len(target)):
        target[i] = value


@inner
def fill_integers(target: np.ndarray, value: int) -> None:
    """Fill an integer view."""
    for i in range(len(target)):
        target[i] = value


@inner
def square(x: np.ndarray) -> float:
    """Return the squared length of a vector."""
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i]
    return total


@dataclass(frozen=True, slots=True)
class FloatNetwork:
    """The stages of a network as the kernels read them, the first one in scaled coordinates.

    Attributes
    ----------
    weights : list of numpy.ndarray, shape (m_l, m_{l-1})
    biases, lows, highs : list of numpy.ndarray, shape (m_l,)
    first_errors : numpy.ndarray, shape (m_0,)
        Bounds of the error of the first stage's forms over the domain.
    nice : bool
        Weights of few digits: worth composing with computed errors, which are then mostly zero.
    """

    weights: list[Floats]
    biases: list[Floats]
    lows: list[Floats]
    highs: list[Floats]
    first_errors: Floats
    nice: bool


@dataclass(frozen=True, slots=True)
class FloatDomain:
    """A domain in scaled coordinates.

    Attributes
    ----------
    kind : int
        BOX, CROSS or EUCLIDEAN.
    outer, inner : numpy.ndarray, shape (p,)
        Half sides of the box, or the radius repeated; rounded outward and inward.
    rows : numpy.ndarray, shape (K, p + 1)
        Rows of a polytope, scaled to coefficients of size one.
    row_errors : numpy.ndarray, shape (K,)
    row_scales : numpy.ndarray, shape (K,)
        The powers of two by which b - A x was multiplied.
    """

    kind: int
    outer: Floats
    inner: Floats
    rows: Floats
    row_errors: Floats
    row_scales: Floats


class Block:
    """All arrays of one search, and the descriptor by which kernels find them.

    Attributes
    ----------
    arrays : list of numpy.ndarray
    descriptor : numpy.ndarray of int64, shape (3 * ARRAYS,)
        Valid as long as the block lives.
    """

    __slots__ = ("arrays", "descriptor")

    def __init__(self, arrays: dict[int, NDArray[Any]]) -> None:
        self.arrays = [arrays[i] for i in range(ARRAYS)]
        entries = [(a.ctypes.data, a.shape[0], a.shape[1] if a.ndim == 2 else 0) for a in self.arrays]
        self.descriptor = np.array(entries, dtype=np.int64).ravel()

    def __getitem__(self, index: int) -> NDArray[Any]:
        return self.arrays[index]


def _ints(*shape: int) -> Ints:
    return np.zeros(shape, dtype=np.int64)


def new_block(network: FloatNetwork, domain: FloatDomain, witness: Floats, recording: bool = False) -> Block:
    """Allocate a search at the root, whose interior point is `witness`, shape (p,)."""
    p, base = len(domain.outer), len(domain.rows)
    splits = np.concatenate([low != high for low, high in zip(network.lows, network.highs, strict=True)])
    rows = base + int(splits.sum()) + 1
    arrays = _network_arrays(network, splits)
    arrays |= {OUTER: np.array(domain.outer), INNER: np.array(domain.inner)}
    arrays |= _path_arrays(arrays[WIDTHS], p, rows)
    arrays |= _program_arrays(domain, p, rows)
    arrays |= _nearest_arrays(p, rows if domain.kind == EUCLIDEAN else 1)
    n = len(arrays[NONBASIC])
    arrays |= {PROOF_ROWS: _ints(rows + 1), PROOF_MULTIPLIERS: np.zeros(rows + 1)}
    arrays |= {SCRATCH: np.zeros((6, max(n, rows) + 2))}
    registers = arrays[REG] = _ints(REGISTERS)
    registers[[KIND, NICE, DIM, VARS]] = domain.kind, network.nice, p, n
    registers[[LAYERS, UNITS, DEPTH, MOST]] = len(network.weights), len(splits), base, -1
    arrays[ROWS][:base], arrays[ROW_ERRORS][:base], arrays[ROW_SIGNS][:base] = domain.rows, domain.row_errors, 1
    arrays[WITNESS][:] = witness
    arrays |= {ROW_SCALES: np.ones(rows), **_record_arrays(registers, arrays[WIDTHS], rows, n if recording else -1)}
    arrays[ROW_SCALES][:base] = domain.row_scales
    return Block(arrays)


def _record_arrays(registers: Ints, widths: Ints, rows: int, n: int) -> dict[int, NDArray[Any]]:
    """Return a log with room for what one step may add after its limit is passed."""
    if n < 0:
        return {LOG: _ints(0, 3), LOG_ROWS: _ints(0), LOG_VALUES: np.zeros((0, 2))}
    events = rows + int(widths.max()) + 1
    values = int(widths.max()) * (min(rows, n + 1) + 2)
    registers[[RECORDING, LOG_LIMIT, VALUES_LIMIT]] = 1, RECORDED, RECORDED
    return {
        LOG: _ints(RECORDED + events, 3),
        LOG_ROWS: _ints(RECORDED + values),
        LOG_VALUES: np.zeros((RECORDED + values, 2)),
    }


def _network_arrays(network: FloatNetwork, splits: NDArray[np.bool_]) -> dict[int, NDArray[Any]]:
    sizes = [w.size for w in network.weights]
    widths = np.array([len(b) for b in network.biases], dtype=np.int64)
    return {
        WIDTHS: widths,
        FIRSTS: np.concatenate([[0], np.cumsum(widths)]),
        WEIGHT_AT: np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64),
        WEIGHTS: np.concatenate([w.ravel() for w in network.weights]),
        BIASES: np.concatenate(network.biases),
        LOWS: np.concatenate(network.lows),
        HIGHS: np.concatenate(network.highs),
        SPLITS: splits.astype(np.int64),
        FIRST_ERRORS: np.array(network.first_errors),
    }


def _path_arrays(widths: Ints, p: int, rows: int) -> dict[int, NDArray[Any]]:
    units, widest = int(widths.sum()), int(widths.max())
    ints = (SIGNS, FORCED, PENDING_UNITS)
    row_ints = (ROW_UNITS, ROW_SIGNS, WAITING, WAITING_THIN)
    return {
        STATS: _ints(COUNTERS),
        FORMS: np.zeros((units, p + 1)),
        FORM_ERRORS: np.zeros(units),
        PASSED: np.zeros((widest, p + 1)),
        PASSED_ERRORS: np.zeros(widest),
        PASSED_SIZES: np.zeros(widest),
        **{i: _ints(units) for i in ints},
        PENDING_COUNTS: _ints(len(widths)),
        ROWS: np.zeros((rows, p + 1)),
        ROW_ERRORS: np.zeros(rows),
        **{i: _ints(rows) - (i == ROW_UNITS) for i in row_ints},
        WAITING_PLACES: _ints(rows, 2),
        WAITING_WITNESSES: np.zeros((rows, p)),
        WITNESS: np.zeros(p),
        CHILDREN: np.zeros((2, p)),
        CHILDREN_THIN: _ints(2),
        SEEN_POINTS: np.zeros((SEEN, p)),
    }


def _program_arrays(domain: FloatDomain, p: int, rows: int) -> dict[int, NDArray[Any]]:
    cross = domain.kind == CROSS
    n = 2 * p if cross else p
    table_rows = 1 if domain.kind == EUCLIDEAN else rows + 1
    return {
        TABLE: np.zeros((table_rows, n)),
        BASIC: _ints(table_rows),
        BASIC_VALUES: np.zeros(table_rows),
        NONBASIC: _ints(n),
        NONBASIC_VALUES: np.zeros(n),
        NONBASIC_STATES: _ints(n),
        PLACES: _ints(n),
        LOWERS: np.zeros(n) if cross else -domain.outer,
        UPPERS: np.full(n, np.inf) if cross else np.array(domain.outer),
        REDUCED_COSTS: np.zeros(n),
    }


def _nearest_arrays(p: int, rows: int) -> dict[int, NDArray[Any]]:
    return {
        NEAREST: np.zeros(p),
        ACTIVE_ROWS: _ints(p + 1),
        MULTIPLIERS: np.zeros(p + 1),
        WAITING_NEAREST: np.zeros((rows, p)),
        WAITING_ACTIVE: _ints(rows, p + 2),
        WAITING_MULTIPLIERS: np.zeros((rows, p + 1)),
        TRIAL_POINT: np.zeros(p),
        TRIAL_ROWS: _ints(p + 2),
        TRIAL_MULTIPLIERS: np.zeros(p + 1),
        FACTOR: np.zeros((p + 1, p + 1)),
        CANDIDATES: _ints(rows),
        CONE_DIRECTION: np.zeros(p),
        CONE_ROWS: _ints(p + 1),
        CONE_MULTIPLIERS: np.zeros(p + 1),
    }
