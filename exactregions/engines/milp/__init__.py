"""The network as a mixed-integer linear program, enumerated by cuts that proofs have shortened."""

from exactregions.engines.milp.engine import MilpEngine

__all__ = ["MilpEngine"]
