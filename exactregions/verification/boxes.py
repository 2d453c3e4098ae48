"""The search for unsafe outputs in boxes: bound all units, cut in two what the bounds leave open (mathematics, 8.2).

A box that many cuts leave open, as where the outputs touch the unsafe set, is left to a search for regions.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.floats import rounded_down, rounded_up
from exactregions.exact.shapes import shape_of
from exactregions.support.stopping import Stop, check
from exactregions.verification.box_batch import Batch
from exactregions.verification.box_bounds import BoxBounds
from exactregions.verification.box_tree import BoxTree
from exactregions.verification.linear_bounds import LinearBounds, affordable
from exactregions.verification.recording import Kept, recorded_safe
from exactregions.verification.search import Counterexample, Prefix, Search

__all__ = ["BoxSearch", "begun"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MANY_INPUTS = 10  # with so many inputs cuts gain too little: what the bounds of the whole box leave open is left
MOST_CUTS = 60  # on a path
FACES_AFTER = 512  # boxes, whose bounds take about as long as points on the faces of the whole box do
FEW = 12  # undecided units that may be left to a search for regions
REGIONS = 32  # where a batch holds fewer boxes, bounding both halves of a box takes as long as searching its regions
# of boxes that are cut while few units are undecided: so many tell whether cuts help, which they do where this part of
# their halves is decided; half of them would end the search
TRIED, HELPED = 64, 0.4


def begun(search: Search, keep: bool, before: BoxSearch | None) -> BoxSearch:
    """Return a search that goes on where another one stands, or begins: also where proofs are wanted and not kept."""
    if before is None or (keep and not before.keep):
        return BoxSearch(search, keep)
    before.search.workers, before.search.observer = search.workers, search.observer
    return before


@dataclass(slots=True, eq=False)
class BoxSearch:
    """A question in a box, as far as it has been answered.

    Parameters
    ----------
    search : Search
        Whose domain is a box.
    keep : bool
        Keep proofs.

    Attributes
    ----------
    tree : BoxTree
    left : list of int
        Boxes that are left to a search for regions.
    searched : dict of int to Kept or None
        Those in which it has found nothing, and the proofs that are kept of that.
    stop : Stop or None
        Why a search for regions ended before its end.
    """

    search: Search
    keep: bool
    tree: BoxTree = field(init=False)
    left: list[int] = field(default_factory=list)
    searched: dict[int, Kept | None] = field(default_factory=dict)
    stop: Stop | None = None
    _prefixes: dict[int, list[Prefix]] = field(default_factory=dict)  # of boxes that are left, where not the empty one
    _bounds: LinearBounds = field(init=False)
    _waiting: list[Batch] = field(default_factory=list)
    _sampled_before: bool = False
    _faces_before: bool = False
    _by_score: bool = True
    _free: NDArray[np.bool_] = field(init=False)
    _halves: list[int] = field(default_factory=lambda: [0, 0])  # of boxes with few undecided units: decided, and all

    def __post_init__(self) -> None:
        box, asked = shape_of(self.search.domain).whole_box(), self.search.question()[0]
        assert box is not None
        stages = asked.network.stages
        first = sum(len(stage.bias) for stage in stages[:-1])
        groups = [slice(group[0] - first, group[-1] - first + 1) for group in asked.goal.groups]
        self.tree, self._bounds = BoxTree(box), LinearBounds(stages, groups)
        self._free = np.array([lo < up for lo, up in zip(box.lower, box.upper, strict=True)])
        ends = [rounded_down(v) for v in box.lower], [rounded_up(v) for v in box.upper]
        zero = np.zeros(1, dtype=np.int64)
        if affordable(stages):
            lower, upper = (np.array([values]) for values in ends)
            self._waiting.append(Batch(zero, lower, upper, zero, zero, np.zeros(1)))
        else:
            self.left.append(0)

    @property
    def open(self) -> int:
        """How many boxes are yet to be decided."""
        return sum(len(batch.nodes) for batch in self._waiting) + len(self.left)

    @property
    def open_prefixes(self) -> list[Prefix]:
        """Prefixes of units below which is still to be searched: where boxes were cut, the empty one."""
        if self.left == [0]:
            return self._prefixes.get(0, [()])
        return [()] if self.open else []

    def run(self) -> Counterexample | None:
        """Search until a counterexample is found, nothing is left, or something stops it.

        Points are sampled where the bounds of the whole box do not decide.
        """
        return self._in_boxes(1) or self._sampled() or self._in_boxes() or self._in_regions()

    def _sampled(self) -> Counterexample | None:
        found = self.search.proposed() if self.open and not self._sampled_before else None
        self._sampled_before = True
        return found

    def _in_regions(self) -> Counterexample | None:
        """Search the boxes that are left for regions."""
        while self.left:
            node = self.left[-1]
            part = self.search.within(self.tree.box_at(node), self._prefixes.get(node, [()]))
            # of the whole domain the tree may be large: it goes into the file when it is written
            known = recorded_safe(part) if self.keep and node and node not in self._prefixes else None
            if known is None:
                self._prefixes[node] = part.open_prefixes
                try:
                    found = part.run()
                finally:
                    self._prefixes[node] = part.open_prefixes
                if found is not None or part.open_prefixes:
                    self.stop = part.stop
                    return found
            self.searched[self.left.pop()] = known
        return None

    def _in_boxes(self, most: float = np.inf) -> Counterexample | None:
        """Bound boxes until a counterexample is found, or all are decided or left, or more than `most` would wait."""
        with ThreadPoolExecutor(self.search.workers) as pool:
            while self._waiting and self.open <= most:
                check()
                batches = [self._taken()]
                while self._waiting and len(batches) < self.search.workers:
                    batches.append(self._taken())
                bounded = pool.map(lambda batch: self._bounds.over(batch.lower, batch.upper), batches)
                for batch, bounds in zip(batches, bounded, strict=True):
                    found = self._halved(batch, bounds)
                    if found is not None:
                        return found
                if self.open and (found := self._on_faces()) is not None:
                    return found
        return None

    def _on_faces(self) -> Counterexample | None:
        """Look for a counterexample on faces of the whole box, once, where the search takes long."""
        if self._faces_before or self.search.stats["boxes_bounded"] < FACES_AFTER:
            return None
        self._faces_before = True
        return self.search.on_faces()

    def _halved(self, batch: Batch, bounds: BoxBounds) -> Counterexample | None:
        """Keep what is decided, cut the others, and return a counterexample if there is one in them."""
        alive = np.flatnonzero(~self._decided(batch, bounds))
        if not len(alive):
            return None
        scores, found = self._tried(batch.at(alive), bounds.forms[alive], bounds.tops[alive])
        if found is None:
            batch = replace(batch.at(alive), scores=scores)
            self._cut(batch, bounds.influence[alive], bounds.undecided[alive])
        return found

    def _taken(self) -> Batch:
        """Take boxes that wait: in turn the latest ones, and the most promising ones."""
        most, self._by_score = self._bounds.largest_batch, not self._by_score
        if self._by_score and len(self._waiting) > 1:
            every = Batch.joined(self._waiting)
            self._waiting = [every.at(np.argsort(every.scores, kind="stable"))]
        batch = self._waiting.pop()
        while len(batch.nodes) < most and self._waiting:
            batch = Batch.joined([self._waiting.pop(), batch])
        if len(batch.nodes) > most:
            self._waiting.append(batch.at(np.arange(len(batch.nodes) - most)))
            batch = batch.at(np.arange(len(batch.nodes) - most, len(batch.nodes)))
        return batch

    def _decided(self, batch: Batch, bounds: BoxBounds) -> NDArray[np.bool_]:
        """Tell in which boxes each polyhedron has a sum of rows that is nowhere positive."""
        dead = bounds.decided
        self.search.stats.update({"boxes_bounded": len(dead), "boxes_decided": int(dead.sum())})
        halves = dead[batch.since > 0]
        self._halves = [self._halves[0] + int(halves.sum()), self._halves[1] + len(halves)]
        if self.keep and dead.any():
            self.tree.keep(batch.nodes[dead].tolist(), bounds.slopes[dead], bounds.multipliers[dead])
        return dead

    def _tried(self, batch: Batch, forms: Floats, tops: Floats) -> tuple[Floats, Counterexample | None]:
        """Try the middle of each box, and the corner where a bound is largest; return how near they come."""
        worst = np.nan_to_num(tops, nan=np.inf).argmax(axis=1)
        corners = np.where(forms[np.arange(len(worst)), worst] > 0.0, batch.upper, batch.lower)
        points, sides = np.concatenate([batch.lower / 2 + batch.upper / 2, corners]), batch.upper - batch.lower
        scores, found = self.search.tried(points, np.concatenate([sides, sides]))
        return scores.reshape(2, -1).max(axis=0), found

    def _cut(self, batch: Batch, influence: Floats, undecided: Integers) -> None:
        """Cut boxes in two; leave those that cuts do not help."""
        few = undecided <= FEW
        inputs, places = batch.places(influence, self._free)
        hopeless = few & (batch.since >= self._patience(undecided)) | (batch.cuts >= MOST_CUTS)
        # where all units are affine their bounds are the largest values
        hopeless |= np.isnan(places) | (undecided == 0)
        if self._free.sum() >= MANY_INPUTS:
            hopeless[:] = True
        self.left += batch.nodes[hopeless].tolist()
        batch = replace(batch, since=batch.since + few, cuts=batch.cuts + 1).at(~hopeless)
        inputs, places, boxes = inputs[~hopeless], places[~hopeless], np.arange(len(batch.nodes))
        if not len(boxes):
            return
        children = self.tree.cut(batch.nodes.tolist(), inputs.tolist(), places.tolist())
        below, above = batch.upper.copy(), batch.lower.copy()
        below[boxes, inputs] = above[boxes, inputs] = places
        upper_sides, lower_sides = (
            replace(batch, nodes=children + 1, lower=above),
            replace(batch, nodes=children, upper=below),
        )
        self._waiting.append(Batch.joined([upper_sides, lower_sides]))

    def _patience(self, undecided: Integers) -> Integers:
        """Return how many cuts boxes with few undecided units get before their regions are searched.

        At first they are more in small networks, whose bounds are cheap; later all or none, as cuts have helped or not.
        """
        decided, bounded = self._halves
        if bounded < TRIED:
            return np.minimum(max(2, (self._bounds.largest_batch // REGIONS).bit_length()), undecided)
        return np.full_like(undecided, MOST_CUTS if decided >= HELPED * bounded else 0)
