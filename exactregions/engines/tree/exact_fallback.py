"""What floats could not settle, settled in rationals, one decision at a time (theory, 3.4).

First the float basis is checked exactly; where it is no proof, the same question goes to the exact cells, which
pivot to the end. The search then goes on in floats below.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import flint
import numpy as np

from exactregions.certificate.part import Proof
from exactregions.domain import Domain, Polytope
from exactregions.engines.tree.kernels import layout as at
from exactregions.engines.tree.kernels.decision import admit
from exactregions.engines.tree.scaled_problem import ScaledProblem
from exactregions.exact.cells import Cell, Refutation, polytope_form, polytope_scale, root_cell
from exactregions.exact.farkas import exact_multipliers, refutes
from exactregions.exact.forms import ExactNetwork, Form, Forms
from exactregions.exact.numbers import as_fractions

__all__ = ["ExactFallback"]

REMEMBERED = 64  # stages of affine forms kept, for questions on nearby paths
NEGLIGIBLE = 1e-7  # a float multiplier or component below it, relative, is taken to be zero in the exact basis


class ExactFallback:
    """Exact decisions along the path of one search.

    Parameters
    ----------
    exact : ExactNetwork
    domain : Domain
    problem : ScaledProblem
    """

    def __init__(self, exact: ExactNetwork, domain: Domain, problem: ScaledProblem) -> None:
        self.exact, self.domain, self.problem = exact, domain, problem
        self.by_basis = 0
        self.by_pivots = 0
        self._forms: OrderedDict[tuple[int, bytes], Forms] = OrderedDict()
        self._path: list[tuple[tuple[int, int, bytes], Cell]] = []
        self._root = root_cell(domain)
        self._walls = (
            [polytope_form(row, rhs) for row, rhs in zip(domain.A, domain.b, strict=True)]
            if isinstance(domain, Polytope)
            else []
        )
        self._wall_scales = (
            [polytope_scale(row, rhs) for row, rhs in zip(domain.A, domain.b, strict=True)]
            if isinstance(domain, Polytope)
            else []
        )

    def settle(self, block: at.Block) -> Proof | None:
        """Answer the question the search stopped at, so that it can go on; a unit that does not cut gets a proof."""
        register = block[at.REG]
        unit = int(register[at.UNIT_AT])
        form = self._form(block, unit)
        found = self._from_basis(block, form)
        if found is None:
            found = self._from_pivots(block, unit, form)
        answer, refutation = found
        register[at.ANSWER] = answer
        if refutation is None:
            return None
        rows = sorted(refutation.rows)
        weights = [refutation.rows[k] * self._scale(block, k) for k in rows]
        return Proof(rows, as_fractions([*weights, refutation.form * self._unit_scale(block, unit)]))

    # ---- exact forms of the path

    def _stage_forms(self, block: at.Block, stage: int) -> Forms:
        firsts = block[at.FIRSTS]
        key = (stage, block[at.SIGNS][: firsts[stage]].astype(np.int8).tobytes())
        known = self._forms.get(key)
        if known is None:
            if stage == 0:
                values = self.exact.identity
            else:
                signs = (block[at.SIGNS][firsts[stage - 1] : firsts[stage]] > 0).tolist()
                values = self.exact.activations(stage - 1, self._stage_forms(block, stage - 1), signs)
            known = self._forms[key] = self.exact.pre_activations(stage, values)
            if len(self._forms) > REMEMBERED:
                self._forms.popitem(last=False)
        return known

    def _form(self, block: at.Block, unit: int) -> Form:
        stage = int(np.searchsorted(block[at.FIRSTS], unit, side="right")) - 1
        return self._stage_forms(block, stage).row(unit - int(block[at.FIRSTS][stage]))

    def _unit_scale(self, block: at.Block, unit: int) -> flint.fmpq:
        """Return the factor by which the exact form of a unit exceeds the function it stands for."""
        stage = int(np.searchsorted(block[at.FIRSTS], unit, side="right")) - 1
        return flint.fmpq(flint.fmpz(1) << self._stage_forms(block, stage).exponent)

    def _scale(self, block: at.Block, k: int) -> flint.fmpq:
        """Return the same of row k of the current cell."""
        if k < len(self._walls):
            return self._wall_scales[k]
        return self._unit_scale(block, int(block[at.ROW_UNITS][k]))

    def _row(self, block: at.Block, k: int) -> Form:
        """Return row k of the current cell, exactly and with its sign."""
        if k < len(self._walls):
            return self._walls[k]
        form = self._form(block, int(block[at.ROW_UNITS][k]))
        return form if block[at.ROW_SIGNS][k] > 0 else form.negated()

    # ---- first rung: the float basis

    def _from_basis(self, block: at.Block, form: Form) -> tuple[int, Refutation] | None:
        register = block[at.REG]
        if form.is_constant:
            return (at.PLUS if form.b > 0 else at.MINUS), Refutation()
        side, count = int(register[at.SIDE]), int(register[at.PROOFS])
        if count == 0:
            return None
        target = form if side > 0 else form.negated()
        sizes = block[at.PROOF_MULTIPLIERS][:count]
        if not np.isfinite(sizes).all():
            return None
        kept = [i for i in range(count - 1) if sizes[i] > NEGLIGIBLE * sizes.max()]
        rows = [self._row(block, int(block[at.PROOF_ROWS][i])) for i in kept] + [target]
        multipliers = exact_multipliers(self.domain, rows, self._free(block, [*kept, count - 1]))
        if multipliers is None or not multipliers[-1] or not refutes(self.domain, rows, multipliers):
            return None
        proof_rows = block[at.PROOF_ROWS]
        weights = {int(proof_rows[i]): y for i, y in zip(kept, multipliers[:-1], strict=True) if y}
        self.by_basis += 1
        # a form that is not constant does not vanish on an open cell: nowhere negative, it is positive there
        return (at.MINUS if side > 0 else at.PLUS), Refutation(weights, multipliers[-1])

    def _free(self, block: at.Block, kept: Sequence[int]) -> list[int]:
        """Return the coordinates in which the float combination of the kept rows vanishes."""
        rows, sizes = block[at.PROOF_ROWS][list(kept)], block[at.PROOF_MULTIPLIERS][list(kept)]
        terms = sizes[:, None] * block[at.ROWS][rows, :-1]
        small = np.abs(terms.sum(axis=0)) <= NEGLIGIBLE * np.abs(terms).max(axis=0)
        return np.flatnonzero(small).tolist()

    # ---- second rung: exact pivots

    def _from_pivots(self, block: at.Block, unit: int, form: Form) -> tuple[int, Refutation | None]:
        self.by_pivots += 1
        positive, negative = self._cell(block).sides(form)
        if isinstance(positive, Refutation):
            return at.MINUS, positive  # negative, or identically zero: inactive in both cases
        if isinstance(negative, Refutation):
            return at.PLUS, negative
        children = block[at.CHILDREN]
        children[0], children[1] = (self.problem.from_input(c.witness) for c in (negative, positive))
        admit(block.descriptor, unit)
        return at.SPLIT, None

    def _cell(self, block: at.Block) -> Cell:
        """Return the exact cell of the path, from the longest part of it that was built before."""
        depth, base = int(block[at.REG][at.DEPTH]), len(self._walls)
        firsts, signs = block[at.FIRSTS], block[at.SIGNS]
        cell = self._root
        for place, k in enumerate(range(base, depth)):
            unit, sign = int(block[at.ROW_UNITS][k]), int(block[at.ROW_SIGNS][k])
            stage = int(np.searchsorted(firsts, unit, side="right")) - 1
            key = (unit, sign, signs[: firsts[stage]].astype(np.int8).tobytes())
            if place < len(self._path) and self._path[place][0] == key:
                cell = self._path[place][1]
                continue
            del self._path[place:]
            part = cell.part(self._row(block, k))
            assert part is not None, "a proved cell is empty: a proof is wrong"
            self._path.append((key, part))
            cell = part
        del self._path[depth - base :]
        return cell
