"""Are there more regions around training points with random than with true labels, trained and counted alike?

The protocol is `protocols/same_training.md`.
"""

from __future__ import annotations

from collections.abc import Sequence

from studies.data_or_anywhere import FRACTIONS, Experiment, rows
from studies.images import possible
from studies.tables import collect, options, seed_parts

__all__ = ["EXPERIMENTS", "main"]

# the states are "initial", whose rows are those of data_or_anywhere once more, and "true"
EXPERIMENTS = (Experiment("digits", "digits", (64, 32, 16, 10), 5, (("true", 200),), 10, FRACTIONS[:-1], 2_000_000),)


def main(arguments: Sequence[str] | None = None, experiments: Sequence[Experiment] = EXPERIMENTS) -> None:
    """Run what is not done yet, seed by seed, and write the table."""
    given = options("same_training", "Exact counts after as many epochs on true labels as on random ones.", arguments)
    collect(seed_parts(possible(experiments), rows), given)


if __name__ == "__main__":
    main()
