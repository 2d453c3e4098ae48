"""Drawings, through matplotlib or plotly, which are imported only when something is drawn."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exactregions.plot.curves import plot_curve
    from exactregions.plot.explorer.page import ExplorerPage, explore
    from exactregions.plot.graph import plot_graph
    from exactregions.plot.interactive import plot_cells
    from exactregions.plot.quantities import plot_boundary, plot_lipschitz, plot_steepness
    from exactregions.plot.ratios import plot_ratio
    from exactregions.plot.reach_sets import plot_reach
    from exactregions.plot.regions import plot_regions
    from exactregions.plot.saving import save_figure

__all__ = [
    "ExplorerPage",
    "explore",
    "plot_boundary",
    "plot_cells",
    "plot_curve",
    "plot_graph",
    "plot_lipschitz",
    "plot_ratio",
    "plot_reach",
    "plot_regions",
    "plot_steepness",
    "save_figure",
]

# the modules load scipy, networkx or a solver: each only when its name is asked for
_MODULES = {
    "ExplorerPage": "explorer.page",
    "explore": "explorer.page",
    "plot_boundary": "quantities",
    "plot_cells": "interactive",
    "plot_curve": "curves",
    "plot_graph": "graph",
    "plot_lipschitz": "quantities",
    "plot_ratio": "ratios",
    "plot_reach": "reach_sets",
    "plot_regions": "regions",
    "plot_steepness": "quantities",
    "save_figure": "saving",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
