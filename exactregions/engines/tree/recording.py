"""From the record that the kernels keep to the parts of a certificate."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from exactregions.certificate.part import Part, PartBuilder, Proof, prefix_text
from exactregions.engines.contract import Prefix
from exactregions.engines.tree.found_regions import FoundRegions, Mark
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.kernels import setup
from exactregions.engines.tree.kernels.state import State

PART_LEAVES = 16_384  # leaves after which a part gives its waiting subtrees away: so much one process checks at a time
PART_BYTES = 1 << 24  # of witnesses in a part
PART_MULTIPLIERS = 1 << 19  # in a part, each 6 or 10 bytes: what is there when the time is over must still be written
AFTERWARDS = 8  # a part that is full gives one subtree away each time it has grown by such a share


def _leaves_of_a_part(inputs: int) -> int:
    """Return the number of leaves after which a part is full."""
    return max(256, min(PART_LEAVES, PART_BYTES // (8 * inputs)))


@dataclass(slots=True)
class Recorder:
    """Takes down what one worker does, a part for each prefix it is given.

    Attributes
    ----------
    regions : FoundRegions
        Where the witnesses of the leaves arrive, in the order of the walk.
    write : callable
        Is given each part.
    witnesses : bool
    keep : bool
        Leave the regions in the regions when a part is written.
    """

    regions: FoundRegions
    write: Callable[[Part], None]
    witnesses: bool
    keep: bool
    proofs: deque[Proof] = field(default_factory=deque)
    builder: PartBuilder = field(default_factory=PartBuilder)
    prefix: str = ""
    mark: Mark = field(init=False)
    full_at: int = 0
    multipliers: int = 0
    full_with: int = 0

    def begin(self, prefix: Prefix) -> None:
        """Begin a part."""
        self.builder, self.prefix = PartBuilder(), prefix_text(prefix)
        self.mark = self.regions.mark()
        self.full_at = _leaves_of_a_part(self.regions.network.inputs)
        self.multipliers, self.full_with = 0, PART_MULTIPLIERS

    def is_full(self, leaves: int) -> bool:
        """Whether the part has grown to where it should give a subtree away; asks for the next at a larger size."""
        if leaves < self.full_at and not self.is_long:
            return False
        self.full_at = leaves + _leaves_of_a_part(self.regions.network.inputs) // AFTERWARDS
        self.full_with = self.multipliers + PART_MULTIPLIERS // AFTERWARDS
        return True

    @property
    def is_long(self) -> bool:
        """Whether the proofs of the part are so long that it should give a subtree away."""
        return self.multipliers >= self.full_with

    def pause(self, state: State) -> None:
        """Let the kernels pause where the proofs of the part get too long, at the same event in every run."""
        state.values_limit = min(setup.RECORDED, max(1, self.full_with - self.multipliers))

    def take(self, state: State, leaves: int | None = None) -> None:
        """Move what the kernels noted here; where `leaves` is given, what comes before the leaf of that number."""
        length, values = state.logged, state.logged_values
        log = state.log[:length].copy()
        if leaves is not None:
            length = int(np.flatnonzero(log[:, 0] == at.LEAF)[leaves])
            log = log[:length]
        state.logged = state.logged_values = 0
        self.multipliers += values
        self.pause(state)
        places = np.concatenate([[0], np.cumsum(np.maximum(log[:, 2], 0))])
        begin = 0
        for i in [*np.flatnonzero(log[:, 2] == at.ON_REQUEST).tolist(), length]:
            low, high = places[begin], places[i]
            rows, multipliers = state.log_rows[low:high], state.log_values[low:high]
            events, units, counts = log[begin:i].T
            self.builder.bulk(events, units, counts, rows, multipliers[:, 0], multipliers[:, 1])
            if i < length:
                self.builder.sign(int(log[i, 1]), bool(log[i, 0] == at.SIGN_PLUS), self.proofs.popleft())
            begin = i + 1
        assert leaves is not None or places[-1] == values

    def end(self, complete: bool) -> None:
        """Write the part."""
        witnesses, exact = self.regions.since(self.mark)
        self.write(self.builder.finish(self.prefix, complete, witnesses if self.witnesses else None, exact))
        if not self.keep:
            self.regions.forget()
