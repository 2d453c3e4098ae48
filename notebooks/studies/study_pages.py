"""The tables of the pages in docs/findings/: `python -m studies.study_pages` writes them anew."""

from __future__ import annotations

from importlib import import_module

from studies.findings_page import DOCS, with_tables

__all__ = ["FOLDER", "PAGES", "main", "page_tables"]

FOLDER = DOCS / "findings"
# a page, and the study that it tells of
PAGES = {
    "inactive-units": "inactive_units",
    "backdoors": "backdoors",
    "random-networks": "random_networks",
    "robust-training": "robust_training",
    "batch-norm": "batch_norm",
    "acas-xu": "acas_xu",
}


def page_tables(page: str) -> dict[str, str]:
    """Return the tables of a page by name, as Markdown."""
    return import_module(f"studies.{PAGES[page]}").tables()


def main() -> None:
    """Write the tables of all pages."""
    for page in PAGES:
        path = FOLDER / f"{page}.md"
        path.write_text(with_tables(path.read_text(encoding="utf-8"), page_tables(page)), encoding="utf-8")


if __name__ == "__main__":
    main()
