"""Tables on a screen: what finds no room beside the rest goes below it, and no name and no number is broken."""

from __future__ import annotations

import io
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exactregions.support.tables import html_table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, Group
    from rich.measure import Measurement
    from rich.table import Table

PIPED_WIDTH = 120  # where no terminal tells its width
BESIDE_CELL = 3  # a space on either side, and a line
HEADER_WORD = re.compile(r"(?:/ )?\S+")  # no line of a header is a stroke alone


@dataclass(frozen=True, slots=True)
class ScreenTable:
    """A table for `rich`, which prints it for the width of a screen.

    Columns for which there is no room form further tables below the first one, each with the first column again. Only
    a screen that is too narrow for two columns breaks a cell.

    Attributes
    ----------
    lines : sequence of sequence of str
        The headers, then the rows.
    styles : sequence of str
        Of the rows.
    text_columns : int
        So many columns hold text, which takes several lines rather than much room; after them come numbers.
    """

    lines: Sequence[Sequence[str]]
    styles: Sequence[str]
    text_columns: int = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        for columns in self._parts(options.max_width):
            yield self._table(columns, broken=1 + self._room(columns) > options.max_width)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        from rich.measure import Measurement

        every = range(len(self.lines[0]))
        return Measurement(min(1 + self._room(every), options.max_width), options.max_width)

    def _parts(self, width: int) -> Iterator[list[int]]:
        """Yield the columns of each table."""
        part = [0]
        for column in range(1, len(self.lines[0])):
            if len(part) > 1 and 1 + self._room([*part, column]) > width:
                yield part
                part = [0]
            part.append(column)
        yield part

    def _room(self, columns: Sequence[int]) -> int:
        return sum(self._width(column) + BESIDE_CELL for column in columns)

    def _width(self, column: int) -> int:
        """Return how much room a column needs at least: that of its longest cell, or of its longest word."""
        header, *cells = (line[column] for line in self.lines)
        if 0 < column < self.text_columns:
            cells = [word for cell in cells for word in cell.split()]
        return max(map(len, (*HEADER_WORD.findall(header), *cells)), default=0)

    def _table(self, columns: Sequence[int], broken: bool) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table()
        for column in columns:
            width, text = self._width(column), column < self.text_columns
            widest = max([width, *(len(line[column]) for line in self.lines[1:])]) if text else width
            header = Text("\n".join(_filled(self.lines[0][column], widest)))
            justify = "left" if text else "right"
            least = None if broken else width
            table.add_column(header, justify=justify, min_width=least, max_width=widest, overflow="fold")
        for line, style in zip(self.lines[1:], self.styles, strict=True):
            table.add_row(*(Text(line[column]) for column in columns), style=style)
        return table


def _filled(header: str, width: int) -> list[str]:
    """Return the lines of a header, none of them longer than a width that every word has."""
    lines: list[str] = []
    for word in header.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


class ShownAsTable:
    """An answer whose `print`, and whose place in a notebook, is a table with what is to be said below it."""

    __slots__ = ()

    def table(self) -> ScreenTable:
        """Return the table, for `rich`."""
        raise NotImplementedError

    def remarks(self) -> list[str]:
        """Return what is to be said below the table."""
        return []

    def warnings(self) -> list[str]:
        """Return what must not be overlooked."""
        return []

    def __rich__(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        loud = (Text(text, style="bold red") for text in self.warnings())
        return Group(self.table(), *map(Text, self.remarks()), *loud)

    def __str__(self) -> str:
        return screen_text(self)

    def _repr_html_(self) -> str:
        return html_table(self.table().lines, self.remarks(), self.warnings())


def screen_text(shown: object) -> str:
    """Return what `rich` prints of an object, in characters that standard output takes."""
    from rich.console import Console

    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    page = io.TextIOWrapper(io.BytesIO(), encoding, errors="replace", newline="\n")
    Console(file=page, width=screen_width(), color_system=None, highlight=False, markup=False).print(shown)
    page.seek(0)
    return page.read().rstrip("\n")


def screen_width() -> int:
    """Return the width of the terminal, or of a page where standard output is none; COLUMNS says otherwise."""
    return shutil.get_terminal_size((PIPED_WIDTH, 0)).columns
