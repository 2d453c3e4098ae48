"""What a drawing shows at each place is true there: held against exact arithmetic, dot by dot and step by step."""

from fractions import Fraction
from itertools import pairwise
from math import inf, nextafter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from narrowing import present

from exactregions import Ball, Box, Network, Polytope, compare, curve, enumerate_regions
from exactregions.cases import networks as nets
from exactregions.errors import DomainError, ExactRegionsError
from exactregions.geometry.plane import Placement, plane_cells
from exactregions.plot import plot_cells, plot_curve, plot_graph, plot_ratio, plot_regions
from exactregions.plot.style import class_colours

NETWORK = nets.generated(2, 8, 6, 3, seed=3)
DISC = Ball([0.25, 0.0], 1.5)
SQUARE = Box([-1, -1], [1, 1])


def forward(network, point):
    """The network at a rational point, in fractions."""
    values = np.array(point, dtype=object)
    for stage in network.stages:
        weight, bias = _fractions(stage.weight), _fractions(stage.bias)
        before = weight.dot(values) + bias
        slopes = [Fraction(float(h if z > 0 else w)) for z, w, h in zip(before, stage.low, stage.high, strict=True)]
        values = before * np.array(slopes, dtype=object)
    return _fractions(network.weight).dot(values) + _fractions(network.bias)


def _fractions(array):
    return np.vectorize(lambda v: Fraction(float(v)), otypes=[object])(array)


def hats(slopes, offsets, top):
    """One output that is a sum of units of two inputs, bent at each of their lines."""
    return Network.from_layers([slopes, [top]], [offsets, [0.0]])


# ---- outputs


PICTURES = {
    "disc": (NETWORK, DISC, 1),
    "box": (NETWORK, SQUARE, 2),
    "one output": (nets.generated(2, 16, 16, 1, seed=5), Box([-1, -2], [1, 0.5]), 0),
    "ball of norm 1": (NETWORK, Ball([0.25, 0.0], 1.5, norm=1), 0),
    "ball of norm inf": (NETWORK, Ball([0.25, 0.0], 1.5, norm=inf), 0),
    "polytope": (NETWORK, Polytope([[1, 1], [-1, 0], [0, -1]], [1, 0.5, 0.5]), 0),
    "long cells": (hats([[1, 0], [64, 1], [-64, 1]], [0, -3, 3], [1.0, -4.0, 9.0]), SQUARE, 0),
    "two slopes, nothing between": (hats([[1, 0.0], [-1, 0.0]], [0, 0], [8.0, 1.0]), SQUARE, 0),
    "a cliff": (hats([[2.0**30, 0], [2.0**30, 0]], [0.0, -1.0], [1.0, -1.0]), SQUARE, 0),
    "a cliff in a disc": (hats([[2.0**40, 2.0**38]] * 2, [0.0, -1.0], [1.0, -1.0]), DISC, 0),
    "small": (NETWORK, Ball([0.25, 0.0], 1e-3), 0),
    "far away": (nets.generated(2, 32, 3, seed=7), Ball([3.0, -2.0], 1e-7), 0),
    "large": (nets.generated(2, 8, 1, seed=1), Box([-1e6, -1e6], [1e6, 1e6]), 0),
    "constant": (hats([[1, 0]], [-9.0], [1.0]), SQUARE, 0),
    "many cells": (nets.generated(2, 16, 16, 2, seed=1), SQUARE, 1),  # most of them are told by floats
}  # fmt: skip


def dots_of_the_output(figure):
    """Draw nothing but the values; return their mappable, the points at the middles of dots, and the dots' colours."""
    axes = figure.axes[0]
    (shown,) = (artist for artist in [*axes.images, *axes.collections] if artist.get_array() is not None)
    for artist in [*axes.collections, *axes.lines, *axes.patches]:
        artist.set_visible(artist is shown)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = np.asarray(canvas.buffer_rgba())
    left, bottom, right, top = axes.bbox.extents
    columns, rows = (np.arange(int(a) + 2, int(b) - 1) for a, b in ((left, right), (bottom, top)))
    x, y = (place.ravel() for place in np.meshgrid(columns, rows))
    points = axes.transData.inverted().transform(np.stack([x, y], axis=1) + 0.5)
    return shown, points, picture[len(picture) - 1 - y, x]


@pytest.mark.parametrize("name", PICTURES)
def test_every_dot_has_the_colour_of_the_value_there(name):
    network, domain, output = PICTURES[name]
    figure = plot_regions(enumerate_regions(network, domain), "output", output=output)
    origin = Placement.of(domain).origin
    shown, points, colours = dots_of_the_output(figure)
    low, high = shown.get_clim()
    step = float(np.ptp(points[:2], axis=0).max())  # from one dot to the next
    checked = 0
    for k in np.random.default_rng(0).permutation(len(points))[:1500]:
        x, y = (Fraction(float(v)) + o for v, o in zip(points[k], origin, strict=True))
        around = [[x + dx, y + dy] for dx in (-2 * step, 2 * step) for dy in (-2 * step, 2 * step)]
        around = [[Fraction(v) for v in point] for point in around]
        if not any(domain.contains(point) for point in around):
            assert colours[k].tolist() == [255] * 4
        if all(domain.contains(point) for point in around):
            value = float(forward(network, [x, y])[output])
            assert low <= value <= high
            near = np.array([value - 1e-9 * (high - low), value, value + 1e-9 * (high - low)])
            wanted = shown.cmap(shown.norm(near.clip(low, high)), bytes=True)
            assert colours[k].tolist() in wanted.tolist(), (float(x), float(y), value)
            checked += 1
    assert checked > 300


@pytest.mark.parametrize("name", PICTURES)
def test_the_scale_ends_at_the_least_and_the_largest_value(name):
    network, domain, output = PICTURES[name]
    figure = plot_regions(enumerate_regions(network, domain), "output", output=output)
    (shown,) = figure.axes[0].images
    low, high = (float(v) for v in (shown.get_array().min(), shown.get_array().max()))
    # what a fine grid of the closed domain, and its corners, reach: no more, and nearly as much
    lower, upper = ([float(v) for v in side] for side in _box(domain))
    x, y = (m.ravel() for m in np.meshgrid(*np.linspace(lower, upper, 201).T))
    grid = np.stack([x, y], axis=1)
    inside = [domain.contains([Fraction(v) for v in point]) for point in grid.tolist()]
    values = network.forward(grid[inside])[:, output]
    spread = high - low
    assert values.min() >= low - 1e-9 * abs(values).max()
    assert values.max() <= high + 1e-9 * abs(values).max()
    assert values.min() - low <= 0.1 * spread
    assert high - values.max() <= 0.1 * spread
    assert figure.axes[1].get_ylim() == pytest.approx(shown.get_clim())


def _box(domain):
    if isinstance(domain, Ball):
        domain = domain.as_box()
    if isinstance(domain, Polytope):
        return [-0.5, -0.5], [1.5, 1.5]
    return domain.lower, domain.upper


def test_the_values_stay_true_where_the_picture_is_enlarged_and_turned_around():
    figure = plot_regions(enumerate_regions(NETWORK, DISC), "output")
    axes = figure.axes[0]
    axes.set_xlim(0.3, 0.2)
    axes.set_ylim(-0.05, 0.05)
    shown, points, colours = dots_of_the_output(figure)
    values = np.array([float(forward(NETWORK, [Fraction(float(v)) for v in point])[0]) for point in points[::997]])
    wanted = np.asarray(shown.cmap(shown.norm(values), bytes=True), dtype=int)
    assert np.abs(wanted - colours[::997]).max() <= 3  # a value at the border of two colours may take either
    assert (wanted == colours[::997]).all(axis=1).mean() > 0.99
    assert len({tuple(c) for c in colours.tolist()}) > 5


def test_a_value_is_read_off_where_the_mouse_is():
    (image,) = plot_regions(enumerate_regions(NETWORK, DISC), "output").axes[0].images
    wanted = float(forward(NETWORK, [Fraction(1, 2), Fraction(1, 4)])[0])
    mouse: Any = SimpleNamespace(xdata=0.5, ydata=0.25)
    assert image.get_cursor_data(mouse) == pytest.approx(wanted, rel=1e-12)
    mouse.xdata = 7.0
    assert image.get_cursor_data(mouse) is None


def test_what_was_not_searched_has_no_value():
    regions = enumerate_regions(NETWORK, DISC, max_regions=5)
    _, points, colours = dots_of_the_output(plot_regions(regions, "output"))
    found = {tuple(p) for p in regions.pattern_array().tolist()}
    for point, colour in list(zip(points, colours.tolist(), strict=True))[::499]:
        if tuple(np.ravel(NETWORK.pattern(point))) not in found:
            assert colour == [255] * 4


@pytest.mark.parametrize("color", ["output", "slope"])
@pytest.mark.parametrize("size", [1e160, 1e-170, 1.0])
def test_slopes_whose_squares_leave_the_floats(color, size):
    network = hats([[3, 4], [-3, 4]], [0, 0], [size, size])
    figure = plot_regions(enumerate_regions(network, SQUARE), color)
    shown = next(m for m in [*figure.axes[0].images, *figure.axes[0].collections] if m.get_array() is not None)
    # at (0, 1) the value is 8, and the slope as well
    assert shown.get_array().max() == pytest.approx(8 * size, rel=1e-14)
    assert shown.get_array().min() == 0.0
    FigureCanvasAgg(figure).draw()


@pytest.mark.parametrize("color", ["output", "slope"])
def test_values_that_no_scale_shows_are_refused(color):
    network = Network.from_layers([[[1e200, 0]], [[1e200]], [[1.0]]], [[0.0], [0.0], [0.0]])
    with pytest.raises(ExactRegionsError, match=r"beyond 1e\+300"):
        plot_regions(enumerate_regions(network, SQUARE), color)


# ---- the other colours, and the words


@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30])
@pytest.mark.parametrize("norm", [1, 2, inf])
def test_entry_radii_are_the_distances_even_where_the_search_left_them_open(norm, scale):
    # a quarter plane beyond x = 1 and y = 1/2, slivers along the diagonal, in units of the scale
    rows = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 1.0 + 2.0**-50]]
    network = Network.from_layers([rows, [[1.0] * 4]], [[-scale, -scale / 2, -scale / 4, -scale / 4], [0.0]])
    regions = enumerate_regions(network, Ball([0, 0], 4 * scale, norm=norm), entry_radii=True)
    (filled,) = [c for c in plot_regions(regions, "entry").axes[0].collections if c.get_array() is not None]
    patterns = map(tuple, regions.pattern_array().astype(int).tolist())
    shown = dict(zip(patterns, filled.get_array().tolist(), strict=True))
    corner = {1: 1.5, 2: 1.25**0.5, inf: 1.0}[norm]
    line = {1: 0.25, 2: 0.25 / 2**0.5, inf: 0.125}[norm]
    assert shown[0, 0, 0, 0] == 0.0
    assert shown[1, 1, 1, 1] == pytest.approx(corner * scale, rel=1e-6)
    assert shown[0, 0, 1, 1] == pytest.approx(line * scale, rel=1e-6)


@pytest.mark.parametrize("radius", [1e150, 1e200, 1e300, Fraction(10) ** 320])
def test_entry_radii_of_huge_balls_are_told(radius):
    network = Network.from_layers([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]], [[-1.0, 1.0], [0.0]])
    values = curve(network, [0, 0], radius, bounds=[]).entries.values
    assert sorted(values) == pytest.approx([0.0, 1.0, 1.0, 2**0.5])


@pytest.mark.parametrize("count", [1, 2, 10, 11, 40])
def test_no_two_classes_have_one_colour(count):
    assert len({to_rgba(c) for c in class_colours(count)}) == count


def test_each_of_twelve_classes_has_the_colour_that_the_legend_gives_it():
    angles = np.arange(12) * np.pi / 6
    network = Network.from_layers([[[1, 0], [-1, 0], [0, 1], [0, -1]], _directions(angles)], [[0] * 4, [0.0] * 12])
    figure = plot_regions(enumerate_regions(network, SQUARE), "class")
    (legend,) = figure.legends
    colours = {t.get_text(): p.get_facecolor() for t, p in zip(legend.get_texts(), legend.get_patches(), strict=True)}
    assert len(set(colours.values())) == len(colours) == 12
    filled = figure.axes[0].collections[0]
    for path, colour in zip(filled.get_paths(), np.asarray(filled.get_facecolor()), strict=True):
        middle = np.asarray(path.vertices)[:-1].mean(axis=0)
        assert colours[f"class {network.forward(middle).argmax()}"] == tuple(colour)


def _directions(angles):
    x, y = np.cos(angles), np.sin(angles)
    return np.stack([x, -x, y, -y], axis=1)


@pytest.mark.parametrize(
    ("radius", "words"),
    [
        (1.0, "radius 1"),
        (nextafter(1.0, 2.0), "radius 1.0000000000000002"),
        (Fraction(1, 3), "radius 1/3"),
        (Fraction(10**30 + 1, 10**30), "radius about 1"),
    ],
)
def test_a_radius_is_not_rounded_in_silence(radius, words):
    network = Network.from_layers([[[1.0, 0.0]], [[1.0]]], [[-1.0], [0.0]])
    title = plot_regions(enumerate_regions(network, Ball([0, 0], radius))).axes[0].get_title(loc="left")
    title = title.replace("\n", " ")
    assert title == f"exactly {1 + (radius > 1)} region{'s' * (radius > 1)} in the open disc of {words}"


@pytest.mark.parametrize("radius", [1e-7, 1e-12, 1e-15, 1e-20])
def test_graphs_far_from_the_origin_stand_on_their_cells(radius):
    ball = Ball([3.0, 5 / 3], radius)
    far = hats([[1, 0], [0, 1], [1, 1]], [-3.0, -5 / 3, -3.0 - 5 / 3], [1, 1, 1])  # the third misses small balls
    regions = enumerate_regions(far, ball)
    axes = plot_graph(regions).axes[0]
    segments = np.array(axes.collections[1].get_segments())
    nodes = np.asarray(axes.collections[2].get_offsets())
    assert len(nodes) == len(regions)
    for node, region in zip(nodes, regions, strict=True):
        seen = [Fraction(float(v)) + c for v, c in zip(node, ball.center, strict=True)]
        assert ball.contains(seen)
        assert [value > 0 for value in _values(far, seen)] == region.pattern.tolist()
    for middle in segments[:, 1]:
        seen = [Fraction(float(v)) + c for v, c in zip(middle, ball.center, strict=True)]
        assert min(abs(value) for value in _values(far, seen)) < 1e-9 * radius


def _values(network, point):
    rows = zip(network.stages[0].weight.tolist(), network.stages[0].bias.tolist(), strict=True)
    return [sum(Fraction(w) * v for w, v in zip(row, point, strict=True)) + Fraction(b) for row, b in rows]


# ---- pages


@pytest.mark.parametrize("domain", [Ball([3.0, -2.0, 5.0], 1e-12), Ball([0.0, 0.0, 0.0], 1e-30), Ball([1, 2, 3], 1e20)])
def test_solid_cells_of_small_and_large_balls_are_parts_of_them(domain):
    pytest.importorskip("plotly")
    center = [float(c) for c in domain.center]
    rows = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 1.0, 1.0]])
    network = Network.from_layers([rows, np.ones((1, 3))], [-(rows @ center), [0.0]])
    regions = enumerate_regions(network, domain)
    figure = plot_cells(regions, shrunk=0.0)
    assert len(list(figure.data)) == 8
    volumes = []
    for mesh in figure.data:
        corners = np.stack([mesh.x, mesh.y, mesh.z], axis=1)
        middle = corners.mean(axis=0)
        faces = corners[np.stack([mesh.i, mesh.j, mesh.k], axis=1)] - middle
        volumes.append(np.abs(np.linalg.det(faces / float(domain.radius))).sum() / 6)
    # two planes at an angle of 45 degrees, and one across
    assert sorted(volumes) == pytest.approx([np.pi / 12] * 4 + [np.pi / 4] * 4, rel=0.02)
    names = [figure.layout.scene[axis].title.text for axis in ("xaxis", "yaxis", "zaxis")]
    assert names == (["input 0 − 3", "input 1 + 2", "input 2 − 5"] if domain.radius < 1e-9 and center[0] else
                     ["input 0", "input 1", "input 2"])  # fmt: skip


def test_pages_say_from_where_coordinates_are_measured():
    pytest.importorskip("plotly")
    figure = plot_cells(enumerate_regions(nets.generated(2, 8, 1), Ball([3.0, -2.0], 1e-12)))
    assert figure.layout.xaxis.title.text == "input 0 − 3"
    assert figure.layout.yaxis.title.text == "input 1 + 2"


# ---- curves


class Loose:
    """A bound of any kind whose value is a function of the radius."""

    scope, source = "local", "a test"

    def __init__(self, name, kind, value):
        self.name, self.kind, self._value = name, kind, value

    def evaluate(self, network, domain):
        """Return the value."""
        return self._value(domain)


def exact_at(network):
    """A bound that is the count itself: nothing lower is right."""
    return lambda ball: enumerate_regions(network, ball).count


def along(line) -> np.ndarray:
    return np.asarray(line.get_xdata(), float)


def steps_of(line):
    """Return what a line draws as segments of the plane, ((x0, y0), (x1, y1))."""
    from matplotlib.cbook import STEP_LOOKUP_MAP

    x, y = along(line), np.asarray(line.get_ydata(), float)
    x, y = STEP_LOOKUP_MAP[line.get_drawstyle()](x, y)
    points = np.stack([x, y], axis=1)
    return pairwise(points)


def drawn_at(line, radius):
    """Return the least and the largest height that a line has at a radius, or nothing."""
    heights = []
    for (x0, y0), (x1, y1) in steps_of(line):
        if x0 <= radius <= x1 and not np.isnan(y0 + y1):
            along = 0.0 if x1 == x0 else (radius - x0) / (x1 - x0)
            heights += [y0, y1] if x1 == x0 else [y0 + along * (y1 - y0)]
    return (min(heights), max(heights)) if heights else None


CURVES = [
    (nets.generated(2, 16, 16, 1, seed=5), [0.1, 0.2], 1.5, 2, [0.05, 0.4, 1.0, 1.5]),
    (nets.generated(2, 8, 6, 3, seed=3), [0.25, 0.0], 1.5, inf, [0.3, 1.5]),
    (nets.generated(3, 8, 8, 1, seed=2), [0.0, 0.0, 0.0], 1.0, 1, [1.0]),
    (hats([[1, 0], [1, 0]], [-0.5, -1.0], [1.0, 1.0]), [0.0, 0.0], 2.0, 2, [0.5, nextafter(0.5, 1), 1.0, 2.0]),
    (hats([[1, 1], [1, -1]], [0, 0], [1.0, 1.0]), [0.0, 0.0], 1.0, 2, [Fraction(1, 3), Fraction(2, 3), 1]),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(CURVES)))
def test_no_bound_is_drawn_on_the_wrong_side_of_the_count(case):
    network, center, radius, norm, radii = CURVES[case]
    bounds = [
        Loose("the count", "upper", exact_at(network)),
        Loose("from below", "lower", exact_at(network)),
        Loose("failing", "upper", lambda ball: 10**6 if ball.radius > 0.3 else 1 // 0),
        Loose("beyond", "upper", lambda ball: 10**400 if ball.radius > 0.3 else 10**6),
        "naive", "ball_profile", "serra_2018",
    ]  # fmt: skip
    found = curve(network, center, radius, norm=norm, radii=radii, bounds=bounds)
    lines = plot_curve(found).axes[0].lines
    labels = [line.get_label() for line in lines]
    assert labels[1:3] == ["the count (upper)", "from below (lower)"]
    places = sorted({*np.geomspace(along(lines[0])[0], radius, 300), *map(float, radii), *found.radii})
    covered = 0
    for place in places:
        if not 0 < place <= radius:
            continue
        count = found.count(place)
        for line, label in zip(lines[1:], labels[1:], strict=True):
            heights = drawn_at(line, place)
            if heights is None:
                continue
            covered += 1
            low, high = heights
            assert high <= count if "(lower)" in label else low >= count, (label, place, count, heights)
    assert covered > 1000


def test_an_upper_bound_holds_from_the_least_radius_and_a_lower_one_up_to_the_largest():
    network = CURVES[0][0]
    upper, lower = Loose("up", "upper", lambda ball: 1000), Loose("low", "lower", lambda ball: 1)
    found = curve(network, [0.1, 0.2], 1.5, radii=[0.4, 1.0], bounds=[upper, lower])
    steps, up, low = plot_curve(found).axes[0].lines
    begin, end = along(steps)[[0, -1]]
    assert along(up)[[0, -1]].tolist() == [begin, 1.0]
    assert along(low)[[0, -1]].tolist() == [0.4, end]


@pytest.mark.parametrize("kind", ["expectation", "attainable"])
def test_what_is_no_bound_of_this_network_is_not_joined(kind):
    found = curve(CURVES[0][0], [0.1, 0.2], 1.5, radii=[0.4, 1.0], bounds=[Loose("some", kind, lambda ball: 7)])
    line = plot_curve(found).axes[0].lines[1]
    assert line.get_linestyle() == "None"
    assert line.get_marker() not in ("None", "", None)


@pytest.mark.parametrize(
    ("value", "words"), [(lambda b: 1 // 0, "no value"), (lambda b: 10**400, "beyond the axis"), (lambda b: 0, "zero")]
)
def test_the_legend_says_why_nothing_is_drawn(value, words):
    found = curve(CURVES[0][0], [0.1, 0.2], 1.5, radii=[0.4], bounds=[Loose("odd", "lower", value)])
    assert plot_curve(found).axes[0].lines[1].get_label() == f"odd (lower): {words}"


def test_steps_of_the_count_are_the_counts():
    network, center, radius, _, radii = CURVES[0]
    found = curve(network, center, radius, radii=radii, bounds=[])
    (line,) = plot_curve(found).axes[0].lines
    for place in np.geomspace(along(line)[0], radius, 200)[1:-1]:
        low, high = present(drawn_at(line, place))
        assert low == high == found.count(float(place))


@pytest.mark.parametrize("exponent", [-300, -260, -240, -100, 100, 240, 260, 300])
@pytest.mark.parametrize("draw", [plot_curve, plot_ratio])
def test_radii_at_the_ends_of_the_floats_are_drawn_or_refused(draw, exponent):
    radius = float(f"1e{exponent}")
    network = hats([[1, 0], [0, 1]], [-radius / 2, -radius / 3], [1.0, 1.0])
    found = curve(network, [0.0, 0.0], radius, bounds=["naive", Loose("high", "upper", lambda ball: 10**249)])
    assert found.count(radius) == 4
    if abs(exponent) < 250:
        FigureCanvasAgg(draw(found)).draw()
    else:
        with pytest.raises(DomainError, match="no axis of floats"):
            draw(found)


def test_sides_of_a_cell_that_underflow_when_squared_end_at_the_circle():
    # three lines that meet in an area of the size 1e-200, in a disc of radius 1e20
    rows = [[6.0, 3.0], [-1.7e308, 1.7e308], [3e20, 2e20]]
    network = Network.from_layers([rows, [[1.0] * 3]], [[1e-200, 5e-201, 1e-200], [0.0]])
    regions = enumerate_regions(network, Ball([-1.0, 0.0], 1e20))
    cells = plane_cells(regions)
    assert len(cells) == len(regions)
    assert sum(cell.area for cell in cells) == pytest.approx(np.pi * 1e40, rel=1e-6)
    FigureCanvasAgg(plot_regions(regions)).draw()


@pytest.mark.parametrize("draw", [plot_curve, plot_ratio])
def test_a_curve_without_any_region_is_drawn_as_nothing(draw):
    found = curve(CURVES[0][0], [0.1, 0.2], 1.5, radii=[0.4, 1.5], bounds=[], time_limit=1e-9)
    assert found.regions.count == 0
    figure = draw(found)
    FigureCanvasAgg(figure).draw()
    assert figure.axes[0].get_title(loc="left").startswith("NOT EXACT")


def test_ratios_of_bounds_without_values_are_drawn_as_nothing():
    found = curve(CURVES[0][0], [0.1, 0.2], 1.5, radii=[0.4, 1.5], bounds=[Loose("bad", "upper", lambda ball: 1 // 0)])
    figure = plot_ratio(found)
    FigureCanvasAgg(figure).draw()
    assert figure.axes[0].lines[0].get_label() == "bad (upper): no value"
    low, high = figure.axes[0].get_xlim()
    assert low < 0.4 < 1.5 < high


# ---- ratios


def test_ratios_are_not_joined_and_omissions_are_told():
    network = CURVES[0][0]
    bounds = ["naive", Loose("steep", "upper", lambda ball: 10**400 if ball.radius > 1 else 10**6)]
    found = curve(network, [0.1, 0.2], 1.5, radii=[0.4, 1.0, 1.5], bounds=bounds)
    naive, steep, one = plot_ratio(found).axes[0].lines
    assert naive.get_linestyle() == steep.get_linestyle() == "None"
    assert len(along(naive)) == 3
    assert steep.get_label() == "steep (upper): partly beyond the axis"
    assert len(along(steep)) == 2
    assert set(np.asarray(one.get_ydata()).tolist()) == {1.0}


@pytest.mark.parametrize("place", [float("nan"), inf, "x", None])
def test_places_that_are_no_numbers(place):
    found = compare(NETWORK, DISC, bounds=["naive"])
    with pytest.raises(DomainError, match="a place is"):
        plot_ratio([found], by=[place])
