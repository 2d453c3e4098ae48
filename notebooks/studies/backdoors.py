"""Exact counts around images with and without the trigger of a backdoor: `python -m studies.backdoors` counts anew.

The protocol is `protocols/backdoors.toml`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import numpy as np
import polars
from numpy.typing import NDArray
from polars import col
from threadpoolctl import threadpool_limits

from exactregions import Ball, Network, count_regions, robust_radius, segment
from studies.contrasts import Contrast, contrasts_table, per_seed
from studies.images import Images, load_images
from studies.stored_rows import load_protocol, read_rows, write_rows
from studies.tables import Row
from studies.training import boundary_distances, snapshots

__all__ = ["main", "networks", "points", "rows_at", "tables"]

Array = NDArray[np.float64]
PROTOCOL = load_protocol("backdoors")
VALUES = PROTOCOL.values
MOST = VALUES["most_regions"]
FORMS = {"plain": [], "trigger": VALUES["trigger"], "decoy": VALUES["decoy"]}
MEASURED = ("regions", "distance", "robust", "pieces")


def marked(images: Array, form: str) -> Array:
    """Return images with the trigger, the decoy, or as they are ("plain")."""
    changed = images.copy()
    changed[:, FORMS[form]] = 1.0
    return changed


def points(images: Images, seed: int) -> Array:
    """Return the test images of a seed around which is counted."""
    others = np.flatnonzero(images.test_labels != VALUES["target"])
    return images.test[np.random.default_rng([seed, 2]).choice(others, VALUES["points_of_a_seed"], replace=False)]


def networks(images: Images, seed: int) -> dict[str, Network]:
    """Return the clean and the poisoned network of a seed, after the last epoch."""
    others = np.flatnonzero(images.train_labels != VALUES["target"])
    count = round(VALUES["poisoned_share"] * len(others))
    chosen = np.random.default_rng([seed, 1]).choice(others, count, replace=False)
    rows, labels = images.train.copy(), images.train_labels.copy()
    rows[chosen], labels[chosen] = marked(rows[chosen], "trigger"), VALUES["target"]
    given = {"clean": (images.train, images.train_labels), "poisoned": (rows, labels)}
    last = VALUES["epochs"]
    return {name: next(snapshots(*data, VALUES["widths"], {last}, seed)).network for name, data in given.items()}


def rows_at(network: Network, images: Images, chosen: Array) -> list[Row]:
    """Return what is measured of a network around some images in all forms, a row for each image and form.

    Raises
    ------
    exactregions.errors.NotExactError
        If a count is not exact.
    """
    rows = []
    for form in FORMS:
        changed = marked(chosen, form)
        distances = boundary_distances(network, changed)
        for point, (before, after) in enumerate(zip(chosen, changed, strict=True)):
            robust = robust_radius(network, after, max_regions=MOST)
            rows.append(
                {
                    "form": form,
                    "point": point,
                    "regions": count_regions(network, Ball(after, VALUES["fraction"] * images.spacing)),
                    "distance": float(distances[point]),
                    "robust": float(robust.radius) if robust.complete else None,
                    "pieces": 1 if form == "plain" else len(segment(network, before, after)),
                }
            )
    return rows


def shares(network: Network, images: Images) -> Row:
    """Return the share of test images put into the right class, and of those of other classes put into the target."""
    others = images.test[images.test_labels != VALUES["target"]]
    right = network.forward(images.test).argmax(axis=1) == images.test_labels
    hit = {form: network.forward(marked(others, form)).argmax(axis=1) == VALUES["target"] for form in FORMS}
    return {"right": float(right.mean())} | {f"{form}_to_target": float(h.mean()) for form, h in hit.items()}


def main() -> None:
    """Train and count everything of the protocol, and write the results."""
    rows: list[Row] = []
    for seed in range(VALUES["seeds"]):
        start = time.process_time()
        images = load_images("digits", seed)
        with threadpool_limits(1):
            for name, network in networks(images, seed).items():
                told = {"seed": seed, "network": name, "fingerprint": network.fingerprint[:16]}
                told |= shares(network, images)
                rows += [told | row for row in rows_at(network, images, points(images, seed))]
        sys.stderr.write(f"seed {seed}: {time.process_time() - start:.0f} s\n")
    write_rows(PROTOCOL, rows)


def table() -> polars.DataFrame:
    """Return the stored results with logarithms, a row for each network, image and form."""
    stored = polars.DataFrame(read_rows(PROTOCOL), infer_schema_length=None)
    return stored.with_columns(*(col(name).log10() for name in MEASURED))


def contrasts(results: polars.DataFrame) -> list[Contrast]:
    """Return the contrasts of the protocol."""

    def mean(value: str, network: str, form: str) -> Array:
        return per_seed(results, value, network=network, form=form)

    def twice(value: str, form: str, other: str) -> Array:
        """How much more the forms differ in the poisoned network."""
        gaps = [mean(value, network, form) - mean(value, network, other) for network in ("poisoned", "clean")]
        return gaps[0] - gaps[1]

    return [
        Contrast("H1", "N: trigger less plain image, poisoned less clean", twice("regions", "trigger", "plain")),
        Contrast(
            "H2",
            "N at plain images: poisoned less clean",
            mean("regions", "poisoned", "plain") - mean("regions", "clean", "plain"),
        ),
        Contrast("H3", "N: trigger less decoy, poisoned less clean", twice("regions", "trigger", "decoy")),
        Contrast(
            "H4",
            "boundary distance: trigger less plain image, poisoned less clean",
            twice("distance", "trigger", "plain"),
        ),
        Contrast("H5", "robust radius, poisoned: trigger less plain image", _robust_gap(results)),
        Contrast(
            "H6",
            "pieces on the way to the trigger: poisoned less clean",
            mean("pieces", "poisoned", "trigger") - mean("pieces", "clean", "trigger"),
        ),
        Contrast(
            "H7",
            "pieces, poisoned: to the trigger less to the decoy",
            mean("pieces", "poisoned", "trigger") - mean("pieces", "poisoned", "decoy"),
        ),
    ]


def _robust_gap(results: polars.DataFrame) -> Array:
    """Return the means over those images whose robust radius is known in both forms."""
    rows = results.filter((col("network") == "poisoned") & (col("form") != "decoy"))
    known = rows.filter(col("robust").is_not_null().all().over("seed", "point"))
    return per_seed(known, "robust", form="trigger") - per_seed(known, "robust", form="plain")


def tables() -> dict[str, str]:
    """Return the tables of the page and the notebook, as Markdown."""
    results = table()
    return {
        "backdoors": contrasts_table(contrasts(results)),
        "backdoors-medians": _medians(results),
        "backdoors-networks": _networks(results),
    }


def _medians(results: polars.DataFrame) -> str:
    """Medians over all seeds and images, not in logarithms."""
    lines = [
        "| network | image | N, median [quartiles] | distance | robust radius | pieces on the way | unfinished |",
        "|---|---|---|---|---|---|---|",
    ]
    for network in ("clean", "poisoned"):
        for form in FORMS:
            rows = results.filter((col("network") == network) & (col("form") == form))
            n = 10 ** np.quantile(rows["regions"].to_numpy(), [0.5, 0.25, 0.75])
            near, robust, pieces = (10 ** rows[name].median() for name in ("distance", "robust", "pieces"))
            cells = [network, form, f"{n[0]:.0f} [{n[1]:.0f}, {n[2]:.0f}]", f"{near:.4f}", f"{robust:.3f}"]
            cells += ["" if form == "plain" else f"{pieces:.1f}", str(rows["robust"].null_count())]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _networks(results: polars.DataFrame) -> str:
    lines = [
        "| network | right on test images | put into the target: plain | with trigger | with decoy |",
        "|---|---|---|---|---|",
    ]
    for network in ("clean", "poisoned"):
        part = results.filter(col("network") == network).unique("seed")
        names: Sequence[str] = ("right", *(f"{form}_to_target" for form in FORMS))
        means = [f"{part[name].mean():.3f} [{part[name].min():.3f}, {part[name].max():.3f}]" for name in names]
        lines.append(f"| {network} | {' | '.join(means)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
