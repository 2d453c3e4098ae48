"""Results are written whole or not at all, also where the disk is full for a moment."""

import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from exactregions import Ball, Network, curve, enumerate_regions, load, save, study
from exactregions.certificate.checker import check
from exactregions.certificate.writer import CertificateWriter
from exactregions.errors import ExactRegionsError, FileWriteError
from exactregions.geometry import region_graph, write_graph
from exactregions.support.files import append_line, whole_file

NETWORK = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])
CUBE = Network.from_layers([np.eye(3), np.ones((1, 3))], [[0.0, -0.25, 0.5], [0.0]])
DISC = Network.from_layers([[[1.0, 0.5], [0.25, 1.0]], [[1.0, 1.0]]], [[0.0, -0.25], [0.0]])
POINTS, RADII = [[0.0, 0.0], [0.5, 0.25], [-0.125, 0.5]], [0.25, 1.0]


@contextmanager
def largest_file(size):
    """Let no file grow beyond a size: a write takes what fits, and the next one fails, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)


def test_a_line_is_appended_whole_or_not_at_all(tmp_path):
    path = tmp_path / "lines"
    append_line(path, b"first\n")
    with largest_file(10), pytest.raises(FileWriteError, match="File too large"):
        append_line(path, b"second, which is longer\n")
    assert path.read_bytes() == b"first\n"
    append_line(path, b"third\n")
    assert path.read_bytes() == b"first\nthird\n"


@pytest.mark.parametrize("fault", [OSError("full"), KeyboardInterrupt(), ValueError("no")])
def test_an_error_leaves_the_file_that_was_there(tmp_path, fault):
    path = tmp_path / "result"
    path.write_text("before")

    def fail():
        with whole_file(path, "w") as stream:
            stream.write("half")
            raise fault

    with pytest.raises(type(fault)):
        fail()
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["result"]


def save_figure(path):
    figure = pytest.importorskip("matplotlib.figure").Figure()
    figure.add_subplot().plot([0, 1], [0, 1])
    from exactregions.plot import save_figure

    save_figure(figure, path)


def save_page(path):
    go = pytest.importorskip("plotly.graph_objects")
    from exactregions.plot.interactive import save_page

    save_page(go.Figure(), path)


def save_study(path):
    if path.suffix == ".parquet":
        pytest.importorskip("polars")
    study(DISC, POINTS, RADII, bounds=["naive"]).save(path)


def save_certificate(path):
    enumerate_regions(CUBE, Ball([0, 0, 0], 1), engine="rational", certificate=path)


WRITERS = {
    "regions.npz": lambda path: enumerate_regions(CUBE, Ball([0, 0, 0], 1), engine="rational").save(path),
    "network.npz": lambda path: save(CUBE, path),
    "net.safetensors": lambda path: save(CUBE, path),
    "proof.cert": save_certificate,
    "study.csv": save_study,
    "study.parquet": save_study,
    "curve.csv": lambda path: curve(DISC, [0, 0], 1, bounds=["naive"]).to_csv(path),
    "graph.graphml": lambda path: write_graph(region_graph(enumerate_regions(DISC, Ball([0, 0], 1))), path),
    "graph.gexf": lambda path: write_graph(region_graph(enumerate_regions(DISC, Ball([0, 0], 1))), path),
    "figure.png": save_figure,
    "figure.svg": save_figure,
    "figure.pdf": save_figure,
    "page.html": save_page,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("left", [0, 100])
def test_on_a_full_disk_a_file_stays_as_it_was(tmp_path, name, left):
    path = tmp_path / name
    WRITERS[name](path)
    whole = path.read_bytes()
    path.write_bytes(b"what was there before")
    with largest_file(left), pytest.raises(FileWriteError, match=r"File too large.*unchanged") as found:
        WRITERS[name](path)
    assert isinstance(found.value, ExactRegionsError)
    assert isinstance(found.value, OSError)
    assert path.read_bytes() == b"what was there before"
    assert [p.name for p in tmp_path.iterdir()] == [name]
    WRITERS[name](path)
    assert len(path.read_bytes()) > 0.5 * len(whole)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileWriteError, match="nowhere"):
        save(CUBE, tmp_path / "nowhere" / "network.npz")


def test_a_certificate_that_is_not_closed_leaves_nothing(tmp_path):
    path = tmp_path / "proof.cert"
    with CertificateWriter(path, CUBE, Ball([0, 0, 0], 1)):
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt), CertificateWriter(path, CUBE, Ball([0, 0, 0], 1)):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_links_modes_and_long_names_are_kept(tmp_path):
    path, link = tmp_path / ("n" * 251 + ".npz"), tmp_path / "link.npz"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    save(CUBE, link)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert load(path) == load(link) == CUBE


def test_a_device_is_written_to():
    with whole_file("/dev/null") as stream:
        stream.write(b"nothing")


def test_a_disk_that_is_full_for_a_moment_costs_a_study_one_point_and_no_more(tmp_path):
    path, points = tmp_path / "study.jsonl", np.array([[0.25], [0.75], [0.1]])
    study(NETWORK, points[:1], [0.5], bounds=["naive"], resume=tmp_path / "one.jsonl")
    room = (tmp_path / "one.jsonl").stat().st_size + 100  # for the header and a point, and a part of the next
    with largest_file(room), pytest.raises(FileWriteError, match="File too large"):
        study(NETWORK, points, [0.5], bounds=["naive"], resume=path)
    assert len(path.read_bytes().splitlines()) == 2
    seen = []
    found = study(NETWORK, points, [0.5], bounds=["naive"], resume=path, progress=lambda done, total: seen.append(done))
    assert seen[0] == 1
    assert [row["regions"] for row in found.rows] == [
        enumerate_regions(NETWORK, Ball(point, 0.5), engine="rational").count for point in points
    ]


def test_a_certificate_is_whole_or_not_there(tmp_path):
    path = tmp_path / "c.cert"
    enumerate_regions(NETWORK, Ball([0.25], 0.5), certificate=path)
    assert check(path).regions == 3
    before = path.read_bytes()
    with largest_file(300), pytest.raises(FileWriteError, match="File too large"):
        enumerate_regions(NETWORK, Ball([0.25], 0.5), certificate=path)
    assert path.read_bytes() == before


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path):
    """A process that is killed in the middle leaves the old file."""
    path = tmp_path / "result"
    path.write_text("before")
    program = (
        "import os, signal, sys; from exactregions.support.files import whole_file\n"
        "with whole_file(sys.argv[1], 'w') as stream: stream.write('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program, path]).returncode == -signal.SIGKILL
    assert path.read_text() == "before"


@pytest.mark.parametrize("kept", [1, 12, 200, -1])
def test_a_line_that_follows_a_torn_one_is_read(tmp_path, kept):
    path = tmp_path / "study.jsonl"
    question = {"points": POINTS, "radii": RADII, "bounds": ["naive"], "resume": path}
    expected = study(DISC, **question)
    header, first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + first + second.rstrip(b"\n")[:kept] + third)
    seen = []
    again = study(DISC, **question, progress=lambda done, total: seen.append(done))
    assert seen[0] == 2
    assert [row["regions"] for row in again.rows] == [row["regions"] for row in expected.rows]
