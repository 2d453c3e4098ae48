"""Coordinates of fewer dimensions, where the first stage has fewer units than there are inputs.

What is orthogonal to the rows of its weight changes no unit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.engines.tree.kernels.setup import FloatDomain, FloatNetwork
from exactregions.exact.floats import UNDERFLOW, UNIT, row_lengths

Floats = NDArray[np.float64]


def project(network: FloatNetwork, domain: FloatDomain) -> tuple[FloatNetwork, FloatDomain, Floats, float]:
    """Project a ball on the row space of the forms of a network; return both there, the basis, and 1 + eta.

    With W = L Q^T + E and ||Q^T Q - I|| <= eta, a point v of the ball has ||Q^T v|| <= (1 + eta) r, and L y
    differs from W v by at most ||E_i|| r there, and at v = Q y by at most (||L_i|| eta + ||E_i|| (1 + eta)) r.
    """
    from scipy import linalg

    weight = np.nan_to_num(network.bases[:, :-1], posinf=0.0, neginf=0.0)
    # scipy's lets go of the interpreter meanwhile, numpy's does not
    factors: Any = linalg.qr(weight.T, mode="economic", check_finite=False)
    q, r = factors
    m, d = weight.shape
    left = r.T
    gram = q.T @ q - np.eye(m)
    # the rounding of a product of inner dimension n is at most gamma_{n+2} times that of absolute values
    gram_error = (d + 3) * UNIT * (np.abs(q).T @ np.abs(q) + np.eye(m))
    eta = float(np.linalg.norm(np.abs(gram) + gram_error)) * (1 + 1e-10)
    residual = np.abs(weight - left @ q.T) + (m + 3) * UNIT * (np.abs(weight) + np.abs(left) @ np.abs(q).T)
    rows = row_lengths(residual) * (1 + eta) + row_lengths(left) * eta
    radius = float(domain.outer[0]) * (1 + eta) * (1 + 1e-10)
    errors, has_form = network.base_errors.copy(), network.base_places >= 0
    moved = rows[network.base_places[has_form]] * radius
    errors[has_form] = (errors[has_form] + moved) * (1 + 1e-10) + UNDERFLOW
    inner = float(domain.inner[0]) / (1 + eta) * (1 - 1e-10)
    projected = _without_rows(domain, np.full(m, radius), np.full(m, inner))
    bases = np.column_stack([left, network.bases[:, -1]])
    return replace(network, bases=bases, base_errors=errors), projected, q, (1 + eta) * (1 + 4 * UNIT)


def with_first_stage_as_inputs(
    network: FloatNetwork, domain: FloatDomain
) -> tuple[FloatNetwork, FloatDomain, Floats | None, Floats | None]:
    """Take the pre-activations of the first stage, without their constants, as the coordinates of the whole space.

    Where the rows of its weight are independent, every vector of pre-activations occurs, and what is orthogonal to the
    rows changes no unit. The forms of the first stage then are exact, and all others lie in their span.

    Returns
    -------
    network, domain : FloatNetwork, FloatDomain
    basis, back : numpy.ndarray, shapes (d, m) and (m, d), or None
        None where floats do not prove the rows to be independent.
    """
    from scipy import linalg

    back, m = network.bases[:, :-1], len(network.bases)
    if not (np.isfinite(network.base_errors).all() and np.isfinite(back).all()):
        return network, domain, None, None
    with np.errstate(all="ignore"):
        # scipy's lets go of the interpreter meanwhile, numpy's does not
        factors: Any = linalg.qr(back.T, mode="economic", check_finite=False)
        basis = factors[0] @ np.linalg.pinv(factors[1].T)
    if not _inverts(back, basis):
        return network, domain, None, None
    ends = np.full(m, np.inf)
    moved = replace(network, bases=np.column_stack([np.eye(m), network.bases[:, -1]]))
    return moved, _without_rows(domain, ends, ends), basis, back


def _without_rows(domain: FloatDomain, outer: Floats, inner: Floats) -> FloatDomain:
    rows = np.zeros((0, len(outer) + 1))
    return FloatDomain(domain.kind, outer, inner, rows, np.zeros(0), np.zeros(0), norm=domain.norm)


def _inverts(weight: Floats, basis: Floats) -> bool:
    """Prove ||W R - I|| < 1 in the maximum norm: then W R is regular, and the rows of W are independent.

    A product of inner dimension d is off by gamma_d |W| |R|; the factor covers the roundings of the bound itself.
    """
    m, d = weight.shape
    with np.errstate(all="ignore"):
        rounding = (d + 3) * UNIT * (np.abs(weight) @ np.abs(basis) + np.eye(m)) + UNDERFLOW
        distance = (np.abs(weight @ basis - np.eye(m)) + rounding).sum(axis=1).max()
    return bool(distance * (1 + 1e-9) < 1.0)
