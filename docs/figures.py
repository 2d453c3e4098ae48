"""Draws the figures of the documentation into docs/figures: python docs/figures.py"""

from __future__ import annotations

import tomllib
from math import nextafter
from pathlib import Path
from typing import Any

import grimp
import matplotlib as mpl
import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from exactregions import Ball, Box, Network, RegionSet, curve, enumerate_regions, load
from exactregions.geometry import plane_cells
from exactregions.plot import plot_curve, plot_regions

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "figures"
BLUES = mpl.colormaps["cividis"]


def main() -> None:
    """Draw all figures."""
    # the same bytes on every run
    mpl.rcParams.update({"svg.hashsalt": "exactregions", "font.size": 9, "svg.fonttype": "path"})
    network, points = load(ROOT / "data" / "moons.safetensors"), np.load(ROOT / "data" / "moons_points.npy")
    save(plot_regions(enumerate_regions(network, Ball(points[0], 1)), "entry"), "regions")
    save(plot_curve(curve(network, points[0], 1, bounds=["serra_2018", "ball_propagation", "ball_profile"])), "curve")
    digits, images = load(ROOT / "data" / "digits.safetensors"), np.load(ROOT / "data" / "digits_points.npy")
    plane = enumerate_regions(digits.through(images[:3]), Box([-0.25, -0.25], [1.25, 1.25]))
    corners = [[0, 0], [1, 0], [0, 1]]
    labels = ("towards the second point", "towards the third point")
    save(plot_regions(plane, "class", points=corners, labels=labels), "plane")
    save(open_figure(), "open")
    save(tree_figure(), "tree")
    save(house_figure(), "house")


def save(figure: Figure, name: str) -> None:
    """Write a figure without a date."""
    figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")


def draw_cells(axes: Axes, regions: RegionSet, colours: list) -> None:
    """Draw the regions of a disc and nothing else."""
    cells = [cell.outline() for cell in plane_cells(regions)]
    axes.add_collection(PolyCollection(cells, facecolors=colours, edgecolors="white", linewidths=0.5))
    center, radius = regions.domain.center, float(regions.domain.radius)
    axes.add_patch(Circle([float(c) for c in center], radius, facecolor="none", edgecolor="black", linewidth=1.2))
    axes.set(xlim=(-1.05 * radius, 1.05 * radius), ylim=(-1.05 * radius, 1.05 * radius), aspect="equal")
    axes.set_axis_off()


def open_figure() -> Figure:
    """Draw balls that touch, cut, and end at a corner of lines through the unit square's sides."""
    one_line = Network.from_layers([[[1.0, 0.0]], [[1.0]]], [[-1.0], [0.0]])
    corner = Network.from_layers([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]], [[-3.0, -4.0], [0.0]])
    questions = [
        (one_line, Ball([0, 0], 1.0), "radius 1"),
        (one_line, Ball([0, 0], nextafter(1.0, 2.0)), "next float"),
        (corner, Ball([0, 0], 5.0), "radius 5"),
    ]
    figure = Figure(figsize=(7.2, 2.7))
    for axes, (network, ball, title) in zip(figure.subplots(1, 3), questions, strict=True):
        regions = enumerate_regions(network, ball)
        draw_cells(axes, regions, [BLUES(0.85 - 0.3 * row) for row in range(len(regions))])
        reach = 1.35 * float(ball.radius)
        for row, bias in zip(network.stages[0].weight, network.stages[0].bias, strict=True):
            axes.plot(*_line(row, bias, reach), color="black", linewidth=1)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), title=f"{title}: {_number(len(regions))}")
    return figure


def tree_figure() -> Figure:
    """Draw three lines in a disc, and the tree in which their signs are fixed."""
    network = Network.from_layers([[[1.0, 0.2], [0.6, 1.0], [-0.4, 1.0]], [[1.0] * 3]], [[0.35, -0.2, 0.3], [0.0]])
    ball = Ball([0, 0], 1)
    figure = Figure(figsize=(7.2, 3.2))
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.6])
    regions = enumerate_regions(network, ball)
    draw_cells(left, regions, [BLUES(0.35 + 0.1 * row) for row in range(len(regions))])
    for unit, (row, bias) in enumerate(zip(network.stages[0].weight, network.stages[0].bias, strict=True), start=1):
        (x0, x1), (y0, y1) = _line(row, bias, 2.0)
        left.text(*_label_place(np.array([x0, y0]), np.array([x1, y1])), str(unit), ha="center", va="center")
    patterns = sorted(tuple(p) for p in regions.pattern_array().tolist())
    _draw_tree(right, patterns)
    return figure


def _line(row: np.ndarray, bias: float, reach: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of a long piece of the line row.x + bias = 0, as x and y."""
    foot, along = -bias * row / (row @ row), np.array([-row[1], row[0]]) / np.hypot(*row)
    (x0, y0), (x1, y1) = foot - reach * along, foot + reach * along
    return (x0, x1), (y0, y1)


def _label_place(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return where a line leaves the unit disc, a little outside."""
    along = np.linspace(0, 1, 2001)[:, None]
    points = start + along * (end - start)
    return points[np.argmax(np.hypot(*points.T) < 1.12)]


def _draw_tree(axes: Axes, patterns: list[tuple[bool, ...]]) -> None:
    """Draw the tree of the prefixes of some patterns, leaves from left to right."""
    depth = len(patterns[0])
    places = {pattern: float(i) for i, pattern in enumerate(patterns)}
    for length in range(depth - 1, -1, -1):
        for prefix in sorted({pattern[:length] for pattern in patterns}):
            children = [(*prefix, sign) for sign in (False, True) if (*prefix, sign) in places]
            places[prefix] = float(np.mean([places[child] for child in children]))
            for child in children:
                axes.plot([places[prefix], places[child]], [-length, -length - 1], color="grey", linewidth=1, zorder=1)
                middle = (places[prefix] + places[child]) / 2, -length - 0.5
                axes.text(*middle, "on" if child[-1] else "off", fontsize=7, ha="center", va="center", **_PAPER)
            label = f"unit {length + 1}" if len(children) == 2 else f"unit {length + 1}\nno split"
            axes.text(places[prefix], -length, label, fontsize=8, ha="center", va="center", **_BOX)
    for pattern in patterns:
        axes.text(places[pattern], -depth - 0.1, "".join("+" if s else "-" for s in pattern), ha="center", va="top")
    axes.set(xlim=(-0.8, len(patterns) - 0.2), ylim=(-depth - 0.5, 0.4))
    axes.set_axis_off()


def house_figure() -> Figure:
    """Draw the folders of the package in the layers of pyproject.toml, with the imports between them."""
    layers = [[name.strip() for name in row.split("|")] for row in _contract()["layers"]]
    places = {}
    for height, row in enumerate(layers):
        places |= {name: (k - (len(row) - 1) / 2, -float(height)) for k, name in enumerate(row)}
    wide = max(map(len, layers)) / 2
    figure = Figure(figsize=(8.4, 0.4 * len(layers)))
    axes = figure.subplots()
    # what follows from other arrows is left out
    for above, below in nx.transitive_reduction(_imports(set(places))).edges:
        (x, y), (to_x, to_y) = places[above], places[below]
        # around the boxes that lie between
        bend = 0.3 if abs(x - to_x) < 0.25 and y - to_y > 1 else 0.0
        style = {"arrowstyle": "-|>", "color": "0.55", "shrinkA": 8, "shrinkB": 8, "linewidth": 0.8}
        arrow = axes.annotate("", (to_x, to_y), (x, y), arrowprops=style | {"connectionstyle": f"arc3,rad={bend}"})
        arrow.set_zorder(1)
    for name, place in places.items():
        axes.text(*place, name, ha="center", va="center", **_BOX)
    axes.set(xlim=(-wide, wide), ylim=(-len(layers) + 0.5, 0.5))
    axes.set_axis_off()
    return figure


def _contract() -> dict[str, Any]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["type"] == "layers")


def _imports(folders: set[str]) -> nx.DiGraph:
    """Return which folder imports which, imports within functions too."""
    found, graph = nx.DiGraph(), grimp.build_graph("exactregions", exclude_type_checking_imports=True)
    found.add_nodes_from(folders)
    ignored = {tuple(line.split(" -> ")) for line in _contract()["ignore_imports"]}
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            ends = [name.split(".")[1] for name in (module, other) if "." in name]
            if len(ends) == 2 and ends[0] != ends[1] and (module, other) not in ignored:
                found.add_edge(*ends)
    return found


_PAPER = {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}}
_BOX = {"bbox": {"facecolor": "white", "edgecolor": "black", "boxstyle": "round"}, "zorder": 2}


def _number(count: int) -> str:
    return f"{count} region{'' if count == 1 else 's'}"


if __name__ == "__main__":
    main()
