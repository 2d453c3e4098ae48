"""An example: a bound on the number of linear regions, and a network."""

from my_bounds.intervals import interval_product
from my_bounds.network import my_network

__all__ = ["interval_product", "my_network"]
