"""Certificates made from scratch, by plain exact search: nothing of the package's own writers is used.

A `Draft` is a certificate in plain data, an event at a time, which tests change at will and write to a file.
"""

import copy
import io
import json
import zipfile
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from exactregions import Ball, Box, Network, Polytope, Stage, WholeSpace, count_regions
from exactregions.cases import networks as nets
from exactregions.exact.cell_at_witness import cell_about
from exactregions.exact.cells import BallCell, root_cell
from exactregions.exact.farkas import refutes
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.numbers import as_fractions, rational
from exactregions.exact.shapes.shape import Row

SPLITS, SIGNS, LEAVES, ELSEWHERE = (0, 1), tuple(range(2, 8)), (8, 9, 10), 11
MULTIPLIERS = ("singles.f4", "doubles.f8", "rationals.json")
KINDS = {".u1": "u1", ".u2": "<u2", ".f4": "<f4", ".f8": "<f8"}


@dataclass
class Event:
    """An event with all that the columns say about it; `numbers` are multipliers or a witness."""

    code: int
    unit: int = 0
    rows: list[int] = field(default_factory=list)
    numbers: list = field(default_factory=list)


@dataclass
class PartDraft:
    prefix: str
    events: list[Event] = field(default_factory=list)
    leaves: int = 0
    complete: bool = True

    def columns(self) -> dict[str, list]:
        columns = {name: [] for name in ("events.u1", "units.u2", "counts.u2", "rows.u2", *MULTIPLIERS, "witnesses.f8")}
        for event in self.events:
            columns["events.u1"].append(event.code)
            if event.code in SPLITS or event.code in SIGNS:
                columns["units.u2"].append(event.unit)
            if event.code in SIGNS:
                columns["counts.u2"].append(len(event.rows))
                columns["rows.u2"] += event.rows
                columns[MULTIPLIERS[event.code // 2 - 1]] += event.numbers if event.rows else []
            if event.code in (8, 9):
                columns["witnesses.f8" if event.code == 8 else "rationals.json"] += event.numbers
        return {name: values for name, values in columns.items() if values}


@dataclass
class Draft:
    """A certificate before it is written; `regions` is the sum of the leaves unless it is given."""

    header: dict
    arrays: dict[str, np.ndarray]
    parts: list[PartDraft]
    complete: bool = True
    regions: int | None = None

    def copy(self) -> "Draft":
        return copy.deepcopy(self)

    def with_events(self, part: int, events: list[Event], leaves: int | None = None) -> "Draft":
        """Return the same with other events in one part; its leaves are counted unless they are given."""
        counted = sum(event.code in LEAVES for event in events) if leaves is None else leaves
        parts = list(self.parts)
        parts[part] = replace(parts[part], events=events, leaves=counted)
        return replace(self, parts=parts)

    def about(self, header: dict | None = None, arrays: dict | None = None, fingerprint: bool = True) -> "Draft":
        """Return the same about another question; `fingerprint` tells whether it is brought up to date."""
        header, arrays = self.header | (header or {}), self.arrays | (arrays or {})
        if fingerprint:
            header = header | {"fingerprint": network_of(header, arrays).fingerprint}
        return replace(self, header=header, arrays=arrays)

    def summary(self) -> dict:
        counted = sum(part.leaves for part in self.parts)
        parts = [{"prefix": p.prefix, "leaves": p.leaves, "complete": p.complete} for p in self.parts]
        regions = counted if self.regions is None else self.regions
        return {"regions": regions, "complete": self.complete, "parts": parts}

    def members(self) -> dict[str, bytes]:
        members = {"certificate.json": json.dumps(self.header).encode()}
        members |= {name: array.astype("<f8").tobytes() for name, array in self.arrays.items()}
        for i, part in enumerate(self.parts):
            for name, values in part.columns().items():
                members[f"parts/{i}/{name}"] = packed(name, values)
        return members | {"summary.json": json.dumps(self.summary()).encode()}

    def write(self, path):
        return write(path, self.members())

    @property
    def network(self) -> Network:
        return network_of(self.header, self.arrays)


def packed(name: str, values: list) -> bytes:
    if name.endswith("json"):
        return json.dumps([v if isinstance(v, str) else str(Fraction(v)) for v in values]).encode()
    return np.array(values, dtype=KINDS[name[-3:]]).tobytes()


def write(path, members: dict[str, bytes], compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    path.write_bytes(buffer.getvalue())
    return path


def network_of(header: dict, arrays: dict[str, np.ndarray]) -> Network:
    stages = [
        Stage(*(arrays[f"network/{i}.{name}.f8"] for name in ("weight", "bias", "low", "high")))
        for i in range(len(header["stages"]))
    ]
    return Network(tuple(stages), arrays["network/output.weight.f8"], arrays["network/output.bias.f8"])


def arrays_of(network: Network) -> dict[str, np.ndarray]:
    arrays = {}
    for i, stage in enumerate(network.stages):
        for name in ("weight", "bias", "low", "high"):
            arrays[f"network/{i}.{name}.f8"] = np.array(getattr(stage, name))
    output = {"network/output.weight.f8": np.array(network.weight), "network/output.bias.f8": np.array(network.bias)}
    return arrays | output


def header_of(network: Network, domain, claim: str) -> dict:
    return {
        "format": "exactregions certificate",
        "version": 1,
        "claim": claim,
        "fingerprint": network.fingerprint,
        "inputs": network.inputs,
        "stages": [len(stage.bias) for stage in network.stages],
        "outputs": network.outputs,
        "domain": domain.describe(),
    }


def drafted(network: Network, domain, *, claim="exact", cut=lambda prefix: False, descending=False) -> Draft:
    """Search, and take down every decision.

    Parameters
    ----------
    cut : callable
        Tells whether the side of a split with this prefix becomes a part of its own.
    descending : bool
        Decide the units of a stage from the last to the first; without parts.
    """
    prover, parts, waiting = _Prover(*in_free_inputs(network, domain), claim, cut, descending), [], [""]
    while waiting:
        part = PartDraft(waiting.pop(0))
        waiting += prover.walk(part)
        parts.append(part)
    return Draft(header_of(network, domain, claim), arrays_of(network), parts)


def in_free_inputs(network: Network, domain):
    """Return a question with the values of fixed inputs in the first biases, which must stay floats."""
    fixed, first = domain.fixed_inputs, network.stages[:1]
    if not fixed:
        return network, domain
    free = [i for i in range(network.inputs) if i not in fixed]
    exact = [
        Fraction(b) + sum(Fraction(row[i]) * v for i, v in fixed.items())
        for row, b in zip(first[0].weight.tolist(), first[0].bias.tolist(), strict=True)
    ]
    bias = [float(v) for v in exact]
    assert list(map(Fraction, bias)) == exact
    stage = Stage(first[0].weight[:, free], bias, first[0].low, first[0].high)
    return Network((stage, *network.stages[1:]), network.weight, network.bias), domain.free_part()


def truncated(draft: Draft, events: int, part: int = 0) -> Draft:
    """Return the certificate of a search that was stopped after so many events of a part."""
    short = draft.copy()
    chosen = short.parts[part]
    chosen.events = chosen.events[:events]
    chosen.leaves = sum(event.code in LEAVES for event in chosen.events)
    chosen.complete = short.complete = False
    return short


class _Prover:
    def __init__(self, network, domain, claim, cut, descending):
        self.exact, self.domain, self.claim = ExactNetwork(network), domain, claim
        self.cut, self.descending = cut, descending
        self.root = root_cell(domain)
        self.numbers, self.scales = [], []  # of the rows of the root: their index in the file, and their scale
        if isinstance(domain, Polytope):
            forms = [Row.below(row, b).form for row, b in zip(domain.A, domain.b, strict=True)]
            self.numbers = [forms.index(row) for row in self.root.rows]
            self.scales = [_scale(forms[i], domain.A[i], domain.b[i]) for i in self.numbers]
        self.first = len(domain.A) if isinstance(domain, Polytope) else 0

    def walk(self, part: PartDraft) -> list[str]:
        self.part, self.left = part, []
        self._stage(self.root, self.numbers, self.scales, 0, self.exact.identity, "")
        part.leaves = sum(event.code in LEAVES for event in part.events)
        return self.left

    def _stage(self, cell, numbers, scales, stage, values, text):
        if stage == len(self.exact.stages):
            self.part.events.append(self._leaf(cell))
            return
        forms, splits = self.exact.pre_activations(stage, values), self.exact.stages[stage].splits
        order = [i for i, splitting in enumerate(splits) if splitting]
        signs = {i: True for i in range(len(splits)) if i not in order}
        self._units(cell, numbers, scales, stage, forms, order[::-1] if self.descending else order, signs, text)

    def _units(self, cell, numbers, scales, stage, forms, order, signs, text):
        if not order:
            done = [signs[i] for i in range(len(signs))]
            longer = text + "".join("-+"[s] for s in done)
            self._stage(cell, numbers, scales, stage + 1, self.exact.activations(stage, forms, done), longer)
            return
        [i, *rest], form = order, forms.row(order[0])
        unit = len(text) + i
        wanted = self.part.prefix[unit : unit + 1]
        scale = Fraction(2) ** forms.exponent
        positive, negative = cell.halves(form)
        if positive is None or negative is None:
            sign = positive is not None
            self.part.events.append(self._sign(cell, numbers, scales, unit, form, scale, sign))
            if wanted in ("", "-+"[sign]):
                self._units(cell, numbers, scales, stage, forms, rest, signs | {i: sign}, text)
            return
        first = unit % 2 == 1
        self.part.events.append(Event(int(first), unit))
        number = self.first + len(scales) - len(self.scales)
        for sign, side in ((first, (negative, positive)[first]), (not first, (negative, positive)[not first])):
            before = text + "".join("-+"[signs[k]] for k in range(i) if k in signs) + "-+"[sign]
            if wanted and wanted != "-+"[sign]:
                continue
            if not wanted and not self.descending and self.cut(before):
                self.part.events.append(Event(ELSEWHERE))
                self.left.append(before)
                continue
            self._units(side, [*numbers, number], [*scales, scale], stage, forms, rest, signs | {i: sign}, text)

    def _leaf(self, cell) -> Event:
        if self.claim == "upper":
            return Event(10)
        point = list(as_fractions(cell.witness))
        return Event(8 if all(Fraction(float(x)) == x for x in point) else 9, numbers=point)

    def _sign(self, cell, numbers, scales, unit, form, scale, sign) -> Event:
        target = form.negated() if sign else form
        chosen = refutation(cell, target)
        rows = [k for k in range(len(cell.rows)) if k in chosen]
        forms = [*(cell.rows[k] for k in rows), target]
        exact = [*(chosen[k] * rational(scales[k]) for k in rows), chosen[-1] * rational(scale)]
        largest = max(exact)
        true = [y / largest for y in exact] if rows else [rational(1)]
        for storage, kind in enumerate((np.float32, np.float64, None)):
            y = true if kind is None else [rational(float(kind(float(Fraction(int(v.p), int(v.q)))))) for v in true]
            scaled = zip(y, [*(scales[k] for k in rows), scale], strict=True)
            if refutes(self.domain, forms, [v / rational(s) for v, s in scaled]):
                code = 2 + int(sign) + 2 * storage
                return Event(code, unit, [numbers[k] for k in rows], list(as_fractions(y)) if rows else [])
        raise AssertionError("a refutation that does not refute")


def _scale(form, row, b) -> Fraction:
    """How many times the inequality b - row.x its integer form is."""
    pairs = zip([*form.a, form.b], [*(-v for v in row), b], strict=True)
    return next((Fraction(int(n)) / v for n, v in pairs if v), Fraction(1))


def refutation(cell, target) -> dict:
    """Return multipliers that show that a form is nowhere positive on a cell, by row; that of the form at -1."""
    one = rational(1)
    if refutes(cell.body, [target], [one]):
        return {-1: one}
    if isinstance(cell, BallCell):
        nearest = cell.nearest.with_row(target)
        if nearest is not None and nearest.distance_squared >= cell.radius * cell.radius:
            found = dict(zip(nearest.active, nearest.multipliers, strict=True))
            return {(-1 if k == len(cell.rows) else k): y for k, y in found.items() if y} | {
                -1: found.get(len(cell.rows), rational(0))
            }
        cell = cell_about(WholeSpace(len(cell.witness)), cell.rows, cell.witness)
    return _duals(cell, target) | {-1: one}


def _duals(cell, target) -> dict:
    """Climb to the maximum of a form by the same pivots as `Dictionary.raise_above_zero`; return the reduced costs."""
    dictionary = cell.dictionary.copy()
    coefficients, value = dictionary.express(*cell.columns.lift(target.a, target.b))
    while (entering := dictionary._entering(coefficients)) is not None:
        j, direction = entering
        step, leaving = dictionary._ratio_test(j, direction)
        assert step is not None, "the form has no maximum"
        value += coefficients[j] * direction * step
        dictionary._move(j, direction * step)
        if leaving is not None:
            pivot, factor = dictionary._pivot(j, leaving), coefficients[j]
            pairs = enumerate(zip(coefficients, pivot, strict=True))
            coefficients = [factor * p if i == j else c + factor * p for i, (c, p) in pairs]
    assert value <= 0
    first = dictionary.structural + len(cell.columns.rows)  # the facets of an l1 ball are the first row
    pairs = zip(dictionary.nonbasic, coefficients, strict=True)
    return {v - first: -c for v, c in pairs if v >= first and c}


def by_depth(*depths: int):
    """Cut a walk where a prefix has one of these lengths."""
    return lambda prefix: len(prefix) in depths


def leaky() -> Network:
    """Two slopes that are not zero, and a wire."""
    first = Stage([[1.0, -2.0], [0.5, 1.0], [1.0, 1.0]], [0.25, -0.5, 0.0], [0.25, 1.0, -0.5], [1.0, 1.0, 1.0])
    return Network((first, Stage.relu([[1.0, -1.0, 0.5]], [0.125])), [[1.0]], [0.0])


REPEATED = nets.one_layer([[1, 2], [2, 4], [-1, -2], [1, 0], [0, 0]], [1, 2, -1, 0, 0])
WIDER = nets.generated(3, 3, 2, 1, seed=1, bits=4)
TOUCHED = nets.one_layer([[1, 0], [0, 1], [3, 4]], [-1, -2, -13.5])  # the third touches the ball about (1, 2)
SMALL = nets.generated(2, 3, 2, 1, seed=1, bits=4)
LINES = Polytope([[Fraction(1, 3), 1], [-1, 0], [0, -1]], [1, 1, 1])

# Small certificates of every kind of domain, network and shape: what they are about, and how they are made.
CASES = {
    "box": (SMALL, Box([-1, -1], [1, Fraction(2, 3)]), {}),
    "box, from the last unit": (SMALL, Box([-1, -1], [1, 1]), {"descending": True}),
    "ball 1": (SMALL, Ball([0, Fraction(1, 3)], 1, 1), {}),
    "ball 2": (SMALL, Ball([0, Fraction(1, 3)], 1, 2), {}),
    "ball inf": (SMALL, Ball([0, 0.5], 1, np.inf), {}),
    "whole space": (SMALL, WholeSpace(2), {}),
    "polytope": (SMALL, LINES, {}),
    "polytope in a box": (SMALL, Polytope([[1, 1], [1, 1]], [0.5, 1], Box([-1, -1], [1, 1])), {}),
    "a fixed input": (WIDER, Box([-1, 0.5, -1], [1, 0.5, Fraction(2, 3)]), {}),
    "a fixed input, parts": (WIDER, Box([-1, -1, 0.25], [1, 1, 0.25]), {"cut": by_depth(1, 3)}),
    "a fixed input of a polytope": (WIDER, Polytope([[1, 1, 1]], [1], Box([-1, 0.5, -1], [1, 0.5, 1])), {}),
    "touched ball": (TOUCHED, Ball([1, 2], Fraction(1, 2)), {}),
    "corner at the ball": (nets.one_layer(np.eye(4)), Ball([1] * 4, 2), {}),
    "touched l1 ball": (nets.one_layer(np.eye(2), [-1, 0.5]), Ball([0, 0], 1, 1), {}),
    "repeated rows": (REPEATED, Ball([0, 0], 1), {}),
    "sliver": (nets.one_layer([[0, 1], [-1e-26, 1], [2, 0]], [0, 0, -1]), Ball([0, 0], 1), {}),
    "max min": (nets.max_min(), Ball([0, 0], 1, 1), {}),
    "leaky": (leaky(), Box([-1, -1], [1, 1]), {}),
    "hat": (nets.hat(), WholeSpace(1), {}),
    "affine": (Network.from_layers([np.ones((2, 3))], [None]), Ball([0, 0, 0], 1), {}),
    "upper": (SMALL, Ball([0, 0], 1), {"claim": "upper"}),
    "parts": (SMALL, Box([-1, -1], [1, 1]), {"cut": by_depth(1, 4)}),
    "nested parts": (SMALL, Ball([0, 0], 1), {"cut": by_depth(1, 2, 3)}),
    "parts, upper": (leaky(), Box([-1, -1], [1, 1]), {"cut": by_depth(1, 3), "claim": "upper"}),
}


def case(name: str) -> Draft:
    network, domain, how = CASES[name]
    return drafted(network, domain, **how)


_COUNTS: dict[tuple[str, str], int] = {}


def true_count(network: Network, domain) -> int:
    """Return the count of the rational engine."""
    key = network.fingerprint, json.dumps(domain.describe())
    if key not in _COUNTS:
        _COUNTS[key] = count_regions(network, domain, engine="rational")
    return _COUNTS[key]
