"""Files that are damaged or made to do harm: an error at the door or a true answer."""

import contextlib
import gzip
import json
import zlib

import numpy as np
import pytest

from benchmarks.files import campaign
from exactregions import Network, load, save, study
from exactregions.errors import ExactRegionsError, FileFormatError, NetworkError
from exactregions.importers.vnnlib import input_box

NETWORK = Network.from_layers([[[1.0, 0.5], [0.25, 1.0]], [[1.0, 1.0]]], [[0.0, -0.25], [0.0]])
QUESTION = {"points": [[0.0, 0.0], [0.5, 0.25]], "radii": [0.25, 1.0], "bounds": ["naive"]}


def test_a_slice_of_the_campaign():
    """`python -m benchmarks.files` reads ten thousand and more."""
    counts, faults = campaign(130, 1)
    assert not faults
    assert sum(counts.values()) == 130
    assert {result for _, _, result in counts} == {"answer", "refused"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("regions", v) for v in (-1, 2.0, True, "3", None, [1])),
        *(("exact", v) for v in (1, None, "true")),
        *(("stopped", v) for v in (1, "time limit", [None])),
        *(("radius", v) for v in (0.5, "0.25", None)),
        *(("point", v) for v in (2, True, "0")),
        *(("seconds", v) for v in (-1, None, "0", 10**400)),
        *(("boundary_distance", v) for v in (-0.5, "0")),
        *(("stable_units", v) for v in (-1, 3, 0.5)),
        *(("naive", v) for v in ("1/2", True, [2], "nan")),
        *(("naive_falsified", v) for v in (0, None)),
        *(("naive_error", v) for v in (0, [])),
        ("another", 1),
    ],
)
def test_a_row_of_a_checkpoint_that_cannot_be_is_refused(tmp_path, name, value):
    path = tmp_path / "points.study"
    study(NETWORK, **QUESTION, resume=path)
    header, first, second = path.read_text().splitlines()
    record = json.loads(first)
    record.pop("crc32")
    record["rows"][0][name] = value
    record["crc32"] = zlib.crc32(json.dumps(record).encode() + b"\n")
    path.write_text("\n".join([header, json.dumps(record), second, ""]))
    with pytest.raises(FileFormatError, match="no checkpoint of a study"):
        study(NETWORK, **QUESTION, resume=path)


@pytest.mark.parametrize("line", ["1", "null", "[]", '"text"', "[" * 100_000, "9" * 5000])
def test_a_line_of_a_checkpoint_that_is_no_record_is_refused(tmp_path, line):
    path = tmp_path / "points.study"
    study(NETWORK, **QUESTION, resume=path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(FileFormatError, match="no checkpoint of a study"):
        study(NETWORK, **QUESTION, resume=path)


def test_a_number_of_a_hundred_thousand_digits_is_refused(tmp_path):
    path = tmp_path / "box.vnnlib"
    path.write_text(f"(declare-const X_0 Real)\n(assert (<= X_0 {'9' * 100_000}))\n(assert (>= X_0 0))\n")
    with pytest.raises(FileFormatError, match=r"999\.\. has 100000 characters") as caught:
        input_box(path)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("shape", [(10**6, 10**6), (2**31, 2)])
def test_a_tensor_that_repeats_one_number_takes_no_memory(tmp_path, shape):
    torch = pytest.importorskip("torch")
    torch.save({"0.weight": torch.zeros(1).expand(*shape)}, tmp_path / "state.pt")
    with pytest.raises(NetworkError, match=r"0\.weight has shape .* and the file holds 1 numbers"):
        load(tmp_path / "state.pt", activation="relu")


def test_a_packed_file_unpacks_in_proportion(tmp_path, monkeypatch):
    monkeypatch.setattr("exactregions.support.archives.ALWAYS_READ", 10**6)
    (tmp_path / "network.onnx").write_bytes(gzip.compress(bytes(10**7)))
    with pytest.raises(ExactRegionsError, match="out of proportion"):
        load(tmp_path / "network.onnx")


def test_a_packed_archive_unpacks_in_proportion(tmp_path, monkeypatch):
    monkeypatch.setattr("exactregions.support.archives.ALWAYS_READ", 10**6)
    np.savez_compressed(tmp_path / "network.npz", W0=np.zeros((1000, 1000)))
    with pytest.raises(ExactRegionsError, match=r"declare .* which does not compress"):
        load(tmp_path / "network.npz")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 900 + "]" * 900, "[[[1e999],[[0,1]]]]", "[[[0.5],[[0,1]]]]", "5", "[5]"]
)
@pytest.mark.parametrize("key", ["winners", "slopes", "input_shape"])
def test_metadata_that_are_no_such_thing_are_refused(tmp_path, key, text):
    save(Network.from_layers([[[1.0], [2.0]], [[1.0, 1.0]]], [None, None]), tmp_path / "a.safetensors")
    content = (tmp_path / "a.safetensors").read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header["__metadata__"][f"exactregions.{key}"] = text
    new = json.dumps(header).encode()
    (tmp_path / "b.safetensors").write_bytes(len(new).to_bytes(8, "little") + new + content[8 + size :])
    with pytest.raises(ExactRegionsError) as caught:
        load(tmp_path / "b.safetensors")
    assert len(str(caught.value)) < 500


def test_metadata_that_are_null_are_none(tmp_path):
    header = json.dumps({"__metadata__": None, "0.weight": {"dtype": "F64", "shape": [1, 1], "data_offsets": [0, 8]}})
    content = len(header).to_bytes(8, "little") + header.encode() + bytes(8)
    (tmp_path / "network.safetensors").write_bytes(content)
    assert load(tmp_path / "network.safetensors", activation="relu").inputs == 1


@pytest.mark.parametrize(("place", "value"), [(6, 255), (8, 1), (8, 64), (10, 99)])
def test_a_torch_file_of_an_unknown_kind_of_archive_is_refused(tmp_path, place, value):
    """Version, flags and method in the directory of the archive: Python has another error for each."""
    torch = pytest.importorskip("torch")
    path = tmp_path / "state.pt"
    torch.save({"0.weight": torch.ones(2, 2), "0.bias": torch.ones(2)}, path)
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[directory + place] = value
    path.write_bytes(data)
    with contextlib.suppress(ExactRegionsError):
        load(path, activation="relu")
