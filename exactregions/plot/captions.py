"""What a drawing says of its count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from textwrap import wrap
from typing import TYPE_CHECKING

from exactregions.domain import Ball, Domain
from exactregions.exact.shapes import shape_of
from exactregions.plot.style import INK, LOUD, NARROW, letters
from exactregions.regions import RegionSet
from exactregions.support.tables import exact_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from exactregions.comparison.evaluation import BoundEvaluation

LETTERS = 12  # of 10 points that fit on an inch
FEW = 3  # inputs of which a domain is written in full
LONGEST = 10  # letters of a number that is written there
OURS = "reconstruction (ours)"


def verdict(axes: Axes, regions: RegionSet) -> None:
    """Write the count and the domain above the axes, loudly where it is not proved."""
    title(axes, count_words(regions), regions.exact)


def title(axes: Axes, text: str, proved: bool) -> None:
    """Write words above the axes, in lines that are not cut off, loudly where something is not proved."""
    width = axes.figure.get_size_inches()[0]  # type: ignore[union-attr]
    inches = axes.get_position().width * width
    if width >= NARROW:
        beside = [word.get_text() for legend in axes.figure.legends for word in legend.get_texts()]  # type: ignore[union-attr]
        inches -= max(map(len, beside), default=0) / (2 * LETTERS)
    axes.set_title(in_lines(text, inches, axes), loc="left", fontsize=letters(axes), color=INK if proved else LOUD)


def in_lines(text: str, inches: float, axes: Axes) -> str:
    """Return a text in lines that are about so many inches long in the letters of the axes."""
    most = max(int(inches * LETTERS * 10 / letters(axes)), 12)
    return "\n".join(part for line in text.split("\n") for part in _even_lines(line, most))


def _even_lines(line: str, most: int) -> list[str]:
    """Return as few lines of at most so many letters as there can be, as short as that allows; no word is broken."""
    lines, longest = wrap(line, most), max(map(len, line.split()), default=1)
    least = next((k for k in range(longest, most) if len(wrap(line, k)) <= len(lines)), most)
    return wrap(line, least)


def axis_label(name: str, origin: Fraction) -> str:
    """Return what an axis shows: an input, or its distance from the origin of the drawing.

    Examples
    --------
    >>> axis_label("x", Fraction(0)), axis_label("x", Fraction(1, 4)), axis_label("x", Fraction(-3))
    ('x', 'x − 0.25', 'x + 3')
    """
    if not origin:
        return name
    return f"{name} {'−' if origin > 0 else '+'} {exact_text(abs(origin))}"


def count_words(regions: RegionSet) -> str:
    """Return the count and the domain, and what keeps it from being exact."""
    words = domain_words(regions.domain)
    text = regions.verdict(words)
    return text if regions.exact else text.replace(f"{words} (", f"{words}\n(", 1)


def domain_words(domain: Domain) -> str:
    """Return what a domain is, with its radius or sides, and which inputs it fixes."""
    shape = shape_of(domain)
    if isinstance(domain, Ball):
        size = f"radius {exact_text(domain.radius)}{_center_words(domain)}"
        if shape.is_flat:
            return f"in the open ball of {size}, norm {domain.norm:g}"
        return f"in the open {'disc' if domain.dim == 2 else 'ball'} of {size}"
    fixed = domain.fixed_inputs
    beside = f", {len(fixed)} of {domain.dim} inputs fixed" if fixed else ""
    if shape.has_ends and not shape.rows:
        return f"in the open box{_sides_words(domain)}{beside}"
    return f"in the open {'polygon' if domain.dim - len(fixed) == 2 else 'polytope'}{beside}"


def _center_words(ball: Ball) -> str:
    """Return the centre of a ball of few inputs, where it is not the origin."""
    center = [exact_text(v) for v in ball.center[: FEW + 1]]
    if len(center) > FEW or not any(ball.center) or max(map(len, center)) > LONGEST:
        return ""
    return f" about ({', '.join(center)})"


def _sides_words(domain: Domain) -> str:
    """Return the sides of a box as a product of intervals, where that is short."""
    shape, free = shape_of(domain), [k for k in range(domain.dim) if k not in domain.fixed_inputs]
    ends = {(shape.lower[k], shape.upper[k]) for k in free}
    shown = [(shape.lower[k], shape.upper[k]) for k in free] if len(free) <= FEW and len(ends) > 1 else list(ends)
    if not shown or (len(ends) > 1 and len(free) > FEW):
        return ""
    sides = [f"({exact_text(a)}, {exact_text(b)})" for a, b in shown if a is not None and b is not None]
    if len(sides) < len(shown) or max(map(len, sides)) > 2 * LONGEST:
        return ""
    return " " + (f"{sides[0]}^{len(free)}" if len(sides) == 1 and len(free) > 1 else " × ".join(sides))


def bound_labels(rows: Sequence[BoundEvaluation]) -> list[str]:
    """Return what bounds are called in a legend: their papers where they have one, else their names, and their kind."""
    papers = [(_paper(row), row.kind) for row in rows]
    return [
        f"{paper} ({kind})" if papers.count((paper, kind)) == 1 else f"{paper}, {row.name} ({kind})"
        for (paper, kind), row in zip(papers, rows, strict=True)
    ]


def _paper(row: BoundEvaluation) -> str:
    """Return the authors and the year of a bound, the first author of more than two."""
    ours, source = row.source.startswith(OURS), row.source.removeprefix(OURS).strip()
    found = re.fullmatch(r"(.*?)\s(\d{4})(.*)", source)
    if found is None:
        return row.name
    authors, year, rest = found.groups()
    names = authors.split(", ")
    words = f"{names[0]} et al. {year}{rest}" if len(names) > 2 else f"{' and '.join(names)} {year}{rest}"
    return f"{row.name}, {words}" if ours else words
