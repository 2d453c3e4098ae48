"""The record of a search, event by event, from which a certificate is made (docs/certificate.md)."""

from __future__ import annotations

import numpy as np

from exactregions.engines.tree.kernels.compiling import inner, never_inline, once
from exactregions.engines.tree.kernels.layout import (
    LOG,
    LOG_LIMIT,
    LOG_ROWS,
    LOG_VALUES,
    LOGGED,
    LOGGED_VALUES,
    ON_REQUEST,
    PROOF_MULTIPLIERS,
    PROOF_ROWS,
    PROOFS,
    RECORDING,
    REG,
    ROW_SCALES,
    SCRATCH,
    SIGN_MINUS,
    SIGN_PLUS,
    VALUES_LIMIT,
    copy,
    floats,
    integer_matrix,
    integers,
    matrix,
)
from exactregions.engines.tree.kernels.proofs import refuted

__all__ = ["record_event", "record_is_full", "record_sign"]

ORIGINALS = 3  # the row of the scratch that keeps multipliers while shorter ones are tried


@inner
def record_is_full(S: np.ndarray) -> bool:
    """Whether the record has to be taken away before the next step."""
    reg = integers(S, REG)
    return reg[RECORDING] != 0 and (reg[LOGGED] >= reg[LOG_LIMIT] or reg[LOGGED_VALUES] >= reg[VALUES_LIMIT])


@inner
def record_event(S: np.ndarray, event: int, unit: int) -> None:
    """Note a split, a leaf, or a side that is searched elsewhere."""
    reg = integers(S, REG)
    if reg[RECORDING] != 0:
        log = integer_matrix(S, LOG)
        at = reg[LOGGED]
        log[at, 0], log[at, 1], log[at, 2] = event, unit, 0
        reg[LOGGED] = at + 1


@inner
def record_sign(S: np.ndarray, unit: int, sign: int, by_floats: bool) -> None:
    """Note the sign of a unit that does not cut the cell, with the proof that `decide` left; rationals keep theirs."""
    never_inline()
    reg = integers(S, REG)
    if reg[RECORDING] == 0:
        return
    record_event(S, SIGN_PLUS if sign > 0 else SIGN_MINUS, unit)
    log = integer_matrix(S, LOG)
    at = reg[LOGGED] - 1
    if not by_floats:
        log[at, 2] = ON_REQUEST
    elif reg[PROOFS] > 1:
        _shorten(S, reg[PROOFS])
        log[at, 2] = _record_multipliers(S, reg[PROOFS])


@once
def _shorten(S: np.ndarray, count: int) -> None:
    """Round the multipliers of a proof to single floats where it stays one: half the size of the certificate."""
    multipliers = floats(S, PROOF_MULTIPLIERS)
    originals = matrix(S, SCRATCH)[ORIGINALS]
    changed = False
    for i in range(count):
        originals[i] = multipliers[i]
        multipliers[i] = np.float64(np.float32(multipliers[i]))
        changed = changed or multipliers[i] != originals[i]
    if changed and not refuted(S, count):
        copy(multipliers[:count], originals)


@once
def _record_multipliers(S: np.ndarray, count: int) -> int:
    """Append the multipliers that are not zero, by ascending row; the row to refute is the last one."""
    reg = integers(S, REG)
    rows = integers(S, LOG_ROWS)
    values = matrix(S, LOG_VALUES)
    multipliers = floats(S, PROOF_MULTIPLIERS)
    proof_rows = integers(S, PROOF_ROWS)
    scales = floats(S, ROW_SCALES)
    begin = reg[LOGGED_VALUES]
    end = begin
    for i in range(count):
        if multipliers[i] == 0.0:
            continue
        place = end
        while place > begin and rows[place - 1] > proof_rows[i]:
            rows[place] = rows[place - 1]
            values[place, 0], values[place, 1] = values[place - 1, 0], values[place - 1, 1]
            place -= 1
        rows[place] = proof_rows[i]
        values[place, 0], values[place, 1] = multipliers[i], scales[proof_rows[i]]
        end += 1
    reg[LOGGED_VALUES] = end
    return end - begin
