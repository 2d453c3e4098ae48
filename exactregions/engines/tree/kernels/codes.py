"""The integers by which kernels and Python say what was found, and where a search stands."""

from __future__ import annotations

from typing import Any

import numpy as np

# typed: numba compiles a function anew for each literal argument
ZERO: Any = np.int64(0)
ONE: Any = np.int64(1)
MINUS_ONE: Any = np.int64(-1)
YES: Any = np.bool_(True)
NO: Any = np.bool_(False)

# ---- kinds of domain; an UNBOUNDED one is a box with infinite sides, a WIDE_BOX is bounded and has many inputs, as has
# a WIDE_L1_BALL, a FAR_BALL is of any norm and much larger than the distances of the hyperplanes; an INTERVAL, a
# POLYGON and a POLYHEDRON are bounded and have one, two and three inputs, a PLANE_BALL has two and the norm 1 or 2, a
# SPACE_BALL three and the norm 2; PLANE and SPACE are all of it, or a polytope without an end, with two and three
BOX, L1_BALL, EUCLIDEAN, WIDE_BOX, UNBOUNDED, FAR_BALL = range(6)
INTERVAL, POLYGON, POLYHEDRON, PLANE_BALL, SPACE_BALL, PLANE, SPACE, WIDE_L1_BALL = range(6, 14)

# ---- what is known about a unit at a node
NONE, SPLIT, PLUS, MINUS, UNSURE = range(5)

# ---- what is known about a side of a unit: it has a proved point, it is proved empty, or neither
BEYOND, NOTHING, UNKNOWN = range(3)

# ---- where a search stands
AT_START, AT_LAYER, AT_UNIT, AT_LEAF, GO_BACK, AT_END = range(6)

# ---- what stands for the unit of a row that none has made: rows of the domain, and cuts by a coordinate
WALL, CUT = -1, -2

# ---- why a slice ended
PAUSED, FULL, UNDECIDED, DONE = range(4)

# ---- what floats leave open about a region
NO_DOUBT, ROUNDED_WITNESS, DOUBTFUL_WITNESS = 0, 1, 2  # whether as an input; whether at all

# ---- events of the record, as in docs/certificate.md; the other codes depend on how numbers are stored
MINUS_FIRST, PLUS_FIRST, SIGN_MINUS, SIGN_PLUS, LEAF, ELSEWHERE = 0, 1, 2, 3, 8, 11
ON_REQUEST = -1  # a proof that exact arithmetic gave, and keeps

# ---- whether the other side of a split is still to be searched: here, or by another worker
GIVEN_AWAY = -1
