"""Second opinions: several engines side by side, and found and refuted patterns through solvers that share nothing.

cvxpy gives the opinion on a pattern, plain `fractions.Fraction` checks the witnesses, and where the opinion is against
the answer, or within the solver's tolerance, exact arithmetic has the last word.
"""

from exactregions.crosscheck.agreement import Agreement, agree
from exactregions.crosscheck.results import Doubt, Opinion, RegionOpinion, SpotReport
from exactregions.crosscheck.spot import spot_check, verify_region

__all__ = ["Agreement", "Doubt", "Opinion", "RegionOpinion", "SpotReport", "agree", "spot_check", "verify_region"]
