"""The .nnet format: the function between inputs and outputs in their own units."""

from pathlib import Path

import numpy as np
import pytest
from public_data import ACASXU, NETS, needs_acasxu, needs_nets

from exactregions import Network, load
from exactregions.errors import FileFormatError
from exactregions.importers.checking import checked_file

SMALL = """// a comment
2,2,1,3,
2,3,1,
0,
-1.0,-2.0,
1.0,2.0,
0.5,0.25,4.0,
2.0,0.5,8.0,
1.0,2.0,
-1.0,0.5,
0.25,0.0,
0.5,
-1.0,
0.0,
1.0,-2.0,4.0,
0.75,
"""


def written(folder: Path, text: str) -> Path:
    (folder / "a.nnet").write_text(text)
    return folder / "a.nnet"


def test_normalisation_is_part_of_the_function(tmp_path):
    network = load(written(tmp_path, SMALL))
    x = np.random.default_rng(0).integers(-8, 8, (20, 2)) / 4
    t = (x - [0.5, 0.25]) / [2.0, 0.5]
    hidden = np.maximum(t @ np.array([[1.0, -1.0, 0.25], [2.0, 0.5, 0.0]]) + [0.5, -1.0, 0.0], 0)
    expected = (hidden @ np.array([1.0, -2.0, 4.0]) + 0.75) * 8.0 + 4.0
    assert np.array_equal(network.forward(x).ravel(), expected)
    assert network.widths == (3,)
    assert "clip them to (-1, -2) .. (1, 2)" in network.notes[-1]
    assert "largest difference 0" in checked_file(network, tmp_path / "a.nnet").notes[-1]


def test_a_header_without_normalisation(tmp_path):
    lines = SMALL.splitlines()
    text = "\n".join(["2", "2,3,1", *["0"] * 5, *lines[8:]])
    layers = [[[1, 2], [-1, 0.5], [0.25, 0]], [[1, -2, 4]]], [[0.5, -1, 0], [0.75]]
    assert load(written(tmp_path, text)) == Network.from_layers(*layers)


@pytest.mark.parametrize("count", range(3, len(SMALL.splitlines())))
def test_truncated_files_are_refused(tmp_path, count):
    with pytest.raises(FileFormatError, match=r"a\.nnet"):
        load(written(tmp_path, "\n".join(SMALL.splitlines()[:count])))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2,2,1,3,", "hello", "integers"),
        ("2,2,1,3,", "2,3,1,3,", "do not fit the 3 inputs"),
        ("2,3,1,", "2,3,", "does not hold 3 sizes"),
        ("2,3,1,", "2,-3,1,", "does not hold"),
        ("2,3,1,", "2,99999999999,1,", "does not hold"),
        ("2.0,0.5,8.0,", "0.0,0.5,8.0,", "range of its normalisation is 0"),
        ("-1.0,0.5,", "-1.0,", "holds 1 numbers and needs 2"),
        ("-1.0,0.5,", "-1.0,x,", "no line of numbers"),
        ("2,2,1,3,", "99999999,2,1,3,", "does not hold"),
    ],
)
def test_damaged_files_are_refused(tmp_path, old, new, message):
    with pytest.raises(FileFormatError, match=message):
        load(written(tmp_path, SMALL.replace(old, new, 1)))


@needs_acasxu
@needs_nets
def test_the_acas_network_is_that_of_its_onnx_file():
    name = "ACASXU_run2a_4_5_batch_2000"
    network, other = load(NETS / f"{name}.nnet"), load(ACASXU / f"{name}.onnx")
    assert network.widths == other.widths == (50,) * 6
    lines = [line for line in (NETS / f"{name}.nnet").read_text().splitlines() if not line.startswith("//")]
    means, ranges = (np.array([float(v) for v in lines[i].rstrip(",").split(",")]) for i in (5, 6))
    x = np.random.default_rng(0).uniform(-0.5, 0.5, (100, 5))
    found = (network.forward(x * ranges[:5] + means[:5]) - means[-1]) / ranges[-1]
    assert np.abs(found - other.forward(x)).max() < 1e-4
    assert load(NETS / "cartpole_nnet.nnet").widths == (16, 16, 16)
