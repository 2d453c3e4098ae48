"""Pictures as a journal prints them: sizes, fonts, legends and titles within the page, notebooks, reachable sets."""

from fractions import Fraction

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from exactregions import Ball, Box, Network, curve, decision_boundary, enumerate_regions, lipschitz
from exactregions.bounds import bound_names, get_bound
from exactregions.cases.networks import generated
from exactregions.comparison.evaluation import BoundEvaluation
from exactregions.errors import DomainError, ExactRegionsError, PropertyError
from exactregions.geometry.plane import Placement, plane_cells
from exactregions.plot import (
    explore,
    plot_boundary,
    plot_cells,
    plot_curve,
    plot_graph,
    plot_lipschitz,
    plot_ratio,
    plot_reach,
    plot_regions,
    plot_steepness,
    save_figure,
)
from exactregions.plot.affine_grid import values_on_grid
from exactregions.plot.captions import bound_labels, domain_words, in_lines
from exactregions.plot.colouring import paint
from exactregions.plot.float_maps import sure_classes, sure_pieces, sure_slopes
from exactregions.progress import StopReason
from exactregions.quantities import reach
from exactregions.support.stopping import Stopped, current_scope, limited

NETWORK = generated(2, 6, 5, 3, seed=3)
MANY = generated(2, 4, 24, seed=1)
SQUARE = Box([-1, -1], [1, 1])
POINTS = np.random.default_rng(0).uniform(-1, 1, (21, 2))
NAMES = np.array(["left of the middle", "right", "elsewhere"])[np.arange(21) % 3]


@pytest.fixture(scope="module")
def drawings():
    """Each kind of picture, as functions of a size in inches."""
    regions, many = enumerate_regions(NETWORK, SQUARE), enumerate_regions(MANY, SQUARE)
    flat = enumerate_regions(NETWORK, Box([-3, -0.1], [3, 0.1]))
    part = enumerate_regions(NETWORK, Ball([0, 0], 1), max_regions=3)
    found = curve(NETWORK, [0, 0], 1, radii=[0.25, 1.0], bounds=["naive", "serra_2018", "ball_propagation"])
    steep, cut = lipschitz(NETWORK, SQUARE, (2, 2)), decision_boundary(NETWORK, SQUARE)
    image = reach(NETWORK, SQUARE)
    return {
        "pattern": lambda size: plot_regions(regions, points=POINTS, point_labels=NAMES, size=size),
        "class": lambda size: plot_regions(regions, "class", size=size),
        "classes": lambda size: plot_regions(many, "class", size=size),
        "slope": lambda size: plot_regions(regions, "slope", size=size),
        "flat": lambda size: plot_regions(flat, "output", size=size),
        "part": lambda size: plot_regions(part, "class", size=size),
        "graph": lambda size: plot_graph(regions, size=size),
        "boundary": lambda size: plot_boundary(cut, points=POINTS, point_labels=NAMES, size=size),
        "lipschitz": lambda size: plot_lipschitz(steep, size=size),
        "steepness": lambda size: plot_steepness(steep, size=size),
        "curve": lambda size: plot_curve(found, size=size),
        "ratio": lambda size: plot_ratio(found, size=size),
        "reach": lambda size: plot_reach(image, size=size),
    }


@pytest.mark.parametrize("size", [None, (3.3, 3.6)], ids=["default", "column"])
def test_nothing_is_cut_off_and_legends_hide_nothing(drawings, size):
    for name, draw in drawings.items():
        figure = draw(size)
        figure.set_dpi(60)
        figure.draw_without_rendering()
        inches = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        assert size is None or (width, height) == size
        assert min(inches.x0, inches.y0) >= -0.02, name
        assert (inches.x1 <= width + 0.02, inches.y1 <= height + 0.02) == (True, True), name
        for legend in figure.legends:
            assert not legend.get_window_extent().overlaps(figure.axes[0].get_window_extent()), name


@pytest.mark.parametrize("size", [(0.0, 3.0), (3.0,), "wide", (3.0, float("nan")), (300, 3), 4])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(ExactRegionsError, match="size is"):
        plot_regions(enumerate_regions(NETWORK, SQUARE), size=size)


def test_a_size_is_that_of_a_new_figure():
    with pytest.raises(ExactRegionsError, match="either axes or a size"):
        plot_graph(enumerate_regions(NETWORK, SQUARE), Figure().add_subplot(), size=(3, 3))


@pytest.mark.parametrize("by", ["method", "function"])
def test_a_pdf_embeds_its_fonts_as_true_type(tmp_path, by):
    figure = plot_regions(enumerate_regions(NETWORK, SQUARE), "class")
    path = tmp_path / "regions.pdf"
    figure.savefig(path) if by == "method" else save_figure(figure, path)
    text = path.read_bytes()
    assert b"/FontFile2" in text
    assert b"/Type3" not in text


def test_a_notebook_shows_a_figure_by_itself():
    formatters = pytest.importorskip("IPython.core.formatters")
    shown, _ = formatters.DisplayFormatter().format(plot_regions(enumerate_regions(NETWORK, SQUARE)))
    assert shown["image/png"].startswith(b"\x89PNG")
    assert "text/html" not in shown


def test_points_of_one_label_have_one_colour_and_stand_where_they_are():
    figure = plot_regions(enumerate_regions(NETWORK, SQUARE), points=POINTS, point_labels=NAMES)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == sorted(set(NAMES))
    marked = figure.axes[0].collections[-3:]
    assert len({tuple(np.ravel(c.get_facecolor())) for c in marked}) == 3
    for name, drawn in zip(texts, marked, strict=True):
        assert drawn.get_label() == name
        assert np.array_equal(np.asarray(drawn.get_offsets()), POINTS[name == NAMES])
    whole = plot_regions(enumerate_regions(NETWORK, SQUARE), points=POINTS[:2], point_labels=[1.0, 0.0])
    assert [text.get_text() for text in whole.legends[0].get_texts()] == ["0", "1"]


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        (None, [1], "no points"),
        (POINTS, [1, 2], "one for each"),
        (POINTS[:2], [0.5, 1.5], "float64"),
        (np.zeros((60, 2)), range(60), "60 labels"),
    ],
)
def test_labels_that_do_not_fit_are_refused(points, labels, message):
    with pytest.raises(ExactRegionsError, match=message):
        plot_regions(enumerate_regions(NETWORK, SQUARE), points=points, point_labels=labels)


@pytest.mark.parametrize("shape", [(2, 20, 20, 1), (2, 16, 16, 4)])
def test_classes_told_by_floats_are_those_of_exact_cells(shape, monkeypatch):
    """A whole cell is in one class by bounds of roundings; its exact halves have the same classes and areas."""
    regions = enumerate_regions(generated(*shape, seed=1), SQUARE)
    areas = []
    for few in (1, 10**9):
        monkeypatch.setattr("exactregions.plot.colouring.FEW", few)
        found: dict[tuple[int, int], float] = {}
        painting = paint(regions, "class", 0)
        assert painting.numbers is not None
        for piece, number in zip(painting.pieces, painting.numbers.tolist(), strict=True):
            found[piece.region, number] = found.get((piece.region, number), 0.0) + piece.area
        areas.append(found)
    assert len(regions) >= 256
    assert areas[0] == pytest.approx(areas[1], abs=1e-10)


@pytest.mark.parametrize("shape", [(2, 20, 20, 1), (2, 16, 16, 4)])
def test_slopes_told_by_floats_are_those_of_exact_maps(shape):
    """A slope of zero, and one that is the difference of two large numbers, are left to exact arithmetic."""
    regions = enumerate_regions(generated(*shape, seed=1), SQUARE)
    found = sure_slopes(regions, 0)
    exact = np.array([region.affine_map()[0][0] for region in regions])
    assert not np.isnan(found).all(axis=1).any()
    assert found == pytest.approx(exact, rel=1e-9, abs=1e-9 * np.abs(exact).max())
    big = 2.0**60
    cancelling = Network.from_layers([[[1.0, 0.0], [1.0, 2.0**-40]], [[big, -big]]], [[3, 3], [0]])
    assert np.isnan(sure_slopes(enumerate_regions(cancelling, SQUARE), 0)[:, 0]).any()
    flat = Network.from_layers([[[1.0, 0.0]], [[0.0]]], [[0], [0]])
    assert paint(enumerate_regions(flat, SQUARE), "slope", 0).values.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("shape", [(2, 20, 20, 1), (2, 16, 16, 4)])
def test_outputs_told_by_floats_are_those_of_exact_maps(shape, monkeypatch):
    regions = enumerate_regions(generated(*shape, seed=1), SQUARE)
    told = sure_pieces(regions, plane_cells(regions), Placement.of(SQUARE), 0)
    assert sum(piece is None for piece in told) < len(regions) / 20
    monkeypatch.setattr("exactregions.plot.colouring.FEW", 10**9)
    exact = paint(regions, "output", 0).affine
    assert exact is not None
    spread = max(piece.high for piece in exact) - min(piece.low for piece in exact)
    for found, wanted in zip(told, exact, strict=True):
        if found is not None:
            middle = wanted.outline.mean(axis=0)
            values = [[p.low, p.high, p.value + p.slope @ (middle - p.outline[0])] for p in (found, wanted)]
            assert values[0] == pytest.approx(values[1], abs=2e-9 * spread)


def test_every_point_of_a_grid_has_its_value():
    pieces = paint(enumerate_regions(NETWORK, SQUARE), "output", 1).affine
    x, y = np.linspace(-1, 1, 301), np.linspace(-1, 1, 257)
    values = values_on_grid(pieces or [], x, y, 2.0)
    points = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
    assert values.ravel() == pytest.approx(NETWORK.forward(points)[:, 1], abs=1e-12)
    assert np.isnan(values_on_grid(pieces or [], x + 3, y, 2.0)).all()


def test_no_output_is_told_by_floats_where_rounding_would_show():
    """Numbers of the size 2^60 whose difference is 2^20, an output that is constant, and one beyond floats."""
    big = 2.0**60
    for weights, bias in (([[big, -big]], [0.0]), ([[0.0, 0.0]], [1.0])):
        network = Network.from_layers([[[1.0, 0.0], [1.0, 2.0**-40]], weights], [[3, 3], bias])
        regions = enumerate_regions(network, SQUARE)
        assert sure_pieces(regions, plane_cells(regions), Placement.of(SQUARE), 0) == [None] * len(regions)
    huge = enumerate_regions(Network.from_layers([[[2.0**600, 0.0]], [[2.0**600]]], [[0.0], [0.0]]), SQUARE)
    assert sure_pieces(huge, plane_cells(huge), Placement.of(SQUARE), 0) == [None, None]


def test_no_class_is_told_by_floats_where_roundings_decide_it():
    """Outputs of the size 2^60 that differ by 1, one of them by nothing."""
    big = 2.0**60
    network = Network.from_layers([[[1.0, 0.0], [0.0, 1.0]], [[big, 1.0], [big, 0.0], [big, 0.0]]], [[0, 0], [0, 1, 1]])
    regions = enumerate_regions(network, SQUARE)
    cells, placement = plane_cells(regions), Placement.of(SQUARE)
    assert sure_classes(regions, cells, placement).tolist() == [-1] * len(regions)
    clear = Network.from_layers([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [-1.0, 0.0], [1.0, 1.0]]], [[0, 0], [3, 1, 2]])
    regions = enumerate_regions(clear, SQUARE)
    assert sure_classes(regions, plane_cells(regions), placement).tolist() == [0] * len(regions)


# ---- progress and limits

DRAWINGS = {
    "regions": (plot_regions, NETWORK, SQUARE),
    "output": (lambda regions, **more: plot_regions(regions, "output", **more), NETWORK, SQUARE),
    "graph": (plot_graph, NETWORK, SQUARE),
    "flat cells": (plot_cells, NETWORK, SQUARE),
    "solids": (plot_cells, generated(3, 5, 1), Box(-1, 1, dim=3)),
    "page": (explore, NETWORK, SQUARE),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_tells_where_it_is_and_ends_with_its_time(name, monkeypatch):
    pytest.importorskip("plotly")
    draw, network, domain = DRAWINGS[name]
    regions, told = enumerate_regions(network, domain), []
    monkeypatch.setattr("exactregions.support.watching.REPORT_SECONDS", 0.0)
    draw(regions, progress=told.append, time_limit=1e9)
    assert {state.regions for state in told} == {len(regions)}
    assert [state.seconds for state in told] == sorted(state.seconds for state in told)
    assert told[0].note == "drawing"
    if name == "solids":
        notes = list(dict.fromkeys(state.note for state in told))
        assert notes[1:] == [f"{k} of {len(regions)} cells drawn" for k in range(len(regions))]
    with pytest.raises(ExactRegionsError, match="time limit of 0 s"):
        draw(regions, time_limit=0)

    def interrupt(state):
        scope = current_scope()
        assert scope is not None
        scope.stop(StopReason.INTERRUPTED)  # what Ctrl-C does

    with pytest.raises(KeyboardInterrupt):
        draw(regions, progress=interrupt)
    with limited(0.0), pytest.raises(Stopped):
        draw(regions, time_limit=1e9)
    for wrong in ({"time_limit": -1}, {"time_limit": "long"}, {"time_limit": float("nan")}, {"progress": 3}):
        with pytest.raises(ExactRegionsError, match=f"{next(iter(wrong))} is"):
            draw(regions, **wrong)


@pytest.mark.parametrize(("draw", "ask"), [(plot_boundary, decision_boundary), (plot_lipschitz, lipschitz)])
def test_drawings_of_quantities_tell_where_they_are(draw, ask, monkeypatch):
    monkeypatch.setattr("exactregions.support.watching.REPORT_SECONDS", 0.0)
    found, told = ask(generated(2, 6, 2), SQUARE), []
    draw(found, progress=told.append, time_limit=1e9)
    assert {state.note for state in told} == {"drawing"}
    with pytest.raises(ExactRegionsError, match="time limit of 0 s"):
        draw(found, time_limit=0)


# ---- words


@pytest.mark.parametrize(
    ("text", "most", "lines"),
    [
        (
            "exactly 107 regions in the open disc of radius 1",
            46,
            ["exactly 107 regions in", "the open disc of radius 1"],
        ),
        ("one line", 12, ["one line"]),
        ("of extraordinarilylongnames", 24, ["of", "extraordinarilylongnames"]),
        ("", 20, [""]),
    ],
)
def test_lines_of_a_title_are_about_as_long_as_each_other(text, most, lines):
    axes = plot_regions(enumerate_regions(NETWORK, SQUARE)).axes[0]
    assert in_lines(text, most / 12, axes).split("\n") == lines  # twelve letters of 10 points on an inch


def test_bounds_are_called_by_their_papers():
    known = [get_bound(name) for name in bound_names()]
    labels = bound_labels([BoundEvaluation(b.name, b.kind, b.scope, b.source) for b in known])
    assert len(set(labels)) == len(labels)
    by_name = dict(zip([b.name for b in known], labels, strict=True))
    assert by_name["naive"] == "naive (upper)"
    assert by_name["serra_2018"] == "Serra et al. 2018 (upper)"
    assert by_name["hanin_rolnick_2019"] == "Hanin and Rolnick 2019 (expectation)"
    assert by_name["ball_profile"] == "ball_profile (upper)"
    assert by_name["ball_propagation"] == "ball_propagation, after Zhu et al. 2020 (upper)"
    twice = bound_labels([BoundEvaluation(name, "upper", "local", "Someone 1999") for name in ("one", "two")])
    assert twice == ["Someone 1999, one (upper)", "Someone 1999, two (upper)"]


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (SQUARE, "in the open box (-1, 1)^2"),
        (Box([0, -1], [0.5, 1]), "in the open box (0, 0.5) × (-1, 1)"),
        (Box([0, 3, -1], [1, 3, 1]), "in the open box (0, 1) × (-1, 1), 1 of 3 inputs fixed"),
        (Box(-1, 1, dim=784), "in the open box (-1, 1)^784"),
        (Box([0, 0, 0, 0], [1, 2, 3, 4]), "in the open box"),
        (Box([0, 0], [Fraction(10**30 + 1, 10**30), 1]), "in the open box"),
        (Ball([0, 0], 2), "in the open disc of radius 2"),
        (Ball([0.25, 0], 2), "in the open disc of radius 2 about (0.25, 0)"),
        (Ball([0] * 784, 1, 1), "in the open ball of radius 1, norm 1"),
    ],
)
def test_titles_name_the_domain(domain, words):
    assert domain_words(domain).startswith(words)


# ---- reachable sets


def shoelace(corners):
    x, y = np.asarray(corners, dtype=float).T
    return (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2


def test_reachable_sets_are_the_exact_polygons():
    """x -> (x + y, x - y) has the determinant -2, so the image of the square has twice its area."""
    turned = Network.from_layers(
        [[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], [[1.0, -1.0, 1.0, -1.0], [1.0, -1.0, -1.0, 1.0]]],
        [[0.0] * 4, [0.0, 0.0]],
    )
    found = reach(turned, SQUARE)
    figure = plot_reach(found, (1, 0))
    filled = next(c for c in figure.axes[0].collections if isinstance(c, PolyCollection))
    areas = [shoelace(np.asarray(path.vertices)[:-1]) for path in filled.get_paths()]
    assert len(areas) == len(found) == 4
    assert sum(areas) == 8.0
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("output 1", "output 0")
    assert figure.axes[0].get_title(loc="left") == "outputs on the closed box (-1, 1)^2: 4 pieces"


def test_pieces_that_are_segments_and_points_are_drawn():
    """The hat x -> (max(x, 0), max(-x, 0) 0): on one side a segment, on the other a point."""
    network = Network.from_layers([[[1.0]], [[1.0], [2.0]]], [[0.0], [0.0, 1.0]])
    axes = plot_reach(reach(network, Box([-1], [1]))).axes[0]
    (lines,) = [c for c in axes.collections if isinstance(c, LineCollection)]
    assert [sorted(map(tuple, np.asarray(s).tolist())) for s in lines.get_segments()] == [[(0.0, 1.0), (1.0, 3.0)]]
    assert np.asarray(axes.collections[-1].get_offsets()).tolist() == [[0.0, 1.0]]


def test_reachable_sets_that_are_not_drawn():
    found = reach(NETWORK, SQUARE)
    with pytest.raises(PropertyError, match="0 to 2"):
        plot_reach(found, (0, 3))
    with pytest.raises(ExactRegionsError, match="raise `largest`"):
        plot_reach(found, largest=3)
    with pytest.raises(DomainError, match="Euclidean"):
        plot_reach(reach(NETWORK, Ball([0, 0], 1)))
