"""Mean counts of random networks of width 16 on the whole space: `python -m studies.random_networks` counts anew.

The protocol is `protocols/random_networks.toml`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from exactregions import Network, WholeSpace, enumerate_regions
from exactregions.bounds import get_bound
from studies.effects import holm, t_interval
from studies.stored_rows import load_protocol, read_rows, write_rows
from studies.tables import Row

__all__ = ["cases", "counted", "drawn", "main", "tables"]

Array = NDArray[np.float64]
PROTOCOL = load_protocol("random_networks")
VALUES = PROTOCOL.values


def drawn(inputs: int, depth: int, law: str, number: int) -> Network:
    """Return a network of the protocol, numbered from 0."""
    rng = np.random.default_rng([inputs, depth, VALUES["laws"].index(law), VALUES["first"] + number])
    sizes = [inputs, *[VALUES["width"]] * depth]
    layers = [_layer(rng, law, n, m) for n, m in pairwise(sizes)]
    weights, biases = [w for w, _ in layers], [b for _, b in layers]
    return Network.from_layers([*weights, np.ones((1, sizes[-1]))], [*biases, np.zeros(1)])


def _layer(rng: np.random.Generator, law: str, n: int, m: int) -> tuple[Array, Array]:
    if law == "torch":
        most = 1 / np.sqrt(n)
        return rng.uniform(-most, most, (m, n)), rng.uniform(-most, most, m)
    if law == "he":
        return rng.normal(0.0, np.sqrt(2 / n), (m, n)), rng.normal(0.0, 0.5, m)
    return rng.standard_normal((m, n)), rng.standard_normal(m)


def counted(network: Network) -> int:
    """Return the number of regions of the whole space.

    Raises
    ------
    RuntimeError
        If it is not proved.
    """
    regions = enumerate_regions(network, WholeSpace(network.inputs), engine="tree", store=False)
    if not regions.exact:
        raise RuntimeError(str(regions))
    return len(regions)


def cases() -> Iterator[tuple[int, int, str, int]]:
    """Yield inputs, depth, law and number of networks of each case."""
    for case in VALUES["cases"]:
        for law in VALUES["laws"]:
            yield case["inputs"], case["depth"], law, case["networks"]


def main() -> None:
    """Count all networks of the protocol, and write the results."""
    rows: list[Row] = []
    for inputs, depth, law, networks in cases():
        start = time.process_time()
        counts = [counted(drawn(inputs, depth, law, number)) for number in range(networks)]
        rows.append({"inputs": inputs, "depth": depth, "law": law, "counts": counts})
        sys.stderr.write(f"{rows[-1]}: {time.process_time() - start:.0f} s\n")
    write_rows(PROTOCOL, rows)


def tables() -> dict[str, str]:
    """Return the tables of the page and the notebook, as Markdown."""
    rows = read_rows(PROTOCOL)
    return {"random-networks": _means(rows), "random-networks-spread": _spread(rows)}


def _means(rows: Sequence[Row]) -> str:
    known = {(p["inputs"], p["depth"]): p for p in VALUES["published"]}
    tested = [row for row in rows if row["depth"] > 1]
    plain = [_p_value(row["counts"], known[row["inputs"], row["depth"]]) for row in tested]
    corrected = iter(zip(plain, holm(plain), strict=True))
    lines = [
        "| inputs | depth | law | networks | mean N [95% interval] | published | p | p, Holm | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        target = known[row["inputs"], row["depth"]]
        ends = _verdict(*next(corrected)) if row in tested else _sure(row["counts"], target)
        cells = [
            row["inputs"],
            row["depth"],
            row["law"],
            len(row["counts"]),
            _mean(row["counts"]),
            target["text"],
            ends,
        ]
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join(lines)


def _p_value(counts: Sequence[int], target: dict[str, Any]) -> float:
    """Return the p-value of the nearest number that rounds to the published one."""
    mean = float(np.mean(counts))
    if target["low"] <= mean <= target["high"]:
        return 1.0
    nearest = target["low"] if mean < target["low"] else target["high"]
    return float(stats.ttest_1samp(counts, nearest).pvalue)


def _verdict(plain: float, corrected: float) -> str:
    words = "not this mean" if corrected <= 0.05 else "suggestive" if plain <= 0.05 else "open"
    return f"{plain:.3f} | {corrected:.3f} | {words}"


def _sure(counts: Sequence[int], target: dict[str, Any]) -> str:
    return " | | " + ("every network has it" if set(counts) == {target["low"]} else "not every network has it")


def _mean(counts: Sequence[int]) -> str:
    if len(set(counts)) == 1:
        return f"{counts[0]:,}"
    return f"{t_interval(counts):,.0f}"


def _spread(rows: Sequence[Row]) -> str:
    """Least, median and largest count of the networks of a law, beside the bound of Serra and others."""
    lines = ["| inputs | depth | law | least N | median N | largest N | serra_2018 |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        if row["depth"] > 1:
            network = drawn(row["inputs"], row["depth"], row["law"], 0)
            bound = get_bound("serra_2018").evaluate(network, WholeSpace(row["inputs"]))
            counts = row["counts"]
            lines.append(
                f"| {row['inputs']} | {row['depth']} | {row['law']} | {min(counts):,} | {np.median(counts):,.0f} "
                f"| {max(counts):,} | {bound:.3g} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
