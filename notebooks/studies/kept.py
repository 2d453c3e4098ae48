"""Some of the networks of the tables, kept in files, so that any machine can count their rows again.

Training gives the same weights on one machine only: another one rounds in another order. `python -m studies.kept`
trains the networks of digits and seed 0 again, and writes them if they are those of the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars
from numpy.typing import NDArray
from polars import col

from exactregions import Network, load
from exactregions.comparison import study
from exactregions.importers import save
from studies.data_or_anywhere import EXPERIMENTS, states
from studies.images import load_images
from studies.tables import RESULTS

__all__ = ["NETWORKS", "kept", "recount"]

NETWORKS = RESULTS / "networks"
SEED = 0


def kept(state: str, folder: Path = NETWORKS) -> Network:
    """Return the network of digits and seed 0 in a state of `data_or_anywhere`; "true" is after 128 epochs."""
    return load(folder / f"digits-{state}.safetensors")


def recount(
    rows: polars.DataFrame, network: Network, points: NDArray[np.float64], bounds: Sequence[str]
) -> polars.DataFrame:
    """Count again what rows of a table say of one network and one kind of points, and compare.

    Parameters
    ----------
    rows : polars.DataFrame
        The rows, all radii of each point.
    network : Network
    points : numpy.ndarray, shape (k, inputs)
        All points of that kind; the rows say which.
    bounds : sequence of str

    Raises
    ------
    RuntimeError
        If the network is another one, or a count or a bound differs.
    """
    prints = rows["network"].unique().to_list()
    if prints != [network.fingerprint[:16]]:
        raise RuntimeError(f"the rows are of the networks {prints}, not of {network.fingerprint[:16]}")
    chosen = rows["point"].unique().sort().to_list()
    radii = rows["radius"].unique().sort().to_list()
    found = study(network, points[chosen], radii, bounds=bounds)
    again = polars.DataFrame(
        [
            {"point": chosen[row["point"]], "radius": row["radius"]}
            | {f"{n}_again": row[n] for n in ("regions", *bounds)}
            for row in found.rows
        ]
    )
    joined = rows.join(again, on=["point", "radius"], how="left", validate="1:1")
    for name in ("regions", *bounds):
        wrong = joined.filter(~col(name).eq_missing(col(f"{name}_again")))
        if len(wrong):
            raise RuntimeError(f"{name} differs in {len(wrong)} rows:\n{wrong}")
    return joined.select("kind", "point", "radius", "regions", "regions_again", *bounds)


def main() -> None:
    """Write the networks.

    Raises
    ------
    RuntimeError
        If this machine trains others than those of the table.
    """
    table = polars.read_parquet(RESULTS / "data_or_anywhere.parquet")
    NETWORKS.mkdir(exist_ok=True)
    experiment = EXPERIMENTS[0]
    for state, shot in states(experiment, load_images(experiment.images, SEED), SEED):
        known = table.filter((col("experiment") == "digits") & (col("seed") == SEED) & (col("state") == state))
        if known["network"].unique().to_list() != [shot.network.fingerprint[:16]]:
            raise RuntimeError(f"the network {state} of the table is another one")
        save(shot.network, NETWORKS / f"digits-{state}.safetensors")


if __name__ == "__main__":
    main()
