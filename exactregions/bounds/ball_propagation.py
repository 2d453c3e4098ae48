"""Bound A: a sphere is carried through the network and each stage cuts it with the units that reach it."""

from __future__ import annotations

from collections.abc import Iterator

from exactregions.bounds.arrangements import regions_by_stages
from exactregions.bounds.contract import Kind, Scope
from exactregions.bounds.stability.proved_signs import proved_signs
from exactregions.bounds.widths import degeneration
from exactregions.domain import Domain
from exactregions.fixed_inputs import in_free_inputs
from exactregions.network import Network


class BallPropagation:
    """prod_l Z(k_l, d_l), with k_l the units whose hyperplane may meet the sphere before stage l (ours).

    Notes
    -----
    In a ball B(c, r) start with z = c, rho = r, d_1 = n_0, and in each stage take

        p = W z + b,   k_l = #{i : abs(p_i) < ||w_i||_* rho},   d_{l+1} = min(d_l, n_l),
        z <- sigma(p),   rho <- L ||W|| rho,

    where ||.||_* is the dual and ||W|| the induced norm, L the largest slope in magnitude, and n_l counts the
    units of the stage that can carry a dimension, wires included. A box is the unit ball of a scaled infinity
    norm; a polytope is taken by its box; elsewhere every unit that `globally_stable` leaves open counts. An
    open ball is not cut at tangency, which is decided exactly in the first stage; beyond it a unit within
    rounding of tangency counts as cutting.

    The idea of an upper bound inside a sphere is due to R. Zhu, B. Lin, H. Tang, Bounding the number of
    linear regions in local area for deep neural networks with ReLU activations, arXiv 2007.06803 (2020); the
    formula is a reconstruction from its abstract, not the theorem of that paper.
    """

    name = "ball_propagation"
    kind: Kind = "upper"
    scope: Scope = "local"
    source = "reconstruction (ours) after Zhu, Lin, Tang 2020"

    @in_free_inputs
    def evaluate(self, network: Network, domain: Domain) -> int:
        """Return the product over the stages."""
        return regions_by_stages(network, self._unstable(network, domain))

    @in_free_inputs
    def note(self, network: Network, domain: Domain, value: int) -> str | None:
        """Say so where the value is 2 to the number of unstable units."""
        return degeneration(value, sum(self._unstable(network, domain)), network.inputs)

    @staticmethod
    def _unstable(network: Network, domain: Domain) -> Iterator[int]:
        signs = proved_signs(network, domain, "sphere")
        stages = zip(network.stages, signs, strict=True)
        return (int((stage.splits & (sign == 0)).sum()) for stage, sign in stages)
