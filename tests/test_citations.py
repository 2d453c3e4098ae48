"""Every "(mathematics, N)" names a numbered section of docs/mathematics.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEADING = re.compile(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", re.MULTILINE)
CITATION = re.compile(r"\((mathematics|theory),\s+([^)]*)\)")
NUMBER = re.compile(r"\d+(?:\.\d+)*")
FOLDERS = ("exactregions", "tests", "benchmarks", "docs", "notebooks", "data")
ENDINGS = {".py", ".md", ".rst", ".ipynb"}


def headings():
    return HEADING.findall((ROOT / "docs" / "mathematics.md").read_text(encoding="utf-8"))


def citations():
    """Every citation, as its place and its text; one may go over the end of a line."""
    pages = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in ENDINGS]
    for path in sorted(pages):
        if path == Path(__file__):
            continue
        for match in CITATION.finditer(path.read_text(encoding="utf-8")):
            yield path.relative_to(ROOT), *match.groups()


def wrong(found, known):
    """The citations that name no section, or another document."""
    return [
        (str(path), text)
        for path, document, text in found
        if document != "mathematics" or not NUMBER.findall(text) or set(NUMBER.findall(text)) - set(known)
    ]


def test_sections_are_numbered_in_order():
    expected, main, sub = [], 0, 0
    for number in headings():
        main, sub = (main, sub + 1) if "." in number else (main + 1, 0)
        expected.append(f"{main}.{sub}" if sub else f"{main}")
    assert headings() == expected
    assert {"2.1", "2.2", "3.1", "3.2", "3.3", "3.4", "3.5", "6"} <= set(headings())


def test_every_citation_names_a_section():
    found = list(citations())
    assert len(found) > 20
    assert not wrong(found, headings())


@pytest.mark.parametrize(
    ("document", "text", "good"),
    [
        ("mathematics", "3.1", True),
        ("mathematics", "2.1 and 3.1", True),
        ("mathematics", "3.4, first rung", True),
        ("mathematics", "3.9", False),
        ("mathematics", "31", False),
        ("mathematics", "2.1 and 3.17", False),
        ("mathematics", "the search", False),
        ("theory", "3.1", False),
    ],
)
def test_a_wrong_citation_is_seen(document, text, good):
    assert (not wrong([(Path("x"), document, text)], headings())) == good
