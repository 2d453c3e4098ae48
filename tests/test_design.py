"""The page of the design shows every folder and file of the package."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_OUT = {"__init__.py", "__main__.py", "py.typed"}


def test_the_tree_is_whole():
    page = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    tree = page[page.index("    exactregions/\n") : page.index("![The folders")].split()
    entries = [path for path in (ROOT / "exactregions").iterdir() if path.is_dir() or path.name not in LEFT_OUT]
    names = {f"{path.name}/" if path.is_dir() else path.name for path in entries if path.name != "__pycache__"}
    assert not {name for name in names if name not in {word.rstrip(",;") for word in tree}}
    shown = {line.split()[0] for line in page.split("\n") if line.startswith("      ") and line[6:7].strip()}
    assert {name for name in shown if name.endswith((".py", "/"))} <= names
