"""What a notebook says, and what it shows."""

import json
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def story(name: str) -> tuple[str, str]:
    """The text of a notebook, and what its cells have printed."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    printed = [output.get("text") or output["data"].get("text/markdown", "") for output in outputs]
    return text, "\n".join("".join(lines) for lines in printed)
