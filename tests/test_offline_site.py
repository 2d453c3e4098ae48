"""The site of the documentation: its formulas are MathML, and its pages load nothing from elsewhere."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest

convert = pytest.importorskip("latex2mathml.converter").convert

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
    if path.name != "cli.md"
)
CODE = re.compile(r"^```.*?^```$|`[^`]*`", re.MULTILINE | re.DOTALL)
DISPLAYED = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"\$(.+?)\$", re.DOTALL)


def text_of(page: Path) -> str:
    """The Markdown of a page."""
    text = page.read_text(encoding="utf-8")
    if page.suffix != ".ipynb":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
    return "\n\n".join("".join(cell["source"]) for cell in cells)


def formulas(text: str) -> list[str]:
    """The formulas of a page, without what is code."""
    prose = CODE.sub("", text)
    return DISPLAYED.findall(prose) + INLINE.findall(DISPLAYED.sub("", prose))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_command_of_a_formula_is_left_over(page):
    for formula in formulas(text_of(page)):
        assert "\n\n" not in formula, "a dollar sign is missing"
        assert "\\" not in convert(formula), formula


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_displayed_formulas_are_paragraphs(page):
    """Inside a paragraph the two dollars are taken for the ends of two formulas in the text."""
    text = CODE.sub("", text_of(page))
    for formula in DISPLAYED.finditer(text):
        assert text[: formula.start()].rstrip(" ").endswith("\n\n")
        assert text[formula.end() :].startswith("\n\n")


def test_a_fault_is_seen():
    assert "\\" in convert(r"\unknowncommand x")
    assert formulas("`$a$` and $b$ then\n\n$$c$$\n") == ["c", "b"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('<script async src="https://cdn.example/a.js"></script>', ["page.html: https://cdn.example/a.js"]),
        ("<link rel=stylesheet href=//cdn.example/a.css>", ["page.html: //cdn.example/a.css"]),
        ('<object data="http://cdn.example/a.svg">', ["page.html: http://cdn.example/a.svg"]),
        ("<style>@import 'https://cdn.example/a.css';", ["page.html: https://cdn.example/a.css"]),
        ("<style>b { background: url(//cdn.example/a.png) }", ["page.html: //cdn.example/a.png"]),
        ('<link rel="canonical" href="https://example.org/page.html">', []),
        ('<script src="_static/a.js"></script><a href="https://example.org">elsewhere</a>', []),
    ],
)
def test_what_a_page_loads_from_elsewhere_is_found(tmp_path, monkeypatch, line, found):
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(ROOT / "docs" / "site")
    (tmp_path / "page.html").write_text(line, encoding="utf-8")
    assert import_module("offline").loaded_from_elsewhere(tmp_path) == found
