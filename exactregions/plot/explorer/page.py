"""The explorer: a page of its own, with everything in one file."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from exactregions.comparison import Comparison, Curve
from exactregions.errors import DomainError, FileFormatError
from exactregions.fixed_inputs import free_inputs
from exactregions.geometry.patterns import require_regions
from exactregions.geometry.plane import drawing_origin
from exactregions.plot.explorer.data import page_data
from exactregions.plot.regions import require_drawable
from exactregions.plot.watching import watched
from exactregions.progress import Observer
from exactregions.regions import RegionSet
from exactregions.support.files import whole_file

MOST_EXPLORED = 50_000  # cells: a browser still draws them as fast as a slider moves


@dataclass(frozen=True, slots=True, eq=False)
class ExplorerPage:
    """A page that shows regions; a notebook shows it by itself.

    Attributes
    ----------
    html : str
        The whole page.
    regions : RegionSet
    """

    html: str = field(repr=False)
    regions: RegionSet

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to an .html file.

        Raises
        ------
        FileFormatError
            If the name has another ending.
        """
        check_page(path)
        with whole_file(path, "w", encoding="utf-8") as stream:
            stream.write(self.html)

    def _repr_html_(self) -> str:
        frame = 'style="width: 100%; height: 46rem; border: 0" title="Explorer of linear regions"'
        return f'<iframe {frame} srcdoc="{html.escape(self.html)}"></iframe>'


def check_page(path: str | os.PathLike[str]) -> None:
    """Refuse a file that is no page, before any work is spent on it.

    Raises
    ------
    FileFormatError
    """
    if Path(path).suffix.lower() != ".html":
        raise FileFormatError(f"{path} has another ending than .html; the explorer is a web page")


def explore(
    found: RegionSet | Curve | Comparison,
    *,
    labels: Sequence[str] | None = None,
    largest: int = MOST_EXPLORED,
    time_limit: float | None = None,
    progress: Observer | None = None,
) -> ExplorerPage:
    """Return a page on which the regions of two or three inputs are explored, in any browser, without a network.

    Each region is drawn as its exact cell, coloured by neighbourhood, class, output, slope, entry radius or the layer
    that cut it last, with the decision boundary on request. Where entry radii are known a slider goes through all
    radii and shows the exact count, and the bounds beside it. A click on a region shows its pattern, affine map, area
    and neighbours. What is shown can be saved as SVG, and the table of regions as CSV.

    With three inputs the page shows the solid to turn, behind a plane that cuts it where a slider says, and lets light
    through where another says so: each dot is a ray that passes from cell to cell through the planes of their facets.

    Corners, and the planes of facets, are computed exactly and rounded once; affine maps, areas and volumes are floats.

    Parameters
    ----------
    found : RegionSet, Curve or Comparison
        With its regions stored, of a network with two or three inputs that are not fixed, in a bounded domain. A
        `Curve` brings bounds at its radii, a `Comparison` those of the domain.
    labels : sequence of str, optional
        Of the axes; the names of the inputs by default.
    largest : int
        More regions than this are refused.
    time_limit : float, optional
        Seconds after which the page is given up.
    progress : callable, optional
        Called with a `Progress` at once, and then a few times a second.

    Returns
    -------
    ExplorerPage

    Raises
    ------
    DomainError
        If the network has not two or three inputs, or the domain is unbounded.
    NotExactError
        If it has three, and the set is not complete.
    EngineError
        If the set keeps no regions.
    ExactRegionsError
        If there are too many regions, or the time is over.

    Examples
    --------
    >>> from exactregions import Box, Network, enumerate_regions
    >>> network = Network.from_layers([[[1.0, 1.0]], [[1.0]]], [[-1.0], [0.0]])
    >>> page = explore(enumerate_regions(network, Box([0.0, 0.0], [1.0, 1.0])))
    >>> page.regions.count
    2
    """
    regions = found if isinstance(found, RegionSet) else found.regions
    compared = found.comparisons if isinstance(found, Curve) else (found,) if isinstance(found, Comparison) else ()
    inner = free_inputs(regions.network, regions.domain).inward(regions)
    require_regions(inner, "a page", partial=True)
    if inner.network.inputs not in (2, 3):
        raise DomainError(
            f"the network has {inner.network.inputs} input(s), and a page shows two or three; make a network of so "
            "many by network.restrict(origin, directions) or network.through(points) and search again"
        )
    drawing_origin(inner.domain)
    require_drawable(regions, largest)
    with watched(len(regions), time_limit, progress):
        return ExplorerPage(_page(page_data(regions, compared, labels), inner.network.inputs), regions)


def _page(data: dict[str, Any], inputs: int) -> str:
    """Return the page around its data."""
    folder = resources.files("exactregions.plot.explorer")
    view = "plane.js" if inputs == 2 else "solid.js"
    parts = {
        name: folder.joinpath(name).read_text(encoding="utf-8")
        for name in ("page.html", "page.css", "common.js", view, "begin.js")
    }
    script = "\n".join(parts[name] for name in ("common.js", view, "begin.js"))
    text = json.dumps(data, allow_nan=False).replace("<", "\\u003c")
    page = parts["page.html"].replace("/* STYLE */", parts["page.css"]).replace("/* SCRIPT */", script)
    return page.replace("/* DATA */", text)
