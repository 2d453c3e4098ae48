"""Results are written whole or not at all, also where the disk is full for a moment."""

import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from exactregions import Ball, Network, enumerate_regions, save, study
from exactregions.certificate.checker import check
from exactregions.support.files import append_line, whole_file
from exactregions.support.tables import write_csv

NETWORK = Network.from_layers([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -0.5], [0.0]])


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
    with largest_file(10), pytest.raises(OSError, match="File too large"):
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


REGIONS = enumerate_regions(NETWORK, Ball([0.25], 0.5))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("found.npz", lambda path: REGIONS.save(path)),
        ("net.npz", lambda path: save(NETWORK, path)),
        ("net.safetensors", lambda path: save(NETWORK, path)),
        ("table.csv", lambda path: write_csv(path, ["a"], [{"a": k} for k in range(1000)])),
    ],
)
def test_a_full_disk_leaves_what_was_there(tmp_path, name, write):
    path = tmp_path / name
    write(path)
    before = path.read_bytes()
    with largest_file(100), pytest.raises(OSError, match="File too large"):
        write(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [name]


def test_a_disk_that_is_full_for_a_moment_costs_a_study_one_point_and_no_more(tmp_path):
    path, points = tmp_path / "study.jsonl", np.array([[0.25], [0.75], [0.1]])
    study(NETWORK, points[:1], [0.5], bounds=["naive"], resume=tmp_path / "one.jsonl")
    room = (tmp_path / "one.jsonl").stat().st_size + 100  # for the header and a point, and a part of the next
    with largest_file(room), pytest.raises(OSError, match="File too large"):
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
    with largest_file(300), pytest.raises(OSError, match="File too large"):
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
