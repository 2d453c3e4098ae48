"""Networks of affine maps, two-slope units and winner units in one or two dimensions, clipped exactly.

A winner unit is cut as many ways at once as it has values: where one of them is larger than all others that are not the
same form. Layers are those of `exactregions.testing.trials.winner_networks`; nothing is lowered, and nothing here is of
the package.
"""

from dataclasses import dataclass
from fractions import Fraction

from independent.clipping import Polygons, polygons
from independent.unrolled import integers


@dataclass(frozen=True)
class Part:
    """A region: which sign or winner each unit has, its cell, and the values of the network as forms there."""

    pattern: tuple
    cell: Polygons
    values: tuple


def parts(layers, domain):
    """Return all regions, by their pattern."""
    dim = domain.dim
    forms = tuple(tuple(Fraction(int(i == j)) for j in range(dim + 1)) for i in range(dim))
    cell = polygons(domain)
    found = [] if cell is None else [Part((), cell, forms)]
    for layer in layers:
        found = [part for before in found for part in _through(layer, before)]
    return {part.pattern: part for part in found}


def pattern_at(layers, point):
    """Return what each unit does at a point: its sign, or the first of its largest values."""
    values, pattern = list(point), []
    for kind, *given in layers:
        if kind == "affine":
            values = [_dot(row, values) + Fraction(b) for row, b in zip(*given, strict=True)]
        elif kind == "units":
            slopes = [(Fraction(low), Fraction(high)) for low, high in zip(*given, strict=True)]
            pattern += [v > 0 for v, (low, high) in zip(values, slopes, strict=True) if low != high]
            values = [v * (high if v > 0 else low) for v, (low, high) in zip(values, slopes, strict=True)]
        else:
            best = max if kind == "max" else min
            chosen = [[values[i] for i in group] for group in given[0]]
            pattern += [group.index(best(group)) for group in chosen]
            values = [best(group) for group in chosen]
    return tuple(pattern)


def _through(layer, part):
    match layer:
        case "affine", weight, bias:
            return [Part(part.pattern, part.cell, _affine(weight, bias, part.values))]
        case "units", low, high:
            return _units(low, high, part)
        case kind, groups:
            return _winners(groups, 1 if kind == "max" else -1, part)
    raise AssertionError(layer)


def _affine(weight, bias, values):
    columns = list(zip(*values, strict=True))
    rows = [[_dot(row, column) for column in columns] for row in weight]
    return tuple((*row[:-1], row[-1] + Fraction(b)) for row, b in zip(rows, bias, strict=True))


def _dot(row, column):
    return sum((Fraction(w) * v for w, v in zip(row, column, strict=True) if w), Fraction(0))


def _units(low, high, part):
    found = [Part(part.pattern, part.cell, ())]
    for form, *slopes in zip(part.values, map(Fraction, low), map(Fraction, high), strict=True):
        found = [after for before in found for after in _unit(before, form, *slopes)]
    return found


def _unit(before, form, low, high):
    if low == high:
        return [Part(before.pattern, before.cell, (*before.values, _times(low, form)))]
    found = []
    for sign, slope in ((False, low), (True, high)):
        cell = _cut(before.cell, form, sign)
        if cell is not None:
            found.append(Part((*before.pattern, sign), cell, (*before.values, _times(slope, form))))
    return found


def _cut(cell, form, sign):
    if not any(form):
        return None if sign else cell
    return cell.part(integers(form if sign else _times(Fraction(-1), form)))


def _winners(groups, sign, part):
    found = [Part(part.pattern, part.cell, ())]
    for group in groups:
        candidates = [part.values[i] for i in group]
        found = [after for before in found for after in _winner(before, candidates, sign)]
    return found


def _winner(before, candidates, sign):
    for place, best in enumerate(candidates):
        if best in candidates[:place]:
            continue  # the same form came before: it is one value
        cell = before.cell
        for other in candidates:
            if cell is not None and other != best:
                cell = cell.part(integers([sign * (a - b) for a, b in zip(best, other, strict=True)]))
        if cell is not None:
            yield Part((*before.pattern, place), cell, (*before.values, best))


def _times(factor, form):
    return tuple(factor * v for v in form)
