"""What a drawing says of its count."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from exactregions.domain import Ball, Domain
from exactregions.exact.shapes import shape_of
from exactregions.plot.style import INK, LOUD
from exactregions.regions import RegionSet
from exactregions.support.tables import exact_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["axis_label", "count_words", "verdict"]


def verdict(axes: Axes, regions: RegionSet) -> None:
    """Write the count above the axes, loudly where it is not proved."""
    axes.set_title(count_words(regions), loc="left", fontsize="medium", color=INK if regions.exact else LOUD)


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
    text = regions.verdict(_domain_words(regions.domain))
    return text if regions.exact else text.replace(" (", "\n(", 1)


def _domain_words(domain: Domain) -> str:
    shape = shape_of(domain)
    if isinstance(domain, Ball):
        size = f"radius {exact_text(domain.radius)}"
        if shape.is_flat:
            return f"in the open ball of {size}, norm {domain.norm:g}"
        return f"in the open {'disc' if domain.dim == 2 else 'ball'} of {size}"
    fixed = domain.fixed_inputs
    beside = f", {len(fixed)} of {domain.dim} inputs fixed" if fixed else ""
    if shape.has_ends and not shape.rows:
        return f"in the open box{beside}"
    return f"in the open {'polygon' if domain.dim - len(fixed) == 2 else 'polytope'}{beside}"
