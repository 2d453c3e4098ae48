"""Trials for hours, judged by the independent oracles of the tests: `python -m benchmarks.trials --seconds 3600`."""

from __future__ import annotations

import sys
from pathlib import Path

from exactregions.testing.trials.__main__ import main

ORACLE = "independent:ORACLE"  # in tests/

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    sys.exit(main([*sys.argv[1:], "--oracle", ORACLE]))
