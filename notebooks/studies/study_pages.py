"""The tables of the pages of studies with protocols in files: `python -m studies.study_pages` writes them anew."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from studies.findings_page import DOCS, with_tables

__all__ = ["PAGES", "main", "page_tables", "path_of"]

# a page in docs/, and the study that it tells of
PAGES = {
    "findings/inactive-units": "inactive_units",
    "findings/backdoors": "backdoors",
    "findings/random-networks": "random_networks",
    "findings/robust-training": "robust_training",
    "findings/batch-norm": "batch_norm",
    "findings/acas-xu": "acas_xu",
    "companions/learning": "learning",
    "companions/recurrent": "path_sgd",
}


def path_of(page: str) -> Path:
    """Return the file of a page."""
    return DOCS / f"{page}.md"


def page_tables(page: str) -> dict[str, str]:
    """Return the tables of a page by name, as Markdown."""
    return import_module(f"studies.{PAGES[page]}").tables()


def main() -> None:
    """Write the tables of all pages."""
    for page in PAGES:
        path = path_of(page)
        path.write_text(with_tables(path.read_text(encoding="utf-8"), page_tables(page)), encoding="utf-8")


if __name__ == "__main__":
    main()
