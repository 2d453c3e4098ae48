"""One answer for every question: which patterns there are, from where, how large, and beside which."""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

from independent.clipping import Polygons, polygons
from independent.contests import Told
from independent.fixed import by_hand, free_point, is_fixed, through
from independent.nearest import ball_cell, nearest, square, value
from independent.programs import Cell, flat_entry, is_open, on_hyperplane
from independent.unrolled import Unrolled, walls

PLANE = 2  # dimensions in which cells are clipped


def start(domain, dim):
    """Return the domain as a cell; None where it is empty."""
    if dim <= PLANE:
        return polygons(domain)
    rows = walls(domain)
    if rows is None:
        return ball_cell(domain)
    return Cell(tuple(rows), dim) if is_open(rows, dim) else None


def entry_of(domain, cell, rows):
    """Return the exact entry radius of a cell, squared for norm 2, the factor for a box; None without a centre."""
    if domain.kind not in ("ball", "box"):
        return None
    norm = domain.norm if domain.kind == "ball" else float("inf")
    halves = (Fraction(1),) * domain.dim
    if domain.kind == "box":
        halves = tuple((up - lo) / 2 for lo, up in zip(domain.lower, domain.upper, strict=True))
    if isinstance(cell, Polygons):
        return cell.entry(tuple(domain.center), norm, halves)
    if norm == 2:
        return cell.entry
    return flat_entry(rows, domain.center, halves, norm)


@dataclass
class Answer:
    """All that is true of a network in a domain.

    `entries` maps patterns to entry radii, `areas` to lengths or areas, `maps` to affine maps.
    """

    unrolled: Unrolled
    domain: object
    entries: dict = field(default_factory=dict)
    areas: dict = field(default_factory=dict)
    maps: dict = field(default_factory=dict)

    @property
    def patterns(self):
        return frozenset(self.entries)

    def count(self, radius):
        """Return the number of regions in the ball of a smaller radius about the same centre."""
        limit = radius**2 if self.domain.norm == 2 else radius
        return sum(entry < limit for entry in self.entries.values())

    def is_witness(self, pattern, point):
        """Decide whether a point lies strictly inside the region of a pattern, and in the domain."""
        sides = walls(self.domain)
        if sides is None and square(point, self.domain.center) >= self.domain.radius**2:
            return False
        if not all(value(side, point) > 0 for side in sides or ()):
            return False
        # a row that is zero throughout cuts nothing
        rows = self.unrolled.rows_of(pattern) if pattern in self.entries else [[*[0] * len(point), -1]]
        return all(value(row, point) > 0 for row in rows if any(row))

    def affine_map(self, pattern):
        """Return the affine map of a pattern in the inputs."""
        return self.maps[pattern]

    def neighbours(self):
        """Return the pairs of patterns that share a facet which meets the domain."""
        rows = {pattern: self.unrolled.rows_of(pattern) for pattern in self.entries}
        pairs = combinations(sorted(self.entries), 2)
        return {(p, q) for p, q in pairs if self._share(p, q, rows[p], rows[q])}

    def _share(self, p, q, of_p, of_q):
        # before the first unit that tells them apart both have the same forms: its hyperplane is between them
        plane = self.unrolled.between(p, q)
        sides = walls(self.domain)
        dim = self.unrolled.dim - 1
        if not is_open(on_hyperplane([*of_p, *of_q, *(sides or [])], plane), dim):
            return False
        if sides is not None:
            return all(on_hyperplane([side], plane) for side in sides)
        others = [row for row in (*of_p, *of_q) if on_hyperplane([row], plane)]
        point = nearest(others, self.domain.center, equal=(plane,))
        return square(point, self.domain.center) < self.domain.radius**2


@dataclass
class FixedAnswer:
    """What is true in a domain that fixes inputs: what is true in the free ones, and points and maps in all."""

    inner: Answer
    domain: object
    whole: Unrolled

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def is_witness(self, pattern, point):
        """Decide whether a point has the fixed values, and lies strictly inside the region in the other inputs."""
        free = free_point(self.domain, point)
        return free is not None and self.inner.is_witness(pattern, free)

    def affine_map(self, pattern):
        """Return the affine map of a pattern in all inputs."""
        return self.whole.map_of(pattern)


class Oracle:
    """Truths in integers and fractions, by clipping in one and two dimensions, else by programs or active sets."""

    name = "independent"

    def answer(self, network, domain, inputs=None):
        """Return what is true; `inputs` gives the inputs as affine forms of the coordinates of the domain."""
        if is_fixed(domain):
            inner, rows = by_hand(domain)
            forms = rows if inputs is None else through(rows, inputs)
            return FixedAnswer(self.answer(network, inner, forms), domain, _unrolled(network, inputs))
        unrolled = _unrolled(network, inputs)
        found, cell = Answer(unrolled, domain), start(domain, unrolled.dim)
        if cell is None:
            return found
        for pattern, leaf, output in unrolled.leaves(cell):
            rows = () if isinstance(leaf, Polygons) else leaf.rows
            found.entries[pattern] = entry_of(domain, leaf, rows)
            found.areas[pattern] = leaf.area if isinstance(leaf, Polygons) else None
            found.maps[pattern] = output
        return found

    def on_slice(self, network, inputs, sliced, domain):
        return self.answer(network, domain, inputs)


def _unrolled(network, inputs):
    return Told(network, inputs) if network.winners else Unrolled(network, inputs)


ORACLE = Oracle()
