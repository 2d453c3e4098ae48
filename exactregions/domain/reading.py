"""Domains from plain data, and whether they belong to a network."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from exactregions.domain.ball import Ball
from exactregions.domain.base import Domain
from exactregions.domain.box import Box
from exactregions.domain.polytope import Polytope
from exactregions.domain.whole_space import WholeSpace
from exactregions.errors import DomainError
from exactregions.support.arrays import without_ones
from exactregions.support.rational_text import read_rational
from exactregions.support.shortening import short
from exactregions.support.tables import counted


def require_fit(domain: Domain, inputs: int, input_shape: tuple[int, ...] | None = None) -> None:
    """Check that a domain lies in the input space of a network.

    Parameters
    ----------
    domain : Domain
    inputs, input_shape
        As those of `exactregions.Network`.

    Raises
    ------
    DomainError
        If the dimensions differ, or it was made of arrays of another shape than the network takes.
    """
    if domain.dim != inputs:
        raise DomainError(
            f"the domain has dimension {domain.dim} and the network {counted(inputs, 'input')}; they must agree "
            "(check the length of the centre)"
        )
    given = getattr(domain, "input_shape", None)  # a ball or a box may have been made of images
    if given is None or (input_shape and without_ones(given) == without_ones(input_shape)):
        return
    takes = f"takes arrays of shape {input_shape}" if input_shape else f"takes a row of {inputs} values"
    how = "bring it to that shape" if input_shape else "flatten it as the network does, as x.reshape(-1)"
    raise DomainError(f"the domain was made of an array of shape {given}, and the network {takes}; {how}")


def domain_from_dict(data: dict[str, Any]) -> Domain:
    """Make a domain from what `Domain.describe` gave.

    Raises
    ------
    DomainError
        If the kind is unknown, a key is missing, or the values make no domain.
    """
    try:
        match data["kind"]:
            case "ball":
                norm = math.inf if data["norm"] == "inf" else data["norm"]
                return Ball(_read(data["center"]), read_rational(data["radius"]), norm)
            case "box":
                return Box(_read(data["lower"]), _read(data["upper"]))
            case "polytope":
                box = domain_from_dict(data["box"]) if data["box"] else None
                return Polytope(list(map(_read, _list(data["A"]))), _read(data["b"]), box)  # type: ignore[arg-type]
            case "whole-space":
                return WholeSpace(data["dim"])
            case other:
                raise DomainError(f"the domain kind {short(other)} is unknown; known: ball, box, polytope, whole-space")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, DomainError):
            raise
        raise DomainError(f"the domain description is damaged: {short(error)}") from None


def _list(values: Any) -> list[Any]:
    if not isinstance(values, list | tuple):  # a text and a table can be walked through as well
        raise TypeError(f"{short(values)} is no list")
    return list(values)


def _read(values: Any) -> list[Fraction]:
    return [read_rational(value) for value in _list(values)]
