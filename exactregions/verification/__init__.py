"""A second opinion on a finished search: found and refuted patterns, through solvers that share nothing with it.

cvxpy gives the opinion, plain `fractions.Fraction` checks the witnesses, and where the opinion is against the answer,
or within the solver's tolerance, exact arithmetic has the last word.
"""

from exactregions.verification.results import Doubt, Opinion, RegionOpinion, SpotReport
from exactregions.verification.spot import spot_check, verify_region

__all__ = ["Doubt", "Opinion", "RegionOpinion", "SpotReport", "spot_check", "verify_region"]
