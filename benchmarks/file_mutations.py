"""Files that are damaged at random, or made to do harm: for `benchmarks.files`."""

from __future__ import annotations

import copy
import gzip
import io
import json
import pickle
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

__all__ = ["VALUES", "constructed", "mutated", "places", "rezipped", "with_value"]

Members = dict[str, bytes]

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 127, 128, 255, 256, -128, 2**31, 2**63, -(2**63), 10**30, 10**4000, 0.5, -0.0,
    1e308, 5e-324, float("nan"), float("inf"), "", "0", "1/0", "0x1/0x0", "1e999999999", "-" + "9" * 5000, "\ud800",
    "../../x", [], {}, [[]], [0] * 100, {"a": 1}, [[[[1]]]], [None], ["1"],
)  # fmt: skip


class _Payload:
    """Runs when it is unpickled: it makes a file."""

    def __init__(self, marker: str) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self._marker, "w")


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return a file with one to three random changes, within the members of an archive as often as on the outside."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        data = rng.choice((_bytes_changed, _inside, _inside, _inside))(data, rng)
    return data


def _bytes_changed(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return b"\0"
    start, length = rng.randrange(len(data)), rng.choice((1, 1, 2, 4, 8, 64))
    end = min(len(data), start + length)
    new = rng.choice(
        (
            bytes(rng.randrange(256) for _ in range(length)),
            b"\xff" * length,
            bytes(length),
            struct.pack("<q", rng.choice((-1, 2**31, 2**62, 10**9)))[:length],
            b"9" * length,
            bytes([data[start] ^ (1 << rng.randrange(8))]) + data[start + 1 : end],
        )
    )
    match rng.randrange(6):
        case 0:
            return data[:start]
        case 1:
            return data[:start] + data[end:]
        case 2:
            return data[:start] + new + data[start:]
        case 3:
            other = rng.randrange(len(data))
            return data[:start] + data[other : other + length * 16] + data[start:]
        case _:
            return data[:start] + new + data[start + len(new) :]


def _inside(data: bytes, rng: random.Random) -> bytes:
    """Change one member of an archive, or one value of JSON, with checksums brought up to date."""
    if data[:2] == b"\x1f\x8b":
        try:
            return gzip.compress(_bytes_changed(gzip.decompress(data), rng))
        except (OSError, EOFError, zlib.error):
            return _bytes_changed(data, rng)
    members = _members(data)
    if members is None:
        return _json_lines_changed(data, rng)
    name = rng.choice(sorted(members))
    content = members[name]
    if name.endswith(".json") or name == "header.npy":
        content = _json_member_changed(content, rng)
    elif rng.random() < 0.1:
        members.pop(name)
        return rezipped(members)
    else:
        content = _bytes_changed(content, rng)
    return rezipped(members | {name: content})


def _members(data: bytes) -> Members | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # noqa: BLE001 - it is no archive, or none any more
        return None


def rezipped(members: Members) -> bytes:
    """Return an archive of the members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _json_member_changed(content: bytes, rng: random.Random) -> bytes:
    start = content.find(b"{") if content.startswith(b"\x93NUMPY") else 0
    if start:  # the header of an array is in braces too
        start = content.find(b"{", content.find(b"\n"))
    try:
        data = json.loads(content[start:])
    except ValueError:
        return _bytes_changed(content, rng)
    found = list(places(data))
    text = json.dumps(with_value(data, rng.choice(found), rng.choice(VALUES))).encode()
    return npy_of(text) if start else text


def npy_of(text: bytes) -> bytes:
    """Return bytes as an array file."""
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({len(text)},), }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + text


def _json_lines_changed(data: bytes, rng: random.Random) -> bytes:
    """Change a value of a line of JSON; a checksum of the line is made right."""
    lines = data.split(b"\n")
    number = rng.randrange(len(lines))
    try:
        record = json.loads(lines[number])
        lines[number] = _sealed(with_value(record, rng.choice(list(places(record))), rng.choice(VALUES)))
    except (ValueError, IndexError):
        return _bytes_changed(data, rng)
    return b"\n".join(lines)


def places(data: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every value of nested lists and dicts."""
    yield here
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from places(value, (*here, key))


def with_value(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    """Return a copy with another value at a place."""
    if not place:
        return value
    changed = copy.deepcopy(data)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return changed


def constructed(seeds: dict[str, bytes], marker: str) -> Iterator[tuple[str, bytes]]:
    """Yield (name of the good file, file): what a hostile author would try."""
    payload, bomb = pickle.dumps(_Payload(marker)), _bomb()
    foreign = (b"", b"\0", b"PK\x05\x06" + bytes(18), payload, b"[" * 10**6, b"(" * 10**6, b"\xff" * 10**6)
    for name, data in seeds.items():
        yield from ((name, other) for other in (*foreign, data * 2, data[::-1], *_of_kind(name, data, payload)))
        if name.endswith(".gz"):
            yield from ((name, gzip.compress(content)) for content in (payload, gzip.decompress(data) * 2))
            yield name, _packed_zeros()
        members = _members(data) or {}
        for inside in list(members)[:: max(1, len(members) // 6)]:
            yield name, _spliced(members, inside, bomb)
            contents = (b"", payload, b"\x93NUMPY\x01\x00\x46\x00" + payload, b"[" * 10**6, *_giant_arrays())
            yield from ((name, rezipped(members | {inside: content})) for content in contents)


def _of_kind(name: str, data: bytes, payload: bytes) -> Iterator[bytes]:
    match name.rpartition(".")[2]:
        case "safetensors":
            yield from _tensors(data)
        case "study":
            lines = data.split(b"\n")
            record = json.loads(lines[1])
            for place in places(record):
                for value in VALUES[::5]:
                    yield b"\n".join([lines[0], _sealed(with_value(record, place, value)), *lines[2:]])
        case "vnnlib":
            for value in (
                "1e9999",
                "1e99999",
                "-" + "9" * 10**5,
                "nan",
                "X_1",
                "(+ X_0 1)",
                "(* X_0 X_0)",
                "0x1",
                "\u0661",
            ):
                yield data.replace(b"1.5", value.encode(), 1)
            for count in (10**9, 10**30):
                yield data.replace(b"X_1", f"X_{count}".encode())
        case "onnx":
            yield from _models(data)
        case "pt":
            yield from _states()


def _sealed(record: Any) -> bytes:
    """Return a line of JSON with the checksum that it should have."""
    if isinstance(record, dict):
        record.pop("crc32", None)
        record["crc32"] = zlib.crc32(json.dumps(record).encode() + b"\n")
    return json.dumps(record).encode()


def _models(data: bytes) -> Iterator[bytes]:
    import onnx

    for dims in ([2**31, 2**31], [2**40, 2], [-1, 2], [], [10**9], [0, 2]):
        for of in ("initializer", "input"):
            model = onnx.load_from_string(data)
            if of == "initializer":
                del model.graph.initializer[0].dims[:]
                model.graph.initializer[0].dims.extend(dims)
            else:
                shape = model.graph.input[0].type.tensor_type.shape
                del shape.dim[:]
                for size in dims:
                    shape.dim.add().dim_value = size
            yield model.SerializeToString()
    for kind, size in (
        ("ConstantOfShape", 2**40),
        ("Expand", 2**40),
        ("Reshape", 2**40),
        ("Tile", 2**40),
        ("Pad", 2**40),
    ):
        model = onnx.load_from_string(data)
        model.graph.initializer.append(onnx.helper.make_tensor("big", onnx.TensorProto.INT64, [2], [size, size]))
        given = ["big"] if kind == "ConstantOfShape" else ["x", "big"]
        model.graph.node.insert(0, onnx.helper.make_node(kind, given, ["huge"]))
        model.graph.node[1].input[0] = "huge"
        yield model.SerializeToString()
    for place in ("/etc/passwd", "../../../etc/passwd", "", "/dev/zero"):
        model = onnx.load_from_string(data)
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", place), ("length", str(2**40))):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value
        yield model.SerializeToString()
    model = onnx.load_from_string(data)
    model.graph.node[0].input[0] = model.graph.node[-1].output[0]  # a circle
    yield model.SerializeToString()


def _states() -> Iterator[bytes]:
    import torch

    one = torch.zeros(1)
    weights = [
        *(one.expand(10**6, 10**6), one.expand(2**31, 2), torch.zeros(4, 4).as_strided((2**20, 2**12), (0, 0))),
        *(torch.zeros(0, 3), torch.zeros(3), torch.zeros((), dtype=torch.int8), torch.zeros(2, 2, dtype=torch.bool)),
        *(torch.zeros(2, 2, dtype=torch.complex64), torch.eye(3).to_sparse(), torch.full((2, 2), float("nan"))),
        *([1, 2], "weight", None),
    ]
    for weight in weights:
        for state in (
            {"0.weight": weight},
            {"0.weight": weight, "0.bias": torch.zeros(3)},
            {"state_dict": {"0.weight": weight}},
        ):
            stream = io.BytesIO()
            torch.save(state, stream)
            yield stream.getvalue()


def _giant_arrays() -> Iterator[bytes]:
    for descr, shape in (
        ("<f8", "(1000000000, 1000000000)"), ("<f8", "(10**9,)"),
        ("<f8", "(-1,)"), ("<f8", "(268435456, 2)"), ("|O", "(1,)"),
        ("<f8", "(0, 1000000000000)"), ("|V0", "(1000000000000,)"),
        ("<U0", "(10000000000,)"), ("<f8", "()" * 5), ("<c16", "(1,)"),
    ):  # fmt: skip
        head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
        head += " " * (-(len(head) + 11) % 64) + "\n"
        yield b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + bytes(16)


def _packed_zeros() -> bytes:
    stream = io.BytesIO()
    with gzip.open(stream, "wb") as packer:
        for _ in range(3 * 2**10):
            packer.write(bytes(2**20))
    return stream.getvalue()


def _bomb() -> tuple[bytes, int, int]:
    """Return an array of a gigabyte of zeros, packed into a megabyte, with its size and checksum."""
    packer, size, crc, packed = zlib.compressobj(9, zlib.DEFLATED, -15), 0, 0, b""
    head = "{'descr': '<f8', 'fortran_order': False, 'shape': (134217728,), }"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    for piece in (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode(), *[bytes(2**20)] * 2**10):
        packed += packer.compress(piece)
        size, crc = size + len(piece), zlib.crc32(piece, crc)
    return packed + packer.flush(), size, crc


def _spliced(members: Members, name: str, bomb: tuple[bytes, int, int]) -> bytes:
    """Return an archive in which a member is the bomb."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, content in members.items():
            if other != name:
                archive.writestr(other, content)
                continue
            packed, size, crc = bomb
            info = zipfile.ZipInfo(name)
            info.compress_type, info.header_offset = zipfile.ZIP_DEFLATED, stream.tell()
            info.file_size, info.compress_size, info.CRC = size, len(packed), crc
            stream.write(info.FileHeader() + packed)
            archive.start_dir = stream.tell()
            archive.filelist.append(info)
            archive.NameToInfo[name] = info
    return stream.getvalue()


def _tensors(data: bytes) -> Iterator[bytes]:
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    for place in places(header):
        for value in VALUES[::4]:
            text = json.dumps(with_value(header, place, value)).encode()
            yield struct.pack("<Q", len(text)) + text + data[8 + size :]
    for length in (0, 1, 2**31, 2**63, 2**64 - 1):
        yield struct.pack("<Q", length) + data[8:]
