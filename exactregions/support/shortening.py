"""Values in one short line, for messages and for `repr`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from exactregions.support.tables import exact_text

LONGEST = 60
GAP = ".."


def short_text(text: str, most: int = LONGEST) -> str:
    """Return a text in one line of at most so many characters; what is too long loses its middle.

    Examples
    --------
    >>> short_text("abcdefghijklmnopqrstuvwxyz", 12)
    'abcdefg..xyz'
    """
    line = " ".join(text[: 8 * most].split()) + (text[-most:] if len(text) > 8 * most else "")
    if len(line) <= most:
        return line
    tail = (most - len(GAP)) // 3
    return line[: most - len(GAP) - tail] + GAP + line[len(line) - tail :]


def short(value: Any, most: int = LONGEST) -> str:
    """Return the `repr` of a value in one line of at most so many characters.

    Examples
    --------
    >>> short(list(range(1000)), 20)
    '[0, 1, 2, 3,.., 999]'
    """
    try:
        return short_text(repr(value), most)
    except ValueError:  # Python prints no integer of more than 4,300 digits
        return f"a number of too many digits to print ({type(value).__name__})"
    except RecursionError:
        return f"a {type(value).__name__} that is nested too deeply to print"


def short_list(values: Sequence[Any], most: int = LONGEST, text: Callable[[Any], str] = exact_text) -> str:
    """Return a list in one line: all values if they fit, else the first ones and how many there are.

    Parameters
    ----------
    values : sequence
    most : int
        Characters.
    text : callable
        How a value is written.

    Examples
    --------
    >>> from fractions import Fraction
    >>> short_list([Fraction(k, 2) for k in range(4)]), short_list([Fraction(0)] * 784, 40)
    ('[0, 0.5, 1, 1.5]', '[0, 0, 0, 0, 0, 0, 0, 0, .. 784 in all]')
    """
    end = f"{GAP} {len(values)} in all]"
    shown: list[str] = []
    for value in values:
        shown.append(text(value))
        if _length(shown) + 2 > most:
            break
    else:
        return f"[{', '.join(shown)}]"
    while len(shown) > 1 and _length(shown) + 3 + len(end) > most:
        shown.pop()
    return f"[{', '.join(shown)}, {end}"


def _length(parts: Iterable[str]) -> int:
    return sum(len(part) + 2 for part in parts) - 2
