"""The network is still the one whose regions were counted."""

from my_bounds import my_network

from exactregions import Ball, Box
from exactregions.testing.assertions import assert_exact_count


def test_regions_in_the_unit_box():
    """A changed weight changes the count, and so does a change in what reads the network."""
    assert_exact_count(my_network(), Box([-1, -1, -1], [1, 1, 1]), 1429)


def test_one_region_close_to_a_point():
    """No unit changes its sign within a thousandth of the origin."""
    assert_exact_count(my_network(), Ball([0, 0, 0], 1e-3), 1)
