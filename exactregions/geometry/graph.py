"""The region graph for networkx, and its files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from exactregions.errors import FileFormatError
from exactregions.exact.floats import is_rounded, nearest_float
from exactregions.geometry.neighbours import Adjacency, adjacency
from exactregions.regions import RegionSet, unpack_patterns
from exactregions.support.files import whole_file

WRITERS: dict[str, Callable[..., Any]] = {".graphml": nx.write_graphml_xml, ".gexf": nx.write_gexf}
BLOCK = 1 << 14  # patterns that are unpacked at a time


def region_graph(regions: RegionSet | Adjacency, *, partial: bool = False) -> nx.Graph:
    """Return the graph whose nodes are the regions and whose edges are their facets in the open domain.

    Node i is `regions[i]`, which has its affine map and its halfspaces on demand. For more than some ten thousand
    regions the arrays of `adjacency` take far less memory.

    Parameters
    ----------
    regions : RegionSet or Adjacency
    partial : bool
        Accept an unfinished set.

    Returns
    -------
    networkx.Graph
        Nodes with `pattern` (a string of 0 and 1), `witness` (a tuple of float, or of Fraction where no float point
        lies in the region), and `entry_radius` where it is known. Edges with `units` (a tuple of those whose
        sign changes, as indices into the pattern), `witness` (a float point next to the facet; Fractions on it
        where floats do not resolve it) and `number`, their place in the `Adjacency` that `graph.graph["adjacency"]`
        holds: its `witnesses` are exact points.

    Raises
    ------
    EngineError
        If the set keeps no regions.
    NotExactError
        If the set is not exact and `partial` is not set.

    Examples
    --------
    >>> from exactregions import Ball, Network, enumerate_regions
    >>> network = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
    >>> graph = region_graph(enumerate_regions(network, Ball([0.25], 0.5)))
    >>> sorted(graph.degree(node) for node in graph)
    [1, 1, 2]
    """
    links = regions if isinstance(regions, Adjacency) else adjacency(regions, partial=partial)
    graph = nx.Graph(adjacency=links)
    graph.add_nodes_from(_nodes(links.regions))
    graph.add_edges_from(_edges(links))
    return graph


def _nodes(regions: RegionSet) -> Iterable[tuple[int, dict[str, Any]]]:
    witnesses = regions.witnesses.tolist()
    values = list(regions.domain.fixed_inputs.values())
    rounded = is_rounded([nearest_float(v) for v in values], values)
    for row, (pattern, witness) in enumerate(zip(_digits(regions.pattern_array()), witnesses, strict=True)):
        attributes: dict[str, Any] = {
            "pattern": pattern,
            "witness": regions[row].witness if rounded or row in regions.exact_witnesses else tuple(witness),
        }
        if regions.entry_radii is not None:
            attributes["entry_radius"] = float(regions.entry_radii[row])
        yield row, attributes


def _digits(patterns: NDArray[np.bool_]) -> Iterable[str]:
    """Yield patterns as strings of 0 and 1."""
    for block in np.array_split(patterns, len(patterns) // BLOCK + 1):
        text, units = (block.view(np.uint8) + ord("0")).tobytes().decode("ascii"), block.shape[1]
        for row in range(len(block)):
            yield text[row * units : (row + 1) * units]


def _units(flips: NDArray[np.uint8], units: int) -> Iterable[tuple[int, ...]]:
    """Yield the units of packed patterns that are on."""
    for block in np.array_split(flips, len(flips) // BLOCK + 1):
        rows, places = unpack_patterns(block, units).nonzero()
        found, ends = places.tolist(), np.searchsorted(rows, np.arange(len(block) + 1)).tolist()
        for first, last in pairwise(ends):
            yield tuple(found[first:last])


def _edges(links: Adjacency) -> Iterable[tuple[int, int, dict[str, Any]]]:
    flips = _units(links.flips, links.regions.network.units)
    pairs, points = links.edges.tolist(), links.points.tolist()
    for number, ((first, second), flipped, point) in enumerate(zip(pairs, flips, points, strict=True)):
        witness = links.exact_points.get(number) or tuple(point)
        yield first, second, {"units": flipped, "witness": witness, "number": number}


def write_graph(graph: nx.Graph, path: str | os.PathLike[str]) -> None:
    """Write a region graph to a file that other programs read; it appears under its name only when it is whole.

    Tuples become strings: units and coordinates with spaces between them, coordinates with all their digits.

    Parameters
    ----------
    graph : networkx.Graph
        From `region_graph`.
    path : path-like
        Ending in .graphml or .gexf.

    Raises
    ------
    FileFormatError
        If the name has another ending.
    """
    target = Path(path)
    writer = WRITERS.get(target.suffix.lower())
    if writer is None:
        raise FileFormatError(f"{target} does not say which format is wanted; let it end in {' or '.join(WRITERS)}")
    with whole_file(target) as stream:
        writer(_plain(graph), stream)


def _plain(graph: nx.Graph) -> nx.Graph:
    plain = nx.Graph()
    plain.add_nodes_from((node, _texts(attributes)) for node, attributes in graph.nodes(data=True))
    plain.add_edges_from((first, second, _texts(attributes)) for first, second, attributes in graph.edges(data=True))
    return plain


def _texts(attributes: dict[str, Any]) -> dict[str, Any]:
    return {key: _text(value) if isinstance(value, tuple) else value for key, value in attributes.items()}


def _text(values: tuple[Any, ...]) -> str:
    return " ".join(str(v) if isinstance(v, Fraction) else repr(v) for v in values)
