"""What floats could not settle, settled in rationals, one decision at a time (mathematics, 3.4).

First the float basis is checked exactly; where it is no proof, the same question goes to the exact cells, which
pivot to the end. The search then goes on in floats below.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import flint
import numpy as np

from exactregions.certificate.part import Proof
from exactregions.engines.tree.kernels import codes as at
from exactregions.engines.tree.kernels.decision import admit
from exactregions.engines.tree.kernels.distance_state import LeastDistanceState
from exactregions.engines.tree.kernels.state import State
from exactregions.engines.tree.scaled_problem import ScaledProblem
from exactregions.exact.cells import Cell, Refutation, root_cell
from exactregions.exact.farkas import exact_multipliers, refutes
from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.numbers import as_fractions, rational

REMEMBERED = 64  # stages of affine forms kept, for questions on nearby paths
REMEMBERED_ROWS = 4096  # and single forms
Answer: TypeAlias = tuple[int, Refutation | None]  # PLUS, MINUS or SPLIT, and the proof that a unit does not cut

NEGLIGIBLE = 1e-7  # a float multiplier or component below it, relative, is taken to be zero in the exact basis


class ExactFallback:
    """Exact decisions along the path of one search.

    Parameters
    ----------
    exact : ExactNetwork
    problem : ScaledProblem
    """

    def __init__(self, exact: ExactNetwork, problem: ScaledProblem) -> None:
        shape = problem.shape
        self.exact, self.shape, self.problem = exact, shape, problem
        self._forms: OrderedDict[tuple[int, bytes], Forms] = OrderedDict()
        self._lone_forms: OrderedDict[tuple[int, bytes], tuple[Form, int]] = OrderedDict()
        self._path: list[tuple[tuple[int, int, bytes], Cell]] = []
        self._walls = shape.forms()
        self._wall_scales = [flint.fmpq(row.scale) for row in shape.rows]

    @cached_property
    def _root(self) -> Cell:
        return root_cell(self.shape)

    def settle(self, state: State) -> Proof | None:
        """Answer the question the search stopped at, so that it can go on; a unit that does not cut gets a proof."""
        unit = state.asked_unit
        form = self._form(state, unit)
        answer, refutation = self._climb(state, unit, form)
        state.answer = answer
        if refutation is None:
            return None
        rows = sorted(refutation.rows)
        weights = [refutation.rows[k] * self._scale(state, k) for k in rows]
        return Proof(rows, as_fractions([*weights, refutation.form * self._unit_scale(state, unit)]))

    def _climb(self, state: State, unit: int, form: Form) -> Answer:
        """Ask the rungs one after another; the one that answers counts it."""
        answer = self._from_basis(state, form)
        if answer is not None:
            state.settled_by_exact_basis += 1
            return answer
        state.settled_by_exact_pivots += 1
        return self._from_pivots(state, unit, form)

    # ---- exact forms of the path

    def _stage_forms(self, state: State, stage: int) -> Forms:
        firsts = state.firsts
        key = (stage, state.signs[: firsts[stage]].astype(np.int8).tobytes())
        known = self._forms.get(key)
        if known is None:
            if stage == 0:
                values = self.exact.identity
            else:
                signs = (state.signs[firsts[stage - 1] : firsts[stage]] > 0).tolist()
                values = self.exact.activations(stage - 1, self._stage_forms(state, stage - 1), signs)
            known = self._forms[key] = self.exact.pre_activations(stage, values)
            if len(self._forms) > REMEMBERED:
                self._forms.popitem(last=False)
        return known

    def _form(self, state: State, unit: int) -> Form:
        if not self.problem.units.are_all:
            return self._lone_form(state, unit)[0]
        stage = int(np.searchsorted(state.firsts, unit, side="right")) - 1
        return self._stage_forms(state, stage).row(unit - int(state.firsts[stage]))

    def _lone_form(self, state: State, unit: int) -> tuple[Form, int]:
        """Return the form of one unit of a large network, and its exponent: those of its stage are never made."""
        before = state.signs[: state.firsts[int(np.searchsorted(state.firsts, unit, side="right")) - 1]]
        key = (unit, before.astype(np.int8).tobytes())
        known = self._lone_forms.get(key)
        if known is None:
            units = self.problem.units
            known = self.exact.unit_form(int(units.places[unit]), units.full_signs(before).tolist())
            self._lone_forms[key] = known
            if len(self._lone_forms) > REMEMBERED_ROWS:
                self._lone_forms.popitem(last=False)
        return known

    def _unit_scale(self, state: State, unit: int) -> flint.fmpq:
        """Return the factor by which the exact form of a unit exceeds the function it stands for."""
        if not self.problem.units.are_all:
            return flint.fmpq(flint.fmpz(1) << self._lone_form(state, unit)[1])
        stage = int(np.searchsorted(state.firsts, unit, side="right")) - 1
        return flint.fmpq(flint.fmpz(1) << self._stage_forms(state, stage).exponent)

    def _scale(self, state: State, k: int) -> flint.fmpq:
        """Return the same of row k of the current cell."""
        if k < len(self._walls):
            return self._wall_scales[k]
        if state.row_units[k] == at.CUT:
            return flint.fmpq(1)
        return self._unit_scale(state, int(state.row_units[k]))

    def _row(self, state: State, k: int) -> Form:
        """Return row k of the current cell, exactly and with its sign."""
        if k < len(self._walls):
            return self._walls[k]
        if state.row_units[k] == at.CUT:
            return self._cut(state, k)
        form = self._form(state, int(state.row_units[k]))
        return form if state.row_signs[k] > 0 else form.negated()

    def _cut(self, state: State, k: int) -> Form:
        """Return a row +-(y_j - c) in inputs: +-(x_j - center_j - scale_j c), times a denominator."""
        row, problem = state.rows[k], self.problem
        j = int(np.flatnonzero(row[:-1])[0])
        center, scale, side, offset = (rational(float(v[i])) for v, i in (
            (problem.center, j), (problem.scale, j), (row, j), (row, -1)))  # fmt: skip
        at_input = center - scale * side * offset  # where side y_j + offset = 0, side being 1 or -1
        a = [flint.fmpz(0)] * self.shape.dim
        a[j] = flint.fmpz(int(side.p)) * at_input.q
        return Form(tuple(a), -flint.fmpz(int(side.p)) * at_input.p)

    # ---- first rung: the float basis

    def _from_basis(self, state: State, form: Form) -> Answer | None:
        if form.is_constant:
            return (at.PLUS if form.b > 0 else at.MINUS), Refutation()
        side, count = state.side, state.proof_length
        if count == 0:
            return None
        target = form if side > 0 else form.negated()
        sizes = state.proof_multipliers[:count]
        if not np.isfinite(sizes).all():
            return None
        kept, free, signs = self._basis(state)
        rows = [self._row(state, int(state.proof_rows[i])) for i in kept] + [target]
        multipliers = exact_multipliers(self.shape, rows, free, signs)
        if multipliers is None or not multipliers[-1] or not refutes(self.shape, rows, multipliers):
            return None
        proof_rows = state.proof_rows
        weights = {int(proof_rows[i]): y for i, y in zip(kept, multipliers[:-1], strict=True) if y}
        # a form that is not constant does not vanish on an open cell: nowhere negative, it is positive there
        return (at.MINUS if side > 0 else at.PLUS), Refutation(weights, multipliers[-1])

    def _basis(self, state: State) -> tuple[list[int], list[int], list[int] | None]:
        """Return the rows of the last proof that matter, but for the last, and the columns in which it vanishes.

        In l1 balls it may have the largest magnitude there in place of none: then its signs come third.
        """
        last = state.proof_length - 1
        if isinstance(state, LeastDistanceState) and state.proof_columns_count >= last:
            columns = state.proof_columns[: state.proof_columns_count].tolist()
            signs = self._signs(state, columns) if len(columns) > last else None
            return list(range(last)), columns, signs
        sizes = state.proof_multipliers[: last + 1]
        kept = [i for i in range(last) if sizes[i] > NEGLIGIBLE * sizes.max()]
        return kept, self._free(state, [*kept, last]), None

    def _signs(self, state: State, columns: list[int]) -> list[int]:
        """Return the signs of the float combination of the last proof in some coordinates."""
        rows, sizes = state.proof_rows[: state.proof_length], state.proof_multipliers[: state.proof_length]
        return [1 if v > 0.0 else -1 for v in (sizes @ state.rows[rows][:, columns]).tolist()]

    def _free(self, state: State, kept: Sequence[int]) -> list[int]:
        """Return the coordinates in which the float combination of the kept rows vanishes."""
        if self.problem.back is not None:
            return list(range(self.shape.dim))
        rows, sizes = state.proof_rows[list(kept)], state.proof_multipliers[list(kept)]
        terms = sizes[:, None] * state.rows[rows, :-1]
        small = np.abs(terms.sum(axis=0)) <= NEGLIGIBLE * np.abs(terms).max(axis=0)
        return np.flatnonzero(small).tolist()

    # ---- second rung: exact pivots

    def _from_pivots(self, state: State, unit: int, form: Form) -> Answer:
        positive, negative = self._cell(state).sides(form)
        if isinstance(positive, Refutation):
            return at.MINUS, positive  # negative, or identically zero: inactive in both cases
        if isinstance(negative, Refutation):
            return at.PLUS, negative
        children = state.children
        children[0], children[1] = (self.problem.from_input(c.witness) for c in (negative, positive))
        admit(state, unit)
        return at.SPLIT, None

    def _cell(self, state: State) -> Cell:
        """Return the exact cell of the path, from the longest part of it that was built before."""
        depth, base = state.depth, len(self._walls)
        firsts, signs = state.firsts, state.signs
        cell = self._root
        for place, k in enumerate(range(base, depth)):
            unit, sign = int(state.row_units[k]), int(state.row_signs[k])
            if unit == at.CUT:
                below = state.rows[k].tobytes()
            else:
                stage = int(np.searchsorted(firsts, unit, side="right")) - 1
                below = signs[: firsts[stage]].astype(np.int8).tobytes()
            key = (unit, sign, below)
            if place < len(self._path) and self._path[place][0] == key:
                cell = self._path[place][1]
                continue
            del self._path[place:]
            part = cell.part(self._row(state, k))
            assert part is not None, "a proved cell is empty: a proof is wrong"
            self._path.append((key, part))
            cell = part
        del self._path[depth - base :]
        return cell
