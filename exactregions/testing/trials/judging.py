"""Is what an operation gives true: region sets, witnesses, entry radii."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from exactregions.domain import Domain
from exactregions.testing.trials.oracle import Answer, Pattern
from exactregions.testing.trials.session import Session

MOST_ROWS = 6  # of a set, whose witnesses and entry radii are looked at
# of the domain's size: what linear programs give is not to be judged, and the tree engine promises less than this
ABSOLUTE, RELATIVE = Fraction(1, 10**8), Fraction(1, 2**24)


def text_of(pattern: Pattern) -> str:
    """Return a pattern as scripts print it."""
    return "".join("01"[sign] for sign in pattern)


def judge_regions(session: Session, rows: Sequence[int] = ()) -> None:
    """Judge the variable `regions` against the truth of the trial, and some of its rows closely."""
    regions, truth = session.regions, session.truth
    true = sorted(map(text_of, truth.patterns))
    if regions.complete:
        session.ask("verdict", "regions.exact", True)
        session.ask("count", "len(regions)", len(true))
        if regions.stored:
            session.ask("patterns", "patterns(regions)", true)
    else:
        session.ask("verdict of a part", "regions.exact, regions.stopped is not None", (False, True))
        session.judge("count of a part", "len(regions)", f"found <= {len(true)}")
        if regions.stored:
            part = f"len(set(found)) == len(found) and set(found) <= set({true})"
            session.judge("patterns of a part", "patterns(regions)", part)
    if regions.stored and len(regions):
        close = sorted({row % len(regions) for row in rows})[:MOST_ROWS]
        judge_witnesses(session, close)
        judge_radii(session, close)


def judge_witnesses(session: Session, rows: Sequence[int]) -> None:
    """Judge whether witnesses lie strictly inside their regions and the domain."""
    for row in rows:
        region = session.regions[row]
        pattern = tuple(region.pattern.tolist())
        holds = session.truth.is_witness(pattern, region.witness)
        wanted = f"a point strictly inside region {text_of(pattern)} and the domain"
        session.compared("witness", holds, f"regions[{row}].witness", wanted, region.witness)


def judge_radii(session: Session, rows: Sequence[int]) -> None:
    """Judge entry radii of the variable `regions` where the truth has them."""
    regions, truth, domain = session.regions, session.truth, session.trial.domain
    if regions.entry_radii is None or not truth.entries:
        return
    patterns = list(map(tuple, regions.pattern_array().tolist()))
    for row in rows:
        true = truth.entries.get(patterns[row])
        if true is None:
            continue
        found, bounds = regions[row].entry_radius, regions[row].entry_bounds
        wanted = _shown(domain, true)
        if bounds is not None:
            low, high = bounds
            holds = low <= found <= high and _between(domain, low, high, true)
            asked = f"regions[{row}].entry_bounds"
            session.compared("bounds of an entry radius", holds, asked, f"bounds of {wanted}", bounds)
        else:
            holds = _near(domain, found, true)
            session.compared("entry radius", holds, f"regions[{row}].entry_radius", f"a number near {wanted}", found)
        if regions.exact_entries is not None:
            session.ask("exact entry radius", f"regions.exact_entries[{row}]", true)


def _near(domain: Domain, found: float, true: Fraction) -> bool:
    if not 0 <= found < float("inf"):
        return False
    size = domain.largest_entry or Fraction(1)
    value = Fraction(found)
    slack = ABSOLUTE * size + RELATIVE * value
    return _between(domain, max(value - slack, Fraction(0)), value + slack, true)


def _between(domain: Domain, low: float | Fraction, high: float | Fraction, true: Fraction) -> bool:
    """Return whether a radius, squared in the Euclidean norm, lies between two bounds of it."""
    power = domain.entry_power
    return Fraction(low) ** power <= true and (high == float("inf") or true <= Fraction(high) ** power)


def _shown(domain: Domain, true: Fraction) -> str:
    return str(true) if domain.entry_power == 1 else f"the root of {true}"


def entries_of(truth: Answer) -> list[Fraction]:
    """Return the distinct entry radii that are known, ascending."""
    return sorted({entry for entry in truth.entries.values() if entry is not None})
