"""A build check: no page loads anything from elsewhere, so that the site can be read offline."""

import re
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

ELSEWHERE = r"""["']?\s*((?:https?:)?//[^"' )>]+)"""
LOADED = re.compile(
    rf"<(?!link[^>]*\bcanonical\b)(?:script|link|img|iframe|source|object|embed)\b[^>]*?\b(?:src|href|srcset|data)={ELSEWHERE}"
    rf"|url\({ELSEWHERE}|@import\s+{ELSEWHERE}"
)


def setup(sphinx: Any) -> dict[str, bool]:
    """Check when all pages are written."""
    sphinx.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _check(sphinx: Any, failure: Exception | None) -> None:
    if failure is None and sphinx.builder.format == "html" and (found := loaded_from_elsewhere(Path(sphinx.outdir))):
        raise ExtensionError("pages load from elsewhere, and cannot be read offline: " + "; ".join(found))


def loaded_from_elsewhere(site: Path) -> list[str]:
    """Return what pages load from other sites, each with the page."""
    pages = sorted([*site.rglob("*.html"), *site.rglob("*.css")])
    found = [(page, at) for page in pages for match in LOADED.findall(page.read_text("utf-8")) for at in match if at]
    return [f"{page.relative_to(site)}: {at}" for page, at in found]
