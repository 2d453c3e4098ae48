"""Checks a certificate (docs/certificate.md) with rational arithmetic: no search, no solver, no tolerance.

It trusts this file, the standard library, numpy's reading of arrays and, where python-flint is found, its product of
integer matrices; for bounds of boxes (below) also that numpy's floats are those of IEEE 754, unless rationals are asked
for. Here is why what it accepts is true.

**Setting.** K is an open convex set; where a box fixes inputs, by sides of length zero, K is open in the space of the
others, and whatever is said of points and forms is said of these (of a point, where all are fixed: K itself is its one
nonempty open set). A *region* is a sign vector s of the units, + for z > 0 and - for z <= 0, whose set of inputs has an
interior that meets K: on some nonempty open set U in K every unit has its sign of s. Wires,
units with two equal slopes, do not count; here they have the sign +. Every number is exact. Where the signs of all
earlier stages are fixed a unit is an affine form f, which `_Question.forms` composes from the weights; forms are kept
as integers over a common denominator.

**The walk.** A node holds the signs of some units and *rows*: the forms b_i - A_i.x of a polytope and, for each split
on the path, f or -f of that unit, whichever the side makes positive. A part walks the tree for the regions that begin
with its *prefix* P. `_Walk` accepts these events:

- split, of an unsettled unit of the first stage that has one, f not identically zero: both sides are walked; for a
  unit of P only the side in P.
- sign + or -, of such a unit, for + again f not zero: there are rows f_k and multipliers y >= 0, not all zero, such
  that sup over K of sum_k y_k f_k + y g <= 0, g = f for - and -f for +. So at no point of K are all f_k and g
  positive, for there the sum would be positive. (The supremum of rho.x + kappa over a box takes the worse end of each
  coordinate; over a ball it is s plus r times the dual norm of rho, s = rho.c + kappa, for norm 2 not positive exactly
  if s <= 0 and s^2 >= r^2 rho.rho; over the whole space it is finite only for rho = 0.) Where the sign contradicts P,
  this side of the walk ends without a leaf.
- leaf: no unit is unsettled, and a witness lies in K with all rows positive.
- elsewhere: the side of a split, of unit u, just entered, is left to another part, whose prefix is the signs of the
  units 0 to u: all are settled, u is not in P (so the new prefix is longer than P), and every split on the path is of
  a unit <= u.

**1. No region is lost.** Let s be a region that begins with P. If the walk of P has ended, it has a leaf with the
signs s, or has left a prefix with which s begins. For there is a path from the root on which all rows are positive on
U and all settled signs are those of s, hence the forms are those of the network on U: at a split f is not zero, so f
> 0 on U if s has +, else f <= 0 and, U being open, f < 0. At sign -, f <= 0 on U, so s has -. At sign +, f >= 0 on
the open U and is not zero, so f > 0. Nothing contradicts P. The path can only end as stated.

**2. A leaf with a witness is a region** that begins with P: the rows are positive on an open set around the witness,
and, as in 1, all settled signs are those of the network there.

**3. Nothing is counted twice.** Two leaves of a part separated at a split, so their signs differ. A leaf and a side
left as prefix Q separated at a split of a unit that Q names, so the leaf does not begin with Q. For the same reason
no s begins with two prefixes that one part has left.

**Upper bound.** All walks have ended, the prefixes are distinct, the empty one is there, and the prefixes left are
those of all other parts, each left once. By 1 a region is at a leaf of the first part or goes on to a longer prefix,
at last to a leaf; and all the signs at a leaf name one region. So there are at most as many as leaves.

**Exact.** Moreover every leaf has a witness: by 2 it is a region. No s has two leaves: let P_0 = "", P_1, .., P_k be
the prefixes of parts with which s begins, each longer than the one before. P_1, .., P_k were left by k parts, each a
different one (3), whose prefix begins what it left; so by those of P_0, .., P_(k-1). These have no leaf s (3), and the
part of P_k has one at most.

**Lower bound.** Walks may be cut off; leaves have witnesses. The prefixes are distinct, and if P is the longest other
one with which Q begins, P has left a prefix with which Q begins; by induction, so has every other such P. By 3,
leaves of P do not begin with that, and leaves of Q do: no leaf comes twice, and by 2 each is a region.

The number claimed is that of the leaves, unless there are winner units. Files that are checked together have equal
networks and domains.

**Winner units.** Some units may be the contests of tournaments of two-slope units, each of which passes on the largest
or smallest of several values. Then a region is told by the signs of all other units and by *which value wins* each
tournament, and several sign vectors may tell one region. `_Question.told` keeps of a sign vector just that: the signs
of the units that are no contests, and those of the contests that the winner took part in, which say who wins. The
number claimed is that of the different results at the leaves. It is at least the number of regions if no sign vector
is lost (1), and at most that if every leaf is one (2); equal results count once, wherever they come from. That the
units are tournaments is a statement of the file about its network, as its weights are, and part of the fingerprint.

**Outputs.** A file of version 4 speaks of a set U of outputs, the union of polyhedra {y : G y <= h}.

*Unsafe*: it has a point that meets the inequalities of K, none of them strict; its outputs are computed and lie in U.

*Safe*: after the outputs, which are wires, come units z = h' - G f, one for each row, with h' > h. `_Question` makes
them of the network and U, and the parts walk the network so extended. A leaf may come before all units are settled,
but each polyhedron must have a unit that is settled to -. Then no x in the closure of K has f(x) in U. For let G f(x)
<= h for some polyhedron. Then G f < h' at x, and on a neighbourhood of x, which meets K in an open set that is not
empty. On some open part of that all units of the extended network keep their signs, those of a region s, with + for
all units of the polyhedron. By 1, which needs no leaf to be whole, s has a leaf all of whose settled signs are those
of s. It has a unit of the polyhedron settled to -: a contradiction.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
import re
import struct
import sys
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from copy import copy
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from operator import mul
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

try:
    from flint import fmpz_mat  # only a faster product of matrices
except ImportError:
    fmpz_mat: Any = None

__all__ = ["CheckedClaim", "IncompleteCertificate", "InvalidCertificate", "check"]

WORDS = {"exact": "exactly", "lower": "at least", "upper": "at most"}
SAFE, UNSAFE = "safe", "unsafe"  # claims about the outputs
CLAIMS = (*WORDS, SAFE, UNSAFE)
PLACES = {"ball": "open ball", "box": "open box", "polytope": "open polytope", "whole-space": "whole space"}
COLUMNS = {"events.u1": "u1", "units.u2": "<u2", "counts.u2": "<u2", "rows.u2": "<u2", "singles.f4": "<f4"}
COLUMNS |= {"doubles.f8": "<f8", "witnesses.f8": "<f8", "rationals.json": "", "slopes.u1": "u1"}
COLUMN = re.compile(r"parts/(0|[1-9][0-9]{0,8})/([a-z]+\.[a-z0-9]+)")
CUTS = re.compile(r"((?:[0-9]{1,5}[<>]-?[0-9]{1,400}/[0-9]{1,400};)*)([+-]*)")
NUMBER = re.compile(r"(-?[0-9]{1,20000})(?:/([0-9]{1,20000}))?")
HEXADECIMAL = re.compile(r"(-?0x[0-9a-f]{1,262144})(?:/(0x[0-9a-f]{1,262144}))?")
UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError, ArithmeticError)
UNREADABLE += (ValueError, LookupError)
PLUS, MINUS, OPEN = b"+-?"  # signs of units; ? is not settled
BITS = bytes.maketrans(b"+-", b"10")
# Limits against files made to exhaust the reader; others are far from them. Two bytes name a unit; text is a JSON
# member, or prefixes, in bytes; growth is in decompression, where deflate stays below 1032; digits are of a common
# denominator, in binary; bits are of all exact numbers of one kind.
MOST_UNITS, MOST_WEIGHTS, MOST_MEMBERS, PIECE = 1 << 16, 1 << 23, 1 << 20, 1 << 16
STEEPEST, BATCH = 128, 64  # a slope is an integer over the first; bounds are checked so many at a time
MOST_TEXT, MOST_GROWTH, MOST_DIGITS, MOST_BITS = 1 << 25, 1040, 1 << 20, 1 << 33

File = str | PathLike[str]
Ratio = tuple[int, int]  # numerator, positive denominator
Row = tuple[Sequence[int], int]  # numerators, the constant last, and their positive denominator
Matrix = tuple[list[list[int]], int]
Tick = Callable[[int], None]
Winner = tuple[tuple[int, ...], tuple[tuple[int, int], ...]]  # units of a tournament, what meets in their contests
Polyhedron = tuple[tuple[tuple[Ratio, ...], Ratio, Ratio], ...]  # of each row: G, h, and h' above it, or h again
# ends of a box, signs and slopes of the units of the network itself, multipliers of the rows of each polyhedron
Bound = tuple[list[Fraction], list[Fraction], bytes, bytes, list[list[Ratio]]]
Cut = tuple["_Domain", str, int, Ratio]  # what is cut, its name, the input and where
# its prefix, its number of leaves, the prefixes that it leaves to others, and what its leaves tell
PartFound = tuple[str, int, list[str], set[int]]


class InvalidCertificate(Exception):
    """A file that does not prove its claim; the message is the first thing that is wrong, with its place."""


class IncompleteCertificate(InvalidCertificate):
    """Parts are missing or cut off: what is there was not found wrong, but it does not cover the claim."""


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """What is proved ("exact", "lower", "upper", "safe" or "unsafe"), of which network (its SHA-256) and domain.

    `complete` says whether the searches came to their end; a lower bound is proved without that. `domain`, `unsafe` and
    `counterexample` are as in the file, the last two None where it counts; `regions` of "safe" are leaves of the proof.
    """

    claim: str
    regions: int
    parts: int
    fingerprint: str
    domain: dict[str, Any]
    complete: bool
    unsafe: list[dict[str, Any]] | None = None
    counterexample: list[Any] | None = None

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        verb = "region meets" if self.regions == 1 else "regions meet"
        short = "" if self.complete else "; the search was cut short"
        place = PLACES[self.domain["kind"]] + (", with inputs fixed" if _fixes(self.domain) else "")
        if self.claim == SAFE:
            return f"verified: safe, for no point in the closure of the {place} has unsafe outputs"
        if self.claim == UNSAFE:
            return f"verified: unsafe, for the outputs at a point in the closure of the {place} are"
        if not self.regions:
            return f"verified: it counts no region in the {place}, and so claims nothing{short}"
        return f"verified: {WORDS[self.claim]} {self.regions} activation {verb} the {place}{short}"


def _fixes(domain: dict[str, Any] | None) -> bool:
    """Whether a domain, which has been read without a complaint, fixes inputs."""
    box = domain.get("box", domain) if domain else None
    sides = zip(box.get("lower", ()), box.get("upper", ()), strict=True) if box else ()
    return any(p * s == r * q for (p, q), (r, s) in (map(_number, side) for side in sides))


def _need(holds: object, message: str) -> None:
    if not holds:
        raise InvalidCertificate(message)


@contextmanager
def _at(place: str) -> Iterator[None]:
    try:
        yield
    except InvalidCertificate as error:
        raise type(error)(f"{place}: {error}") from None


# ---- exact numbers


def _affordable(numbers: int, bits: int, what: str) -> None:
    _need(numbers * (bits + 320) <= MOST_BITS, f"{what} would need more than a gigabyte of exact digits")


def _number(value: Any) -> Ratio:
    if type(value) is int or (isinstance(value, float) and math.isfinite(value)):
        return value.as_integer_ratio()
    p = q = 0
    if isinstance(value, str) and (found := HEXADECIMAL.fullmatch(value)):
        p, q = int(found[1], 16), int(found[2] or "1", 16)
    elif isinstance(value, str) and (found := NUMBER.fullmatch(value)):
        p, q = int(Decimal(found[1])), int(Decimal(found[2] or "1"))  # Python itself converts no long decimal text
    _need(q, "a number is not finite, or no 'p/q' of at most 20000 decimal or 262144 hexadecimal digits each")
    return p, q


def _numbers(values: Any, length: int, name: str) -> list[Ratio]:
    _need(type(values) is list and len(values) == length, f"{name} is no list of {length} numbers")
    with _at(name):
        return [_number(value) for value in values]


def _common(ratios: Sequence[Ratio], others: int = 0) -> tuple[list[int], int]:
    """Return the numerators over one denominator, and it; so many other numbers will be multiplied by it."""
    common = 1
    for _, q in ratios:
        if common % q:
            common = math.lcm(common, q)
            _need(common.bit_length() <= MOST_DIGITS, f"a common denominator has more than {MOST_DIGITS} binary digits")
            _affordable(len(ratios) + others, common.bit_length(), "numbers over a common denominator")
    return [p * (common // q) for p, q in ratios], common


def _matrix(array: Any) -> Matrix:
    numbers, denominator = _common([v.as_integer_ratio() for v in array.ravel().tolist()])
    width = array.shape[1]
    return [numbers[i : i + width] for i in range(0, len(numbers), width)], denominator


def _dot(a: Iterable[int], b: Iterable[int]) -> int:
    return sum(map(mul, a, b))


def _product(left: list[list[int]], right: list[list[int]]) -> list[list[int]]:
    if fmpz_mat and len(left) * len(right) * len(right[0]) > 2000:
        return [[int(v) for v in row] for row in (fmpz_mat(left) * fmpz_mat(right)).tolist()]
    columns = list(zip(*right, strict=True))
    return [[_dot(row, column) for column in columns] for row in left]


# ---- the file


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key comes twice")
    return dict(pairs)


def _fields(data: Any, what: str, **kinds: Any) -> list[Any]:
    """Return the values of an object that must have these keys and kinds (None: any), and no other."""
    _need(isinstance(data, dict) and data.keys() == kinds.keys(), f"{what} must have the keys {', '.join(kinds)}")
    for key, kind in kinds.items():
        _need(kind is None or type(data[key]) is kind, f"{key!r} of {what} has a wrong type")
    return [data[key] for key in kinds]


def _winner(given: Any) -> Winner:
    """Return the units and contests of a winner unit, which must make a tournament."""
    lists = type(given) is list and len(given) == 2 and all(type(v) is list for v in given)
    _need(lists, "a winner unit is no pair of lists")
    units: list[Any] = given[0]
    contests: list[Any] = given[1]
    _need(all(type(pair) is list and len(pair) == 2 for pair in contests), "a contest is no pair")
    numbers = [*units, *itertools.chain(*contests)]
    _need(all(type(v) is int for v in numbers), "a winner unit does not consist of integers")
    k = len(units) + 1
    # each value and each winner but the last meets once, and a winner only after its own contest
    right = len(contests) == k - 1 > 0 and sorted(numbers[k - 1 :]) == list(range(2 * k - 2))
    _need(right and all(max(pair) < k + j for j, pair in enumerate(contests)), "a winner unit is no tournament")
    return tuple(units), tuple((a, b) for a, b in contests)


def _polyhedron(data: Any, outputs: int, relaxed: bool) -> Polyhedron:
    """Return the rows of a polyhedron of outputs; where it is `relaxed`, with a bound above each."""
    more = {"above": list} if relaxed else {}
    rows, bounds, *above = _fields(data, "a polyhedron", G=list, h=list, **more)
    _need(0 < len(rows) < MOST_UNITS, "a polyhedron has no rows, or too many")
    lower = _numbers(bounds, len(rows), "h")
    upper = _numbers(above[0], len(rows), "above") if relaxed else lower
    _need(
        not relaxed or all(p * s < r * q for (p, q), (r, s) in zip(lower, upper, strict=True)), "above is not above h"
    )
    matrix = [tuple(_numbers(row, outputs, "a row of G")) for row in rows]
    return tuple(zip(matrix, lower, upper, strict=True))


class _File:
    """A certificate file; what it declares is compared with what is there before memory is taken for it."""

    def __init__(self, path: File) -> None:
        try:
            self.archive, size = zipfile.ZipFile(path), Path(path).stat().st_size
        except UNREADABLE as error:
            raise InvalidCertificate(f"it cannot be read as an archive: {error}") from None
        self.path, self.sizes = path, {member.filename: member.file_size for member in self.archive.infolist()}
        self._guard(self.archive.infolist(), size)
        header = dict(format=str, version=int, claim=str, fingerprint=str, inputs=int, stages=list, outputs=int)
        found = self.json("certificate.json")
        own: dict[int, dict[str, Any]] = {3: {"winners": list}}
        own[5] = own[4] = own[3] | {"unsafe": list, "counterexample": None}
        given = found.get("version") if isinstance(found, dict) else None
        fields = _fields(
            found, "certificate.json", **header, domain=dict, **own.get(given if type(given) is int else 0, {})
        )
        form, self.version, self.claim, self.fingerprint, inputs, stages, outputs, self.domain, *more = fields
        known = form == "exactregions certificate" and self.version in (1, 2, 3, 4, 5)
        _need(known, "it is of another format or version")
        self.winners = [_winner(winner) for winner in (more[0] if more else ())]
        self.unsafe, self.counterexample = more[1:] if self.version >= 4 else (None, None)
        self.question = self.version, inputs, stages, outputs, self.fingerprint, self.domain, self.winners, self.unsafe
        _need(self.claim in CLAIMS, "the claim is not exact, lower, upper, safe or unsafe")
        _need((self.claim in WORDS) == (self.version < 4), "the claim is not one of this version")
        _need((self.claim == UNSAFE) == (self.counterexample is not None), "a point is for the claim unsafe alone")
        widths = [inputs, *stages, outputs]
        _need(all(type(m) is int and m > 0 for m in widths), "a size of the network is no positive integer")
        self.shapes = [(m, n) for n, m in itertools.pairwise(widths)]
        self.polyhedra = [_polyhedron(data, outputs, self.claim == SAFE) for data in self.unsafe or ()]
        _need(self.polyhedra or self.version < 4, "the unsafe set has no polyhedron")
        rows = sum(map(len, self.polyhedra))
        units = sum(stages) + (outputs + rows if rows else 0)
        small = units <= MOST_UNITS and sum(m * n for m, n in self.shapes) + rows * outputs <= MOST_WEIGHTS
        _need(small, f"the network has more than {MOST_UNITS} units or {MOST_WEIGHTS} weights")
        summary = _fields(self.json("summary.json"), "summary.json", regions=int, complete=bool, parts=list)
        self.regions, complete, parts = summary
        self.parts = [_fields(part, "a part", prefix=str, leaves=int, complete=bool) for part in parts]
        for prefix, leaves, _ in self.parts:
            found = CUTS.fullmatch(prefix)
            signs = found and len(found[2]) <= units and (self.version == 5 or not found[1])
            _need(signs and leaves >= 0, "a prefix is no text of + and - for units, or a number of leaves is negative")
        self.complete = complete and all(ended for _, _, ended in self.parts)
        counted = sum(leaves for _, leaves, _ in self.parts)
        _need(self.regions == counted, f"it says {self.regions} regions, and its parts {counted} leaves")
        for name in self.sizes.keys() - {"certificate.json", "summary.json", *(name for name, _ in self._arrays())}:
            found = COLUMN.fullmatch(name)
            kinds = COLUMNS if self.version == 5 else COLUMNS.keys() - {"slopes.u1"}
            foreseen = found and found[2] in kinds and int(found[1]) < len(parts)
            _need(foreseen, f"the member {name[:80]!r} has no place in a certificate")

    def _guard(self, members: list[zipfile.ZipInfo], size: int) -> None:
        names = [member.filename for member in members]
        _need(len(names) <= MOST_MEMBERS and len(names) == len(self.sizes), "it has too many members, or one twice")
        _need(names[:1] == ["certificate.json"], "its first member is not certificate.json")
        _need(names[-1] == "summary.json", "its last member is not summary.json: it was cut off and proves nothing")
        _need(sum(member.compress_size for member in members) <= size, "its members overlap")
        for member in members:
            plain = member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not member.flag_bits & 1
            _need(plain, f"{member.filename!r} is encrypted, or neither stored nor deflated")
            fits = member.file_size <= MOST_GROWTH * member.compress_size + 64
            _need(fits, f"{member.filename!r} declares {member.file_size} bytes, more than its data can hold")

    def read(self, name: str, item: int = 1) -> Iterator[bytes]:
        """Yield a member in pieces of whole items."""
        rest = self.sizes[name]
        _need(rest % item == 0, f"{name} has {rest} bytes, no multiple of {item}")
        try:
            with self.archive.open(name) as stream:
                while rest:
                    piece = stream.read(min(PIECE, rest))
                    _need(len(piece) == min(PIECE, rest), f"{name} is shorter than it declares")
                    rest -= len(piece)
                    yield piece
        except UNREADABLE as error:
            raise InvalidCertificate(f"{name} cannot be read: {error}") from None

    def json(self, name: str) -> Any:
        _need(self.sizes[name] <= MOST_TEXT, f"{name} has more than {MOST_TEXT} bytes")
        try:
            return json.loads(b"".join(self.read(name)).decode(), object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise InvalidCertificate(f"{name} is no JSON that can be read: {error}") from None

    def _arrays(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        for i, (m, n) in enumerate(self.shapes[:-1]):
            yield f"network/{i}.weight.f8", (m, n)
            yield from ((f"network/{i}.{name}.f8", (m,)) for name in ("bias", "low", "high"))
        yield from (("network/output.weight.f8", self.shapes[-1]), ("network/output.bias.f8", self.shapes[-1][:1]))

    def network(self) -> list[Any]:
        """Return the arrays of the network, in the order of the fingerprint, which must agree."""
        digest, arrays = hashlib.sha256(), []
        for name, shape in self._arrays():
            size, wanted = self.sizes.get(name), 8 * math.prod(shape)
            _need(size == wanted, f"{name} has {size} bytes, and its shape {shape} needs {wanted}")
            array = np.frombuffer(b"".join(self.read(name)), dtype="<f8").reshape(shape) + 0.0  # no -0.0
            _need(np.isfinite(array).all(), f"{name} holds a number that is not finite")
            digest.update(repr(shape).encode() + array.astype("<f8").tobytes())
            arrays.append(array)
        if self.winners:
            digest.update(repr(self.winners).encode())
        _need(digest.hexdigest() == self.fingerprint, "the fingerprint is not that of the network in the file")
        return arrays

    def column(self, part: int, kind: str, tick: Tick = lambda _: None) -> Iterator[Any]:
        """Yield the entries of a column, floats and rationals as ratios; tell `tick` how many have been used."""
        name, dtype = f"parts/{part}/{kind}", COLUMNS[kind]
        if name in self.sizes and not dtype:
            texts = self.json(name)
            _need(isinstance(texts, list), f"{name} is no list")
            yield from map(_number, texts)
        for piece in self.read(name, int(dtype[-1])) if name in self.sizes and dtype else ():
            values = np.frombuffer(piece, dtype=dtype)
            _need(np.isfinite(values).all(), f"{name} holds a number that is not finite")
            yield from (v.as_integer_ratio() for v in values.tolist()) if "f" in dtype else values.tolist()
            tick(len(values))


# ---- the question


class _Domain:
    """K in integers over q, in the `free` inputs; for a polytope, what is around its inequalities, and these.

    `fixed` holds the numerators of the values of the other inputs, over r.
    """

    def __init__(self, data: Any, dim: int, kinds: Sequence[str] = tuple(PLACES)) -> None:
        self.free, self.fixed, self.r = list(range(dim)), dict[int, int](), 1
        self.kind = data.get("kind") if isinstance(data, dict) else None
        _need(self.kind in kinds, f"the kind of the domain is none of {', '.join(kinds)}")
        self.rows: list[Row] = []  # b_i - A_i.x
        if self.kind == "ball":
            _, center, radius, self.norm = _fields(data, "the ball", kind=str, center=list, radius=None, norm=None)
            _need(type(self.norm) in (int, str) and self.norm in (1, 2, "inf"), "the norm is not 1, 2 or 'inf'")
            (*c, r), self.q = _common(_numbers(center, dim, "center") + _numbers([radius], 1, "radius"), dim)
            _need(r > 0, "the radius is not positive")
            self.center, self.radius, self.lower, self.upper = c, r, [v - r for v in c], [v + r for v in c]
        elif self.kind == "box":
            _, lower, upper = _fields(data, "the box", kind=str, lower=list, upper=list)
            ends, self.q = _common(_numbers(lower, dim, "lower") + _numbers(upper, dim, "upper"))
            sides = list(zip(ends[:dim], ends[dim:], strict=True))
            _need(all(lo <= up for lo, up in sides), "lower is above upper: the box is empty")
            self.norm, self.free = "inf", [i for i, (lo, up) in enumerate(sides) if lo < up]
            self.lower, self.upper = ([side[end] for side in sides if side[0] < side[1]] for end in (0, 1))
            self.fixed, self.r = {i: lo for i, (lo, up) in enumerate(sides) if lo == up}, self.q
        elif self.kind == "polytope":
            _, rows, bounds, box = _fields(data, "the polytope", kind=str, A=list, b=list, box=None)
            _need(0 < len(rows) < MOST_UNITS, "A has no rows, or too many")
            around = {"kind": "whole-space", "dim": dim} if box is None else box
            self.__init__(around, dim, ["box" if box is not None else "whole-space"])
            size = 0
            for row, b in zip(rows, _numbers(bounds, len(rows), "b"), strict=True):
                self.rows.append(self.on_slice(*_common([*((-p, q) for p, q in _numbers(row, dim, "a row of A")), b])))
                size += self.rows[-1][1].bit_length() + 320
                _affordable(dim + 1, size, "the inequalities")
        else:
            self.norm = None
            _need(_fields(data, "the whole space", kind=str, dim=int)[1] == dim, f"dim is not {dim}")

    def on_slice(self, numbers: Sequence[int], denominator: int) -> Row:
        """Return a form of all inputs as one of the free inputs."""
        if not self.fixed:
            return numbers, denominator
        _affordable(len(self.free) + 1, self.r.bit_length() + denominator.bit_length(), "a form of the free inputs")
        constant = numbers[-1] * self.r + sum(numbers[i] * v for i, v in self.fixed.items())
        return [*(numbers[i] * self.r for i in self.free), constant], denominator * self.r

    def support_is_nonpositive(self, rho: Sequence[int], kappa: int) -> bool:
        """Decide whether the supremum of rho.x + kappa over K is not positive."""
        if self.norm is None:
            return kappa <= 0 and not any(rho)
        if self.norm == "inf":
            return kappa * self.q + sum(map(max, map(mul, rho, self.lower), map(mul, rho, self.upper))) <= 0
        s = _dot(rho, self.center) + kappa * self.q
        if self.norm == 1:
            return s + self.radius * max(map(abs, rho)) <= 0
        return s <= 0 and s * s >= self.radius**2 * _dot(rho, rho)

    def side(self, j: int, at: Ratio, upper: bool) -> _Domain:
        """Return what is on one side of a cut of an input."""
        _need(self.norm == "inf" and j in self.free, "a cut of an input that is fixed or not there, or of no box")
        (p, r), place, part = at, self.free.index(j), copy(self)
        part.q = math.lcm(self.q, r)
        part.lower, part.upper = ([v * (part.q // self.q) for v in ends] for ends in (self.lower, self.upper))
        _need(part.lower[place] < p * (part.q // r) < part.upper[place], "a cut that is not within the box")
        (part.lower if upper else part.upper)[place] = p * (part.q // r)
        return part

    def ends(self) -> tuple[list[Fraction], list[Fraction]]:
        """Return the ends of a box around K, of all inputs."""
        _need(self.norm is not None, "a bound in a domain without ends")
        found: tuple[list[Fraction], list[Fraction]] = [], []
        for values, numbers in zip(found, (self.lower, self.upper), strict=True):
            known = {i: Fraction(v, self.r) for i, v in self.fixed.items()}
            known |= {i: Fraction(v, self.q) for i, v in zip(self.free, numbers, strict=True)}
            values += (known[i] for i in range(len(known)))
        return found

    def contains(self, point: Sequence[int], p: int) -> bool:
        """Decide whether K, without its inequalities, holds the point of integers over p."""
        if self.norm is None:
            return True
        x = [v * self.q for v in point]
        if self.norm == "inf":
            return all(lo * p < v < up * p for lo, v, up in zip(self.lower, x, self.upper, strict=True))
        gaps = [abs(v - c * p) for v, c in zip(x, self.center, strict=True)]
        return sum(gaps) < self.radius * p if self.norm == 1 else _dot(gaps, gaps) < (self.radius * p) ** 2

    def closure_contains(self, point: Sequence[int], p: int) -> bool:
        """Decide whether the closed domain, with its inequalities, holds the point of all inputs, integers over p."""
        if any(point[i] * self.r != v * p for i, v in self.fixed.items()):
            return False
        free = [point[i] for i in self.free]
        if any(_dot(numbers, (*free, p)) < 0 for numbers, _ in self.rows):
            return False
        x = [v * self.q for v in free] if self.norm is not None else []
        if self.norm == "inf":
            return all(lo * p <= v <= up * p for lo, v, up in zip(self.lower, x, self.upper, strict=True))
        gaps = [abs(v - c * p) for v, c in zip(x, self.center, strict=True)] if x else []
        if self.norm == 1:
            return sum(gaps) <= self.radius * p
        return self.norm is None or _dot(gaps, gaps) <= (self.radius * p) ** 2


class _Question:
    """Domain and network, as integers over common denominators."""

    def __init__(
        self,
        domain: Any,
        dim: int,
        arrays: list[Any],
        winners: Sequence[Winner],
        polyhedra: Sequence[Polyhedron] = (),
        bounds: _Bounds | None = None,
    ) -> None:
        self.domain, self.bounds = _Domain(domain, dim), bounds
        self.dim = len(self.domain.free)
        stages = [arrays[i : i + 4] for i in range(0, len(arrays) - 2, 4)]
        weights = [_matrix(np.column_stack(stage[:2])) for stage in stages]
        pairs = [_matrix(np.stack(stage[2:])) for stage in stages]
        self.groups: list[range] | None = None  # units of each polyhedron
        if polyhedra:
            m, first = len(arrays[-1]), sum(map(len, (stage[1] for stage in stages)))
            starts = itertools.accumulate(map(len, polyhedra), initial=first + m)
            self.groups = list(itertools.starmap(range, itertools.pairwise(starts)))
            rows = [row for polyhedron in polyhedra for row in polyhedron]
            weights += [_matrix(np.column_stack(arrays[-2:])), _property(rows)]
            pairs += [([[1] * m] * 2, 1), ([[0] * len(rows), [1] * len(rows)], 1)]
        slopes = [pair for (low, high), _ in pairs for pair in zip(low, high, strict=True)]
        self.unsettled = bytes(PLUS if low == high else OPEN for low, high in slopes)  # a wire has the sign +
        splitting = [unit for unit, sign in enumerate(self.unsettled) if sign == OPEN]
        named = [unit for units, _ in winners for unit in units]
        fits = len(set(named)) == len(named) and all(0 <= unit < len(splitting) for unit in named)
        _need(fits, "a winner unit has a unit that is not there, or one twice")
        self.winners = [(tuple(splitting[unit] for unit in units), contests) for units, contests in winners]
        self.stage_of = [*(i for i, (rows, _) in enumerate(weights) for _ in rows), len(weights)]
        self.starts = [0, *itertools.accumulate(len(rows) for rows, _ in weights)]
        self.weights, self.slopes = weights, pairs
        if weights and self.domain.fixed:
            rows, denominator = self.weights[0]
            digits = self.domain.r.bit_length() + denominator.bit_length()
            _affordable(len(rows) * (self.dim + 1), digits, "the first stage in the free inputs")
            found = [self.domain.on_slice(row, denominator) for row in rows]
            self.weights[0] = [list(row) for row, _ in found], found[0][1]
        bits = size = total = 0  # of a numerator, of the denominator, of all forms: in deep networks they add up
        for (weight, p), (pair, q) in zip(self.weights, self.slopes, strict=True):
            bits = max(bits, size) + len(weight[0]).bit_length() + max(v.bit_length() for row in weight for v in row)
            total += len(weight) * (bits + 320)
            bits, size = bits + max(v.bit_length() for row in pair for v in row), size + p.bit_length() + q.bit_length()
        _affordable(self.dim + 1, total, "the affine forms of the network")

    def is_safe(self, signs: bytes) -> bool:
        """Whether each polyhedron has a unit that is settled to -."""
        return self.groups is not None and all(MINUS in signs[group.start : group.stop] for group in self.groups)

    def told(self, signs: bytes) -> int:
        """Return what signs tell of a region, a bit for each unit: contests that the winner has no part in are off."""
        told = bytearray(signs.translate(BITS))
        for units, contests in self.winners:
            winner = 2 * len(units)
            decides = set()
            while winner > len(units):  # the winner of a contest
                contest = winner - len(units) - 1
                decides.add(units[contest])
                winner = contests[contest][signs[units[contest]] == PLUS]
            for unit in units:
                if unit not in decides:
                    told[unit] = BITS[MINUS]
        return int(told, 2)

    def forms(self, below: Matrix | None, stage: int, signs: bytes) -> Matrix:
        """Return the forms of a stage, (m, dim + 1), given those of the stage below and the signs of its units."""
        weight, p = self.weights[stage]
        if below is None:
            return weight, p
        ((low, high), q), (matrix, r) = self.slopes[stage - 1], below
        slopes = [up if sign == PLUS else down for sign, down, up in zip(signs, low, high, strict=True)]
        live = [i for i, slope in enumerate(slopes) if slope]
        values = [[slopes[i] * v for v in matrix[i]] for i in live]
        values.append([0] * self.dim + [q * r])  # one, for the bias
        return _product([[row[i] for i in (*live, -1)] for row in weight], values), p * q * r


def _property(rows: Sequence[tuple[tuple[Ratio, ...], Ratio, Ratio]]) -> Matrix:
    """Return the units h' - G y as rows of -G and h'."""
    flat = [v for row, _, above in rows for v in (*((-p, q) for p, q in row), above)]
    numbers, denominator = _common(flat)
    width = len(flat) // len(rows)
    return [numbers[i : i + width] for i in range(0, len(numbers), width)], denominator


# ---- bounds over boxes


class _Floats:
    """Floats, and what their roundings take at most."""

    # covered are by `nudge` three roundings, by `more` those of a sum that bounds roundings
    unit, tiny, nudge, more = 2.0**-53, 1e-300, 1.0 + 2.0**-49, 1.0 + 1e-9

    @staticmethod
    def array(values: Any) -> Any:
        return np.asarray(values, dtype=np.float64)

    @staticmethod
    def up(value: Fraction) -> float:
        return math.nextafter(_nearest(value), math.inf)

    @staticmethod
    def down(value: Fraction) -> float:
        return math.nextafter(_nearest(value), -math.inf)


class _Fractions:
    """Fractions, which are not rounded."""

    unit, tiny, nudge, more = 0, 0, 1, 1

    @staticmethod
    def array(values: Any) -> Any:
        given = np.asarray(values)
        found = np.empty(given.shape, dtype=object)
        found.ravel()[:] = [v if isinstance(v, Fraction) else Fraction(v) for v in given.ravel().tolist()]
        return found

    up = down = staticmethod(Fraction)


def _nearest(value: Fraction) -> float:
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.copysign(math.inf, value)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Above and below the units p of a stage: each at most steep_above p + above, at least steep_below p + below."""

    steep_above: Any
    above: Any
    steep_below: Any
    below: Any
    size: Any  # at least that of all terms of p together
    far: Any  # at least the size of the unit


class _Bounds:
    """Bounds of y.(h' - G f) over boxes, f the outputs."""

    def __init__(self, arrays: list[Any], polyhedra: Sequence[Polyhedron], rational: bool) -> None:
        stages, ones = [arrays[i : i + 4] for i in range(0, len(arrays) - 2, 4)], np.ones(len(arrays[-1]))
        self.units = sum(len(stage[1]) for stage in stages)
        self.rational, self.stages = rational, [*stages, [*arrays[-2:], ones, ones]]
        self.counts = [len(rows) for rows in polyhedra]
        widths = [len(stages[0][0].T) if stages else 0, *(len(stage[1]) for stage in self.stages)]
        self.numbers = 2 * max(widths) ** 2  # at most so many coefficients of rows at a time
        self.batch = max(1, min(BATCH, (1 << 17) // self.numbers))
        self.rows = [
            ([[Fraction(-p, q) for p, q in g] for g, _, _ in rows], [Fraction(*above) for _, _, above in rows])
            for rows in polyhedra
        ]

    def hold(self, bounds: list[Bound]) -> list[bool]:
        """Tell of each whether the rows of all polyhedra, times their multipliers, are nowhere positive."""
        _need(64 * self.numbers <= MOST_BITS, "the bounds of so wide a network would take more than a gigabyte")
        with np.errstate(all="ignore"):
            found = [False] * len(bounds) if self.rational else self._hold(bounds, _Floats)
            return [holds or self._hold([one], _Fractions)[0] for holds, one in zip(found, bounds, strict=True)]

    def _hold(self, bounds: list[Bound], kind: Any) -> list[bool]:
        return (self.tops(bounds, kind) <= 0).all(axis=1).tolist()

    def tops(self, bounds: list[Bound], kind: Any) -> Any:
        """Return what the sums for each polyhedron are at most, (boxes, polyhedra)."""
        ends = (kind.down, kind.up)
        lower, upper = (kind.array([[end(v) for v in b[i]] for b in bounds]) for i, end in enumerate(ends))
        box = lower, upper
        wires = bytes([PLUS]) * len(self.stages[-1][1])
        signs = np.array([list(b[2] + wires) for b in bounds], dtype=np.int64)
        slopes = np.array([list(b[3] + wires) for b in bounds], dtype=np.int64)
        lines: list[_Lines] = []
        far, first = np.maximum(abs(lower), abs(upper)), 0
        for weight, bias, low, high in self.stages:
            stage, m = [kind.array(v) for v in (weight, bias, low, high)], len(bias)
            here = slice(first, first + m)
            rows, constants = np.concatenate([-stage[0], stage[0]]), np.concatenate([-stage[1], stage[1]])
            all_rows = np.broadcast_to(rows, (len(bounds), *rows.shape))
            tops = self._tops(all_rows, np.broadcast_to(constants, all_rows.shape[:2]), lines, box, kind)
            size = (far @ abs(stage[0]).T + abs(stage[1])) * kind.more
            lines.append(_lines(stage, -tops[:, :m], tops[:, m:], signs[:, here], slopes[:, here], size, kind))
            far, first = lines[-1].far, first + m
        found = [self._combined(b[4], kind) for b in bounds]
        rows, constants = (kind.array([one[i] for one in found]) for i in (0, 1))
        # the coefficients are rounded once
        off = kind.unit * kind.more * _times(abs(rows), far) + kind.tiny
        return self._tops(rows, constants + 2 * off, lines, box, kind)

    def _combined(self, multipliers: list[list[Ratio]], kind: Any) -> tuple[list[Any], list[Any]]:
        """Return coefficients and constant of the sum over the rows of each polyhedron."""
        rows, constants = [], []
        for (matrix, above), given in zip(self.rows, multipliers, strict=True):
            y = [Fraction(*v) for v in given]
            total = [sum(map(mul, y, column), Fraction(0)) for column in zip(*matrix, strict=True)]
            rows.append([_nearest(v) for v in total] if kind is _Floats else total)
            constants.append(kind.up(sum(map(mul, y, above), Fraction(0))))
        return rows, constants

    def _tops(self, a: Any, constant: Any, lines: list[_Lines], box: tuple[Any, Any], kind: Any) -> Any:
        """Return bounds of a.z + constant, z the values of the stage of the last lines, or inputs."""
        lower, upper = box
        off = 0 * constant
        for line, (weight, bias, _, _) in zip(reversed(lines), reversed(self.stages[: len(lines)]), strict=True):
            weight, bias = kind.array(weight), kind.array(bias)
            up, down = np.maximum(a, 0), np.minimum(a, 0)
            moved = _times(up, line.above) + _times(down, line.below)
            c = up * line.steep_above[:, None] + down * line.steep_below[:, None]
            shift = c @ bias
            count = (sum(weight.shape) + 16) * kind.unit
            off = off + count * (moved + abs(shift) + abs(constant) + _times(abs(c), line.size))
            off = off + kind.tiny * (1 + line.size.sum(axis=1) + line.far.sum(axis=1))[:, None]
            constant, a = constant + moved + shift, c @ weight
        up, down, far = np.maximum(a, 0), np.minimum(a, 0), np.maximum(abs(lower), abs(upper))
        off = off + (lower.shape[1] + 16) * kind.unit * (_times(abs(a), far) + abs(constant))
        off = off + kind.tiny * (1 + far.sum(axis=1))[:, None]
        return constant + (_times(up, upper) + _times(down, lower)) + off * kind.more


def _lines(stage: list[Any], low: Any, high: Any, signs: Any, slopes: Any, size: Any, kind: Any) -> _Lines:
    """Return lines above and below units with values between `low` and `high`."""
    _, _, s, t = stage
    bent = (low < 0) & (high > 0) & (signs == OPEN)
    fixed = np.where((signs == MINUS) | ((high <= 0) & (signs == OPEN)), s, t)
    # any number may stand for the slope of the chord: this one is short
    shares = np.asarray(np.where(bent, high, 0) / np.where(bent, high - low, 1), dtype=np.float64)
    chord = s + (t - s) * kind.array(np.rint(np.clip(np.nan_to_num(shares), 0, 1) * 2.0**20) * 2.0**-20)
    given = s + (t - s) * kind.array(slopes / STEEPEST)
    steep_above = np.where(bent, np.where(t >= s, chord, given), fixed)
    steep_below = np.where(bent, np.where(t >= s, given, chord), fixed)
    above, below = (((s - k) * low, (t - k) * high) for k in (steep_above, steep_below))
    width = np.maximum(abs(low), abs(high))
    return _Lines(
        steep_above,
        np.where(bent, np.maximum(np.maximum(*above), 0), 0) * kind.nudge,
        steep_below,
        np.where(bent, np.minimum(np.minimum(*below), 0), 0) * kind.nudge,
        (size + width) * kind.more,
        width * np.maximum(abs(s), abs(t)) * kind.more,
    )


def _times(rows: Any, values: Any) -> Any:
    """Return sums of products of rows, (boxes, m, n), with values, (boxes, n)."""
    return np.matmul(rows, values[..., None])[..., 0]


# ---- the walk


class _Walk:
    """The walk of a part: box, signs, rows and forms of the current node, and the sides that wait."""

    def __init__(self, question: _Question, prefix: str, columns: dict[str, Iterator[Any]], bare: bool) -> None:
        self.question, self.columns, self.bare = question, columns, bare
        self.domain, self.cuts, self.fresh = question.domain, "", False  # fresh: a side of a cut was just entered
        found = CUTS.fullmatch(prefix)
        assert found is not None
        for cut in found[1].split(";")[:-1]:
            j, sign, at = re.split("([<>])", cut)
            self._narrow(self.domain, self.cuts, int(j), _number(at), sign == ">")
        self.prefix = found[2].encode()
        wires = zip(self.prefix, question.unsettled, strict=False)
        _need(all(wire == OPEN or sign == PLUS for sign, wire in wires), "a wire has the sign - in the prefix")
        self.signs, self.rows = bytearray(question.unsettled), list(question.domain.rows)
        self.trail: list[int] = []  # units settled on the way
        self.path: list[int] = []  # those that were split
        self.forms: list[Matrix] = []  # of the stages reached
        self.waiting: list[tuple[int, int, int, int]] = []  # unit and sign of a side, lengths of trail and path
        self.sides: list[Cut] = []  # of cuts, which are above all splits
        self.bounds: list[Bound] = []  # that are yet to be checked
        self.left: list[str] = []  # prefixes left to other parts
        self.told: set[int] = set()  # where there are winner units, what the leaves tell
        self.leaves, self.unit, self.ended = 0, -1, False

    def take(self, event: int) -> None:
        """Check one event, and go on; bounds are only noted."""
        self.unit, fresh, self.fresh = -1, self.fresh, False
        known = event <= 11 or (event <= 13 and self.question.bounds is not None)
        _need(not self.ended and known, "the walk has ended before it" if self.ended else "it is unknown")
        if event <= 1:
            self._split(b"-+"[event])
        elif event <= 7:
            self._sign(b"-+"[event % 2], ("singles.f4", "doubles.f8", "rationals.json")[event // 2 - 1])
        elif event <= 10:
            self._leaf(("witnesses.f8", "rationals.json", "")[event - 8])
        elif event == 11:
            self._leave(fresh)
        elif event == 12:
            self._cut()
        else:
            self._bound()

    def _cut(self) -> None:
        [j], [at] = self._next("units.u2", 1), self._next("doubles.f8", 1)
        _need(not self.trail and not self.prefix, "a cut comes after a sign")
        self.sides.append((self.domain, self.cuts, j, at))
        self._narrow(self.domain, self.cuts, j, at, False)
        self.fresh = True

    def _narrow(self, domain: _Domain, cuts: str, j: int, at: Ratio, upper: bool) -> None:
        self.domain, self.cuts = domain.side(j, at, upper), f"{cuts}{j}{'<>'[upper]}{at[0]}/{at[1]};"

    def _bound(self) -> None:
        bounds = self.question.bounds
        assert bounds is not None
        signs = bytes(self.signs[: bounds.units])
        slopes = bytearray(bounds.units)
        given = self._next("slopes.u1", signs.count(OPEN))
        _need(all(slope <= STEEPEST for slope in given), "a slope is not between 0 and 1")
        for unit, slope in zip((i for i, sign in enumerate(signs) if sign == OPEN), given, strict=True):
            slopes[unit] = slope
        multipliers = [self._next("singles.f4", count) for count in bounds.counts]
        for group in multipliers:
            _need(all(p >= 0 for p, _ in group), "a multiplier is negative")
            _need(any(p for p, _ in group), "all multipliers are zero")
        self.bounds.append((*self.domain.ends(), signs, bytes(slopes), multipliers))
        self.leaves += 1
        self._finish()

    def _next(self, column: str, count: int) -> list[Any]:
        found = list(itertools.islice(self.columns[column], count))
        _need(len(found) == count, f"{column} has no more entries")
        return found

    def _form(self, unit: int, sign: int) -> Row:
        """Return the form of a unit of the current stage on the cell, for the sign - its negative."""
        stage, starts = self.question.stage_of[unit], self.question.starts
        for i in range(len(self.forms), stage + 1):
            signs = self.signs[starts[i - 1] : starts[i]] if i else b""
            self.forms.append(self.question.forms(self.forms[-1] if i else None, i, bytes(signs)))
        numbers, denominator = self.forms[stage][0][unit - starts[stage]], self.forms[stage][1]
        return (numbers if sign == PLUS else [-v for v in numbers]), denominator

    def _named(self) -> tuple[int, bool]:
        """Read the unit of an event, and tell whether its form vanishes identically."""
        [unit] = self._next("units.u2", 1)
        self.unit, first, stage_of = unit, self.signs.find(OPEN), self.question.stage_of
        right = unit < len(self.signs) and self.signs[unit] == OPEN and stage_of[unit] == stage_of[first]
        _need(right, "the unit is settled, or not one of the current stage")
        return unit, not any(self._form(unit, PLUS)[0])

    def _split(self, first: int) -> None:
        unit, null = self._named()
        _need(not null, "a form that vanishes identically cannot be split")
        if unit < len(self.prefix):
            first = self.prefix[unit]
        else:
            self.waiting.append((unit, PLUS + MINUS - first, len(self.trail), len(self.path)))
        self._enter(unit, first)

    def _enter(self, unit: int, sign: int) -> None:
        self.rows.append(self._form(unit, sign))
        self.path.append(unit)
        self.trail.append(unit)
        self.signs[unit] = sign

    def _finish(self) -> None:
        """Leave this side for the last one that waits, with all as it was at its split."""
        self.ended = not self.waiting and not self.sides
        if self.waiting:
            unit, sign, settled, depth = self.waiting.pop()
            self._go_back(settled, depth)
            del self.forms[self.question.stage_of[unit] + 1 :]
            self._enter(unit, sign)
        elif self.sides:
            self._go_back(0, 0)
            self.forms.clear()
            self._narrow(*self.sides.pop(), True)
            self.fresh = True

    def _go_back(self, settled: int, depth: int) -> None:
        for other in self.trail[settled:]:
            self.signs[other] = OPEN
        del self.trail[settled:], self.path[depth:], self.rows[len(self.question.domain.rows) + depth :]

    def _sign(self, sign: int, column: str) -> None:
        unit, null = self._named()
        _need(sign == MINUS or not null, "a form that vanishes identically has the sign -")
        [count] = self._next("counts.u2", 1)
        chosen = self._next("rows.u2", count)
        ascending = all(map(int.__lt__, chosen, [*chosen[1:], len(self.rows)]))
        _need(ascending, f"the rows of the proof do not ascend, or are none of the {len(self.rows)} there are")
        multipliers = self._next(column, count + 1) if count else [(1, 1)]
        _need(all(p >= 0 for p, _ in multipliers), "a multiplier is negative")
        _need(any(p for p, _ in multipliers), "all multipliers are zero")
        refuted = self._refuted([*(self.rows[k] for k in chosen), self._form(unit, PLUS + MINUS - sign)], multipliers)
        _need(refuted, f"the multipliers do not prove the sign {chr(sign)}")
        self.trail.append(unit)
        self.signs[unit] = sign
        if unit < len(self.prefix) and sign != self.prefix[unit]:
            self._finish()

    def _refuted(self, rows: Sequence[Row], multipliers: Sequence[Ratio]) -> bool:
        """Decide whether the supremum over K of the rows, times their multipliers and added up, is not positive."""
        y, _ = _common([(p, q * r) for (p, q), (_, r) in zip(multipliers, rows, strict=True)], self.question.dim)
        *rho, kappa = (_dot(y, column) for column in zip(*(numbers for numbers, _ in rows), strict=True))
        return self.domain.support_is_nonpositive(rho, kappa)

    def _leaf(self, column: str) -> None:
        if self.question.groups is not None:
            _need(
                self.question.is_safe(bytes(self.signs)), "at a leaf some polyhedron has no unit that is settled to -"
            )
            _need(not column, "a leaf has a witness, which the claim 'safe' has no place for")
        else:
            _need(OPEN not in self.signs, "a leaf comes before all units are settled")
        _need(column or self.bare, "a leaf has no witness, as only the claim 'upper' allows")
        if column:
            point, p = _common(self._next(column, self.question.dim), self.question.dim)
            _need(self.domain.contains(point, p), "the witness is not in the domain")
            point.append(p)
            for index, (numbers, _) in enumerate(self.rows):
                _need(_dot(numbers, point) > 0, f"row {index} is not positive at the witness")
        self.leaves += 1
        if self.question.winners and self.question.groups is None:
            self.told.add(self.question.told(bytes(self.signs)))
        self._finish()

    def _leave(self, fresh: bool) -> None:
        if fresh:
            self.left.append(self.cuts)
            self._finish()
            return
        entered = self.path and self.path[-1] == self.trail[-1]  # nothing was settled since the last split
        _need(entered, "a side is left to another part, but not at its beginning")
        self.unit = self.path[-1]
        signs = self.signs[: self.unit + 1]
        _need(len(signs) > len(self.prefix), "a side is left to another part at a unit of the part's own prefix")
        _need(OPEN not in signs, "a side is left to another part, and an earlier unit is not settled")
        _need(self.unit == max(self.path), "a side is left to another part below a split of a later unit")
        self.left.append(self.cuts + signs.decode())
        _need(len(self.left) * len(self.signs) <= MOST_TEXT, "too many sides are left to other parts")
        self._finish()


# ---- the claim


def _check_part(file: _File, index: int, question: _Question, bare: bool, tick: Tick) -> PartFound:
    prefix, leaves, complete = file.parts[index]
    columns = {kind: file.column(index, kind) for kind in COLUMNS if kind != "events.u1"}
    walk = _Walk(question, prefix, columns, bare)
    bounds: list[int] = []  # the events
    for number, event in enumerate(file.column(index, "events.u1", tick)):
        try:
            walk.take(event)
        except InvalidCertificate as error:
            unit = "" if walk.unit < 0 else f", unit {walk.unit}"
            raise InvalidCertificate(f"event {number} ({event}){unit}: {error}") from None
        bounds += [number] * (event == 13)
        if question.bounds and len(bounds) >= question.bounds.batch:
            _check_bounds(question, walk, bounds)
    _check_bounds(question, walk, bounds)
    _need(walk.ended or not complete, "it says that it is complete, and its walk stops in the middle")
    _need(walk.leaves == leaves, f"it says that it has {leaves} leaves, and it has {walk.leaves}")
    for kind, entries in columns.items():
        _need(next(entries, None) is None, f"{kind} has entries that no event uses")
    return prefix, leaves, walk.left, walk.told


def _check_bounds(question: _Question, walk: _Walk, events: list[int]) -> None:
    """Check the bounds that a walk has noted at some events, and forget them."""
    if events:
        assert question.bounds is not None
        for number, holds in zip(events, question.bounds.hold(walk.bounds), strict=True):
            _need(holds, f"event {number} (13): the bounds do not prove that the outputs are safe in the box")
        events.clear()
        walk.bounds.clear()


def _check_parts(job: tuple[File, _Question, bool, range], tick: Tick = lambda _: None) -> list[PartFound]:
    path, question, bare, indices = job
    found = []
    with _at(str(path)):
        file = _File(path)
        with file.archive:
            for index in indices:
                with _at(f"part {index} ({file.parts[index][0][:60]!r})"):
                    found.append(_check_part(file, index, question, bare, tick))
    return found


def _cover(claim: str, parts: list[PartFound]) -> None:
    """Check that the parts belong together: each where another has left its prefix."""
    prefixes, left = sorted(part[0] for part in parts), sorted(q for part in parts for q in part[2])
    _need(len(set(prefixes)) == len(prefixes), "two parts have the same prefix")
    if claim != "lower":
        if missing := {"", *left} - set(prefixes):
            raise IncompleteCertificate(f"the part with the prefix {min(missing)[:60]!r} is not there")
        _need(["", *left] == prefixes, "a part was left by two others, or by none")
        return
    lefts, around = {prefix: sorted(others) for prefix, _, others, _ in parts}, []  # a part, those within it, ..
    for prefix in prefixes:
        while around and not prefix.startswith(around[-1]):
            around.pop()
        if around:
            others = lefts[around[-1]]  # none begins with another: one with which the prefix begins comes just before
            apart = others and prefix.startswith(others[bisect_right(others, prefix) - 1])
            _need(apart, f"the part {prefix[:60]!r} lies within the part {around[-1][:60]!r}, which has not left it")
        around.append(prefix)


def check(
    paths: File | Sequence[File],
    *,
    fingerprint: str | None = None,
    claim: str | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
    rational: bool = False,
) -> CheckedClaim:
    """Check a certificate, in one file or in several that are shards of one; they must not change meanwhile.

    Parameters
    ----------
    paths : path-like, or sequence of path-like
    fingerprint : str, optional
        SHA-256 of the network that the certificate must be about.
    claim : {"exact", "lower", "upper", "safe", "unsafe"}, optional
        What is to be proved, if it is less than the file claims: an exact certificate proves either bound.
    workers : int
        Processes; they share the parts.
    executor : concurrent.futures.Executor, optional
        Whose workers check the parts, in place of processes of this call; so many are there, and they see the files
        under the same paths.
    progress : callable, optional
        Is given the number of events checked, and of all.
    rational : bool
        Check bounds of boxes in rationals from the start: slow.

    Raises
    ------
    InvalidCertificate
        If anything is wrong; `IncompleteCertificate` if only something is missing.
    """
    files: list[_File] = []
    arrays: list[Any] = []  # of the network
    for path in [paths] if isinstance(paths, str | PathLike) else paths:
        with _at(str(path)):
            files.append(_File(path))
            with files[-1].archive:
                found = files[-1].network()
            _Domain(files[-1].domain, files[-1].shapes[0][1])
            arrays = arrays or found
            same = files[-1].question == files[0].question and all(map(np.array_equal, found, arrays))
            _need(same, "its network, domain or unsafe set is not that of the first file")
    _need(files, "no file is given")
    first = files[0]
    weaker = {file.claim for file in files} - {"exact"}
    _need(len(weaker) < 2, "one file claims an upper and one a lower bound, which together prove neither")
    common = min(weaker, default="exact")
    claim = str(claim or common)
    _need(workers >= 1, f"workers is {workers}; give one or more")
    _need(claim in CLAIMS, f"the claim {claim!r} is not exact, lower, upper, safe or unsafe")
    _need(common in ("exact", claim), f"the claim of the file is {common!r}, which does not prove {claim!r}")
    _need(fingerprint in (None, first.fingerprint), f"it is about another network, of fingerprint {first.fingerprint}")
    unfinished = [str(file.path) for file in files if not file.complete]
    if claim != "lower" and unfinished:
        rest = "as it is, it proves 'lower'" if common == "exact" else "as it is, it proves nothing"
        raise IncompleteCertificate(f"{unfinished[0]}: it says that it is incomplete; {rest}")
    with _at(str(first.path)):
        polyhedra = first.polyhedra if claim == SAFE else ()
        bounds = _Bounds(arrays, polyhedra, rational) if polyhedra and first.version == 5 else None
        question = _Question(first.domain, first.shapes[0][1], arrays, first.winners, polyhedra, bounds)
        if claim == UNSAFE:
            _need(len(files) == 1 and not first.parts, "a point is told by one file without parts")
            _reached(question, arrays, first)
            return CheckedClaim(claim, 0, 0, first.fingerprint, first.domain, True, first.unsafe, first.counterexample)
    parts = _results(files, question, workers, executor, progress)
    _cover(claim, parts)
    told: set[int] = set().union(*(part[3] for part in parts))
    regions = len(told) if first.winners and claim != SAFE else sum(part[1] for part in parts)
    return CheckedClaim(claim, regions, len(parts), first.fingerprint, first.domain, not unfinished, first.unsafe)


def _reached(question: _Question, arrays: list[Any], file: _File) -> None:
    """Check that the point of a file lies in the closed domain, and its outputs in the unsafe set."""
    values, q = _common(_numbers(file.counterexample, file.shapes[0][1], "counterexample"))
    _need(question.domain.closure_contains(values, q), "the counterexample is not in the closed domain")
    for stage, ((low, high), s) in zip(range(0, len(arrays) - 2, 4), question.slopes, strict=True):
        z, q = _affine(arrays[stage : stage + 2], values, q)
        values = [v * (up if v > 0 else down) for v, down, up in zip(z, low, high, strict=True)]
        q *= s
    outputs, q = _affine(arrays[-2:], values, q)
    inside = (all(_within(row, bound, outputs, q) for row, bound, _ in rows) for rows in file.polyhedra)
    _need(any(inside), "the outputs at the counterexample are not in the unsafe set")


def _affine(arrays: list[Any], values: Sequence[int], q: int) -> tuple[list[int], int]:
    """Return weight values + bias, in integers and their denominator."""
    weight, p = _matrix(np.column_stack(arrays))
    _affordable(len(weight), p.bit_length() + q.bit_length(), "values at the counterexample")
    return [_dot(row, (*values, q)) for row in weight], p * q


def _within(row: Sequence[Ratio], bound: Ratio, values: Sequence[int], q: int) -> bool:
    """Decide whether row . values / q is at most the bound."""
    (*g, h), _ = _common([*row, bound])
    return _dot(g, values) <= h * q


def _results(
    files: list[_File],
    question: _Question,
    workers: int,
    executor: Executor | None,
    progress: Callable[[int, int], None] | None,
) -> list[PartFound]:
    """Check all parts, here or in other processes, and tell how many events have been checked."""
    alone = workers == 1 and executor is None
    share = 1 if alone else 4 * workers  # several jobs each: parts differ in size
    jobs, sizes = [], []
    for file, i in itertools.product(files, range(share)):
        jobs.append((file.path, question, file.claim in ("upper", SAFE), range(i, len(file.parts), share)))
        sizes.append(sum(file.sizes.get(f"parts/{k}/events.u1", 0) for k in jobs[-1][-1]))
    done = 0

    def tick(events: int) -> None:
        nonlocal done
        done += events
        if progress:
            progress(done, sum(sizes))

    if alone:
        return [part for job in jobs for part in _check_parts(job, tick)]
    parts = []
    try:
        with nullcontext(executor) if executor else ProcessPoolExecutor(workers) as pool:
            for found, size in zip(pool.map(_check_parts, jobs), sizes, strict=True):
                parts += found
                tick(size)
    except BrokenExecutor:
        raise InvalidCertificate("a process that checked parts was ended from outside; give fewer workers") from None
    return parts


def _bar(done: int, total: int) -> None:
    sys.stderr.write(f"\r[{'#' * (40 * done // max(total, 1)):.<40}] {done:,} of {total:,} events")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 if the claim is verified, 3 if parts of it are missing, else 1.

    A search that was cut short proves a lower bound: 0 if that was asked for, else 3.
    """
    parser = argparse.ArgumentParser(prog="checker", description="Check a certificate with rational arithmetic.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a certificate, or all shards of one")
    parser.add_argument("--claim", choices=CLAIMS, help="a weaker claim than that of the file")
    parser.add_argument("--fingerprint", metavar="HEX", help="SHA-256 of the network that it must be about")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default 1)")
    parser.add_argument("--rational", action="store_true", help="check bounds of boxes without floats: slow")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.add_argument("--quiet", action="store_true", help="draw no progress bar")
    asked = parser.parse_args(arguments)
    told: dict[str, Any]
    try:
        options: dict[str, Any] = {"fingerprint": asked.fingerprint, "claim": asked.claim, "workers": asked.workers}
        options["rational"] = asked.rational
        verdict = check(asked.files, **options, progress=None if asked.quiet else _bar)
        code, words = 0 if asked.claim or verdict.complete else 3, verdict.sentence
        told = {"verified": True, "sentence": words, **asdict(verdict)}
    except InvalidCertificate as error:
        code = 3 if isinstance(error, IncompleteCertificate) else 1
        words = f"{'incomplete' if code == 3 else 'not verified'}: {error}"
        told = {"verified": False, "incomplete": code == 3, "error": str(error)}
    sys.stderr.write("" if asked.quiet else "\n")
    sys.stdout.write((json.dumps(told, indent=2) if asked.json else words) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
