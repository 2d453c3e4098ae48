"""The tree of a certificate as lines (proof/README.md): each part stands where its side was left."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from exactregions.certificate import checker
from exactregions.certificate.checker import IncompleteCertificate, InvalidCertificate
from exactregions.errors import CertificateError
from exactregions.support.shortening import short

OPEN = "?"  # the sign of a unit that is not settled
MULTIPLIERS = ("singles.f4", "doubles.f8", "rationals.json")
WITNESSES = ("witnesses.f8", "rationals.json", None)


def need(holds: object, message: str) -> None:
    """Refuse the certificate where something does not hold."""
    if not holds:
        raise InvalidCertificate(message)


def _text(value: checker.Ratio | Fraction) -> str:
    """Return a number in hexadecimal digits, which are fast to write and to read."""
    p, q = value.as_integer_ratio() if isinstance(value, Fraction) else value
    return f"{p:#x}" if q == 1 else f"{p:#x}/{q:#x}"


def texts(values: Any) -> list[str]:
    """Return numbers, fractions or ratios, as they stand in a line."""
    return [_text(value) for value in values]


class Tree:
    """The parts of all files, each put where its side was left."""

    def __init__(self, files: list[checker._File], arrays: list[Any], free: int, claim: str) -> None:
        self.free, self.claim, self.parts = free, claim, dict[str, tuple[checker._File, int]]()
        slopes = [pair for i in range(0, len(arrays) - 2, 4) for pair in zip(*arrays[i + 2 : i + 4], strict=True)]
        self.unsettled = ["+" if low == high else OPEN for low, high in slopes]  # a wire has the sign +
        for file in files:
            for index, (prefix, _, _) in enumerate(file.parts):
                need(prefix not in self.parts, "two parts have the same prefix")
                wires = zip(prefix, self.unsettled, strict=False)
                need(all(wire in (OPEN, sign) for sign, wire in wires), "a wire has the sign - in a prefix")
                self.parts[prefix] = file, index

    def lines(self) -> Iterator[str]:
        """Yield the lines of the first part and of all within it."""
        walks = [self._walk("")]
        while walks:
            line, prefix = next(walks[-1], (None, None))
            if line is None:
                walks.pop()
                continue
            yield line
            if prefix is not None:
                walks.append(self._walk(prefix))
        if self.parts:
            raise CertificateError(
                f"the part {short(min(self.parts))} was left by none of these parts; the proved checker does not cover "
                "that: give all files of the certificate"
            )

    def _walk(self, prefix: str) -> Iterator[tuple[str, str | None]]:
        if prefix in self.parts:
            yield from _PartLines(self, prefix, *self.parts.pop(prefix)).lines()
        elif self.claim == "lower":
            yield "cut", None
        else:
            raise IncompleteCertificate(f"the part with the prefix {short(prefix)} is not there")


class _PartLines:
    """The walk of one part; of its cell it knows the signs alone."""

    def __init__(self, tree: Tree, prefix: str, file: checker._File, index: int) -> None:
        self.tree, self.prefix, self.file, self.index = tree, prefix, file, index
        self.columns = {kind: file.column(index, kind) for kind in checker.COLUMNS}
        self.signs, self.trail = list(tree.unsettled), list[int]()
        self.path = list[int]()  # the units that were split
        self.waiting: list[tuple[int, str, int, int]] = []  # unit and sign of a side, lengths of trail and path
        self.leaves, self.ended = 0, False

    def lines(self) -> Iterator[tuple[str, str | None]]:
        """Yield each line, with the prefix of the part that follows it."""
        for event in self.columns.pop("events.u1"):
            need(not self.ended and event <= 11, "an event is unknown, or follows the end of its walk")
            if event <= 1:
                yield self._split("-+"[event]), None
            elif event <= 7:
                yield self._sign("-+"[event % 2], MULTIPLIERS[event // 2 - 1]), None
            elif event <= 10:
                yield self._leaf(WITNESSES[event - 8]), None
            else:
                yield "part", self._left()
        yield from [("cut", None)] * self._missing()

    def _missing(self) -> int:
        """Return how many sides were not walked to their end."""
        _, leaves, complete = self.file.parts[self.index]
        need(self.leaves == leaves, f"a part says that it has {leaves} leaves, and it has {self.leaves}")
        need(self.ended or not complete, "a part says that it is complete, and its walk stops in the middle")
        for kind, entries in self.columns.items():
            need(next(entries, None) is None, f"{kind} has entries that no event uses")
        return 0 if self.ended else 1 + len(self.waiting)

    def _next(self, column: str, count: int) -> list[Any]:
        found = list(itertools.islice(self.columns[column], count))
        need(len(found) == count, f"{column} has no more entries")
        return found

    def _unit(self) -> int:
        [unit] = self._next("units.u2", 1)
        need(unit < len(self.signs) and self.signs[unit] == OPEN, f"the unit {unit} is settled, or not there")
        return unit

    def _split(self, first: str) -> str:
        unit = self._unit()
        if unit < len(self.prefix):
            self._enter(unit, self.prefix[unit])
            return f"side {unit}"
        self.waiting.append((unit, "+" if first == "-" else "-", len(self.trail), len(self.path)))
        self._enter(unit, first)
        return f"split {unit} {first}"

    def _enter(self, unit: int, sign: str) -> None:
        self.path.append(unit)
        self._settle(unit, sign)

    def _settle(self, unit: int, sign: str) -> None:
        self.trail.append(unit)
        self.signs[unit] = sign

    def _finish(self) -> None:
        """Leave this side for the last one that waits."""
        self.ended = not self.waiting
        if self.waiting:
            unit, sign, settled, depth = self.waiting.pop()
            for other in self.trail[settled:]:
                self.signs[other] = OPEN
            del self.trail[settled:], self.path[depth:]
            self._enter(unit, sign)

    def _sign(self, sign: str, column: str) -> str:
        unit = self._unit()
        [count] = self._next("counts.u2", 1)
        rows = self._next("rows.u2", count)
        multipliers, _ = checker._common(self._next(column, count + 1) if count else [(1, 1)])
        proof = [text for pair in zip(rows, multipliers, strict=False) for text in (str(pair[0]), f"{pair[1]:#x}")]
        against = unit < len(self.prefix) and sign != self.prefix[unit]
        self._settle(unit, sign)
        if against:
            self._finish()
        return " ".join(["ends" if against else "sign", str(unit), sign, *proof, f"{multipliers[-1]:#x}"])

    def _leaf(self, column: str | None) -> str:
        self.leaves += 1
        self._finish()
        return " ".join(["leaf", *texts(self._next(column, self.tree.free))]) if column else "bare"

    def _left(self) -> str:
        need(self.path, "a side is left to another part, and nothing is split")
        prefix = "".join(self.signs[: self.path[-1] + 1])
        need(OPEN not in prefix, "a side is left to another part, and an earlier unit is not settled")
        self._finish()
        return prefix
