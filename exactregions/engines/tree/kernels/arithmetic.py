"""Rounding errors of single operations, computed and not estimated.

`two_sum` and `two_product` return a rounded result and its exact error (Knuth 1969; Dekker 1971, with one fused
multiply-add). Where every operation happens to be exact the errors are zero, so a bound built on them proves even
a tangency; a worst-case bound never could.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from exactregions.engines.tree.kernels.compiling import inner

__all__ = ["UNDERFLOW", "UNIT", "fma", "gamma", "power_below", "raised", "trailing_zeros", "two_product", "two_sum"]

UNIT = 2.0**-53  # unit roundoff of float64, rounding to nearest
UNDERFLOW = 1e-300  # far above what the underflow of a few thousand operations can lose


def _fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c with one rounding."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> ir.Instruction:
        return builder.fma(*args)

    return types.float64(types.float64, types.float64, types.float64), generate


fma: Any = intrinsic(_fma)


def _power_below(typing_context: Any, a: Any) -> Any:
    """Return the power of two of the binary exponent of a normal float; zero below the normal ones, and for zero."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> ir.Instruction:
        word = ir.IntType(64)
        exponent = builder.and_(builder.bitcast(args[0], word), word(0x7FF0000000000000))
        return builder.bitcast(exponent, ir.DoubleType())

    return types.float64(types.float64), generate


power_below: Any = intrinsic(_power_below)


def _trailing_zeros(typing_context: Any, a: Any) -> Any:
    """Return the place of the lowest bit that is set, of an integer other than zero."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> ir.Instruction:
        return builder.cttz(args[0], ir.IntType(1)(1))

    return types.int64(types.int64), generate


trailing_zeros: Any = intrinsic(_trailing_zeros)


@inner
def two_sum(a: float, b: float) -> tuple[float, float]:
    """Return s, e with s = fl(a + b) and s + e = a + b."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@inner
def two_product(a: float, b: float) -> tuple[float, float]:
    """Return p, e with p = fl(a * b) and p + e = a * b, barring underflow."""
    p = a * b
    return p, fma(a, b, -p)


# the index of the two below is the number of roundings that a term meets; mathematics, 3.1


@inner
def gamma(roundings: int) -> float:
    """Return c such that a sum is off by less than c times the computed sum of the magnitudes of its terms.

    With at most k roundings on the way of each term, the sum is off by k u / (1 - k u) times the exact sum M of the
    magnitudes (Higham 2002, section 3.1), and M is at most the computed one over 1 - k u. Together that is below
    k u / (1 - 2 k u), and this below c = (k + 2) u as long as k (k + 2) u < 1: for k below 9e7. Underflow is apart.
    """
    return (roundings + 2.0) * UNIT


@inner
def raised(bound: float, roundings: int) -> float:
    """Return a number that no rounding keeps below a sum of nonnegative terms, of which `bound` was computed.

    With k roundings on the way of each term the sum is at most bound / (1 - u)^k. The factor and the product below
    round too, and so may an addition that follows: j = k + 3, and 1 / (1 - u)^j <= 1 + 2 j u for j u <= 1/2.
    """
    return bound * (1.0 + 2.0 * (roundings + 3.0) * UNIT)
