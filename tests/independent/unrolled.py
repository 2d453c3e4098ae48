"""A network as integers: every number times one power of two, so that forms are integer rows."""

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm


@dataclass(frozen=True)
class Layer:
    weight: list
    bias: list
    low: list
    high: list
    splits: list


def _bits(values) -> int:
    return max((Fraction(v).denominator.bit_length() - 1 for v in values), default=0)


def _numbers(network):
    for stage in network.stages:
        for array in (stage.weight, stage.bias, stage.low, stage.high):
            yield from array.ravel().tolist()
    yield from network.weight.ravel().tolist()
    yield from network.bias.tolist()


class Unrolled:
    """The layers of a network and its affine output, their numbers times 2**bits.

    Rows are forms a.x + b as integers (a_1, .., a_d, b), up to a positive factor that is the same for a whole layer.
    """

    def __init__(self, network, inputs=None):
        self.bits = _bits(_numbers(network))
        self.layers = [
            Layer(
                [self._scaled(row) for row in stage.weight.tolist()],
                self._scaled(stage.bias.tolist()),
                self._scaled(stage.low.tolist()),
                self._scaled(stage.high.tolist()),
                [a != b for a, b in zip(stage.low.tolist(), stage.high.tolist(), strict=True)],
            )
            for stage in network.stages
        ]
        self.weight = [self._scaled(row) for row in network.weight.tolist()]
        self.bias = self._scaled(network.bias.tolist())
        rows = inputs or [[int(i == j) for j in range(network.inputs + 1)] for i in range(network.inputs)]
        # a slice gives the inputs as forms of its parameters, in fractions
        self.start = lcm(*(Fraction(v).denominator for row in rows for v in row))
        self.inputs = [[int(Fraction(v) * self.start) for v in row] for row in rows]
        self.dim = len(self.inputs[0]) - 1

    def _scaled(self, values):
        return [int(Fraction(v) * 2**self.bits) for v in values]

    def _affine(self, weight, bias, values, scale):
        """Rows weight @ values + bias, whose scale is that of the values times 2**self.bits."""
        rows = []
        for row, b in zip(weight, bias, strict=True):
            form = [sum(w * v[k] for w, v in zip(row, values, strict=True) if w) for k in range(self.dim + 1)]
            form[-1] += b * scale
            rows.append(form)
        return rows

    def pre_activations(self, index, values):
        return self._affine(self.layers[index].weight, self.layers[index].bias, values, self._scale(index))

    def _scale(self, index):
        return self.start << 2 * index * self.bits

    def activated(self, index, rows, signs):
        layer = self.layers[index]
        slopes = [high if sign else low for high, low, sign in zip(layer.high, layer.low, signs, strict=True)]
        return [[slope * v for v in row] for slope, row in zip(slopes, rows, strict=True)]

    def output(self, values):
        scale = self._scale(len(self.layers))
        rows = self._affine(self.weight, self.bias, values, scale)
        return tuple(tuple(Fraction(v, scale << self.bits) for v in row) for row in rows)

    def leaves(self, cell):
        """Yield pattern, cell and affine map of every proper region; `cell.part(row)` is where the row is positive."""
        yield from self._below(0, self.inputs, cell, ())

    def _below(self, index, values, cell, pattern):
        if index == len(self.layers):
            yield pattern, cell, self.output(values)
            return
        rows = self.pre_activations(index, values)
        yield from self._signed(index, rows, cell, pattern, ())

    def _signed(self, index, rows, cell, pattern, signs):
        unit = len(signs)
        if unit == len(rows):
            yield from self._below(index + 1, self.activated(index, rows, signs), cell, pattern)
            return
        if not self.layers[index].splits[unit]:
            yield from self._signed(index, rows, cell, pattern, (*signs, True))
            return
        for sign, row in ((False, [-v for v in rows[unit]]), (True, rows[unit])):
            # a form that vanishes identically is inactive and cuts nothing
            part = cell if not any(row) and not sign else cell.part(reduced(row))
            if part is not None:
                yield from self._signed(index, rows, part, (*pattern, sign), (*signs, sign))

    def rows_of(self, pattern):
        """Return a row for each unit, positive in the region of a pattern, or zero throughout."""
        return self._followed(pattern)[0]

    def map_of(self, pattern):
        """Return the affine map of a pattern."""
        return self.output(self._followed(pattern)[1])

    def between(self, p, q):
        """Return the row of p for the first unit in which two patterns differ."""
        return self.rows_of(p)[next(i for i, (s, t) in enumerate(zip(p, q, strict=True)) if s != t)]

    def _followed(self, pattern):
        values, taken, found = self.inputs, 0, []
        for index, layer in enumerate(self.layers):
            rows, signs = self.pre_activations(index, values), []
            for row, splits in zip(rows, layer.splits, strict=True):
                signs.append(pattern[taken] if splits else True)
                if splits:
                    found.append(reduced(row if pattern[taken] else [-v for v in row]))
                taken += splits
            values = self.activated(index, rows, signs)
        return found, values


def reduced(row):
    """Return the row over the greatest common divisor of its entries."""
    divisor = gcd(*row)
    return [v // divisor for v in row] if divisor > 1 else list(row)


def integers(row):
    """Return a positive multiple of a row of fractions, in integers."""
    exact = [Fraction(v) for v in row]
    common = 1
    for v in exact:
        common = common * v.denominator // gcd(common, v.denominator)
    return reduced([int(v * common) for v in exact])


def walls(domain):
    """Return the rows that are positive in a flat domain; None for a Euclidean ball."""
    match domain.kind:
        case "whole-space":
            return []
        case "box":
            return [*_sides(domain.lower, domain.upper)]
        case "polytope":
            rows = [integers([*(-v for v in row), b]) for row, b in zip(domain.A, domain.b, strict=True)]
            return rows if domain.box is None else [*rows, *walls(domain.box)]
        case "ball" if domain.norm == 1:
            return [*_cross(domain.center, domain.radius)]
        case "ball" if domain.norm == 2 and domain.dim > 1:
            return None
    lower, upper = ([c + s * domain.radius for c in domain.center] for s in (-1, 1))
    return [*_sides(lower, upper)]


def _sides(lower, upper):
    d = len(lower)
    for i in range(d):
        axis = [int(i == j) for j in range(d)]
        yield integers([*axis, -lower[i]])
        yield integers([*(-v for v in axis), upper[i]])


def _cross(center, radius):
    d = len(center)
    for mask in range(2**d):
        signs = [1 if mask >> i & 1 else -1 for i in range(d)]
        yield integers([*signs, radius - sum(s * c for s, c in zip(signs, center, strict=True))])
