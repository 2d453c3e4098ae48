"""Print anew what the commands of a page print, where they changed:

    python docs/refresh.py README.md docs/compare.md

Blocks in which ``...`` stands for something, and pages whose commands need files that their own Python blocks write,
are left to the author; ``python -m pytest README.md docs`` tells which are behind.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from conftest import commands_of, enter, leave, plain, printed_by  # noqa: E402


def main(pages: list[str]) -> None:
    """Rewrite the console blocks of each page."""
    for page in pages:
        path = ROOT / page
        text = path.read_text(encoding="utf-8")
        namespace: dict = {}
        enter(namespace)
        text = re.sub(r"^```console\n(.*?)^```$", _renewed, text, flags=re.MULTILINE | re.DOTALL)
        leave(namespace)
        path.write_text(text, encoding="utf-8")


def _renewed(block: re.Match[str]) -> str:
    session = "".join(f"$ {command}\n{_output(command, wanted)}" for command, wanted in commands_of(block[1]))
    return f"```console\n{session}```"


def _output(command: str, wanted: str) -> str:
    printed = printed_by(command).strip("\n") + "\n"
    return wanted if "..." in wanted or plain(wanted) == plain(printed) else printed


if __name__ == "__main__":
    main(sys.argv[1:])
