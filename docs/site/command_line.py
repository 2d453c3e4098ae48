"""The page on the command line, written by typer from the application itself, so that it cannot fall behind."""

import subprocess
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "reference" / "cli.md"


def setup(sphinx: Any) -> dict[str, bool]:
    """Write the page before the sources are looked for."""
    program = ["exactregions.cli", "utils", "docs", "--name", "exactregions", "--title", "Command line"]
    run = subprocess.run([sys.executable, "-m", "typer", *program], capture_output=True, text=True, check=True)
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != run.stdout:
        PAGE.write_text(run.stdout, encoding="utf-8")
    return {"parallel_read_safe": True}
