"""Square systems of linear equations over the rationals, in steps between which a stop is heard."""

from __future__ import annotations

from collections.abc import Sequence

import flint

from exactregions.exact.numbers import Number, Rational
from exactregions.support.stopping import check

PRIMES = (2**61 - 1, 2**62 - 57)
AT_ONCE = 2e7  # rows**3 times words, that flint solves in hundredths of a second, without a pause


def solve(rows: Sequence[Sequence[Number]], rhs: Sequence[Number]) -> list[Rational]:
    """Return the solution of a square system.

    Raises
    ------
    ZeroDivisionError
        If the matrix is singular.
    """
    n = len(rows)
    if not n:
        return []
    integers = [_cleared([*row, b]) for row, b in zip(rows, rhs, strict=True)]
    bits = max(int(abs(v)).bit_length() for row in integers for v in row)
    if n**3 * (1 + bits / 64) ** 2 <= AT_ONCE:
        matrix = flint.fmpz_mat(n, n, [v for row in integers for v in row[:-1]])
        solution = flint.fmpq_mat(matrix).solve(flint.fmpq_mat(n, 1, [flint.fmpq(row[-1]) for row in integers]))
        return [solution[i, 0] for i in range(n)]
    matrix = flint.fmpz_mat(n, n, [v for row in integers for v in row[:-1]])
    sides = flint.fmpz_mat(n, 1, [row[-1] for row in integers])
    for prime in PRIMES:
        inverse = _inverse(matrix, prime)
        if inverse is not None:
            return _lifted(matrix, sides, inverse, prime, _steps(integers, prime))
    return _back_substituted(_eliminated(integers))


def _inverse(matrix: flint.fmpz_mat, prime: int) -> flint.nmod_mat | None:
    try:
        return flint.nmod_mat(matrix, prime).inv()
    except ZeroDivisionError:
        return None


def _steps(rows: Sequence[Sequence[flint.fmpz]], prime: int) -> int:
    """Return how many digits to the base `prime` determine every quotient of two determinants (Hadamard 1893)."""
    longest = sum((sum(int(abs(v)) for v in row) + 1).bit_length() for row in rows)
    return (2 * longest + 2) // (prime.bit_length() - 1) + 1


def _lifted(
    matrix: flint.fmpz_mat, sides: flint.fmpz_mat, inverse: flint.nmod_mat, prime: int, steps: int
) -> list[Rational]:
    """Return the solution from its digits to the base `prime`, each from the inverse modulo it (Dixon 1982)."""
    n = matrix.nrows()
    left, power = sides, flint.fmpz(1)
    digits = [flint.fmpz(0)] * n
    for _ in range(steps):
        check()
        digit = [int(v) for v in (inverse * flint.nmod_mat(left, prime)).entries()]
        column = flint.fmpz_mat(n, 1, digit)
        left = (left - matrix * column) / prime
        digits = [total + d * power for total, d in zip(digits, digit, strict=True)]
        power *= prime
    solution: list[Rational] = []
    common = flint.fmpz(1)
    for value in digits:
        check()
        found = _reconstructed(common * value % power, power) / common
        common = common.lcm(found.q)
        solution.append(found)
    return solution


def _reconstructed(residue: flint.fmpz, modulus: flint.fmpz) -> Rational:
    """Return the fraction a / b with b residue = a, both below the root of half the modulus (Wang 1981)."""
    bound = (modulus // 2).isqrt()
    before, here, left, right = modulus, residue, flint.fmpz(0), flint.fmpz(1)
    while here > bound:
        quotient = before // here
        before, here = here, before - quotient * here
        left, right = right, left - quotient * right
    return flint.fmpq(here, right)


def _cleared(row: Sequence[Number]) -> list[flint.fmpz]:
    """Return a row times its common denominator."""
    exact = [flint.fmpq(v) for v in row]
    denominator = flint.fmpz(1)
    for v in exact:
        denominator = denominator.lcm(v.q)
    return [(v * denominator).p for v in exact]


def _eliminated(rows: list[list[flint.fmpz]]) -> list[list[flint.fmpz]]:
    """Return an upper triangular system: fraction-free elimination, every division exact (Bareiss 1968)."""
    n, before = len(rows), flint.fmpz(1)
    for k in range(n):
        pivot = next((i for i in range(k, n) if rows[i][k]), None)
        if pivot is None:
            raise ZeroDivisionError("the matrix is singular")
        rows[k], rows[pivot] = rows[pivot], rows[k]
        top, head = rows[k], rows[k][k]
        for i in range(k + 1, n):
            check()
            row, factor = rows[i], rows[i][k]
            pairs = zip(row[k + 1 :], top[k + 1 :], strict=True)
            rows[i] = [*row[: k + 1], *((head * v - factor * t) // before for v, t in pairs)]
        before = head
    return rows


def _back_substituted(rows: list[list[flint.fmpz]]) -> list[Rational]:
    n = len(rows)
    solution = [flint.fmpq(0)] * n
    for i in range(n - 1, -1, -1):
        check()
        row = rows[i]
        rest = sum((row[j] * solution[j] for j in range(i + 1, n) if row[j]), flint.fmpq(0))
        solution[i] = (row[n] - rest) / row[i]
    return solution
