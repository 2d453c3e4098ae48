"""Drawings: what they show is what was found, they say when it is not exact, and refuse what they cannot show."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from exactregions import Ball, Box, Network, WholeSpace, compare, curve, decision_boundary, enumerate_regions, lipschitz
from exactregions.cases import networks as nets
from exactregions.errors import DomainError, EngineError, ExactRegionsError, FileFormatError
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.walk import signed_rows
from exactregions.geometry import adjacency, domain_volume
from exactregions.geometry.exact_polytopes import ExactPolytope
from exactregions.geometry.polyhedra import domain_rows
from exactregions.plot import (
    plot_boundary,
    plot_cells,
    plot_graph,
    plot_lipschitz,
    plot_ratio,
    plot_regions,
    plot_steepness,
    save_figure,
)
from exactregions.plot.interactive import save_page
from exactregions.plot.regions import outline_width
from exactregions.plot.solid_cells import with_faces
from exactregions.plot.style import TINTS

NETWORK = nets.generated(2, 8, 6, 3, seed=3)
DISC = Ball([0.25, 0.0], 1.5)
COLOURS = ["pattern", "class", "output", "slope", "entry"]


def polygons(figure):
    return [c for c in figure.axes[0].collections if isinstance(c, PolyCollection)]


@pytest.mark.parametrize("color", COLOURS)
@pytest.mark.parametrize("domain", [DISC, Box([-1, -1], [1, 1])], ids=["disc", "box"])
def test_every_region_is_drawn_once(color, domain, tmp_path):
    regions = enumerate_regions(NETWORK, domain, entry_radii=True)
    figure = plot_regions(regions, color)
    outlines = polygons(figure)[-1]  # the lines between cells
    assert len(outlines.get_paths()) == len(regions)
    axes = figure.axes[0]
    assert axes.get_aspect() == 1.0
    assert axes.get_xlabel() == "input 0"
    assert f"exactly {len(regions)} regions" in axes.get_title(loc="left")
    assert len(figure.axes) == (2 if color in ("output", "slope", "entry") else 1)
    save_figure(figure, tmp_path / "regions.png")
    assert (tmp_path / "regions.png").stat().st_size > 10_000


def test_neighbours_have_different_colours_and_all_of_them_are_used():
    regions = enumerate_regions(NETWORK, DISC)
    filled = np.asarray(polygons(plot_regions(regions))[0].get_facecolor())
    assert len(filled) == len(regions)
    first, second = adjacency(regions).edges.T
    assert (filled[first] != filled[second]).any(axis=1).all()
    assert {tuple(c) for c in filled} == {to_rgba(t) for t in TINTS}


def test_entry_radii_are_on_the_scale():
    regions = enumerate_regions(NETWORK, DISC)
    filled = polygons(plot_regions(regions, "entry"))[0]
    assert (filled.get_array() == regions.entry_radii).all()


def test_slopes_are_the_lengths_of_the_gradients():
    regions = enumerate_regions(NETWORK, DISC)
    filled = polygons(plot_regions(regions, "slope", output=2))[0]
    wanted = [float(np.linalg.norm(region.affine_map()[0][2])) for region in regions]
    assert np.asarray(filled.get_array()) == pytest.approx(wanted, rel=1e-14)


def test_what_was_not_searched_stays_hatched_and_the_picture_says_so():
    regions = enumerate_regions(NETWORK, DISC, max_regions=10)
    axes = plot_regions(regions).axes[0]
    assert axes.get_title(loc="left").startswith("NOT EXACT: at least 10 regions")
    assert "max_regions" in axes.get_title(loc="left")
    assert any(patch.get_hatch() for patch in axes.patches)
    assert not any(p.get_hatch() for p in plot_regions(enumerate_regions(NETWORK, DISC)).axes[0].patches)
    assert plot_graph(regions).axes[0].get_title(loc="left").startswith("NOT EXACT")


def test_lines_become_thinner_and_go_where_they_would_hide_the_cells():
    axes = Figure(figsize=(5, 5)).add_subplot()
    widths = [outline_width(axes, n) for n in (1, 1_000, 5_000, 20_000)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 0.5
    assert outline_width(axes, 100_000) == 0


def test_own_axes_points_and_labels():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    regions = enumerate_regions(NETWORK, DISC)
    assert plot_regions(regions, axes=right, labels=("width", "height"), points=[[0.5, 0.25]]) is figure
    assert not left.collections
    assert (right.get_xlabel(), right.get_ylabel()) == ("width", "height")
    assert right.collections[-1].get_offsets().tolist() == [[0.5, 0.25]]


def test_small_domains_far_from_the_origin_are_seen_from_their_centre():
    regions = enumerate_regions(nets.generated(2, 8, 1), Ball([3.0, -2.0], 1e-12))
    axes = plot_regions(regions).axes[0]
    assert axes.get_xlabel() == "input 0 − 3"
    assert axes.get_xlim()[1] < 1.1e-12


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"color": "colour"}, "choose from pattern, class, output, slope, entry"),
        ({"color": "output", "output": 3}, "outputs 0 to 2"),
        ({"largest": 5}, "more than 5 shows no cells"),
        ({"points": [[0.0, 1.0, 2.0]]}, r"shape \(1, 3\)"),
    ],
)
def test_wrong_arguments(keywords, message):
    with pytest.raises(ExactRegionsError, match=message):
        plot_regions(enumerate_regions(NETWORK, DISC), **keywords)


def test_entry_radii_that_are_not_known():
    regions = enumerate_regions(NETWORK, Box([-1, -1], [1, 1]))
    with pytest.raises(ExactRegionsError, match="entry_radii=True"):
        plot_regions(regions, "entry")


@pytest.mark.parametrize("draw", [plot_regions, plot_graph])
def test_what_is_not_drawn(draw):
    with pytest.raises(DomainError, match=r"network\.restrict"):
        draw(enumerate_regions(nets.generated(3, 4, 1), Ball([0] * 3, 1)))
    with pytest.raises(DomainError, match="unbounded"):
        draw(enumerate_regions(nets.generated(2, 4, 1), WholeSpace(2)))
    with pytest.raises(EngineError, match="store=True"):
        draw(enumerate_regions(NETWORK, DISC, store=False))


def test_the_graph_has_a_line_for_each_facet_within_its_two_cells():
    regions = enumerate_regions(NETWORK, DISC)
    links = adjacency(regions)
    axes = plot_graph(regions).axes[0]
    (lines,) = [c for c in axes.collections if isinstance(c, LineCollection)]
    segments = np.array(lines.get_segments())
    assert segments.shape == (len(links), 3, 2)
    patterns = regions.pattern_array()
    for (first, second), (start, middle, end) in zip(links.edges, segments, strict=True):
        assert (NETWORK.pattern(start + 0.99 * (middle - start)) == patterns[first]).all()
        assert (NETWORK.pattern(end + 0.99 * (middle - end)) == patterns[second]).all()
    assert axes.collections[-1].get_array().tolist() == links.degrees.tolist()


def test_ratios_over_the_radius():
    found = curve(NETWORK, DISC.center, DISC.radius, bounds=["naive", "serra_2018"], radii=[0.01, 0.5, 1.5])
    axes = plot_ratio(found).axes[0]
    naive = axes.lines[0].get_ydata()
    assert naive == pytest.approx([2**14 / c.regions.count for c in found.comparisons])
    assert axes.lines[0].get_xdata() == pytest.approx([0.01, 0.5, 1.5])
    assert axes.lines[-1].get_label() == "exact count"
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_ratios_over_the_depth():
    box = Box([-1, -1], [1, 1])
    shapes = [(2, *[5] * depth, 1) for depth in (1, 2, 3)]
    found = [compare(nets.generated(*shape, seed=s), box, bounds=["naive"]) for shape in shapes for s in range(3)]
    axes = plot_ratio(found, by="depth").axes[0]
    counts = np.array([c.regions.count for c in found]).reshape(3, 3)
    wanted = [2.0 ** (5 * d) / sorted(row)[1] for d, row in zip((1, 2, 3), counts.tolist(), strict=True)]
    assert axes.lines[0].get_ydata() == pytest.approx(wanted)
    assert axes.get_xticks().tolist() == [1, 2, 3]
    assert plot_ratio(found, by=range(9), label="seed").axes[0].get_xlabel() == "seed"
    with pytest.raises(ExactRegionsError, match="by='depth'"):
        plot_ratio(found)
    with pytest.raises(ExactRegionsError, match="9 comparisons"):
        plot_ratio(found, by=[1.0])
    with pytest.raises(ExactRegionsError, match="'width'"):
        plot_ratio(found, by="width")
    with pytest.raises(ExactRegionsError, match="no comparison"):
        plot_ratio([])


def test_ratios_to_a_count_that_is_not_exact():
    found = compare(NETWORK, DISC, bounds=["naive"], max_regions=5)
    axes = plot_ratio([found]).axes[0]
    assert axes.get_title(loc="left").startswith("NOT EXACT")
    assert axes.get_ylabel() == "bound / regions found"


FLAT_AND_ROUND = [Box([-1] * 3, [1] * 3), Ball([0.0, 0.1, 0.0], 1.0)]
# opposite, repeated and zero rows; planes that touch the ball, meet in a line within it, and miss it
AWKWARD = Network.from_layers(
    [
        [[1, 0, 0], [-1, 0, 0], [2, 0, 0], [0, 0, 0], [0, 1, 1], [0, 1, -1], [1, 1, 0], [0, 0, 1]],
        [[1.0] * 8, [-1.0] * 8],
    ],
    [[0, 0, 0, 0, 0, 0, 2, 0.9], [-0.5, 0.25]],
)


@pytest.mark.parametrize("domain", FLAT_AND_ROUND, ids=["box", "ball"])
@pytest.mark.parametrize("network", [nets.generated(3, 5, 4, 1, seed=2), AWKWARD], ids=["usual", "awkward"])
def test_solid_cells_fill_the_domain(domain, network):
    pytest.importorskip("plotly")
    regions = enumerate_regions(network, domain)
    figure = plot_cells(regions, shrunk=0.0)
    assert len(list(figure.data)) == len(regions)
    volume = 0.0
    for mesh in figure.data:
        corners = np.stack([mesh.x, mesh.y, mesh.z], axis=1)
        middle = corners.mean(axis=0)
        faces = corners[np.stack([mesh.i, mesh.j, mesh.k], axis=1)] - middle
        signed = np.linalg.det(faces) / 6
        assert signed.min() > -1e-9  # seen from outside
        volume += signed.sum()
    assert volume == pytest.approx(domain_volume(domain), rel=0.01)
    assert volume < domain_volume(domain) * (1 + 1e-6)
    assert "pattern" in figure.data[0].hovertext


def test_the_planes_of_a_solid_are_those_that_hold_its_faces():
    """Of all rows of a region; what the others leave out of the ball is nothing."""
    regions, ball = enumerate_regions(AWKWARD, FLAT_AND_ROUND[1]), FLAT_AND_ROUND[1].as_box()
    exact = ExactNetwork(AWKWARD)
    walls = domain_rows(ball)
    for pattern in regions.pattern_array().tolist():
        rows = signed_rows(exact, pattern)
        every = ExactPolytope.of(3, [*walls, *rows])
        kept = ExactPolytope.of(3, [*walls, *with_faces(every, rows)])
        assert sorted(every.vertices) == sorted(kept.vertices)
        assert len(with_faces(every, rows)) < len(rows)


def test_flat_cells_on_a_page(tmp_path):
    pytest.importorskip("plotly")
    regions = enumerate_regions(NETWORK, DISC)
    figure = plot_cells(regions)
    assert len(list(figure.data)) == len(regions)
    x, y = np.array(figure.data[0].x), np.array(figure.data[0].y)
    assert (x[0], y[0]) == (x[-1], y[-1])
    save_page(figure, tmp_path / "cells.html")
    assert (tmp_path / "cells.html").stat().st_size > 1_000_000
    with pytest.raises(FileFormatError, match=r"\.html"):
        save_page(figure, tmp_path / "cells.png")
    partial = plot_cells(replace(regions, complete=False, stopped="by hand"))
    assert "NOT EXACT" in partial.layout.title.text


@pytest.mark.parametrize(("inputs", "keywords"), [(4, {}), (2, {"largest": 3}), (2, {"shrunk": 1.0})])
def test_pages_that_are_not_drawn(inputs, keywords):
    pytest.importorskip("plotly")
    regions = enumerate_regions(nets.generated(inputs, 5, 1), Ball([0] * inputs, 1))
    with pytest.raises(ExactRegionsError, match=r"restrict|more than 3|shrunk is 1\.0"):
        plot_cells(regions, **keywords)


def test_without_plotly_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(ExactRegionsError, match="pip install plotly"):
        plot_cells(enumerate_regions(NETWORK, DISC))


def test_no_figure_is_left_open():
    plot_regions(enumerate_regions(NETWORK, DISC))
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_the_boundary_is_drawn_on_cells_of_classes():
    """Each piece is a line between two cells whose colours differ; in a disc its ends lie on the circle or within."""
    network = nets.generated(2, 6, 6, 3, seed=1, bits=6)
    for domain in (Box(-1, 1, dim=2), Ball([0, 0], 1)):
        found = decision_boundary(network, domain)
        axes = plot_boundary(found).axes[0]
        (lines,) = [c for c in axes.collections if isinstance(c, LineCollection)]
        drawn = lines.get_segments()
        assert len(drawn) == len(found)
        assert f"{len(found)} boundary pieces in {found.regions}" in axes.get_title("left")
        for ends, piece in zip(drawn, found, strict=True):
            a, b = piece.equation
            assert np.abs(ends @ [float(v) for v in a] + float(b)).max() < 1e-9 * max(abs(float(v)) for v in (*a, b))
            if isinstance(domain, Ball):
                assert np.hypot(*ends.T).max() < 1 + 1e-12
    part = decision_boundary(network, Box(-1, 1, dim=2), max_regions=4)
    assert plot_boundary(part).axes[0].get_title("left").startswith("NOT COMPLETE")
    with pytest.raises(DomainError, match="plane"):
        plot_boundary(decision_boundary(nets.generated(3, 4, 2), Box(-1, 1, dim=3)))


def test_lipschitz_constants_are_drawn_on_cells_and_as_a_histogram():
    found = lipschitz(nets.generated(2, 6, 6, 2, seed=1), Box(-1, 1, dim=2), (1, 1))
    cells = plot_lipschitz(found).axes[0].collections[0]
    assert np.array_equal(cells.get_array(), found.values)
    axes = plot_steepness(found).axes[0]
    assert sum(bar.get_height() for bar in axes.patches) == len(found.regions)
    assert axes.lines[0].get_xdata()[0] == float(found.constant)
