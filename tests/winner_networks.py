"""Networks of affine maps, units and winner units, written down as layers: for the package, and for an oracle.

A layer is `("affine", weight, bias)`, `("units", low, high)`, or `("max", groups)` and `("min", groups)` where a group
is a tuple of places of values: a value for each group is handed on.
"""

import numpy as np

from exactregions.importers.graph.core import Graph, Tensor
from exactregions.importers.graph.lowering import lower
from exactregions.importers.graph.winners import extreme_of


def network_of(inputs, layers):
    """Return the network, through the same graph that files and modules go through."""
    graph = Graph()
    values = graph.inputs((inputs,)).references
    for kind, *given in layers:
        if kind == "affine":
            weight, bias = (np.asarray(v, dtype=float) for v in given)
            rows, columns = np.nonzero(weight)
            values = graph.affine(rows, values[columns], weight[rows, columns], bias)
        elif kind == "units":
            values = graph.units(values, *(np.asarray(v, dtype=float) for v in given))
        else:
            values = np.array([_extreme(graph, values[list(group)], kind == "max") for group in given[0]])
    return lower(graph, values)


def _extreme(graph, candidates, largest):
    parts = [Tensor(candidates[i : i + 1]) for i in range(len(candidates))]
    return extreme_of(graph, parts, largest).references[0]


def generic(rng, rows, columns, size=1 << 12):
    """Dyadic numbers with so many digits that no coincidence is likely."""
    return rng.integers(-size, size + 1, (rows, columns)) / (size // 4)
