"""A plain depth-first search over signs on the programs of HiGHS, which proves nothing: what the tree stands beside."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions import Box, Network

__all__ = ["PlainSearch"]

Floats = NDArray[np.float64]

TOLERANCE = 1e-9  # a supremum below it is taken for none


@dataclass(slots=True)
class PlainSearch:
    """Depth-first search over signs, two linear programs for each unit that intervals do not settle.

    Parameters
    ----------
    network : Network
    box : Box
    seconds : float
        Of processor time, after which the search ends where it stands.
    """

    network: Network
    box: Box
    seconds: float
    found: int = 0
    programs: int = 0
    solver: Any = None
    end: float = 0.0
    center: Any = None
    half: Any = None

    def count(self) -> int:
        """Return the regions found."""
        import highspy

        lower, upper = (np.array(ends, dtype=np.float64) for ends in (self.box.lower, self.box.upper))
        self.center, self.half = (lower + upper) / 2, (upper - lower) / 2
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        for low, high in zip(lower.tolist(), upper.tolist(), strict=True):
            self.solver.addVar(low, high)
        self.solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self.end = time.process_time() + self.seconds
        d = len(lower)
        self._stage(0, np.eye(d), np.zeros(d))
        return self.found

    def _stage(self, stage: int, inputs: Floats, constants: Floats) -> None:
        """Go through the units of a stage, given the forms that come in."""
        if stage == len(self.network.stages):
            self.found += 1
            return
        layer = self.network.stages[stage]
        self._unit(stage, layer.weight @ inputs, layer.weight @ constants + layer.bias, [])

    def _unit(self, stage: int, forms: Floats, constants: Floats, signs: list[bool]) -> None:
        if time.process_time() > self.end:
            return
        unit, layer = len(signs), self.network.stages[stage]
        if unit == len(constants):
            slopes = np.where(signs, layer.high, layer.low)
            self._stage(stage + 1, slopes[:, None] * forms, slopes * constants)
            return
        row, constant = forms[unit], float(constants[unit])
        middle, reach = float(row @ self.center) + constant, float(np.abs(row) @ self.half)
        above = middle + reach > TOLERANCE and (middle - reach > 0 or self._supremum(row, constant) > TOLERANCE)
        below = middle - reach < -TOLERANCE and (middle + reach < 0 or self._supremum(-row, -constant) > TOLERANCE)
        if not (above and below):
            self._unit(stage, forms, constants, [*signs, above])
            return
        for sign in (True, False):
            side = 1.0 if sign else -1.0
            columns = np.arange(len(row), dtype=np.int32)
            self.solver.addRow(-side * constant, self.solver.inf, len(row), columns, side * row)
            self._unit(stage, forms, constants, [*signs, sign])
            last = self.solver.getNumRow() - 1
            self.solver.deleteRows(1, np.array([last], dtype=np.int32))

    def _supremum(self, row: Floats, constant: float) -> float:
        self.programs += 1
        self.solver.changeColsCost(len(row), np.arange(len(row), dtype=np.int32), row)
        self.solver.run()
        return self.solver.getInfo().objective_function_value + constant
