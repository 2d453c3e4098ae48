"""Every status of a solver is a claim or no answer, and none is left out."""

import itertools

import highspy
import pulp
import pytest

from exactregions.solvers.contract import Proven, Unknown
from exactregions.solvers.statuses import HIGHS, PULP, PULP_SOLUTIONS, highs_status, pulp_status

# what a solver may claim, and nothing else: written down a second time, by hand
HIGHS_CLAIMS = {
    highspy.HighsModelStatus.kOptimal: Proven.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Proven.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Proven.UNBOUNDED,
}
PULP_CLAIMS = {
    (pulp.LpStatusOptimal, pulp.LpSolutionOptimal): Proven.OPTIMAL,
    (pulp.LpStatusInfeasible, pulp.LpSolutionInfeasible): Proven.INFEASIBLE,
    (pulp.LpStatusInfeasible, pulp.LpSolutionNoSolutionFound): Proven.INFEASIBLE,
    (pulp.LpStatusUnbounded, pulp.LpSolutionUnbounded): Proven.UNBOUNDED,
    (pulp.LpStatusUnbounded, pulp.LpSolutionNoSolutionFound): Proven.UNBOUNDED,
}


def test_the_maps_are_total():
    assert set(HIGHS) == set(highspy.HighsModelStatus.__members__)
    assert set(PULP) == set(pulp.LpStatus)
    assert set(PULP_SOLUTIONS) == set(pulp.LpSolution)


@pytest.mark.parametrize("status", highspy.HighsModelStatus.__members__.values(), ids=lambda s: s.name)
def test_statuses_of_highs(status):
    meaning = highs_status(status.name)
    if status in HIGHS_CLAIMS:
        assert meaning is HIGHS_CLAIMS[status]
    else:
        assert isinstance(meaning, Unknown)
        assert "HiGHS" in meaning.reason
        assert "not know" not in meaning.reason or status.name == "kUnknown"


@pytest.mark.parametrize("pair", list(itertools.product(pulp.LpStatus, pulp.LpSolution)), ids=str)
def test_statuses_of_pulp(pair):
    meaning = pulp_status(*pair)
    if pair in PULP_CLAIMS:
        assert meaning is PULP_CLAIMS[pair]
    else:
        assert isinstance(meaning, Unknown)
        assert meaning.reason


def test_statuses_of_later_versions_are_no_answer():
    assert highs_status("kTired") == Unknown("HiGHS ended with kTired, a status that this package does not know")
    assert "unknown status 7" in pulp_status(7, 1).reason
    assert "unknown status 7" in pulp_status(1, 7).reason


def test_what_highs_says_of_real_programs():
    def status(cost, upper, least):
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        x = highs.addVariable(lb=0.0, ub=upper)
        highs.addConstr(x >= least)
        highs.minimize(cost * x)
        return highs_status(highs.getModelStatus().name)

    assert status(1.0, 1.0, 0.5) is Proven.OPTIMAL
    assert status(1.0, 1.0, 2.0) is Proven.INFEASIBLE
    assert status(-1.0, highspy.kHighsInf, 0.5) in (Proven.UNBOUNDED, HIGHS["kUnboundedOrInfeasible"])


@pytest.mark.parametrize("solver", ["HiGHS", "PULP_CBC_CMD"])
@pytest.mark.parametrize(("upper", "claim"), [(3, Proven.OPTIMAL), (0, Proven.INFEASIBLE)])
def test_what_pulp_says_of_real_programs(solver, upper, claim):
    problem = pulp.LpProblem("small", pulp.LpMaximize)
    x = problem.add_variable("x", 0, upper, pulp.LpInteger)
    problem += x
    problem += 2 * x >= 1
    problem.solve(pulp.getSolver(solver, msg=False))
    assert pulp_status(problem.status, problem.sol_status) is claim
