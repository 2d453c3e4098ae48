"""A trial, and its text as a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from exactregions.domain import Domain
from exactregions.network import Network

DECIMAL_BITS = 1000  # of integers that are written in decimals

Operation = tuple[str, int]  # its name, and the seed of what is random in it


@dataclass(frozen=True, slots=True)
class Trial:
    """A network, a domain, and what is done with them, one operation after another."""

    family: str
    network: Network
    domain: Domain
    operations: tuple[Operation, ...]


def number_code(value: Fraction | float) -> str:
    """Return Python source of the exact value: a float where one has it."""
    exact = Fraction(value)
    try:
        near = float(exact)
    except OverflowError:
        near = 0.0
    if Fraction(near) != exact:
        # hexadecimal has no limit of digits
        parts = [hex(v) if v.bit_length() > DECIMAL_BITS else str(v) for v in (exact.numerator, exact.denominator)]
        return f"Fraction({', '.join(parts)})"
    return str(int(near)) if abs(near) < 1e6 and near == int(near) else repr(near)


def numbers_code(values: Sequence[Fraction | float]) -> str:
    """Return Python source of a list of numbers."""
    return f"[{', '.join(map(number_code, values))}]"


def _rows_code(rows: Sequence[Sequence[Fraction | float]]) -> str:
    return f"[{', '.join(map(numbers_code, rows))}]"


def network_code(network: Network) -> str:
    """Return Python source of a network."""
    stages = [
        "    Stage("
        + ", ".join([_rows_code(s.weight.tolist()), *(numbers_code(v.tolist()) for v in (s.bias, s.low, s.high))])
        + "),"
        for s in network.stages
    ]
    output = f"{_rows_code(network.weight.tolist())}, {numbers_code(network.bias.tolist())}"
    winners = "".join(f"\n    Winner({winner.units}, {winner.contests})," for winner in network.winners)
    return "\n".join(["Network([", *stages, f"], {output}" + (f", [{winners}\n])" if winners else ")")])


def domain_code(domain: Domain) -> str:
    """Return Python source of a domain: its class with what it was made of."""
    return f"{type(domain).__name__}({', '.join(_value_code(getattr(domain, name)) for name in _fields(domain))})"


def _fields(domain: Any) -> list[str]:
    return [field.name for field in fields(domain) if getattr(domain, field.name) is not None]


def _value_code(value: Any) -> str:
    if isinstance(value, Domain):
        return domain_code(value)
    if isinstance(value, tuple):
        return _rows_code(value) if isinstance(value[0], tuple) else numbers_code(value)
    return 'float("inf")' if value == float("inf") else number_code(value)
