"""Who proposes whether a halfspace of a region is a facet.

An oracle minimises one row of a region over the others. Its answer is a proposal: a point beyond the row, or
multipliers that should prove that there is none; `proves` tries its last answer in rationals.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from exactregions.facets.halfspaces import Halfspaces
from exactregions.solvers.contract import Proposal, Unknown


class Oracle(ABC):
    """Answers in local coordinates; questions about one region in a row are cheapest."""

    @abstractmethod
    def ask(self, rows: Halfspaces, row: int) -> Proposal | Unknown:
        """Minimise a row over the closed domain and the rows of all other hyperplanes.

        The minimum need not be reached once it is clearly negative; multipliers are nonnegative, and zero for
        rows of the same hyperplane.
        """

    @abstractmethod
    def proves(self, rows: Halfspaces, row: int) -> bool:
        """Decide in rationals whether the last answer, which was about this row, proves it no facet."""

    @abstractmethod
    def entry(self, rows: Halfspaces) -> float:
        """Return the distance of the region from where the search begins; nan when the solver cannot tell."""
