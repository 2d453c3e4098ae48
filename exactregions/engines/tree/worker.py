"""One search over the tree below a prefix: slices of compiled work, with what lies between them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.contract import Prefix
from exactregions.engines.tree.exact_fallback import ExactFallback
from exactregions.engines.tree.found_regions import CAPACITY, Buffer, FoundRegions
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.kernels.pruned_states import PRUNED
from exactregions.engines.tree.kernels.search import search
from exactregions.engines.tree.kernels.setup import new_state
from exactregions.engines.tree.kernels.state import State
from exactregions.engines.tree.recording import Recorder
from exactregions.engines.tree.scaled_problem import ScaledProblem
from exactregions.regions import unpack_patterns
from exactregions.support.stopping import Stopped, check, delayed

LONGEST_SLICE = 0.2  # seconds; full buffers and exact decisions must not keep a slice from ending
GRACE = 0.04  # seconds that a decision in hand may still take when the run is stopped, and then the proofs of witnesses
ROOT: Prefix = np.zeros(0, dtype=np.int8)


class Worker:
    """Searches one prefix after another, resumable at any slice.

    Parameters
    ----------
    problem : ScaledProblem
    root : numpy.ndarray, shape (p,)
        An interior point of the domain in scaled coordinates.
    fallback : ExactFallback
    regions : FoundRegions
    store : bool
        Bring the regions to the regions.
    recorder : Recorder, optional
        Takes the search down for a certificate.
    goal : sequence of sequence of int, optional
        Groups of units of the search, as for `new_state`.
    prune : bool
        As for `new_state`.
    """

    def __init__(
        self,
        problem: ScaledProblem,
        root: NDArray[np.float64],
        fallback: ExactFallback,
        regions: FoundRegions,
        store: bool,
        recorder: Recorder | None = None,
        goal: Sequence[Sequence[int]] | None = None,
        prune: bool = False,
    ) -> None:
        self.problem, self.root, self.goal, self.prune = problem, root, goal, prune and problem.domain.kind in PRUNED
        self.fallback, self.regions, self.store, self.recorder = fallback, regions, store, recorder
        self.found = 0
        self._before = 0  # found before the current prefix
        self.given_back: list[Prefix] = []
        self.counts: Counter[str] = Counter()
        self.state: State | None = None
        self.starting: Prefix | None = None
        p = len(problem.domain.outer)
        self.buffer = Buffer(problem.units.splitting, p, CAPACITY if store else 0, regions.entry_scale is not None)

    def start(self, prefix: Prefix, lock: threading.Lock) -> None:
        """Go to the cell of a prefix; the signs of the prefix must be those of a node or lead to nothing.

        Parameters
        ----------
        lock : threading.Lock
            While it is held, `starting` tells whether this is going on; a large state takes seconds to write.

        Raises
        ------
        Stopped
            If the run was stopped meanwhile: whoever waited does so no longer, and the prefix stays in the frontier.
        """
        self.starting = prefix
        problem, recorded = self.problem, self.recorder is not None
        state = new_state(problem.network, problem.domain, self.root, recorded, self.goal, self.prune)
        state.forced[: len(prefix)] = prefix
        with lock:
            check()
            self.state, self.starting = state, None
        if self.recorder is not None:
            self.recorder.begin(prefix)

    def run(self, work: int, most: int | None = None) -> bool:
        """Do up to `work` nodes, and stop at `most` regions found in all; return whether the prefix is finished.

        When the run is stopped, what is in hand is finished if a moment suffices, else it stays in the frontier.
        """
        state = self.state
        assert state is not None
        self._set_quota(state, most)
        try:
            with delayed(GRACE):
                status = self._slice(state, work)
        except Stopped:
            status = at.PAUSED
        with delayed(2 * GRACE):
            self._flush()
        if status == at.DONE and not self.given_back:
            self.close(complete=True)
            return True
        return False

    def _set_quota(self, state: State, most: int | None) -> None:
        """Tell the kernel when to pause: after all regions asked for, or with a full part of a certificate."""
        state.most = -1 if most is None else max(0, most - self.found) + state.found
        state.most_leaves = -1 if self.recorder is None else max(self.recorder.full_at, state.leaves + 1)
        if self.recorder is not None:
            self.recorder.pause(state)

    def _slice(self, state: State, work: int) -> int:
        """Search until the work is done or the slice has lasted long enough."""
        buffer = self.buffer
        began = time.perf_counter()
        while True:
            status = search(state, work, buffer.patterns, buffer.points, buffer.entries, buffer.doubts)
            self.found = self._before + state.found
            if status == at.UNDECIDED:
                self._settle(state)
            elif status == at.FULL and (self._log_is_full(state) or self._buffer_is_full(state)):
                self._flush()
                if self.recorder is not None and self.recorder.is_long:
                    return at.PAUSED
            else:
                return status
            if self.given_back or time.perf_counter() - began > LONGEST_SLICE:
                return at.PAUSED

    def _log_is_full(self, state: State) -> bool:
        return self.recorder is not None and state.logged > 0

    def _buffer_is_full(self, state: State) -> bool:
        return self.store and state.stored == len(self.buffer.patterns)

    def stop(self) -> None:
        """Make the kernel return soon; from another thread."""
        state = self.state
        if state is not None:
            state.stop = 1

    def close(self, complete: bool) -> None:
        """Leave the prefix, finished or not."""
        state, self.state = self.state, None
        if state is None:
            return
        if self.recorder is not None:
            self.recorder.end(complete)
        self.counts.update(state.counts())
        self._before = self.found

    def _settle(self, state: State) -> None:
        proof = self.fallback.settle(state)
        if self.recorder is not None and proof is not None:
            self.recorder.proofs.append(proof)

    def _flush(self) -> None:
        """Bring the regions of the buffer, and what the kernels noted, to where they are kept."""
        state = self.state
        assert state is not None
        stored = taken = state.stored
        if self.store:
            taken = self.regions.take(self.buffer, stored)
            state.stored = 0
            self._give_back(taken, stored)
        if self.recorder is not None:
            self.recorder.take(state, taken if taken < stored else None)

    def _give_back(self, first: int, last: int) -> None:
        """Leave regions of the buffer to a later search, each a prefix of its own: there was no time to prove them."""
        if first == last:
            return
        splits = self.problem.network.lows != self.problem.network.highs
        patterns = unpack_patterns(self.buffer.patterns[first:last], int(splits.sum()))
        prefixes = np.ones((last - first, len(splits)), dtype=np.int8)
        prefixes[:, splits] = np.where(patterns, 1, -1)
        self.given_back += list(prefixes)
        self._before -= last - first
        self.found -= last - first

    def should_give(self) -> bool:
        """Whether the part of a certificate is full and a subtree should go to another part."""
        if self.recorder is None or self.state is None:
            return False
        return self.recorder.is_full(self.state.leaves)

    def donate(self) -> Prefix | None:
        """Give away the waiting subtree nearest to the root, or None when there is none."""
        state = self.state
        if state is None or self.prune:
            return None
        waiting = np.flatnonzero(state.waiting > 0)
        if not len(waiting):
            return None
        state.waiting[waiting[0]] = at.GIVEN_AWAY
        return self._waiting_prefix(state, int(waiting[0]))

    @staticmethod
    def _waiting_prefix(state: State, k: int) -> Prefix:
        unit = int(state.row_units[k])
        return np.append(state.signs[:unit], -state.row_signs[k]).astype(np.int8)

    def frontier(self) -> list[Prefix]:
        """Return the prefixes whose cells together hold all that is not yet searched."""
        return [*self.given_back, *self._unsearched()]

    def _unsearched(self) -> list[Prefix]:
        """Return the prefixes of what the state has not yet searched.

        Between slices the cell of the prefix given is the disjoint union of the regions counted, the subtrees given
        away, the other sides of the splits that wait, and the cell of the path, unless that is finished:

        - AT_START: nothing is decided, and the path is the prefix given;
        - AT_LAYER: all units of the stages before have signs;
        - AT_UNIT: so have the units of this stage before the next pending one, be it that they do not cut the cell in
          which the stage began, or that they were pending and are decided;
        - AT_LEAF: all units have signs, and the region is not yet counted;
        - GO_BACK: the path is finished, counted or found empty, and what waits is left;
        - AT_END: nothing waits; or the prefix given was found empty, and what waits was dropped with it.

        A row that waits was made by a unit all of whose predecessors had signs; these stay until the row goes.

        Cells that a coordinate has cut are those of no prefix: a search that prunes leaves the prefix it was given.
        """
        state = self.state
        if state is None:
            return [] if self.starting is None else [self.starting]
        forced = int(np.count_nonzero(state.forced))
        if self.prune:
            left = state.phase not in (at.GO_BACK, at.AT_END) or (state.waiting > 0).any()
            return [state.forced[:forced].astype(np.int8)] if left else []
        waiting = [self._waiting_prefix(state, int(k)) for k in np.flatnonzero(state.waiting > 0)]
        if state.phase in (at.GO_BACK, at.AT_END):
            return waiting
        here = self._decided(state)
        # on its way down to the prefix it was given, a search has nothing but that prefix
        path = state.forced[:forced] if here < forced else state.signs[:here]
        return [*waiting, path.astype(np.int8)]

    @staticmethod
    def _decided(state: State) -> int:
        """Return the number of leading units whose signs the current path has settled."""
        if state.phase == at.AT_START:
            return 0
        layer, position = state.layer, state.position
        first = int(state.firsts[layer])
        if state.phase != at.AT_UNIT:
            return first
        if position < state.pending_counts[layer]:
            return int(state.pending_units[first + position])
        return int(state.firsts[layer + 1])
