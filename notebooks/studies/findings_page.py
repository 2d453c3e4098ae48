"""The tables and figures of docs/findings.md: `python -m studies.findings_page` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import polars

from studies import findings, looseness, pictures
from studies.summaries import bounds_table, chosen, least_table, networks_table, phases_table, same_table
from studies.tables import RESULTS

__all__ = ["PAGE", "main", "tables", "with_tables"]

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "findings.md"


def tables() -> dict[str, str]:
    """Return the tables of the page by name, as Markdown."""
    training = findings.usable(findings.training_table())[0]
    places = findings.usable(findings.places_table(), "state")[0]
    moved, around = list(findings.training_findings(training)), list(findings.places_findings(places))
    bounds, loose = polars.read_parquet(RESULTS / "loose_bounds.parquet"), looseness.gaps()
    return {
        "training": findings.markdown(chosen(moved, ["digits"], "H1", "H2", "H3", "H4", "H5")),
        "training-others": findings.markdown(chosen(moved, ["sgd", "deep", "mnist"], "H1", "H2", "H3", "H4", "H5")),
        "training-phases": phases_table(training, 0, 8, 128),
        "places": findings.markdown(chosen(around, ["digits"], "H1", "H2", "H3")),
        "places-states": findings.markdown(chosen(around, ["digits"], "H4", "H5")),
        "places-mnist": findings.markdown(chosen(around, ["mnist"], "H1", "H2", "H3")),
        "places-same": same_table(),
        "places-networks": networks_table(places, "state"),
        "bounds-signs": bounds_table({"training": moved, "places": around}),
        "bounds-radius": looseness.gap_summary(loose, "radius", "trained"),
        "bounds-depth": looseness.gap_summary(loose, "depth", "trained"),
        "bounds-least": least_table(bounds, looseness.bound_columns(bounds, "upper")),
        "bounds-sampling": looseness.sampling_summary(loose),
    }


def with_tables(text: str, known: dict[str, str]) -> str:
    """Return a page with the tables put between the comments `<!-- name -->` and `<!-- end -->`."""

    def renewed(match: re.Match[str]) -> str:
        return f"<!-- {match[1]} -->\n\n{known[match[1]]}\n\n<!-- end -->"

    return re.sub(r"<!-- ([a-z-]+) -->\n.*?<!-- end -->", renewed, text, flags=re.DOTALL)


def main() -> None:
    """Write the tables and the figures of the page."""
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), tables()), encoding="utf-8")
    mpl.rcParams.update({"font.size": 9})
    training = findings.usable(findings.training_table())[0]
    places = findings.usable(findings.places_table(), "state")[0]
    drawn = {
        "findings-training": pictures.epochs_figure(training),
        "findings-places": pictures.differences_by_state(places),
    }
    for name, figure in drawn.items():
        figure.savefig(DOCS / "images" / f"{name}.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
