"""Domains in one normal form: what a search, a proof or a bound asks of a domain is asked of its shape."""

from exactregions.exact.shapes.shape import Row, Shape, ShapeKind, shape_of

__all__ = ["Row", "Shape", "ShapeKind", "shape_of"]
