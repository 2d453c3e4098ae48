"""Boxes with sides of length zero, and polytopes within them: the question in the other inputs."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Sides:
    """A box, or a polytope within one."""

    kind: str
    lower: tuple = ()
    upper: tuple = ()
    A: tuple = ()
    b: tuple = ()
    box: object = None

    @property
    def dim(self):
        return len(self.lower) if self.box is None else self.box.dim

    @property
    def center(self):
        return tuple((lo + up) / 2 for lo, up in zip(self.lower, self.upper, strict=True))


def sides_of(domain):
    box = domain.box if domain.kind == "polytope" else domain if domain.kind == "box" else None
    return [] if box is None else list(zip(box.lower, box.upper, strict=True))


def is_fixed(domain):
    return any(lo == up for lo, up in sides_of(domain))


def by_hand(domain):
    """Return a domain in its free inputs, and the inputs as rows of these; a point times the interval (0, 1)."""
    sides = sides_of(domain)
    free = [i for i, (lo, up) in enumerate(sides) if lo < up]
    k = max(len(free), 1)
    rows = [
        [Fraction(free[j : j + 1] == [i]) for j in range(k)] + [lo if lo == up else Fraction(0)]
        for i, (lo, up) in enumerate(sides)
    ]
    inner = [sides[i] for i in free] or [(Fraction(0), Fraction(1))]
    box = Sides("box", tuple(lo for lo, _ in inner), tuple(up for _, up in inner))
    if domain.kind == "box":
        return box, rows
    whole = [
        [sum((a * r[j] for a, r in zip(row, rows, strict=True)), Fraction(0)) for j in range(k + 1)] for row in domain.A
    ]
    b = tuple(b - r[k] for b, r in zip(domain.b, whole, strict=True))
    return Sides("polytope", A=tuple(tuple(r[:k]) for r in whole), b=b, box=box), rows


def free_point(domain, point):
    """Return a point in the free inputs; None where it has not the values of the others."""
    pairs = list(zip(sides_of(domain), point, strict=True))
    if any(lo == up != x for (lo, up), x in pairs):
        return None
    return [x for (lo, up), x in pairs if lo < up] or [Fraction(1, 2)]


def through(rows, inputs):
    """Return forms of coordinates of which rows make the inputs of other forms."""
    found = []
    for form in inputs:
        whole = [
            sum((Fraction(a) * r[j] for a, r in zip(form, rows, strict=False)), Fraction(0))
            for j in range(len(rows[0]))
        ]
        whole[-1] += Fraction(form[-1])
        found.append(whole)
    return found
