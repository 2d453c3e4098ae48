"""The units of a pattern as affine forms, and the signs that each form depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exactregions.exact.coordinates import LocalCoordinates
from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.numbers import Point
from exactregions.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class Halfspace:
    """The points at which a form is positive, exactly and in floats.

    Attributes
    ----------
    form : Form
        Not constant.
    floats : numpy.ndarray, shape (d + 1,)
        The form over 2**exponent, correctly rounded; its largest entry is between 1/2 and 1.
    exponent : int
    """

    form: Form
    floats: NDArray[np.float64]
    exponent: int

    @classmethod
    def of(cls, form: Form) -> Halfspace:
        """Round a form."""
        entries = [int(v) for v in (*form.a, form.b)]
        exponent = max(abs(v).bit_length() for v in entries)
        size = 1 << exponent
        return cls(form, np.array([v / size for v in entries]), exponent)

    def opposite(self) -> Halfspace:
        """Return the points at which the form is negative."""
        return Halfspace(self.form.negated(), -self.floats, self.exponent)


@dataclass(frozen=True, slots=True, eq=False)
class UnitForm:
    """A unit under given signs of the stages before it.

    Attributes
    ----------
    unit : int
        Its number among the units that split.
    form : Form
    needs : int
        The units whose signs determine the form, as bits: with these signs it is this form, whatever the others are.
    """

    unit: int
    form: Form
    needs: int

    @property
    def forced(self) -> bool | None:
        """The sign where the form is constant, else None: one that vanishes identically counts as inactive."""
        return bool(self.form.b > 0) if self.form.is_constant else None

    def side(self, sign: bool) -> Halfspace:
        """Return the points at which the unit has a sign."""
        side = Halfspace.of(self.form)
        return side if sign else side.opposite()


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a stage is given: forms, and for each the units whose signs determine it."""

    forms: Forms
    needs: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StageForms:
    """One stage under given signs of those before: pre-activations and what they need, wires included."""

    index: int
    forms: Forms
    needs: tuple[int, ...]
    units: tuple[UnitForm, ...]


class Unfolding:
    """Follows a network stage by stage under signs that are given.

    Parameters
    ----------
    network : Network
    frame : LocalCoordinates
        The coordinates in which the forms are wanted.

    Attributes
    ----------
    exact : ExactNetwork
    stage_of : list of int
        The stage of each unit that splits.
    """

    def __init__(self, network: Network, frame: LocalCoordinates) -> None:
        self.exact = ExactNetwork(network)
        self._frame = frame
        self._reads = [(stage.weight != 0).tolist() for stage in network.stages]
        self.stage_of = [k for k, stage in enumerate(self.exact.stages) for splits in stage.splits if splits]

    @property
    def start(self) -> Inputs:
        """The inputs of the network."""
        return Inputs(self._frame.inputs(), (0,) * self.exact.inputs)

    def stage(self, index: int, inputs: Inputs) -> StageForms:
        """Return the pre-activations of a stage."""
        forms = self.exact.pre_activations(index, inputs.forms)
        needs = []
        for reads in self._reads[index]:
            bits = 0
            for read, need in zip(reads, inputs.needs, strict=True):
                if read:
                    bits |= need
            needs.append(bits)
        splits = self.exact.stages[index].splits
        rows = [i for i, split in enumerate(splits) if split]
        first = self.stage_of.index(index) if rows else 0
        units = tuple(UnitForm(first + k, forms.row(i), needs[i]) for k, i in enumerate(rows))
        return StageForms(index, forms, tuple(needs), units)

    def through(self, stage: StageForms, signs: Sequence[bool]) -> Inputs:
        """Return what the next stage is given.

        A unit whose slope is zero under its sign passes nothing on: its sign is needed, what made it is not.

        Parameters
        ----------
        signs : sequence of bool
            Of the units of this stage that split.
        """
        exact = self.exact.stages[stage.index]
        left, every, needs = iter(zip(stage.units, signs, strict=True)), [], []
        for i, splits in enumerate(exact.splits):
            own = 0
            sign = True
            if splits:
                unit, sign = next(left)
                own = 1 << unit.unit
            every.append(bool(sign))
            slope = exact.high[i] if sign else exact.low[i]
            needs.append(own | stage.needs[i] if slope else own)
        return Inputs(self.exact.activations(stage.index, stage.forms, every), tuple(needs))

    def stages(self, pattern: Sequence[bool]) -> list[StageForms]:
        """Return all stages under a full pattern."""
        found, inputs, taken = [], self.start, 0
        for index in range(len(self.exact.stages)):
            stage = self.stage(index, inputs)
            found.append(stage)
            signs = pattern[taken : taken + len(stage.units)]
            taken += len(stage.units)
            if index + 1 < len(self.exact.stages):
                inputs = self.through(stage, signs)
        return found

    def pattern_at(self, point: Point) -> tuple[bool, ...] | None:
        """Return the pattern of the region that holds a point strictly inside; None where a unit is zero there.

        A unit that vanishes identically on the region is no obstacle.

        Parameters
        ----------
        point : list of fmpq
            In the coordinates of the frame.
        """
        signs = self.exact.signs_at(self._frame.outward(point))
        pattern = tuple(sign > 0 for sign in signs)
        if all(signs):
            return pattern
        forms = [unit for stage in self.stages(pattern) for unit in stage.units]
        vanishing = (unit.form.is_constant for unit, sign in zip(forms, signs, strict=True) if not sign)
        return pattern if all(vanishing) else None

    def outward(self, point: Point) -> Point:
        """Return a point as an input of the network."""
        return self._frame.outward(point)

    def inward(self, x: Point) -> Point:
        """Return an input of the network as a point."""
        return self._frame.inward(x)
