"""A conformance suite for engines, and the networks it is made of.

`check_engine` runs any engine, by name or as an object, against closed forms, degenerate networks, random networks
beside the exact reference, limits and interrupts. A third party's test reads ::

    from exactregions.testing import check_engine

    def test_my_engine():
        check_engine(MyEngine(), largest=500).raise_for_failures()

For test suites there are also `assertions` (a count, a bound), `strategies` (networks and domains for hypothesis),
`golden` (cases with proved counts) and `plugin`, which pytest finds by itself.
"""

from exactregions.cases.case import Case
from exactregions.testing.conformance_report import ConformanceError, Failure, Report, Skipped
from exactregions.testing.suite import check_engine, standard_cases

__all__ = ["Case", "ConformanceError", "Failure", "Report", "Skipped", "check_engine", "standard_cases"]
