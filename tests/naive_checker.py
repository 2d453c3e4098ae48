"""A second reader of certificates, as plain as can be: `fractions.Fraction`, recursion, no limits, no speed.

Written from docs/certificate.md alone. Each form is composed anew from the weights whenever it is asked for, suprema
over boxes and l1 balls are taken over their corners, and that no leaf is counted twice is seen by looking at them all.
"""

import hashlib
import itertools
import json
import re
import struct
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

MULTIPLIERS = ("singles.f4", "doubles.f8", "rationals.json")
COLUMNS = ("events.u1", "units.u2", "counts.u2", "rows.u2", "witnesses.f8", "slopes.u1", *MULTIPLIERS)
CUT = re.compile("([0-9]{1,5})([<>])(-?[0-9]{1,400}/[0-9]{1,400});")


class Refused(Exception):
    pass


class CutOff(Exception):
    """The events of a part are at their end."""


def need(holds, why):
    if not holds:
        raise Refused(why)


@dataclass
class Verified:
    claim: str
    regions: int


def verify(path, claim=None) -> Verified:
    """Check a certificate in one file; raise `Refused`."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            need(names[0] == "certificate.json" and names[-1] == "summary.json", "order of members")
            need(len(set(names)) == len(names), "a member twice")
            members = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, IndexError) as error:
        raise Refused(str(error)) from error
    return Certificate(members).verified(claim)


def number(value) -> Fraction:
    need(type(value) in (int, float, str), "type of a number")
    if isinstance(value, float):
        need(isfinite(value), "a number that is not finite")
    if isinstance(value, str):
        p, _, q = value.removeprefix("-").partition("/")
        if p.startswith("0x"):
            digits = p[2:] + q.removeprefix("0x")
            need(p[2:] and (q[:2] == "0x" or "/" not in value) and set(digits) <= set("0123456789abcdef"), "a rational")
            need("/" not in value or (q != "0x" and int(q, 16)), "a rational")
            return (-1 if value[0] == "-" else 1) * Fraction(int(p, 16), int(q or "1", 16))
        digits = p + q + "0" * (not q and "/" not in value)
        need(p and (q or "/" not in value) and set(digits) <= set("0123456789") and (not q or int(q)), "a rational")
    return Fraction(value)


def vector(values, length) -> list[Fraction]:
    need(type(values) is list and len(values) == length, "length of a vector")
    return [number(v) for v in values]


def dot(a, b) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True) if x and y), Fraction(0))


def unique(pairs):
    need(len(dict(pairs)) == len(pairs), "a key twice")
    return dict(pairs)


class Certificate:
    def __init__(self, members):
        self.members = members
        header = self.json("certificate.json")
        keys = {"format", "version", "claim", "fingerprint", "inputs", "stages", "outputs", "domain"}
        version = header.get("version") if isinstance(header, dict) else None
        told = {"winners", "unsafe", "counterexample"}
        more = {3: {"winners"}, 4: told, 5: told}
        keys |= more.get(version, set()) if type(version) is int else set()
        need(isinstance(header, dict) and set(header) == keys, "keys of the header")
        need(header["format"] == "exactregions certificate", "format")
        need(type(header["version"]) is int and header["version"] in (1, 2, 3, 4, 5), "version")
        need(header["claim"] in (("safe", "unsafe") if version >= 4 else ("exact", "upper", "lower")), "claim")
        need(type(header["stages"]) is list, "stages")
        sizes = [header["inputs"], *header["stages"], header["outputs"]]
        need(all(type(n) is int and n > 0 for n in sizes), "sizes")
        self.version = version
        self.claim, self.sizes, self.d = header["claim"], sizes, header["inputs"]
        self.read_winners(header.get("winners", []))
        self.groups, self.point = [], header.get("counterexample")
        self.read_network(header["fingerprint"])
        if version >= 4:
            self.read_property(header["unsafe"])
        self.fixed = {}
        self.read_domain(header["domain"])
        self.free = free = [i for i in range(self.d) if i not in self.fixed]
        self.inputs = [([Fraction(i == j) for j in free], self.fixed.get(i, Fraction(0))) for i in range(self.d)]
        self.rows = [self.combination(a, self.inputs, b, len(free)) for a, b in self.rows]
        self.d = len(free)
        summary = self.json("summary.json")
        need(isinstance(summary, dict) and set(summary) == {"regions", "complete", "parts"}, "keys of the summary")
        need(type(summary["regions"]) is int and type(summary["complete"]) is bool, "summary")
        need(type(summary["parts"]) is list, "parts")
        self.summary = summary
        allowed = {"certificate.json", "summary.json", *self.network_members}
        columns = [name for name in COLUMNS if version == 5 or name != "slopes.u1"]
        allowed |= {f"parts/{i}/{name}" for i in range(len(summary["parts"])) for name in columns}
        need(set(self.members) <= allowed, "a member too many")

    def json(self, name):
        need(name in self.members, f"no {name}")
        try:
            return json.loads(self.members[name].decode("utf-8"), object_pairs_hook=unique)
        except (ValueError, RecursionError) as error:
            raise Refused(str(error)) from error

    # the network

    def read_winners(self, winners: Any):
        need(isinstance(winners, list), "winners")
        self.winners = []
        for winner in winners:
            need(isinstance(winner, list) and len(winner) == 2, "a winner unit")
            units, contests = winner
            need(isinstance(units, list) and isinstance(contests, list), "its lists")
            need(len(units) == len(contests) > 0, "its length")
            need(all(isinstance(pair, list) and len(pair) == 2 for pair in contests), "its contests")
            need(all(type(v) is int for v in (*units, *itertools.chain(*contests))), "its numbers")
            # play: what has not met yet meets, and the winner comes back; one is left over
            left = set(range(len(units) + 1))
            for j, (a, b) in enumerate(contests):
                need(a in left and b in left and a != b, "its tournament")
                left = left - {a, b} | {len(units) + 1 + j}
            self.winners.append((tuple(units), tuple(map(tuple, contests))))

    def told(self, leaf):
        """The signs of a leaf, of each tournament its winner alone."""
        able = [u for u in range(len(leaf)) if u not in self.wires]
        signs, champions = list(leaf), []
        for units, contests in self.winners:
            best = list(range(len(units) + 1))
            for unit, (a, b) in zip(units, contests, strict=True):
                best.append(best[b] if leaf[able[unit]] == "+" else best[a])
                signs[able[unit]] = "."
            champions.append(best[-1])
        return "".join(signs), tuple(champions)

    def read_network(self, fingerprint):
        self.network_members, digest = [], hashlib.sha256()

        def floats(name, shape):
            self.network_members.append(name)
            count = shape[0] * (shape[1] if len(shape) == 2 else 1)
            data = self.members.get(name, b"")
            need(len(data) == 8 * count, f"size of {name}")
            values = [v + 0.0 for v in struct.unpack(f"<{count}d", data)]
            need(all(isfinite(v) for v in values), f"{name} is not finite")
            digest.update(str(shape).encode() + struct.pack(f"<{count}d", *values))
            return [Fraction(v) for v in values]

        self.stages = []
        for i, (n, m) in enumerate(itertools.pairwise(self.sizes[:-1])):
            flat = floats(f"network/{i}.weight.f8", (m, n))
            bias, low, high = (floats(f"network/{i}.{name}.f8", (m,)) for name in ("bias", "low", "high"))
            self.stages.append(([flat[k * n : k * n + n] for k in range(m)], bias, low, high))
        m, n = self.sizes[-1], self.sizes[-2]
        flat = floats("network/output.weight.f8", (m, n))
        self.output = [flat[k * n : k * n + n] for k in range(m)], floats("network/output.bias.f8", (m,))
        if self.winners:
            digest.update(str(self.winners).encode())
        need(digest.hexdigest() == fingerprint, "fingerprint")
        self.find_units()
        named = [unit for units, _ in self.winners for unit in units]
        able = len(self.places) - len(self.wires)
        need(len(set(named)) == len(named) and all(0 <= unit < able for unit in named), "units of winners")

    def find_units(self):
        self.places = [(s, i) for s, stage in enumerate(self.stages) for i in range(len(stage[1]))]
        self.wires = {u for u, (s, i) in enumerate(self.places) if self.stages[s][2][i] == self.stages[s][3][i]}

    def read_property(self, unsafe):
        """Read the polyhedra; for the claim safe, let the network go on to a unit for each row."""
        need(type(unsafe) is list and unsafe, "an unsafe set")
        self.polyhedra, m, rows = [], len(self.output[1]), []
        for data in unsafe:
            keys = {"G", "h"} | ({"above"} if self.claim == "safe" else set())
            need(isinstance(data, dict) and set(data) == keys and type(data["G"]) is list and data["G"], "a polyhedron")
            matrix, bounds = [vector(row, m) for row in data["G"]], vector(data["h"], len(data["G"]))
            self.polyhedra.append(list(zip(matrix, bounds, strict=True)))
            if self.claim == "safe":
                above = vector(data["above"], len(bounds))
                need(all(b < a for b, a in zip(bounds, above, strict=True)), "above that is not above")
                first = len(self.places) + m + len(rows)
                self.groups.append(range(first, first + len(matrix)))
                rows += zip(matrix, above, strict=True)
        need((self.point is None) == (self.claim == "safe"), "a point")
        if self.claim == "safe":
            zeros, ones = [Fraction(0)], [Fraction(1)]
            self.stages.append((*self.output, ones * m, ones * m))
            negated = [[-v for v in row] for row, _ in rows]
            self.stages.append((negated, [a for _, a in rows], zeros * len(rows), ones * len(rows)))
            self.find_units()

    def reaches(self):
        """Whether the point lies in the closed domain, and its outputs in a polyhedron."""
        values = x = vector(self.point, len(self.inputs))
        for weight, bias, low, high in self.stages:
            z = [dot(row, values) + b for row, b in zip(weight, bias, strict=True)]
            values = [v * (up if v > 0 else down) for v, down, up in zip(z, low, high, strict=True)]
        y = [dot(row, values) + b for row, b in zip(*self.output, strict=True)]
        free = [v for i, v in enumerate(x) if i not in self.fixed]
        inside = all(x[i] == v for i, v in self.fixed.items()) and all(dot(a, free) + b >= 0 for a, b in self.rows)
        inside = inside and self.closure_holds(free)
        return inside and any(all(dot(g, y) <= h for g, h in rows) for rows in self.polyhedra)

    def closure_holds(self, x):
        if self.ball:
            c, r, norm = self.ball
            gaps = [abs(v - w) for v, w in zip(x, c, strict=True)]
            return {1: sum(gaps) <= r, 2: dot(gaps, gaps) <= r * r, "inf": max(gaps) <= r}[norm]
        return self.box is None or all(low <= v <= up for v, (low, up) in zip(x, self.box, strict=True))

    def form(self, unit, signs):
        """Coefficients and constant of the pre-activation of a unit, from the signs of all earlier stages."""
        stage, place = self.places[unit]
        values = self.inputs
        first = 0
        for s in range(stage + 1):
            weight, bias, low, high = self.stages[s]
            z = [self.combination(row, values, b) for row, b in zip(weight, bias, strict=True)]
            if s == stage:
                return z[place]
            values = []
            for i, (a, b) in enumerate(z):
                slope = high[i] if signs[first + i] else low[i]
                values.append(([slope * v for v in a], slope * b))
            first += len(z)
        raise AssertionError

    def combination(self, weights, forms, constant=Fraction(0), width=None):
        a = [dot(weights, [form[0][j] for form in forms]) for j in range(self.d if width is None else width)]
        return a, dot(weights, [form[1] for form in forms]) + constant

    # the domain

    def read_domain(self, data):
        need(isinstance(data, dict), "domain")
        d, kind = self.d, data.get("kind")
        self.rows, self.box, self.ball = [], None, None
        if kind == "ball":
            need(set(data) == {"kind", "center", "radius", "norm"}, "keys of the ball")
            need(data["norm"] in (1, 2, "inf") and type(data["norm"]) in (int, str), "norm")
            self.ball = vector(data["center"], d), number(data["radius"]), data["norm"]
            need(self.ball[1] > 0, "radius")
        elif kind == "box":
            self.read_box(data)
        elif kind == "polytope":
            need(set(data) == {"kind", "A", "b", "box"}, "keys of the polytope")
            need(type(data["A"]) is list and data["A"], "A")
            matrix, bounds = [vector(row, d) for row in data["A"]], vector(data["b"], len(data["A"]))
            self.rows = [([-v for v in row], b) for row, b in zip(matrix, bounds, strict=True)]
            if data["box"] is not None:
                need(isinstance(data["box"], dict) and data["box"].get("kind") == "box", "box")
                self.read_box(data["box"])
        else:
            need(kind == "whole-space" and set(data) == {"kind", "dim"}, "kind of the domain")
            need(type(data["dim"]) is int and data["dim"] == d, "dim")

    def read_box(self, data):
        need(set(data) == {"kind", "lower", "upper"}, "keys of the box")
        sides = list(zip(vector(data["lower"], self.d), vector(data["upper"], self.d), strict=True))
        need(all(low <= up for low, up in sides), "an empty box")
        self.fixed = {i: low for i, (low, up) in enumerate(sides) if low == up}
        self.box = [side for side in sides if side[0] < side[1]]

    def sides(self):
        """The sides of a box, or of the box around a ball; None where there is none."""
        if self.ball:
            return [(v - self.ball[1], v + self.ball[1]) for v in self.ball[0]]
        return self.box

    def never_positive(self, rho, kappa, cut=None):
        """Whether rho.x + kappa <= 0 on the domain, or a cut box, its rows aside: look at the corners."""
        if cut is not None:
            return all(dot(rho, corner) + kappa <= 0 for corner in itertools.product(*cut))
        if self.ball and self.ball[2] == 2:
            c, r, _ = self.ball
            s = dot(rho, c) + kappa
            return s <= 0 and s**2 >= r**2 * dot(rho, rho)
        if self.box is None and self.ball is None:
            return kappa <= 0 and not any(rho)
        return all(dot(rho, corner) + kappa <= 0 for corner in self.corners())

    def corners(self):
        if self.box is not None:
            return list(itertools.product(*self.box))
        assert self.ball is not None
        c, r, norm = self.ball
        if norm == "inf":
            return list(itertools.product(*((v - r, v + r) for v in c)))
        return [[v + s * r * (i == j) for j, v in enumerate(c)] for i in range(self.d) for s in (-1, 1)]

    def holds(self, x):
        if self.box:
            return all(low < v < up for v, (low, up) in zip(x, self.box, strict=True))
        if self.ball:
            c, r, norm = self.ball
            gaps = [abs(v - w) for v, w in zip(x, c, strict=True)]
            return {1: sum(gaps) < r, 2: dot(gaps, gaps) < r * r, "inf": max(gaps) < r}[norm]
        return True

    # the parts

    def verified(self, claim):
        claim = claim or self.claim
        weaker = self.claim == "exact" and claim in ("upper", "lower")
        need(claim == self.claim or weaker, "a stronger claim than that of the file")
        if claim == "unsafe":
            need(self.summary == {"regions": 0, "complete": True, "parts": []}, "parts beside a point")
            need(self.reaches(), "a point that is none")
            return Verified(claim, 0)
        parts = [Part(self, i, data) for i, data in enumerate(self.summary["parts"])]
        prefixes = {part.prefix: part for part in parts}
        need(len(prefixes) == len(parts), "a prefix twice")
        for part in parts:
            part.walk()
        leaves = [leaf for part in parts for leaf in part.leaves]
        need(len(leaves) == self.summary["regions"], "number of regions")
        if claim == "lower":
            for inner, outer in itertools.permutations(parts, 2):
                within = inner.prefix.startswith(outer.prefix)
                need(not within or any(inner.prefix.startswith(q) for q in outer.elsewhere), "a part within another")
        else:
            need(self.summary["complete"] and all(part.complete for part in parts), "it is incomplete")
            need("" in prefixes, "no first part")
            reached = self.reached(prefixes, "")
            need(sorted(reached) == sorted(prefixes), "parts that are left over, or walked twice")
        if claim not in ("upper", "safe"):
            need(len(set(leaves)) == len(leaves), "a region twice")
        told = self.winners and claim != "safe"
        return Verified(claim, len({self.told(leaf) for leaf in leaves}) if told else len(leaves))

    def reached(self, prefixes, prefix):
        need(prefix in prefixes, f"part {prefix} is missing")
        found = [prefix]
        for longer in prefixes[prefix].elsewhere:
            need(len(longer) > len(prefix), "a prefix that does not grow")
            found += self.reached(prefixes, longer)
        return found


class Part:
    def __init__(self, certificate, index, data):
        self.c = certificate
        need(isinstance(data, dict) and set(data) == {"prefix", "leaves", "complete"}, "keys of a part")
        need(isinstance(data["prefix"], str), "prefix")
        self.prefix = signs = data["prefix"]
        self.box, self.cuts = None, ""
        while certificate.version == 5 and (cut := CUT.match(signs)):
            signs = signs[cut.end() :]
            self.box = self.side(self.box, int(cut[1]), number(cut[3]), cut[2] == ">")
            self.cuts += cut[0]
        need(set(signs) <= {"+", "-"}, "prefix")
        need(len(signs) <= len(certificate.places), "length of a prefix")
        need(all(signs[u] == "+" for u in certificate.wires if u < len(signs)), "a wire with -")
        need(type(data["leaves"]) is int and type(data["complete"]) is bool, "types in a part")
        self.wanted, self.stated, self.complete = signs, data["leaves"], data["complete"]
        self.columns = {name: self.column(f"parts/{index}/{name}") for name in COLUMNS}
        self.leaves, self.elsewhere, self.ended = [], [], False

    def column(self, name):
        data = self.c.members.get(name)
        if data is None:
            return []
        if name.endswith("json"):
            texts = self.c.json(name)
            need(type(texts) is list, "rationals")
            return [number(v) for v in texts]
        code, size = {"u1": ("B", 1), "u2": ("H", 2), "f4": ("f", 4), "f8": ("d", 8)}[name[-2:]]
        need(len(data) % size == 0, f"size of {name}")
        values = list(struct.unpack(f"<{len(data) // size}{code}", data))
        need(all(isfinite(v) for v in values), f"{name} is not finite")
        return [Fraction(v) for v in values] if code in "fd" else values

    def take(self, name):
        need(self.columns[name], f"{name} is too short")
        return self.columns[name].pop(0)

    def walk(self):
        try:
            self.node({u: True for u in self.c.wires}, list(self.c.rows), [], False, self.box, self.cuts)
            self.ended = True
        except CutOff:
            pass
        need(not any(self.columns.values()), "entries that nothing uses")
        need(self.ended or not self.complete, "the walk stops")
        need(len(self.leaves) == self.stated, "number of leaves")

    def node(self, signs, rows, path, fresh, box, cuts):
        """Walk what is below a node; `path` are the units split above it, `fresh` says that the last was just split.

        `box` has the sides that cuts leave, `cuts` is their text.
        """
        if not self.columns["events.u1"]:
            raise CutOff
        event = self.take("events.u1")
        need(event <= (13 if self.c.version == 5 and self.c.groups else 11), "an unknown event")
        if event == 13:
            self.bound(signs, self.c.sides() if box is None else box)
        elif event == 12:
            need(not self.wanted and set(signs) == self.c.wires, "a cut after a sign")
            unit, at = self.take("units.u2"), self.take("doubles.f8")
            for upper in (False, True):
                text = f"{cuts}{unit}{'>' if upper else '<'}{at.numerator}/{at.denominator};"
                self.node(signs, rows, path, True, self.side(box, unit, at, upper), text)
        elif event == 11:
            self.leave(signs, path, fresh, cuts)
        elif event >= 8:
            self.leaf(event, signs, rows)
        else:
            self.unit(event, self.take("units.u2"), signs, rows, path, box, cuts)

    def side(self, box, unit, at, upper):
        ball = self.c.ball
        need(not ball or ball[2] == "inf", "a cut of a round ball")
        box = self.c.sides() if box is None else box
        need(box is not None and unit in self.c.free, "a cut of nothing")
        place = self.c.free.index(unit)
        low, up = box[place]
        need(low < at < up, "a cut outside")
        return [*box[:place], (at, up) if upper else (low, at), *box[place + 1 :]]

    def bound(self, signs, box):
        """A leaf: by lines above and below each unit, no polyhedron has a combination of rows that is positive."""
        need(box is not None, "a bound without a box")
        hidden = [u for u, (stage, _) in enumerate(self.c.places) if stage < len(self.c.stages) - 2]
        given = {u: Fraction(self.take("slopes.u1"), 128) for u in hidden if u not in signs}
        need(all(slope <= 1 for slope in given.values()), "a slope above 1")
        factors = [[self.take("singles.f4") for _ in group] for group in self.c.groups]
        need(all(min(y) >= 0 and any(y) for y in factors), "multipliers")
        lines: list = []
        for s, (weight, bias, low, high) in enumerate(self.c.stages[:-1]):
            lines.append([])
            for i, (row, b) in enumerate(zip(weight, bias, strict=True)):
                unit = self.c.places.index((s, i))
                up = self.largest(row, b, lines[:-1], box)
                down = -self.largest([-v for v in row], -b, lines[:-1], box)
                lines[-1].append(line_pair(down, up, low[i], high[i], signs.get(unit), given.get(unit)))
        rows, bounds = self.c.stages[-1][:2]
        first = 0
        for y in factors:
            mine = slice(first, first + len(y))
            row = [dot(y, column) for column in zip(*rows[mine], strict=True)]
            need(self.largest(row, dot(y, bounds[mine]), lines, box) <= 0, "no proof by bounds")
            first += len(y)
        self.leaves.append("")

    def largest(self, row, constant, lines, box):
        """A number that the row of the values of a stage, plus the constant, does not exceed in the box."""
        if not lines:
            a, b = self.c.combination(row, self.c.inputs, constant)
            return b + sum((max(v * low, v * up) for v, (low, up) in zip(a, box, strict=True)), Fraction(0))
        weight, bias = self.c.stages[len(lines) - 1][:2]
        chosen = [pair[0] if v >= 0 else pair[1] for v, pair in zip(row, lines[-1], strict=True)]
        steep = [v * k for v, (k, _) in zip(row, chosen, strict=True)]
        below = [dot(steep, column) for column in zip(*weight, strict=True)]
        return self.largest(below, constant + dot(row, [o for _, o in chosen]) + dot(steep, bias), lines[:-1], box)

    def leave(self, signs, path, fresh, cuts):
        need(fresh, "event 11 inside a side")
        if not path:
            self.elsewhere.append(cuts)
            return
        last = path[-1]
        need(last >= len(self.wanted), "event 11 within the prefix")
        need(all(u in signs for u in range(last)), "event 11 before earlier units")
        need(all(u <= last for u in path), "event 11 after a later unit")
        self.elsewhere.append(cuts + "".join("-+"[signs[u]] for u in range(last + 1)))

    def leaf(self, event, signs, rows):
        if self.c.groups:
            need(event == 10, "a witness at a safe leaf")
            need(all(any(signs.get(u) is False for u in group) for group in self.c.groups), "a leaf that is not safe")
            self.leaves.append("")
            return
        need(len(signs) == len(self.c.places), "an early leaf")
        if event == 10:
            need(self.c.claim == "upper", "a leaf without witness")
        else:
            x = [self.take("witnesses.f8" if event == 8 else "rationals.json") for _ in range(self.c.d)]
            need(self.c.holds(x), "a witness outside")
            need(all(dot(a, x) + b > 0 for a, b in rows), "a witness beyond a row")
        self.leaves.append("".join("-+"[signs[u]] for u in range(len(signs))))

    def unit(self, event, unit, signs, rows, path, box, cuts):
        stages = [stage for u, (stage, _) in enumerate(self.c.places) if u not in signs]
        need(unit < len(self.c.places) and unit not in signs, "no unsettled unit")
        need(self.c.places[unit][0] == stages[0], "a unit of another stage")
        a, b = self.c.form(unit, signs)
        negated = [-v for v in a], -b
        wanted = {"+": True, "-": False}[self.wanted[unit]] if unit < len(self.wanted) else None
        if event <= 1:
            need(any(a) or b, "a split of zero")
            for sign in (event == 1, event == 0):
                if wanted in (None, sign):
                    below = signs | {unit: sign}, [*rows, (a, b) if sign else negated], [*path, unit], True
                    self.node(*below, box, cuts)
            return
        sign = event % 2 == 1
        need(not sign or any(a) or b, "zero with sign +")
        chosen = [self.take("rows.u2") for _ in range(int(self.take("counts.u2")))]
        need(chosen == sorted(set(chosen)) and all(k < len(rows) for k in chosen), "rows of a proof")
        y = [self.take(MULTIPLIERS[event // 2 - 1]) for _ in range(len(chosen) + 1)] if chosen else [Fraction(1)]
        need(all(v >= 0 for v in y) and any(y), "multipliers")
        rho, kappa = self.c.combination(y, [*(rows[k] for k in chosen), negated if sign else (a, b)])
        need(self.c.never_positive(rho, kappa, box), "no proof")
        if wanted in (None, sign):
            self.node(signs | {unit: sign}, rows, path, False, box, cuts)


def line_pair(low, up, s, t, positive, slope):
    """Slope and constant of a line above and of one below a unit with slopes s and t, on [low, up]."""
    if positive is None and low < 0 < up:
        chord = s + (t - s) * Fraction(round(up / (up - low) * 2**20), 2**20)
        through = s + (t - s) * slope
        steep = (chord, through) if t >= s else (through, chord)
        gaps = [((s - k) * low, Fraction(0), (t - k) * up) for k in steep]
        return (steep[0], max(gaps[0])), (steep[1], min(gaps[1]))
    if positive is None:
        positive = up > 0
    return ((t if positive else s, Fraction(0)),) * 2
