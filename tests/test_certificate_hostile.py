"""Files that were made to deceive, to crash or to exhaust the checker: each is refused by an error of its own."""

import json
import math
import struct
import time
import tracemalloc
import warnings
import zipfile

import certificate_files as cf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactregions import Ball, Network, WholeSpace
from exactregions.certificate.checker import InvalidCertificate, check

BASE = cf.case("box")
MEMBERS = BASE.members()
HEADER, SUMMARY = BASE.header, BASE.summary()
BALL, BOX = Ball([0, 0], 1).describe(), HEADER["domain"]
POLYTOPE = {"kind": "polytope", "A": [[1, 0]], "b": [0.5], "box": BOX}
MEGABYTE = 1 << 20


@pytest.fixture
def path(tmp_path):
    return tmp_path / "hostile.cert"


def refused(path, match=None) -> str:
    """Check that a file is refused, in little time and memory; return why."""
    tracemalloc.start()
    start = time.monotonic()
    try:
        with pytest.raises(InvalidCertificate, match=match) as error:
            check(path)
        assert tracemalloc.get_traced_memory()[1] < 64 * MEGABYTE
        assert time.monotonic() - start < 20
    finally:
        tracemalloc.stop()
    return str(error.value)


def with_json(name: str, data) -> dict[str, bytes]:
    return MEMBERS | {name: (data if isinstance(data, str) else json.dumps(data)).encode()}


def ordered(members: dict[str, bytes]) -> dict[str, bytes]:
    """The summary comes last."""
    return {name: data for name, data in members.items() if name != "summary.json"} | {
        "summary.json": members["summary.json"]
    }


# Domains and numbers.

NUMBERS = [
    "1_000", " 1", "1 ", "1\n", "", "-", "+1", "--1", "1/", "/2", "1/0", "1/-2", "1/2/3",
    "0X10", "0x", "-0x", "0x1/0x0", "0x1/0x", "0x1/3", "3/0x1", "0x1/-0x2", "0xG",
    "0xA", "0x" + "1" * 262145, "1e3", "0.5", "nan",
    "inf", "\u0661", "\u00b2", "1\u00a0", "1" * 20001, "1/" + "1" * 20001, True, False, None, [], {}, [1],
]  # fmt: skip
LITERALS = ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" * 5000, "01", "1.", ".5", "0x1", "'1'"]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: repr(n)[:12])
def test_numbers_that_are_none(number, path):
    for domain in (BALL | {"radius": number}, BALL | {"center": [0, number]}, BOX | {"upper": [number, 1]}):
        cf.write(path, with_json("certificate.json", HEADER | {"domain": domain}))
        refused(path)
    cf.write(path, with_json("certificate.json", HEADER | {"domain": POLYTOPE | {"b": [number]}}))
    refused(path)


@pytest.mark.parametrize("literal", LITERALS, ids=lambda n: n[:12])
def test_literals_that_are_no_numbers(literal, path):
    text = json.dumps(HEADER | {"domain": BALL | {"radius": "RADIUS"}}).replace('"RADIUS"', literal)
    cf.write(path, with_json("certificate.json", text))
    refused(path)


DOMAINS = {
    "radius zero": BALL | {"radius": 0},
    "radius below zero": BALL | {"radius": "-1/3"},
    "radius minus zero": BALL | {"radius": -0.0},
    "norm 3": BALL | {"norm": 3},
    "norm 2.0": BALL | {"norm": 2.0},
    "norm as text": BALL | {"norm": "2"},
    "norm true": BALL | {"norm": True},
    "norm null": BALL | {"norm": None},
    "norm list": BALL | {"norm": [2]},
    "centre too short": BALL | {"center": [0]},
    "centre too long": BALL | {"center": [0, 0, 0]},
    "centre as text": BALL | {"center": "00"},
    "centre as an object": BALL | {"center": {"0": 0, "1": 0}},
    "a key too many": BALL | {"Radius": 2},
    "empty box": BOX | {"lower": [1, 1], "upper": ["9/10", 2]},
    "box inside out": BOX | {"lower": [2, 0], "upper": [1, 2]},
    "no dimension": BOX | {"lower": [], "upper": []},
    "a row too short": POLYTOPE | {"A": [[1]]},
    "more rows than bounds": POLYTOPE | {"A": [[1, 0], [1, 0]]},
    "no rows": POLYTOPE | {"A": [], "b": []},
    "rows as text": POLYTOPE | {"A": "12"},
    "a ball as box": POLYTOPE | {"box": BALL},
    "a polytope as box": POLYTOPE | {"box": POLYTOPE},
    "false as box": POLYTOPE | {"box": False},
    "an object as box": POLYTOPE | {"box": {}},
    "dim true": {"kind": "whole-space", "dim": True},
    "dim of another": {"kind": "whole-space", "dim": 3},
    "dim huge": {"kind": "whole-space", "dim": 10**30},
    "kind unknown": {"kind": "sphere"},
    "kind a list": {"kind": ["ball"]},
    "kind an object": {"kind": {"ball": 1}},
    "no kind": {},
    "a list": [BALL],
    "null": None,
    "text": "ball",
}


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_domains_that_are_none(domain, path):
    cf.write(path, with_json("certificate.json", HEADER | {"domain": domain}))
    assert "event" not in refused(path), "it is refused before any walk"


# Headers and summaries.

HEADERS = {
    "version 3": {"version": 3},
    "version true": {"version": True},
    "version 1.0": {"version": 1.0},
    "version text": {"version": "1"},
    "another format": {"format": "certificate"},
    "claim unknown": {"claim": "most"},
    "claim list": {"claim": ["exact"]},
    "claim null": {"claim": None},
    "fingerprint null": {"fingerprint": None},
    "fingerprint of another": {"fingerprint": "0" * 64},
    "fingerprint in capitals": {"fingerprint": HEADER["fingerprint"].upper()},
    "inputs zero": {"inputs": 0},
    "inputs true": {"inputs": True},
    "inputs 2.0": {"inputs": 2.0},
    "inputs huge": {"inputs": 10**12},
    "inputs too many": {"inputs": 4_000_000},
    "outputs huge": {"outputs": 1 << 62},
    "outputs below zero": {"outputs": -1},
    "stages huge": {"stages": [10**9, 10**9]},
    "stages true": {"stages": [True, 2]},
    "stages below zero": {"stages": [3, -2]},
    "stages other": {"stages": [2, 3]},
    "stages too few": {"stages": [3]},
    "stages too many": {"stages": [3, 2, 1]},
    "stages a number": {"stages": 5},
    "stages nested": {"stages": [[3], 2]},
    "a thousand stages": {"stages": [60] * 1000},
    "a key too many": {"note": ""},
}


@pytest.mark.parametrize("changed", HEADERS.values(), ids=HEADERS)
def test_headers(changed, path):
    cf.write(path, with_json("certificate.json", HEADER | changed))
    assert "event" not in refused(path)


@pytest.mark.parametrize("changed", [{"inputs": 4_000_000}, {"stages": [10**9, 2]}, {"outputs": 1 << 62}])
def test_sizes_that_are_too_large(changed, path):
    """Refused before any array is looked for."""
    cf.write(path, with_json("certificate.json", HEADER | changed))
    refused(path, "the network has more than 65536 units or 8388608 weights")


@pytest.mark.parametrize("key", HEADER)
def test_headers_that_lack_something(key, path):
    cf.write(path, with_json("certificate.json", {k: v for k, v in HEADER.items() if k != key}))
    refused(path, "must have the keys")


PART = SUMMARY["parts"][0]
SUMMARIES = {
    "regions true": {"regions": True},
    "regions float": {"regions": 7.0},
    "regions below zero": {"regions": -7},
    "complete 1": {"complete": 1},
    "parts object": {"parts": {}},
    "parts null": {"parts": [None]},
    "part list": {"parts": [["", 7, True]]},
    "no prefix": {"parts": [{"leaves": 7, "complete": True}]},
    "prefix null": {"parts": [PART | {"prefix": None}]},
    "prefix of other signs": {"parts": [PART | {"prefix": "\u2212"}]},
    "prefix of zeros": {"parts": [PART | {"prefix": "01"}]},
    "prefix too long": {"parts": [PART | {"prefix": "-" * 6}]},
    "prefix list": {"parts": [PART | {"prefix": ["+"]}]},
    "leaves true": {"parts": [PART | {"leaves": True}], "regions": 1},
    "leaves below zero": {"parts": [PART | {"leaves": 8}, PART | {"prefix": "+", "leaves": -1}]},
    "complete text": {"parts": [PART | {"complete": "true"}]},
    "a key too many": {"extra": 0},
    "parts without members": {"parts": [PART, PART | {"prefix": "+", "leaves": 0}]},
    "many parts": {"parts": [PART | {"leaves": 0}] * 10**4},
}


@pytest.mark.parametrize("changed", SUMMARIES.values(), ids=SUMMARIES)
def test_summaries(changed, path):
    cf.write(path, with_json("summary.json", SUMMARY | changed))
    refused(path)


def test_a_wire_has_no_sign_in_a_prefix(path):
    draft = cf.drafted(cf.leaky(), Ball([0, 0], 1), cut=cf.by_depth(1))
    assert check(draft.write(path)).regions > 1
    for part in draft.parts:
        part.prefix += "--+"[len(part.prefix) :]
    wires = Network.from_layers([np.eye(2)] * 2, [None] * 2, slope=1.0)
    draft = cf.drafted(wires, Ball([0, 0], 1)).about({"claim": "lower"})
    draft.parts[0].prefix = "+-"
    draft.write(path)
    refused(path, "a wire has the sign -")


JSON_TEXTS = {
    "empty": "",
    "not JSON": "{",
    "deep lists": "[" * 10**6,
    "deep objects": '{"a":' * 10**5,
    "deep and closed": "[" * 900 + "]" * 900,
    "two values": "{} {}",
    "a byte order mark": "\ufeff" + json.dumps(HEADER),
    "a key twice": json.dumps(HEADER)[:-1] + ', "claim": "exact"}',
    "a key twice inside": json.dumps(HEADER).replace('"kind"', '"kind": "box", "kind"'),
    "long integer": json.dumps(HEADER).replace('"version": 1', '"version": ' + "1" * 10**5),
    "deep in the domain": json.dumps(HEADER | {"domain": 0}).replace(
        '"domain": 0', '"domain": {"kind": ' + "[" * 900 + "]" * 900 + "}"
    ),
    "deep in a number": json.dumps(HEADER | {"domain": BALL | {"radius": 0}}).replace(
        '"radius": 0', '"radius": ' + "[" * 800 + "]" * 800
    ),
}


@pytest.mark.parametrize("text", JSON_TEXTS.values(), ids=JSON_TEXTS)
def test_json_that_is_none(text, path):
    cf.write(path, with_json("certificate.json", text))
    refused(path)


@pytest.mark.parametrize("data", [b"\xff\xfe{\x00}\x00", b"\x80", json.dumps(HEADER).encode("utf-16"), b"\x00" * 9])
def test_json_in_another_encoding(data, path):
    cf.write(path, MEMBERS | {"certificate.json": data})
    refused(path)


# Networks.


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["network/0.weight.f8", "network/1.low.f8", "network/output.bias.f8"])
def test_weights_that_are_not_finite(name, value, path):
    import hashlib

    arrays = {k: v.copy() for k, v in BASE.arrays.items()}
    arrays[name].flat[0] = value
    digest = hashlib.sha256()
    for array in arrays.values():
        digest.update(repr(array.shape).encode() + (array + 0.0).astype("<f8").tobytes())
    cf.Draft(HEADER | {"fingerprint": digest.hexdigest()}, arrays, BASE.parts).write(path)
    refused(path, "not finite")


def test_a_network_whose_forms_would_fill_the_memory(path):
    """700 stages of six units, weights 1e300 and 1e-300: the forms of each have 2,000 bits more."""
    layer = np.full((6, 6), 1e300)
    layer[0, 0] = 1e-300
    network = Network.from_layers([layer] * 700, [None] * 700)
    draft = cf.Draft(cf.header_of(network, WholeSpace(6), "upper"), cf.arrays_of(network), [cf.PartDraft("")])
    draft.complete = draft.parts[0].complete = False
    draft.header["claim"] = "lower"
    draft.write(path)
    refused(path, "forms of the network would need more than a gigabyte")


def test_denominators_that_would_fill_the_memory(path):
    """A witness of 2000 coordinates whose common denominator has millions of digits."""
    network = Network.from_layers([np.ones((1, 2000))], [None])
    big = [str(10**4200 + k) for k in range(200)]
    members = cf.drafted(network, WholeSpace(2000)).with_events(0, [cf.Event(9)]).members()
    members["parts/0/rationals.json"] = json.dumps([*(f"1/{q}" for q in big), *["0"] * 1800]).encode()
    cf.write(path, ordered(members))
    refused(path, "a common denominator has more than")


def test_long_rationals_are_read(path):
    """Python itself refuses to convert a text of more than 4300 digits."""
    draft = cf.case("affine")
    draft.parts[0].events = [cf.Event(9, numbers=["1/3", "-1/1" + "0" * 9000, "0" * 19000 + "1/7"])]
    assert check(draft.write(path)).regions == 1
    draft.parts[0].events[0].numbers[1] = "1" + "0" * 9000
    draft.write(path)
    refused(path, "not in the domain")


# Columns.


@pytest.mark.parametrize("name", [name for name in MEMBERS if name.startswith("parts")])
def test_columns_too_long_or_too_short(name, path):
    data, size = MEMBERS[name], int(name[-1]) if name[-1].isdigit() else 0
    cases = [data + data[-size:], data[:-size], data + b"\0"] if size else [b'["0"]', b"{}", b"0", b'[["1"]]', b"[]"]
    for changed in cases:
        cf.write(path, MEMBERS | {name: changed})
        refused(path)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["singles.f4", "witnesses.f8"])
def test_columns_that_are_not_finite(name, value, path):
    values = np.frombuffer(MEMBERS[f"parts/0/{name}"], dtype=cf.KINDS[name[-3:]]).copy()
    for place in (0, len(values) - 1):
        other = values.copy()
        other[place] = value
        cf.write(path, MEMBERS | {f"parts/0/{name}": other.tobytes()})
        refused(path, "not finite")


@pytest.mark.parametrize("extra", ["doubles.f8", "rationals.json"])
def test_columns_that_no_event_uses(extra, path):
    spare = cf.case("ball 2").members()
    assert f"parts/0/{extra}" not in spare or extra == "rationals.json"
    members = cf.case("box, from the last unit").members()
    members[f"parts/0/{extra}"] = cf.packed(extra, [1, 2])
    cf.write(path, ordered(members))
    refused(path, "entries that no event uses")


# Archives.


@pytest.mark.parametrize("name", MEMBERS)
def test_members_missing(name, path):
    cf.write(path, {k: v for k, v in MEMBERS.items() if k != name})
    refused(path)


FOREIGN = [
    "readme", "../summary.json", "/etc/passwd", "parts/0/", "parts/0/notes.u1", "parts/00/events.u1",
    "parts/1/events.u1",
    "parts/-1/events.u1", "parts/\u0661/events.u1", "parts/0/events.u2", "parts/0/EVENTS.u1", "network/9.weight.f8",
    "network/00.weight.f8", "parts/" + "9" * 5000 + "/events.u1", "parts\\0\\events.u1", "certificate.json/",
]  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN, ids=lambda n: n[:20])
def test_members_too_many(name, path):
    cf.write(path, ordered(MEMBERS | {name: b"\0"}))
    refused(path)


def test_members_twice_or_in_another_order(path):
    for name in MEMBERS:
        with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
            warnings.simplefilter("ignore")
            for member, data in MEMBERS.items():
                archive.writestr(member, data)
                if member == name:
                    archive.writestr(member, data)
        refused(path)
    names = list(MEMBERS)
    cf.write(path, {name: MEMBERS[name] for name in reversed(names)})
    refused(path, "first member")
    cf.write(path, {name: MEMBERS[name] for name in [names[0], names[-1], *names[1:-1]]})
    refused(path, "cut off")
    cf.write(path, {name: MEMBERS[name] for name in [names[0], *names[-2:0:-1], names[-1]]})
    assert check(path).regions == 7


def altered(path, change, compression=zipfile.ZIP_DEFLATED):
    """Write the archive with a directory that does not tell the truth about one member."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
        change(archive.getinfo("parts/0/events.u1"))


LIES = {
    "huge": lambda info: setattr(info, "file_size", 10**15),
    "larger": lambda info: setattr(info, "file_size", info.file_size + 8),
    "smaller": lambda info: setattr(info, "file_size", info.file_size - 8),
    "nothing": lambda info: setattr(info, "file_size", 0),
    "compressed larger": lambda info: setattr(info, "compress_size", 10**6),
    "compressed smaller": lambda info: setattr(info, "compress_size", 2),
    "another sum": lambda info: setattr(info, "CRC", info.CRC ^ 1),
    "another place": lambda info: setattr(info, "header_offset", 0),
    "beyond the end": lambda info: setattr(info, "header_offset", 10**9),
    "encrypted": lambda info: setattr(info, "flag_bits", info.flag_bits | 1),
    "strongly encrypted": lambda info: setattr(info, "flag_bits", info.flag_bits | 0x41),
    "patched": lambda info: setattr(info, "flag_bits", info.flag_bits | 0x20),
    "another method": lambda info: setattr(info, "compress_type", 93),
    "method 6": lambda info: setattr(info, "compress_type", 6),
    "stored": lambda info: setattr(info, "compress_type", 0),
    "a newer version": lambda info: setattr(info, "extract_version", 99),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_directories_that_lie(lie, path):
    altered(path, lie)
    refused(path)


def test_sizes_that_no_data_can_have(path):
    """Refused before anything is read."""
    altered(path, LIES["huge"])
    refused(path, "'parts/0/events.u1' declares 1000000000000000 bytes, more than its data can hold")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression(compression, path):
    altered(path, lambda info: None, compression)
    refused(path, "neither stored nor deflated")
    altered(path, lambda info: None)
    assert check(path).regions == 7


def test_zip_bombs(path):
    """Members of zeros, a thousand times larger than the file."""
    for name, size in {"parts/0/events.u1": 20, "network/0.weight.f8": 20, "summary.json": 70}.items():
        cf.write(path, MEMBERS | {name: b"\0" * (size * MEGABYTE)}, zipfile.ZIP_DEFLATED)
        assert path.stat().st_size < MEGABYTE
        refused(path)
    many = {f"parts/{k}/events.u1": b"\0" * 1000 for k in range(1_000)}
    cf.write(path, ordered(MEMBERS | many), zipfile.ZIP_DEFLATED)
    refused(path)


def test_overlapping_members(path):
    """All members in the directory point to the same long data."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
        largest = max(archive.infolist(), key=lambda info: info.compress_size)
        for info in archive.infolist():
            info.compress_size = largest.compress_size * 3
    refused(path, "overlap")


@pytest.mark.parametrize("name", ["box", "parts"])
def test_files_cut_off(name, path):
    whole = cf.write(path, cf.case(name).members(), zipfile.ZIP_DEFLATED).read_bytes()
    for size in [*range(0, len(whole), max(1, len(whole) // 40)), *range(len(whole) - 12, len(whole))]:
        path.write_bytes(whole[:size])
        refused(path)


def test_an_archive_without_an_end(path):
    """What a writer leaves that is stopped before it wrote the summary."""
    cf.write(path, {name: data for name, data in MEMBERS.items() if name != "summary.json"})
    refused(path, "cut off and proves nothing")


def test_files_that_are_no_archives(path, tmp_path):
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 46, 0, 0)
    for data in (b"", b"PK", b"\0" * 1000, end, end[:-4], b"PK\1\2" + end, json.dumps(HEADER).encode()):
        path.write_bytes(data)
        refused(path)
    refused(tmp_path)
    refused(tmp_path / "nothing")


def answers(path):
    try:
        return check(path)
    except InvalidCertificate:
        return None


@settings(max_examples=200)
@given(data=st.data())
def test_bytes_changed_anywhere(tmp_path_factory, data):
    """Of the file as it lies on the disk: it is refused, or says what it said before."""
    path = tmp_path_factory.getbasetemp() / "bytes.cert"
    compression = data.draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    whole = bytearray(cf.write(path, MEMBERS, compression).read_bytes())
    before = answers(path)
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(whole))
    assert answers(path) in (None, before)


ANYTHING = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(-3, 3), st.floats()),
        st.sampled_from(["", "1", "1/2", "+-", "exact", "ball"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(list(BALL)), inner)),
    max_leaves=6,
)


@settings(max_examples=120)
@given(data=st.data())
def test_any_json_anywhere(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "json.cert"
    header, summary = json.loads(json.dumps(HEADER)), json.loads(json.dumps(SUMMARY))
    holder = data.draw(st.sampled_from([header, header["domain"], summary, summary["parts"][0]]))
    key = data.draw(st.sampled_from(sorted(holder)))
    holder[key] = data.draw(ANYTHING)
    members = with_json("certificate.json", header) | {"summary.json": json.dumps(summary).encode()}
    found = answers(cf.write(path, members))
    assert found is None or found.regions == 7
