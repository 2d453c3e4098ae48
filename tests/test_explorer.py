"""The explorer: its page is held against exact cells, maps and counts, and worked by a browser where there is one."""

import base64
import csv
import html
import io
import json
import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from exactregions import Ball, Box, Network, WholeSpace, compare, curve, enumerate_regions
from exactregions.cases.networks import generated
from exactregions.errors import DomainError, EngineError, ExactRegionsError, FileFormatError, NotExactError
from exactregions.geometry import adjacency, domain_volume, plane_cells
from exactregions.geometry.distances.entry_radii import EntryRadii
from exactregions.plot import explore
from exactregions.plot.explorer.data import Steps

NETWORK = generated(2, 8, 8, 3, seed=2)
SOLID = generated(3, 5, 4, 3, seed=2)
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def data_of(page: str) -> dict:
    """The data of a page, with its arrays."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def array(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=kind)


# ---- what the page holds


@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_the_slider_counts_as_exact_decisions_do(norm):
    found = curve(NETWORK, [0.1, -0.2], 1.5, norm, bounds=["naive"], radii=[0.5, 1.5])
    data = data_of(explore(found).html)
    steps, counts = array(data["radii"]["steps"], "<f8"), array(data["radii"]["counts"], "<i4")
    assert steps[-1] == 1.5
    assert counts[-1] == found.regions.count
    assert len(counts) > 40
    for radius, count in zip(steps.tolist(), counts.tolist(), strict=True):
        assert found.count(Fraction(radius)) == count
    upper = array(data["radii"]["upper"], "<f8")
    assert [int((upper < r).sum()) for r in steps[:-1]] == counts[:-1].tolist()


def test_no_step_stands_in_the_interval_of_an_entry_radius():
    """Two units 2^-52 apart: their regions are entered at radii that floats hardly tell apart."""
    network = Network.from_layers([[[1.0, 2.0], [1 - 2**-52, 2.0]], [[1.0, 1.0]]], [[-1.0, -1.0], [0.0]])
    regions = enumerate_regions(network, Ball([0, 0], 4), entry_radii=True)
    assert regions.entry_bounds is not None
    entries = EntryRadii.measured(regions)[1]
    steps = Steps.of(regions.entry_bounds, 4.0)
    assert [entries.count(Fraction(r)) for r in steps.radii.tolist()] == steps.counts.tolist()
    wide = Steps.of(np.array([[0.0, 0.0], [1.0, 1.25], [1.125, 1.5], [1.5, 1.75]]), 2.0)
    assert (wide.radii.tolist(), wide.counts.tolist()) == ([0.5, 2.0], [1, 4])
    few = Steps.of(np.repeat(np.arange(100.0), 2).reshape(-1, 2), 100.0, most=5)
    assert few.counts.tolist() == [1, 26, 51, 75, 100]
    assert all(a < b for a, b in pairwise(few.radii.tolist()))


@pytest.mark.parametrize(
    "domain", [Box([-1, -1], [1, 1]), Ball([0.25, 0], 1), Ball([0, 0], 1, 1), Box([10**9] * 2, [10**9 + 1] * 2)]
)
def test_cells_maps_and_facets_are_those_of_the_set(domain):
    found = compare(NETWORK, domain, bounds=["naive", "serra_2018"])
    regions, data = found.regions, data_of(explore(found).html)
    corners, starts = array(data["corners"], "<f8").reshape(-1, 2), array(data["starts"], "<i4")
    slopes = array(data["slopes"], "<f8").reshape(-1, 3, 2)
    offsets = array(data["offsets"], "<f8").reshape(-1, 3)
    cells = plane_cells(regions)
    assert len(cells) == len(starts) - 1
    origin = np.array([10**9 + 0.5] * 2) if domain == Box([10**9] * 2, [10**9 + 1] * 2) else np.zeros(2)
    for cell, first, last in zip(cells, starts, starts[1:], strict=False):
        assert np.array_equal(cell.outline(), corners[first:last])
        values = corners[first:last] @ slopes[cell.region].T + offsets[cell.region]
        expected = NETWORK.forward(corners[first:last] + origin)
        assert np.allclose(values, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())
    assert array(data["sizes"], "<f8").tolist() == [cell.area for cell in cells]
    links = adjacency(regions)
    assert array(data["edges"], "<i4").reshape(-1, 2).tolist() == links.edges.tolist()
    assert array(data["units"], "<i4").tolist() == links.units.tolist()
    assert {line["name"]: line["points"][0][1] for line in data["bounds"]} == {
        row.name: f"{row.value:,}" for row in found.rows
    }


def test_fixed_inputs_leave_a_plane():
    network = generated(3, 6, 2, seed=1)
    found = compare(network, Box([-1, 0.5, -1], [1, 0.5, 1]), bounds=[])
    data = data_of(explore(found).html)
    assert data["axes"] == ["input 0", "input 2"]
    corners, slopes = array(data["corners"], "<f8").reshape(-1, 2), array(data["slopes"], "<f8").reshape(-1, 2, 2)
    offsets, starts = array(data["offsets"], "<f8").reshape(-1, 2), array(data["starts"], "<i4")
    for i, (first, last) in enumerate(pairwise(starts.tolist())):
        points = np.insert(corners[first:last], 1, 0.5, axis=1)
        assert np.allclose(corners[first:last] @ slopes[i].T + offsets[i], network.forward(points), atol=1e-12)


def test_a_part_says_so_and_nothing_is_loaded_or_run_from_labels():
    part = enumerate_regions(NETWORK, Box([-1, -1], [1, 1]), max_regions=5)
    page = explore(part, labels=["</script><b>", "y"])
    data = data_of(page.html)
    assert not data["exact"]
    assert data["verdict"].startswith("NOT EXACT: at least 5 regions")
    assert "</script><b>" not in page.html
    assert data["axes"][0] == "</script><b>"
    assert not re.search(r"(src|href)=|import |url\(|fetch\(", page.html.replace('href="data:,"', ""))
    assert 'srcdoc="' in page._repr_html_()
    assert html.unescape(page._repr_html_().split('srcdoc="')[1].rsplit('"', 1)[0]) == page.html


def test_what_cannot_be_explored_is_refused(tmp_path):
    regions = enumerate_regions(NETWORK, Box([-1, -1], [1, 1]))
    with pytest.raises(ExactRegionsError, match="raise `largest`"):
        explore(regions, largest=3)
    with pytest.raises(DomainError, match=r"4 input\(s\)"):
        explore(enumerate_regions(generated(4, 3, 1), Box([-1] * 4, [1] * 4)))
    with pytest.raises(NotExactError, match="complete"):
        explore(enumerate_regions(SOLID, Box([-1] * 3, [1] * 3), max_regions=2))
    with pytest.raises(DomainError, match="unbounded"):
        explore(enumerate_regions(NETWORK, WholeSpace(2)))
    with pytest.raises(EngineError, match="store=True"):
        explore(enumerate_regions(NETWORK, Box([-1, -1], [1, 1]), store=False))
    with pytest.raises(FileFormatError, match=r"\.html"):
        explore(regions).save(tmp_path / "page.txt")
    explore(regions).save(tmp_path / "page.html")
    assert data_of((tmp_path / "page.html").read_text("utf-8"))["exact"]


@pytest.mark.parametrize(
    ("kind", "domain"),
    [
        ("box", Box([-1] * 3, [1] * 3)),
        ("ball", Ball([0.25, 0, 0], 1)),
        ("cross", Ball([0, 0, 0], 1, 1)),
        ("box", Box([10**9] * 3, [10**9 + 1] * 3)),
    ],
)
def test_planes_of_a_solid_part_the_regions_of_their_facets(kind, domain):
    regions = enumerate_regions(SOLID, domain)
    data, links = data_of(explore(regions).html), adjacency(regions)
    far = isinstance(domain, Box) and domain.lower[0] > 1
    origin = [Fraction(10**9) + Fraction(1, 2) if far else Fraction(0)] * 3
    seen = np.array([[float(v - o) for v, o in zip(r.witness, origin, strict=True)] for r in regions])
    assert np.array_equal(array(data["witnesses"], "<f8").reshape(-1, 3), seen)
    planes = array(data["planes"], "<f8").reshape(-1, 4)
    assert len(planes) == len(links)
    assert np.allclose(np.linalg.norm(planes[:, :3], axis=1), 1.0)
    exact = np.array([[float(v - o) for v, o in zip(p, origin, strict=True)] for p in links.witnesses()]).reshape(-1, 3)
    assert np.abs((planes[:, :3] * exact).sum(axis=1) + planes[:, 3]).max(initial=0) < 1e-12
    for plane, (first, second) in zip(planes, links.edges.tolist(), strict=True):
        sides = seen[[first, second]] @ plane[:3] + plane[3]
        assert sides[0] > 0 > sides[1]
    walls = array(data["walls"], "<f8").reshape(-1, 4)
    assert (seen @ walls[:, :3].T + walls[:, 3] > 0).all()
    assert (len(walls), data["sphere"] is None) == (
        (0, False) if domain.kind == "ball" and domain.norm == 2 else (len(walls), True)
    )
    assert array(data["sizes"], "<f8").sum() == pytest.approx(domain_volume(domain), rel=1e-2)
    slopes, offsets = array(data["slopes"], "<f8").reshape(-1, 3, 3), array(data["offsets"], "<f8").reshape(-1, 3)
    values = np.einsum("nki,ni->nk", slopes, seen) + offsets
    assert np.allclose(values, SOLID.forward(regions.witnesses), rtol=1e-9)


# ---- what a browser makes of it

STEPS = """
<pre id="result"></pre>
<script>
(async () => {
  const result = { errors: window.faults, counts: [], chosen: [], files: [] };
  const byId = (id) => document.getElementById(id);
  const say = (target, kind) => target.dispatchEvent(new Event(kind));
  try {
    URL.createObjectURL = (blob) => { result.files.push(blob.text()); return "data:,"; };
    const slider = byId("radius"), canvas = byId("cells");
    canvas.setPointerCapture = () => {};
    result.largest = Number(slider.max);
    for (const colour of Array.from(byId("colour").options, (option) => option.value)) {
      byId("colour").value = colour;
      say(byId("colour"), "change");
      await new Promise((done) => setTimeout(done, 50));
    }
    result.colours = byId("colour").options.length;
    byId("boundary").click();
    const box = canvas.getBoundingClientRect(), { clientWidth, clientHeight, clientLeft, clientTop } = canvas;
    for (const [x, y] of WITNESSES) {
      const scale = 0.94 * Math.min(clientWidth, clientHeight) / EXTENT;
      const clientX = box.left + clientLeft + clientWidth / 2 + x * scale;
      const clientY = box.top + clientTop + clientHeight / 2 - y * scale;
      const at = { clientX, clientY, pointerId: 1 };
      canvas.dispatchEvent(new PointerEvent("pointerdown", at));
      canvas.dispatchEvent(new PointerEvent("pointerup", at));
      result.chosen.push(byId("region").querySelector("dd").textContent);
    }
    byId("csv").click();
    byId("picture").click();
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    result.none = byId("region").textContent;
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "n" }));
    result.next = byId("region").querySelector("dd").textContent;
    for (let k = 0; k <= result.largest; k++) {
      slider.value = k;
      say(slider, "input");
      result.counts.push(byId("count").textContent);
    }
    result.files = await Promise.all(result.files);
  } catch (fault) {
    result.errors.push(String(fault));
  }
  byId("result").textContent = JSON.stringify(result);
})();
</script>
</body>
"""
FAULTS = """<script>window.faults = []; window.onerror = (text) => { window.faults.push(text); };
console.error = (text) => { window.faults.push(String(text)); };</script><style>"""


def worked(page: str, folder) -> dict:
    """What a script within a page finds in a browser."""
    (folder / "page.html").write_text(page.replace("<style>", FAULTS, 1), "utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--virtual-time-budget=20000"]
    command = [str(BROWSER), *flags, "--dump-dom", (folder / "page.html").as_uri()]
    # a browser on a busy machine may print the page before the script has ended
    text = ""
    for _ in range(5):
        shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
        text = html.unescape(shown.split('<pre id="result">')[1].split("</pre>")[0])
        if text:
            break
    return json.loads(text)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium to work the page")
def test_a_browser_works_the_page(tmp_path):
    found = curve(NETWORK, [0.0, 0.0], 1.0, bounds=["naive", "ball_profile"], radii=[0.25, 0.5, 1.0])
    regions = found.regions
    own = [cell.outline().mean(axis=0).tolist() for cell in plane_cells(regions)]
    script = STEPS.replace("WITNESSES", json.dumps(own)).replace("EXTENT", "2")
    page = explore(found).html.replace("</body>", script)
    result = worked(page, tmp_path)
    assert result["errors"] == []
    assert result["colours"] == 6
    assert result["chosen"] == [str(i) for i in range(len(regions))]
    assert result["none"] == "None is chosen."
    assert result["next"] == "0"
    counts = array(data_of(page)["radii"]["counts"], "<i4").tolist()
    assert result["counts"] == [f"exactly {c} region{'s' * (c > 1)}" for c in counts]
    table, picture = result["files"]
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == len(regions)
    assert math.fsum(float(row["area"]) for row in rows) == pytest.approx(math.pi, rel=1e-9)
    for row, region in zip(rows, regions, strict=True):
        signs = "|".join("".join("01"[int(on)] for on in layer) for layer in region.layers())
        assert row["pattern"] == signs
        matrix, offset = region.affine_map()
        for k in range(3):
            shown_map = [float(row[f"output_{k}_{part}"]) for part in ("slope_x", "slope_y", "offset")]
            assert np.allclose(shown_map, [*matrix[k], offset[k]], atol=1e-12)
    paths = ElementTree.fromstring(picture).findall("{http://www.w3.org/2000/svg}path")
    assert len(paths) >= len(regions) + 2  # the boundary and the domain


RAYS = """
<pre id="result"></pre>
<script>
(async () => {
  const result = { errors: window.faults, chosen: [], counts: [], files: [] };
  const byId = (id) => document.getElementById(id);
  const pause = () => new Promise((done) => setTimeout(done, 300));
  const set = async (values) => {
    for (const [id, value] of Object.entries(values)) {
      byId(id).value = value;
      for (const kind of ["input", "change"]) byId(id).dispatchEvent(new Event(kind));
    }
    await pause();
  };
  try {
    URL.createObjectURL = (blob) => {
      result.files.push(blob.type.startsWith("text") ? blob.text() : blob.type);
      return "data:,";
    };
    const canvas = byId("cells");
    canvas.setPointerCapture = () => {};
    for (const colour of Array.from(byId("colour").options, (option) => option.value)) await set({ colour });
    await set({ opacity: 30 });
    await set({ opacity: 100, normal: "view" });
    for (const [normal, place, points] of CLICKS) {
      await set({ normal, "place-of-cut": place });
      const box = canvas.getBoundingClientRect(), { clientWidth, clientHeight, clientLeft, clientTop } = canvas;
      const size = (0.56 * Math.min(clientWidth, clientHeight)) / EXTENT;
      for (const [a, b] of points) {
        const clientX = box.left + clientLeft + clientWidth / 2 + a * size;
        const clientY = box.top + clientTop + clientHeight / 2 - b * size;
        const at = { clientX, clientY, pointerId: 1 };
        canvas.dispatchEvent(new PointerEvent("pointerdown", at));
        canvas.dispatchEvent(new PointerEvent("pointerup", at));
        const number = byId("region").querySelector("dd");
        result.chosen.push(number ? Number(number.textContent) : -1);
      }
    }
    result.cut = byId("cut-text").textContent;
    byId("csv").click();
    byId("picture").click();
    for (const key of ["ArrowLeft", "ArrowUp", "+", "]", "0", "Escape", "n"])
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key }));
    await pause();
    result.next = byId("region").querySelector("dd").textContent;
    result.moved = byId("cut-text").textContent;
    const slider = byId("radius");
    for (let k = 0; k <= Number(slider.max); k++) {
      await set({ radius: k });
      result.counts.push(byId("count").textContent);
    }
    result.files = await Promise.all(result.files);
  } catch (fault) {
    result.errors.push(String(fault));
  }
  byId("result").textContent = JSON.stringify(result);
})();
</script>
</body>
"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium to work the page")
def test_rays_meet_the_regions_whose_patterns_their_points_have(tmp_path):
    """Points of cuts, and of the sphere, are clicked where the first view shows them."""
    found = curve(SOLID, [0, 0, 0], 1, bounds=["naive"], radii=[0.5, 1])
    regions, turn, tilt = found.regions, -0.6, 0.45
    right = np.array([math.cos(turn), math.sin(turn), 0])
    ahead = np.array([-math.sin(turn) * math.cos(tilt), math.cos(turn) * math.cos(tilt), -math.sin(tilt)])
    up = np.cross(right, ahead)
    rng = np.random.default_rng(3)
    clicks, wanted = [], []
    for axis, place in ((0, 400), (1, 650), (2, 500), (None, 0)):
        points = rng.normal(size=(40, 3))
        if axis is None:
            points /= np.linalg.norm(points, axis=1)[:, None]
            points = points[points @ ahead < -0.1] * (1 - 1e-9)
        else:
            points[:, axis] = 2 * place / 1000 - 1
            points = points[np.linalg.norm(points, axis=1) < 0.98]
        clicks.append(["" if axis is None else str(axis), place, (points @ np.array([right, up]).T).tolist()])
        wanted += SOLID.pattern(points).tolist()
    script = RAYS.replace("CLICKS", json.dumps(clicks)).replace("EXTENT", "2")
    result = worked(explore(found).html.replace("</body>", script), tmp_path)
    assert result["errors"] == []
    patterns = regions.pattern_array()
    assert [patterns[i].tolist() for i in result["chosen"]] == wanted
    assert len(set(result["chosen"])) > 10
    assert (result["cut"], result["next"]) == ("no cut", "0")
    counts = array(data_of(explore(found).html)["radii"]["counts"], "<i4").tolist()
    assert result["counts"] == [f"exactly {c} region{'s' * (c > 1)}" for c in counts]
    table = next(f for f in result["files"] if f.startswith("region,"))
    assert "image/png" in result["files"]
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == len(regions)
    assert math.fsum(float(row["volume"]) for row in rows) == pytest.approx(4 / 3 * math.pi, rel=1e-2)
    for row, region in zip(rows, regions, strict=True):
        matrix, offset = region.affine_map()
        for k in range(3):
            shown = [float(row[f"output_{k}_{part}"]) for part in ("slope_x", "slope_y", "slope_z", "offset")]
            assert np.allclose(shown, [*matrix[k], offset[k]], atol=1e-12)
