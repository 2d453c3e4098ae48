"""Input regions and output properties of VNN-LIB files: version 1.0 here, version 2.0 through the package `vnnlib`."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from exactregions.domain import Box, Domain, Polytope
from exactregions.errors import DomainError, FileFormatError
from exactregions.importers.conjunctions import (
    InputBound,
    OutputRow,
    all_of,
    alternatives,
    box_of,
    cases_of,
    regions_met,
)
from exactregions.importers.s_expressions import Expression, number_of, parsed, shortened
from exactregions.importers.vnnlib_two import is_second_version, properties_of, regions_of
from exactregions.unsafe import Unsafe

__all__ = ["input_box", "input_boxes", "input_regions", "only_region", "output_properties"]

INPUT, OUTPUT = re.compile(r"X_(0|[1-9][0-9]{0,8})"), re.compile(r"Y_(0|[1-9][0-9]{0,8})")
PASSED_OVER = ("set-logic", "set-info", "set-option", "check-sat", "get-model", "exit")
COMPARISONS = ("<=", ">=", "<", ">", "=")
LARGEST = 2**28  # bytes of text: ten times the largest property in use, and no bomb in a .gz

R = TypeVar("R", bound=Domain)
Read = TypeVar("Read")


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
    return only_region(path, input_boxes(path))


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
    return _read(path, regions_of, _boxes)


def output_properties(path: str | os.PathLike[str]) -> tuple[tuple[Box | Polytope, Unsafe], ...]:
    """Read a property: regions of the inputs, and for each the outputs that are unsafe there.

    The assertions together describe counterexamples; the property holds if in no closed region there is an input whose
    outputs lie in the set. Numbers are taken at their exact value, as in `input_regions`.

    Parameters
    ----------
    path : str or path-like
        As for `input_regions`. Outputs are ``Y_0, Y_1, ..`` in version 1.0.

    Returns
    -------
    tuple of (Box or Polytope, Unsafe)
        Every way to meet the disjunctions belongs to the region that it names.

    Raises
    ------
    FileFormatError
        As `input_regions`; also if no output is declared, one is used that is not, or an inequality of outputs is
        strict, is not linear, or has inputs as well.
    FileNotFoundError, ExactRegionsError, DomainError
        As `input_regions`.
    """
    return _read(path, properties_of, _cases)


def _read(
    path: str | os.PathLike[str], second: Callable[[str], Read], first: Callable[[list[Expression]], Read]
) -> Read:
    """Return what a file holds, given how either version is understood."""
    try:
        text = _text_of(Path(path))
        return second(text) if is_second_version(text) else first(parsed(text))
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


def _declared_and_asserted(
    commands: list[Expression], rows_of: Callable[[Expression, Collection[str]], Iterator[Any]]
) -> tuple[Collection[str], list[tuple[Any, ...]]]:
    """Return the names that are declared, and the ways to meet all assertions.

    Parameters
    ----------
    commands : list
    rows_of : callable
        Yields what a leaf says, given what is declared before it.
    """
    declared: dict[str, None] = {}
    asserted: list[list[tuple[Any, ...]]] = []
    for command in commands:
        match command:
            case ["declare-const", str(name), _] | ["declare-fun", str(name), [], _]:
                declared[name] = None
            case ["assert", expression]:
                asserted.append(alternatives(expression, _connected, lambda leaf: tuple(rows_of(leaf, declared))))
            case [str(head), *_] if head in PASSED_OVER:
                pass
            case _:
                raise FileFormatError(f"{shortened(command)} is no command of VNN-LIB 1.0")
    return declared, all_of(asserted)


def _connected(expression: Expression) -> tuple[bool, Sequence[Expression]] | None:
    match expression:
        case ["and" | "or" as head, *parts]:
            return head == "and", parts
    return None


def _leaf_rows(leaf: Expression, declared: Collection[str]) -> Iterator[InputBound | OutputRow]:
    """Yield what a leaf says of inputs or of outputs."""
    if _mentions_input(leaf):
        yield from _leaf_bounds(leaf, declared)
        return
    match leaf:
        case [str(operator), _, _, *_] as comparison if operator in ("<=", ">=", "="):
            for left, right in pairwise(comparison[1:]):
                yield from _output_rows(operator, left, right, comparison, declared)
        case ["<" | ">", *_]:
            raise FileFormatError(f"{shortened(leaf)} is strict, and sets of outputs are closed; write <= or >=")
        case other:
            raise FileFormatError(f"{shortened(other)} is no inequality of outputs; give such as (<= Y_0 Y_1)")


def _output_rows(
    operator: str, left: Expression, right: Expression, comparison: list[Expression], declared: Collection[str]
) -> Iterator[OutputRow]:
    terms: dict[str, Fraction] = {}
    if not (_add_linear(terms, left, Fraction(1)) and _add_linear(terms, right, Fraction(-1))):
        raise FileFormatError(f"{shortened(comparison)} is not linear in the outputs")
    constant = terms.pop("", Fraction(0))
    for name in terms:
        if name not in declared or not OUTPUT.fullmatch(name):
            raise FileFormatError(f"{shortened(comparison)} comes before any (declare-const {name} Real); declare it")
    found = sorted((int(name.removeprefix("Y_")), c) for name, c in terms.items() if c)
    if operator != ">=":
        yield OutputRow(tuple(found), -constant)
    if operator != "<=":
        yield OutputRow(tuple((j, -c) for j, c in found), constant)


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


def _boxes(commands: list[Expression]) -> tuple[Box, ...]:
    declared, ways = _declared_and_asserted(commands, _leaf_bounds)
    return regions_met(ways, partial(box_of, _numbered(declared, INPUT, "input", "X_")))


def _cases(commands: list[Expression]) -> tuple[tuple[Box, Unsafe], ...]:
    declared, ways = _declared_and_asserted(commands, _leaf_rows)
    outputs = _numbered(declared, OUTPUT, "output", "Y_")
    return cases_of(ways, partial(box_of, _numbered(declared, INPUT, "input", "X_")), len(outputs))


def _numbered(declared: Collection[str], pattern: re.Pattern[str], kind: str, stem: str) -> list[str]:
    """Return the names of the inputs, or of the outputs, in their order."""
    count = sum(pattern.fullmatch(name) is not None for name in declared)
    if not count:
        raise FileFormatError(f"it declares no {kind} {stem}0, {stem}1, ..; is it a VNN-LIB 1.0 file?")
    names = [f"{stem}{i}" for i in range(count)]
    for name in names:
        if name not in declared:
            raise FileFormatError(f"it declares {count} {kind}s and not {name}; number them from {stem}0 on")
    return names
