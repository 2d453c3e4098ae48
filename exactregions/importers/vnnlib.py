"""The input regions of a VNN-LIB file: of version 1.0 here, of version 2.0 through the package `vnnlib`."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from exactregions.domain import Box, Domain, Polytope
from exactregions.errors import DomainError, FileFormatError
from exactregions.importers.conjunctions import InputBound, all_of, alternatives, box_of, regions_met
from exactregions.importers.s_expressions import Expression, number_of, parsed, shortened
from exactregions.importers.vnnlib_two import is_second_version, regions_of

__all__ = ["input_box", "input_boxes", "input_regions", "only_region"]

INPUT = re.compile(r"X_(0|[1-9][0-9]{0,8})")
PASSED_OVER = ("set-logic", "set-info", "set-option", "check-sat", "get-model", "exit")
COMPARISONS = ("<=", ">=", "<", ">", "=")
LARGEST = 2**28  # bytes of text: ten times the largest property in use, and no bomb in a .gz

R = TypeVar("R", bound=Domain)
Conjunction = tuple[InputBound, ...]  # one way to meet an assertion, as far as it speaks of inputs


def input_box(path: str | os.PathLike[str]) -> Box:
    """Read the box of the inputs ``X_0, X_1, ..``; what the file says of outputs only is passed over.

    Parameters
    ----------
    path : str or path-like
        As for `input_boxes`.

    Raises
    ------
    FileFormatError
        If the file holds several boxes, or as `input_boxes`.
    FileNotFoundError, DomainError
        As `input_boxes`.
    """
    box = only_region(path, input_boxes(path))
    assert isinstance(box, Box)
    return box


def only_region(path: str | os.PathLike[str], regions: Sequence[R]) -> R:
    """Return the region of a file that holds one.

    Raises
    ------
    FileFormatError
        If it holds several.
    """
    if len(regions) != 1:
        raise FileFormatError(
            f"{path}: it is a disjunction over inputs, {len(regions)} boxes; `exactregions count` counts in each, "
            f"elsewhere name one, as --vnnlib {Path(path).name}#1 (in Python: input_boxes)"
        )
    return regions[0]


def input_boxes(path: str | os.PathLike[str]) -> tuple[Box, ...]:
    """Read the boxes of the inputs, as `input_regions`, of a file that holds nothing else.

    Raises
    ------
    FileFormatError
        If an inequality is between several inputs, or as `input_regions`.
    FileNotFoundError, DomainError
        As `input_regions`.
    """
    regions = input_regions(path)
    boxes = tuple(region for region in regions if isinstance(region, Box))
    if len(boxes) < len(regions):
        raise FileFormatError(
            f"{path}: it has inequalities between several inputs, so its regions are no boxes; use input_regions"
        )
    return boxes


def input_regions(path: str | os.PathLike[str]) -> tuple[Box | Polytope, ...]:
    """Read the regions of the inputs, one for each way to meet the assertions on inputs.

    Decimal literals are taken at their exact value: 0.1 is one tenth and not the float next to it. Boxes are open, so
    ``<`` and ``<=`` are the same; an input with ``(<= X_0 0) (>= X_0 0)`` is fixed. Of several bounds on an input the
    tightest holds. A box that stands in several disjuncts is one box, and one that is contradictory is left out where
    there are others.

    Parameters
    ----------
    path : str or path-like
        A VNN-LIB file, or one packed as .gz. Of version 1.0 the inputs are ``X_0, X_1, ..``; of version 2.0 those of
        the one network that is declared, each row by row, and inequalities may be between several inputs.

    Returns
    -------
    tuple of Box or Polytope
        One or more, in the order of the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If the file is truncated or foreign, an input lacks a bound, or what it says of the inputs is no union of
        boxes, or of polytopes in version 2.0: an inequality between inputs and outputs, or one that is not linear.
    ExactRegionsError
        If it is of version 2.0, and vnnlib is not installed.
    DomainError
        If the bounds of an input contradict each other, as ``(<= X_0 0) (>= X_0 1)``.
    """
    try:
        text = _text_of(Path(path))
        if is_second_version(text):
            return regions_of(text)
        declared, conjunctions = _declared_and_asserted(parsed(text))
        return _boxes(declared, conjunctions)
    except UnicodeDecodeError:
        raise FileFormatError(f"{path} is no text, so no VNN-LIB file") from None
    except (FileFormatError, DomainError) as error:
        raise type(error)(f"{path}: {error}") from None


def _text_of(path: Path) -> str:
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as stream:
            content = stream.read(LARGEST + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileFormatError(f"it is no whole .gz file ({error}); unpack it, or pack it again") from None
    if len(content) > LARGEST:
        raise FileFormatError(f"it holds more than {LARGEST:,} bytes of text; no property is that large")
    return content.decode("utf-8")


def _declared_and_asserted(commands: list[Expression]) -> tuple[Collection[str], list[Conjunction]]:
    """Return the names of inputs, and the ways to meet all assertions."""
    declared: dict[str, None] = {}
    asserted: list[list[Conjunction]] = []
    for command in commands:
        match command:
            case ["declare-const", str(name), _] | ["declare-fun", str(name), [], _]:
                if INPUT.fullmatch(name):
                    declared[name] = None
            case ["assert", expression]:
                asserted.append(_alternatives(expression, declared))
            case [str(head), *_] if head in PASSED_OVER:
                pass
            case _:
                raise FileFormatError(f"{shortened(command)} is no command of VNN-LIB 1.0")
    return declared, all_of(asserted)


def _alternatives(expression: Expression, declared: Collection[str]) -> list[Conjunction]:
    """Return the ways to meet an expression, a conjunction of bounds each; what speaks of outputs only is met."""
    return alternatives(expression, _connected, lambda leaf: tuple(_leaf_bounds(leaf, declared)))


def _connected(expression: Expression) -> tuple[bool, Sequence[Expression]] | None:
    match expression:
        case ["and" | "or" as head, *parts]:
            return head == "and", parts
    return None


def _leaf_bounds(leaf: Expression, declared: Collection[str]) -> Iterator[InputBound]:
    match leaf:
        case other if not _mentions_input(other):
            return
        case [str(operator), _, _, *_] as comparison if operator in COMPARISONS:
            for left, right in pairwise(comparison[1:]):
                yield from _bounds_of(operator, left, right, comparison, declared)
        case other:
            raise FileFormatError(f"{shortened(other)} is no bound on an input; give such as (<= X_0 0.5)")


def _mentions_input(expression: Expression) -> bool:
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif part.startswith("X_"):
            return True
    return False


def _bounds_of(
    operator: str, left: Expression, right: Expression, comparison: list[Expression], declared: Collection[str]
) -> Iterator[InputBound]:
    """Yield the bounds that ``left operator right`` puts on one input."""
    terms: dict[str, Fraction] = {}
    if not (_add_linear(terms, left, Fraction(1)) and _add_linear(terms, right, Fraction(-1))):
        raise FileFormatError(f"{shortened(comparison)} does not compare one input with a number; give linear terms")
    constant = terms.pop("", Fraction(0))
    names = [name for name, factor in terms.items() if factor]
    if len(names) != 1 or not INPUT.fullmatch(names[0]):
        raise FileFormatError(
            f"{shortened(comparison)} does not compare one input with a number; only boxes of inputs are supported"
        )
    (name,) = names
    if name not in declared:
        raise FileFormatError(f"{shortened(comparison)} comes before any (declare-const {name} Real); declare it")
    place, value, turned = int(name.removeprefix("X_")), -constant / terms[name], terms[name] < 0
    if operator == "=":
        yield from (InputBound(place, upper, value) for upper in (False, True))
    else:
        yield InputBound(place, (operator in ("<=", "<")) != turned, value)


def _add_linear(terms: dict[str, Fraction], expression: Expression, factor: Fraction) -> bool:
    """Add factor * expression to linear terms, the constant under ""; False if it is not linear."""
    waiting = [(expression, factor)]
    while waiting:
        part, weight = waiting.pop()
        match part:
            case str(name) if name.startswith(("X_", "Y_")):
                terms[name] = terms.get(name, Fraction(0)) + weight
            case ["+", *parts]:
                waiting += [(other, weight) for other in parts]
            case ["-", other]:
                waiting.append((other, -weight))
            case ["-", first, *others]:
                waiting += [(first, weight), *((other, -weight) for other in others)]
            case ["*", first, second]:
                scale, other = number_of(first), second
                if scale is None:
                    scale, other = number_of(second), first
                if scale is None:
                    return False
                waiting.append((other, weight * scale))
            case other if (number := number_of(other)) is not None:
                terms[""] = terms.get("", Fraction(0)) + weight * number
            case _:
                return False
    return True


def _boxes(declared: Collection[str], conjunctions: Sequence[Conjunction]) -> tuple[Box, ...]:
    if not declared:
        raise FileFormatError("it declares no input X_0, X_1, ..; is it a VNN-LIB 1.0 file?")
    names = [f"X_{i}" for i in range(len(declared))]
    for name in names:
        if name not in declared:
            raise FileFormatError(f"it declares {len(names)} inputs and not {name}; number them from X_0 on")
    return regions_met(conjunctions, partial(box_of, names))
