"""The file of a region set: an npz archive without pickle, with a header in JSON; all that it brings is validated."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exactregions.domain import domain_from_dict
from exactregions.errors import ExactRegionsError, FileFormatError
from exactregions.exact.prefixes import as_bytes, checked_prefixes, full_signs, splitting_units
from exactregions.network import Network, Stage, Winner
from exactregions.progress import StopReason
from exactregions.support.archives import read_arrays
from exactregions.support.files import whole_file
from exactregions.support.rational_text import hexadecimal, read_rational
from exactregions.support.version import VERSION
from exactregions.winner_patterns import distinct_rows, has_contests

if TYPE_CHECKING:
    from exactregions.regions import RegionSet

FORMAT_VERSION = 2  # 1 had decimal digits, which Python does not read beyond 4,300
ALWAYS_READ = 2**29  # bytes that are read however well they are compressed: regions are often alike
READABLE = (1, 2)
ENTRIES = ("entry_radii", "entry_bounds")  # columns that an answer may lack
STAGE_KEYS = ("weight", "bias", "low", "high")


def write_regions(regions: RegionSet, path: str | os.PathLike[str]) -> None:
    """Write a region set; see `RegionSet.save`."""
    network, entries = regions.network, regions.exact_entries
    header = regions.describe() | {
        "format": FORMAT_VERSION,
        "version": VERSION,
        "fingerprint": network.fingerprint,
        "exact_witnesses": {str(k): [hexadecimal(v) for v in w] for k, w in regions.exact_witnesses.items()},
        "exact_entries": None if entries is None else [hexadecimal(v) for v in entries],
        "stages": len(network.stages),
        "winners": [[list(w.units), [list(c) for c in w.contests]] for w in network.winners],
        "input_shape": network.input_shape,
        "frontier": regions.frontier,
    }
    columns: dict[str, Any] = {"patterns": regions.patterns, "witnesses": regions.witnesses}
    columns |= {name: getattr(regions, name) for name in ENTRIES if getattr(regions, name) is not None}
    for i, stage in enumerate(network.stages):
        columns |= {f"stage{i}_{key}": getattr(stage, key) for key in STAGE_KEYS}
    columns |= {"output_weight": network.weight, "output_bias": network.bias}
    columns["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    with whole_file(path) as stream:
        np.savez_compressed(stream, **columns)


def read_regions(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the fields of the region set that a file holds; see `RegionSet.load`."""
    try:
        columns = read_arrays(Path(path), ALWAYS_READ)
        header = json.loads(_column(columns, "header", np.uint8, 1).tobytes())
        return _fields(header, columns)
    except (ExactRegionsError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        why = str(error) if isinstance(error, ExactRegionsError | ValueError) else repr(error)
        raise FileFormatError(f"{os.fspath(path)} is no region set, or is damaged: {why}") from None


def _fields(header: Any, columns: dict[str, NDArray[Any]]) -> dict[str, Any]:
    _need(isinstance(header, dict), "its header is no object of JSON")
    _need(header.get("format") in READABLE, f"it has the format {header.get('format')!r}, and 1 and 2 are read")
    network = _network(header, columns)
    domain = domain_from_dict(header["domain"])
    _need(domain.dim == network.inputs, f"the domain has dimension {domain.dim}, the network {network.inputs} inputs")
    count = _count(header["regions"], "regions")
    fields = {"network": network, "domain": domain, "count": count, **_regions(header, columns, network, count)}
    fields |= _verdict(header, network)
    _need(count or not fields["complete"] or fields["undecided"], "it says that there is no region, and it is complete")
    _require_apart(fields, network)
    return fields


def _network(header: Mapping[str, Any], columns: dict[str, NDArray[Any]]) -> Network:
    count = _count(header["stages"], "stages")
    wanted = {f"stage{i}_{key}" for i in range(min(count, len(columns))) for key in STAGE_KEYS}
    wanted |= {"output_weight", "output_bias", "header", "patterns", "witnesses"}
    strange = sorted(wanted ^ (columns.keys() - set(ENTRIES)))
    _need(not strange, f"the array {strange[:1]} is missing, or has no place in it")
    stages = [Stage(*(columns[f"stage{i}_{key}"] for key in STAGE_KEYS)) for i in range(count)]
    # files of earlier versions know neither winners nor the shape of inputs
    winners = [Winner(units, contests) for units, contests in header.get("winners", [])]
    output, shape = (columns["output_weight"], columns["output_bias"]), header.get("input_shape")
    network = Network(tuple(stages), *output, winners, input_shape=shape)
    _need(network.fingerprint == header["fingerprint"], "the network does not have the fingerprint in the header")
    return network


def _regions(
    header: Mapping[str, Any], columns: dict[str, NDArray[Any]], network: Network, count: int
) -> dict[str, Any]:
    """Return the columns of the regions; there are `count` of them, or none where only the number was kept."""
    patterns = _column(columns, "patterns", np.uint8, 2)
    witnesses = _column(columns, "witnesses", np.float64, 2)
    n, width = len(patterns), -(-network.units // 8)
    _need(n in (0, count), f"it has {n} patterns, and says {count} regions")
    _need(patterns.shape == (n, width), f"its patterns have shape {patterns.shape}; {(n, width)} is needed")
    _need(witnesses.shape == (n, network.inputs), f"its witnesses have shape {witnesses.shape}")
    spare = 8 * width - network.units
    _need(not spare or not (patterns[:, -1] >> (8 - spare)).any(), "a pattern has too many signs")
    _need(isinstance(header["exact_witnesses"], dict), "'exact_witnesses' is no table")
    exact = {_row(k, n): _exact(w, network.inputs, "exact_witnesses") for k, w in header["exact_witnesses"].items()}
    floats = np.delete(witnesses, list(exact), axis=0) if exact else witnesses
    _need(np.isfinite(floats).all(), "a witness is not finite")
    radii, bounds = _entries(columns, n)
    entries = header["exact_entries"]
    if entries is not None:
        entries = _exact(entries, n, "exact_entries")
        _need(min(entries, default=0) >= 0, "an exact entry radius is negative")
    return {
        "patterns": patterns,
        "witnesses": witnesses,
        "entry_radii": radii,
        "entry_bounds": bounds,
        "exact_witnesses": exact,
        "exact_entries": entries,
    }


def _entries(columns: dict[str, NDArray[Any]], n: int) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return entry radii and their bounds, where they are known; files of earlier versions have no bounds."""
    if "entry_radii" not in columns:
        _need("entry_bounds" not in columns, "it has bounds of entry radii that it does not have")
        return None, None
    radii = _column(columns, "entry_radii", np.float64, 1)
    _need(radii.shape == (n,) and (radii >= 0).all(), "its entry radii are not one number >= 0 for each region")
    if "entry_bounds" not in columns:
        return radii, None
    bounds = _column(columns, "entry_bounds", np.float64, 2)
    _need(bounds.shape == (n, 2), f"its bounds of entry radii have shape {bounds.shape}; {(n, 2)} is needed")
    within = (bounds[:, 0] >= 0) & (bounds[:, 0] <= radii) & (radii <= bounds[:, 1])
    _need(within.all(), "an entry radius is not within its bounds")
    return radii, bounds


def _verdict(header: Mapping[str, Any], network: Network) -> dict[str, Any]:
    complete, stopped, engine, stats = (header[key] for key in ("complete", "stopped", "engine", "stats"))
    _need(isinstance(complete, bool) and isinstance(engine, str), "'complete' is no truth value, or 'engine' no text")
    _need(stopped is None or (isinstance(stopped, str) and not complete), "'stopped' does not go with 'complete'")
    _need(isinstance(stats, dict) and all(type(v) is int for v in stats.values()), "'stats' is no table of integers")
    seconds = float(read_rational(header["seconds"]))
    _need(seconds >= 0, "'seconds' is negative")
    _need(isinstance(header["frontier"], list), "'frontier' is no list")
    frontier = checked_prefixes(network, header["frontier"])
    _need(not (complete and frontier), "it is complete, and has a frontier that is still to be searched")
    return {
        "engine": engine,
        "complete": complete,
        "stopped": stopped,
        "stop_reason": StopReason(told) if (told := header.get("stop_reason")) is not None else None,
        "undecided": _count(header["undecided"], "undecided"),
        "frontier": tuple(tuple(prefix.tolist()) for prefix in frontier),
        "seconds": seconds,
        "stats": stats,
    }


def _require_apart(fields: Mapping[str, Any], network: Network) -> None:
    """Check that no region is there twice, also below the frontier, where it would be found again."""
    patterns, units = fields["patterns"], network.units
    rows = {row.tobytes() for row in patterns}
    _need(len(rows) == len(patterns), "a pattern is there twice")
    _need(fields["count"] <= 2**units, f"it says {fields['count']} regions, and {units} units have no so many patterns")
    if has_contests(network):  # a part of a region that was found may lie below the frontier
        told, _ = distinct_rows(network, patterns)
        _need(np.array_equal(told, patterns), "a pattern tells contests that do not decide who wins")
        return
    starts = {as_bytes(np.array(prefix, dtype=np.int8)) for prefix in fields["frontier"]}
    if not starts or not len(patterns):
        return
    unpacked = np.unpackbits(patterns, axis=1, count=units, bitorder="little").astype(bool)
    signs = full_signs(unpacked, splitting_units(network))
    for length in {len(start) for start in starts}:
        found = {as_bytes(row) for row in signs[:, :length]}
        _need(not found & starts, "a region that was found lies below the frontier, and would be found again")


def _column(columns: Mapping[str, NDArray[Any]], name: str, dtype: type, ndim: int) -> NDArray[Any]:
    array = columns[name]
    _need(array.dtype == dtype and array.ndim == ndim, f"{name!r} is of type {array.dtype} and shape {array.shape}")
    return array


def _row(text: str, rows: int) -> int:
    number = int(text) if text.isdecimal() and len(text) < 20 else rows
    _need(number < rows, f"{text[:60]!r} is no row of {rows}")
    return number


def _exact(values: Any, length: int, name: str) -> tuple[Fraction, ...]:
    _need(isinstance(values, list) and len(values) == length, f"{name!r} holds no list of {length} numbers")
    return tuple(map(read_rational, values))


def _count(value: Any, name: str) -> int:
    _need(type(value) is int and value >= 0, f"{name!r} is {str(value)[:60]}; it must be an integer from 0 on")
    return value


def _need(holds: object, message: str) -> None:
    if not holds:
        raise FileFormatError(message)
