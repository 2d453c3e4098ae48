"""Trials of the whole interface: random sequences of operations on hostile networks, every answer compared.

From the shell ::

    python -m exactregions.testing.trials --seconds 120

compares with the rational engine, with closed invariants, and with itself through another operation. The repository's
tests bring oracles that share nothing with the package, which `--oracle module:name` puts in its place.

A trial is a network, a domain and a few operations, all from one seed. Operations are lines of Python that are run and
kept, so a failure is printed as the script that it was; before that it is shrunk: fewer operations, units and inputs,
shorter numbers.

The generators and the shrinking are those of `exactregions.auditing`; a trial takes milliseconds, of which drawing
through hypothesis would take the larger part, and networks of any numpy generator could not be replayed by it.
"""

from exactregions.testing.trials.oracle import Answer, Oracle, ReferenceOracle
from exactregions.testing.trials.running import Failed, Summary, run_trials
from exactregions.testing.trials.trial import Trial

__all__ = ["Answer", "Failed", "Oracle", "ReferenceOracle", "Summary", "Trial", "run_trials"]
