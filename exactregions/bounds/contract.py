"""What a bound on the number of regions is."""

from __future__ import annotations

import math
import operator
from typing import Literal, Protocol, TypeAlias, get_args, runtime_checkable

from exactregions.domain import Domain
from exactregions.errors import ExactRegionsError
from exactregions.network import Network
from exactregions.support.shortening import short

__all__ = [
    "KINDS",
    "SCOPES",
    "Bound",
    "CostlyBound",
    "Kind",
    "NotApplicableError",
    "NotingBound",
    "Scope",
    "checked_value",
    "fault_message",
]

Kind: TypeAlias = Literal["upper", "lower", "expectation", "attainable"]
Scope: TypeAlias = Literal["local", "global"]

KINDS: tuple[str, ...] = get_args(Kind)
SCOPES: tuple[str, ...] = get_args(Scope)


class NotApplicableError(ExactRegionsError, ValueError):
    """A bound that makes no claim about the given network and domain; the message says what it asks of them.

    It is no fault: a table shows the reason in place of a value.
    """


@runtime_checkable
class Bound(Protocol):
    """A number set beside the exact count.

    `kind` tells what it claims, and so what an exact count can do to it:

    - "upper" and "lower" hold for every network and domain; one exact count on the wrong side falsifies them.
    - "expectation" holds on average over random networks.
    - "attainable" is reached by some network of these widths and says nothing about a given one.

    Only the first two are ever held against a count.
    """

    @property
    def name(self) -> str:
        """Name in tables and on the command line."""
        ...

    @property
    def kind(self) -> str:
        """What the number claims: a `Kind`."""
        ...

    @property
    def scope(self) -> str:
        """Whether the domain and the weights enter ("local"), or the widths alone ("global")."""
        ...

    @property
    def source(self) -> str:
        """The paper, or "reconstruction (ours)"."""
        ...

    def evaluate(self, network: Network, domain: Domain) -> int | float:
        """Return the value: an exact integer, zero or more; a float is for the kind "expectation" only.

        Raises
        ------
        NotApplicableError
            If the bound makes no claim about this network and domain.
        """
        ...


@runtime_checkable
class NotingBound(Protocol):
    """A bound with a word to say beside its value."""

    def note(self, network: Network, domain: Domain, value: int) -> str | None:
        """Return a remark for the table, or None."""
        ...


@runtime_checkable
class CostlyBound(Protocol):
    """A bound that takes seconds or gigabytes for some networks; `info` leaves it out there unless it is asked for."""

    def is_costly(self, network: Network) -> bool:
        """Return whether the network is one of them."""
        ...


def fault_message(fault: Exception) -> str:
    """Return what an exception of a bound says, in characters that every file and screen takes."""
    try:
        message = str(fault)
    except Exception as worse:  # noqa: BLE001 - it is a user's exception
        message = f"it cannot say what is wrong: {type(worse).__name__}"
    return message.encode("utf-8", "backslashreplace").decode("utf-8")


def checked_value(value: object, kind: str) -> int | float:
    """Return what a bound gave as a Python number.

    Raises
    ------
    TypeError
        If it is no integer, nor a float of the kind "expectation".
    ValueError
        If it is negative, infinite or NaN, or the kind is unknown.
    """
    if kind not in KINDS:
        raise ValueError(f"the kind is {short(kind)}; use one of {', '.join(KINDS)}")
    if kind == "expectation" and isinstance(value, float):
        number = float(value)
    elif isinstance(value, bool) or not hasattr(value, "__index__"):
        wanted = "a float or an integer" if kind == "expectation" else "an integer"
        raise TypeError(f"the value is {short(value)}; a bound of kind {short(kind)} is {wanted}")
    else:
        number = operator.index(value)  # type: ignore[arg-type]
    if number < 0 or number == math.inf or number != number:
        fault = "negative" if number < 0 else number
        raise ValueError(f"the value is {fault}; a bound is finite and not negative")
    return number
