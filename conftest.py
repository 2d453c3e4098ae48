"""The examples of README and docs/ as tests: ``python -m pytest README.md docs``.

Blocks of Python run, page by page, and what follows a prompt ``>>>`` must print what stands there. In a block marked
``console`` each ``$ exactregions ..`` runs, and must print the lines below it, on either stream: figures of seconds
and the lines around tables may differ, and ``...`` stands for anything.
"""

import logging
import os
import re
import shlex
from collections.abc import Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sybil import Sybil
from sybil.example import Example
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser, SkipParser
from typer.testing import CliRunner

collect_ignore = ["docs/conf.py", "docs/refresh.py", "docs/site", "docs/example-project"]

ROOT = Path(__file__).parent
LENDS = ("data", "docs")  # the folders that the commands of the pages name
SECONDS = re.compile(r"\b[0-9][0-9.]*(e-[0-9]+)? s\b")
BARS = re.compile("[│┃]")
OUTLINE = re.compile("^[┏┡└╇╈╋┗├┌╭╰]")


class ConsoleParser(CodeBlockParser):
    """Runs the commands of a console session, in this process."""

    language = "console"

    def evaluate(self, example: Example) -> str | None:
        """Return what is wrong with a session, None if nothing is."""
        for command, wanted in commands_of(example.parsed):
            printed = printed_by(command)
            if not OutputChecker().check_output(plain(wanted), plain(printed), ELLIPSIS | NORMALIZE_WHITESPACE):
                return f"$ {command}\nthe page says\n{wanted}\nand it prints\n{printed}"
        return None


def commands_of(session: str) -> Iterator[tuple[str, str]]:
    """Yield each command with the output that stands below it."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, wanted = part.replace("\\\n", "").partition("\n")
        yield command, wanted


def printed_by(command: str) -> str:
    """Run a command and return what it prints, on either stream."""
    from exactregions.cli import app

    program, *arguments = shlex.split(command, comments=True)
    assert program == "exactregions", f"{program} is not run; mark the block as sh"
    logging.disable(logging.WARNING)  # of a first compilation, which no page is about
    try:
        return CliRunner().invoke(app, arguments, prog_name="exactregions").output
    finally:
        logging.disable(logging.NOTSET)


def plain(text: str) -> str:
    """Return output without what differs from run to run: seconds, and the widths of columns."""
    lines, timed = [], None
    for line in SECONDS.sub("# s", text).splitlines():
        cells = [cell.strip() for cell in BARS.split(line)]
        if line.startswith("┏"):
            timed = None
        elif "┃" in line and "time" in cells:
            timed = cells.index("time")
        if len(cells) > 1 and timed is not None:
            del cells[timed]
        if not OUTLINE.match(line):
            lines.append(" ".join(filter(None, cells)))
    return "\n".join(lines) + "\n"


def enter(namespace: dict[str, Any]) -> None:
    """Give each page an empty folder, with the data of the repository, to work in."""
    folder = TemporaryDirectory()
    for name in LENDS:
        Path(folder.name, name).symlink_to(ROOT / name)
    namespace["_left"] = os.getcwd(), folder
    os.chdir(folder.name)


def leave(namespace: dict[str, Any]) -> None:
    """Go back, and remove what the page has written."""
    place, folder = namespace["_left"]
    os.chdir(place)
    folder.cleanup()


pytest_collect_file = Sybil(
    parsers=[SkipParser(), PythonCodeBlockParser(doctest_optionflags=ELLIPSIS), ConsoleParser()],
    patterns=["README.md", "docs/*.md", "docs/howto/*.md", "docs/companions/*.md"],
    path=str(ROOT),
    setup=enter,
    teardown=leave,
).pytest()
