"""Public networks and properties, which are not part of this repository; tests of them are skipped without them."""

import os
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "shared" / "data"
ACASXU = Path(os.environ.get("EXACTREGIONS_ACASXU", DATA / "acasxu"))
NETS = Path(os.environ.get("EXACTREGIONS_NETS", DATA / "nets"))

needs_acasxu = pytest.mark.skipif(
    not ACASXU.is_dir(), reason="no ACAS Xu files; set EXACTREGIONS_ACASXU to their folder"
)
needs_nets = pytest.mark.skipif(not NETS.is_dir(), reason="no public networks; set EXACTREGIONS_NETS to their folder")


def acasxu_network(name: str) -> Path:
    """The file of the network of such a pair, as 1_9."""
    return ACASXU / f"ACASXU_run2a_{name}_batch_2000.onnx"
