"""The command: `python -m exactregions.testing.trials`."""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module
from typing import Any

from exactregions.testing.trials.hostile_networks import FAMILIES
from exactregions.testing.trials.oracle import Oracle
from exactregions.testing.trials.running import Summary, run_trials

REPORT_SECONDS = 60.0


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m exactregions.testing.trials", description=__doc__)
    parser.add_argument("--questions", type=int, help="stop after so many answers were compared")
    parser.add_argument("--seconds", type=float, help="stop after this time")
    parser.add_argument("--trials", type=int, help="stop after so many trials")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial of this seed")
    parser.add_argument("--family", choices=list(FAMILIES), help="of the networks; all when left out")
    parser.add_argument("--failures", type=int, default=1, help="go on until so many were found")
    parser.add_argument("--oracle", metavar="MODULE:NAME", help="in place of the rational engine")
    return parser.parse_args(arguments)


def _oracle(name: str | None) -> Oracle | None:
    if name is None:
        return None
    module, _, attribute = name.partition(":")
    found: Any = getattr(import_module(module), attribute)
    return found


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class _Reporter:
    """Tells of failures as they are found, and of progress now and then."""

    def __init__(self) -> None:
        self._told, self._last = 0, time.perf_counter()

    def __call__(self, summary: Summary) -> None:
        for failed in summary.failed[self._told :]:
            _say(f"# seed {failed.seed}, trial {failed.number}: {failed.message[:500]}\n{failed.script}")
        self._told = len(summary.failed)
        if time.perf_counter() - self._last > REPORT_SECONDS:
            self._last = time.perf_counter()
            _say(f"# {str(summary).splitlines()[0]}")


def main(arguments: list[str] | None = None) -> int:
    """Run trials; the exit status is 1 if an answer was wrong."""
    given = _parsed(arguments)
    limits = (given.questions, given.seconds, given.trials)
    summary = run_trials(
        given.trials,
        questions=given.questions,
        seconds=60.0 if all(limit is None for limit in limits) else given.seconds,
        seed=given.seed,
        first=given.first,
        family=given.family,
        oracle=_oracle(given.oracle),
        most_failures=given.failures,
        report=_Reporter(),
    )
    _say(str(summary))
    return 1 if summary.failed else 0


if __name__ == "__main__":
    sys.exit(main())
