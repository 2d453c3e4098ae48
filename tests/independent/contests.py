"""Networks with winner units, cut as many ways at once as a unit has values, from the tournament that lowers it.

Where w and o win their halves of a tournament, the contest in which they meet compares these two, so its form is o - w
or w - o. The region of w is where it is larger than every other value; of values that are the same form the first wins.
"""

from independent.unrolled import Unrolled, reduced


class Told(Unrolled):
    """A network whose regions are told by winners; contests between values that lose have the sign -."""

    def __init__(self, network, inputs=None):
        super().__init__(network, inputs)
        self.places = [(i, u) for i, layer in enumerate(self.layers) for u, s in enumerate(layer.splits) if s]
        self.groups = {winner.units[-1]: winner for winner in network.winners}
        self.early = {unit for winner in network.winners for unit in winner.units[:-1]}

    def leaves(self, cell):
        yield from self._after((), cell)

    def _after(self, signs, cell):
        place = len(signs)
        if place == len(self.places):
            yield signs, cell, self.output(self._values(len(self.layers), signs))
            return
        if place in self.early:
            # what the last contest of its unit decides; nothing else reads it
            yield from self._after((*signs, False), cell)
            return
        for told, rows in self._ways(place, signs):
            part = cell
            for row in rows:
                part = part if part is None else part.part(row)
            if part is not None:
                yield from self._after(told, part)

    def _ways(self, place, signs):
        """Yield what may become of a unit: the signs up to it, and the rows that are positive there."""
        if place in self.groups:
            yield from self._winners(self.groups[place], signs)
            return
        form = self._form(place, signs)
        for sign in (False, True):
            if any(form) or not sign:
                yield (*signs, sign), [reduced(form if sign else [-v for v in form])] if any(form) else []

    def _winners(self, winner, signs):
        for value in range(len(winner.units) + 1):
            told, rows = self._told(winner, value, signs), self._gaps(winner, value, signs)
            if all(any(row) for row in rows[:value]):
                yield told, [reduced(row) for row in rows if any(row)]

    def _told(self, winner, value, signs):
        """Return signs with which a value wins."""
        found = [*signs, *[False] * (winner.units[-1] + 1 - len(signs))]
        for contest, side in _way(winner, value):
            found[winner.units[contest]] = bool(side)
        return tuple(found)

    def _gaps(self, winner, value, signs):
        """Return for every other value the row by which this one is larger."""
        rows = []
        for other in range(len(winner.units) + 1):
            if other != value:
                own, its = dict(_way(winner, value)), dict(_way(winner, other))
                met = min(own.keys() & its.keys())
                form = self._form(winner.units[met], self._told(winner, value, self._told(winner, other, signs)))
                rows.append(form if own[met] else [-v for v in form])
        return rows

    def _form(self, place, signs):
        index, unit = self.places[place]
        return self.pre_activations(index, self._values(index, signs))[unit]

    def _values(self, index, signs):
        """Return the values that a layer reads, or those behind the last."""
        values, taken = self.inputs, 0
        for before, layer in enumerate(self.layers[:index]):
            of_layer = []
            for splits in layer.splits:
                of_layer.append(signs[taken] if splits else True)
                taken += splits
            values = self.activated(before, self.pre_activations(before, values), of_layer)
        return values

    def rows_of(self, pattern):
        return [row for place in self._told_places() for row in self._rows_at(place, pattern)]

    def between(self, p, q):
        """Return the row of p in which two patterns differ first."""
        for place in self._told_places():
            if place not in self.groups:
                if p[place] != q[place]:
                    return self._rows_at(place, p)[0]
                continue
            winner = self.groups[place]
            mine, its = (winner.wins(pattern) for pattern in (p, q))
            if mine != its:
                return reduced(self._gaps(winner, mine, p[:place])[its - (its > mine)])
        raise AssertionError("two patterns are the same")

    def _told_places(self):
        return [place for place in range(len(self.places)) if place not in self.early]

    def _rows_at(self, place, pattern):
        if place in self.groups:
            winner = self.groups[place]
            return [reduced(row) for row in self._gaps(winner, winner.wins(pattern), pattern[:place])]
        form = self._form(place, pattern)
        return [reduced(form if pattern[place] else [-v for v in form])]


def _way(winner, value):
    """Return the contests in which a value stands when it wins, and its side in each."""
    found, k = [], len(winner.units) + 1
    for contest, sides in enumerate(winner.contests):
        if value in sides:
            found.append((contest, sides.index(value)))
            value = k + contest
    return found
