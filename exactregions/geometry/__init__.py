"""The shape of a finished enumeration: neighbours, facets, vertices, volumes, and linear regions."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exactregions.geometry.disc_cells import PlaneCell
    from exactregions.geometry.graph import region_graph, write_graph
    from exactregions.geometry.inscribed import InscribedBall, InscribedBalls, inscribed_ball, inscribed_balls
    from exactregions.geometry.locating import locate, region_at
    from exactregions.geometry.merging import Bracket, LinearRegions, linear_regions
    from exactregions.geometry.neighbours import Adjacency, Facet, adjacency
    from exactregions.geometry.plane import plane_cells
    from exactregions.geometry.polyhedra import Generators, bounded, generators, vertices
    from exactregions.geometry.volume import Volumes, domain_volume, volumes

__all__ = [
    "Adjacency",
    "Bracket",
    "Facet",
    "Generators",
    "InscribedBall",
    "InscribedBalls",
    "LinearRegions",
    "PlaneCell",
    "Volumes",
    "adjacency",
    "bounded",
    "domain_volume",
    "generators",
    "inscribed_ball",
    "inscribed_balls",
    "linear_regions",
    "locate",
    "plane_cells",
    "region_at",
    "region_graph",
    "vertices",
    "volumes",
    "write_graph",
]

# the modules load scipy, networkx or a solver: each only when one of its names is asked for
_MODULES = {
    "disc_cells": ("PlaneCell",),
    "graph": ("region_graph", "write_graph"),
    "inscribed": ("InscribedBall", "InscribedBalls", "inscribed_ball", "inscribed_balls"),
    "locating": ("locate", "region_at"),
    "merging": ("Bracket", "LinearRegions", "linear_regions"),
    "neighbours": ("Adjacency", "Facet", "adjacency"),
    "plane": ("plane_cells",),
    "polyhedra": ("Generators", "bounded", "generators", "vertices"),
    "volume": ("Volumes", "domain_volume", "volumes"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
