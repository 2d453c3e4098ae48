"""Numbers and choices on the command line, refused in the words of the package."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, get_args, get_origin

import typer

from exactregions.support.shortening import short

WANTED = {int: "whole number, as 3", float: "number, as 0.5"}


def in_our_words(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter of a command, which reads its value itself if that is a number or one of a few words."""
    if get_origin(parameter.annotation) is not Annotated:
        return parameter
    given, option, *rest = get_args(parameter.annotation)
    kind: Any = next((kind for kind in get_args(given) or (given,) if kind is not type(None)), None)
    if kind in WANTED:
        read, words = _number(kind, option.min, option.max), None
    elif isinstance(kind, type) and issubclass(kind, Enum):
        read, words = _choice(kind), [word.value for word in kind]
    else:
        return parameter
    told = copy.copy(option)
    told.parser = read
    if words is not None:
        told.autocompletion = lambda: words
    return parameter.replace(annotation=Annotated[(given, told, *rest)])


def _number(kind: type[int] | type[float], least: float | None, most: float | None) -> Callable[[Any], int | float]:
    def number(text: Any) -> int | float:
        try:
            value = kind(text)
        except (ValueError, OverflowError):
            raise typer.BadParameter(f"{short(text)} is no {WANTED[kind]}") from None
        if math.isnan(value):
            raise typer.BadParameter(f"{short(text)} is no {WANTED[kind]}")
        if (least is not None and value < least) or (most is not None and value > most):
            ends = [f"at least {least}"] if least is not None else []
            ends += [f"at most {most}"] if most is not None else []
            raise typer.BadParameter(f"{short(text)} is given; it must be {' and '.join(ends)}")
        return value

    return number


def _choice(kind: type[Enum]) -> Callable[[Any], Enum]:
    def choice(text: Any) -> Enum:
        try:
            return kind(text)
        except ValueError:
            known = ", ".join(str(word.value) for word in kind)
            raise typer.BadParameter(f"there is no {short(text)}; choose from {known}") from None

    return choice
