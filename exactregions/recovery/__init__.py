"""Networks with one hidden layer from samples of their function at Gaussian points."""

from exactregions.recovery.learning import learn_depth_two

__all__ = ["learn_depth_two"]
