"""How the state of a search is declared: one line a field, from which all else follows.

A field is a descriptor of a class of states (`state.State` and those of the kernels). Its line gives type, shape and
meaning. From it follow the place in memory, the array that is allocated, the attribute in Python, the attribute in
compiled code (`state_type`), and the documentation.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np


@dataclass(slots=True)
class Number:
    """An integer of the state.

    Attributes
    ----------
    meaning : str
    constant : bool
        Set with the question, and the same during the search.
    counter : bool
        Counts something over a search; the answer's `stats` tell the sum.
    shared : bool
        Another thread may write it while a kernel runs.
    name, word : str, int
        Attribute, and place in the memory of a state; given by the class.
    """

    meaning: str
    constant: bool = False
    counter: bool = False
    shared: bool = False
    name: str = ""
    word: int = 0

    def __get__(self, state: Any, owner: type) -> Any:
        return self if state is None else int(state.memory[self.word])

    def __set__(self, state: Any, value: int) -> None:
        state.memory[self.word] = value

    def __str__(self) -> str:
        return f"{self.name} : int\n    {self.meaning}"


@dataclass(slots=True)
class Array:
    """An array of the state, of 64-bit floats or integers.

    Attributes
    ----------
    type : numpy type
    shape : str
        As it is read: sides are names of sizes and numbers, with sums, as "rows, p + 1".
    meaning : str
    name, word : str, int
        Attribute, and where address and sides of the array stand in the memory of a state; given by the class.
    """

    type: Any
    shape: str
    meaning: str
    name: str = ""
    word: int = 0

    @property
    def ndim(self) -> int:
        """Return the number of sides."""
        return self.shape.count(",") + 1

    def __get__(self, state: Any, owner: type) -> Any:
        return self if state is None else state.array(self)

    def __set__(self, state: Any, value: Any) -> None:
        raise AttributeError(f"the array {self.name} keeps its place; assign to its elements")

    def sides(self, sizes: Mapping[str, int]) -> list[int]:
        """Return the lengths of the sides for given sizes."""
        return [added + sum([sizes[name] for name in names]) for names, added in _sides(self.shape)]

    def __str__(self) -> str:
        return f"{self.name} : {np.dtype(self.type).name}, shape ({self.shape})\n    {self.meaning}"


@cache
def fields_of(states: type) -> list[Number | Array]:
    """Return all fields of a class of states, those of its base first."""
    return [f for c in reversed(states.__mro__) for f in vars(c).values() if isinstance(f, (Number, Array))]


def declared(states: Any) -> Any:
    """Give each field of a class its name and its place, and write them all into the docstring."""
    own = {name: field for name, field in vars(states).items() if isinstance(field, (Number, Array))}
    for name, field in own.items():
        field.name, field.word = name, states.words
        states.words += 1 if isinstance(field, Number) else 1 + field.ndim
    listed = "\n".join(str(field) for field in own.values())
    states.__doc__ = f"{states.__doc__.rstrip()}\n\n    Attributes\n    ----------\n{textwrap.indent(listed, '    ')}\n"
    return states


def adding(**fields: Any) -> Any:
    """Return a decorator that declares a class of states with these fields beside its own."""

    def added(states: Any) -> Any:
        for name, field in fields.items():
            setattr(states, name, copy(field))  # each class gives it a place of its own
        return declared(states)

    return added


@cache
def _sides(shape: str) -> list[tuple[list[str], int]]:
    """Read a shape such as "rows, p + 1": of each side the names, and the sum of the numbers."""
    sides = [[term.strip() for term in side.split("+")] for side in shape.split(",")]
    return [([t for t in side if not t.isdigit()], sum(int(t) for t in side if t.isdigit())) for side in sides]


# Any: type checkers see what an attribute of a state is, an integer or an array


def number(meaning: str) -> Any:
    """Declare an integer that the search changes."""
    return Number(meaning)


def constant(meaning: str) -> Any:
    """Declare an integer that stays what the question made it: compiled code may keep it in a register."""
    return Number(meaning, constant=True)


def shared(meaning: str) -> Any:
    """Declare an integer that another thread may write: compiled code reads it anew each time."""
    return Number(meaning, shared=True)


def counter(meaning: str) -> Any:
    """Declare an integer that counts."""
    return Number(meaning, counter=True)


def floats(shape: str, meaning: str) -> Any:
    """Declare an array of floats."""
    return Array(np.float64, shape, meaning)


def integers(shape: str, meaning: str) -> Any:
    """Declare an array of integers."""
    return Array(np.int64, shape, meaning)
