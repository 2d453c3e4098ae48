"""Is an answer right: its verdict, its columns, every witness and entry radius, its patterns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from exactregions.cases.case import Case
from exactregions.crosscheck.agreement import pattern_text
from exactregions.domain import Domain
from exactregions.exact.forms import ExactNetwork
from exactregions.exact.nearest import NearestPoint
from exactregions.exact.numbers import as_fractions, as_point
from exactregions.exact.shapes import shape_of
from exactregions.exact.walk import signed_rows
from exactregions.fixed_inputs import free_inputs
from exactregions.network import Network
from exactregions.regions import RegionSet
from exactregions.testing.conformance_report import Failure

WITNESSES_CHECKED = 3_000  # more than a standard case has regions
RADII_CHECKED = 8  # decided anew in rationals, which is slow
# of the domain's radius: linear programs give an entry radius to about 1e-10, and the method is not to be judged
RADIUS_ERROR = Fraction(1, 10**8)


def answer_failures(case: Case, regions: RegionSet, accept_undecided: bool = False) -> list[Failure]:
    """Return what is wrong with an answer that no limit cut short."""
    if accept_undecided and regions.complete and regions.undecided:
        return part_failures(case, regions)
    if not regions.exact:
        return [Failure(case.name, f"exactly {case.count} regions", repr(regions))]
    found = part_failures(case, regions)
    # distinct proved regions in the right number are the right ones
    missing, extra = _differences(case, regions) if found or regions.count != case.count else ((), ())
    if regions.count != case.count or missing or extra:
        found.insert(0, Failure(case.name, f"{case.count} regions", f"{regions.count}", missing, extra))
    return found


def part_failures(
    case: Case, regions: RegionSet, witnesses: int = WITNESSES_CHECKED, radii: int = RADII_CHECKED
) -> list[Failure]:
    """Return what is wrong with the regions of an answer, whether or not they are all there are.

    Parameters
    ----------
    witnesses, radii : int
        How many are checked at most, spread over the answer.
    """
    broken = [Failure(case.name, *pair) for pair in _column_faults(case.network, case.domain, regions)]
    if broken:
        return broken
    inner = free_inputs(case.network, case.domain).inward(regions)
    pairs = [*_repeated(regions), *_witness_faults(regions, inner, witnesses), *_radius_faults(inner, radii)]
    return [Failure(case.name, *pair) for pair in pairs]


def named(network: Network, patterns: set[bytes] | frozenset[bytes]) -> tuple[str, ...]:
    """Return patterns as texts, sorted."""
    return tuple(sorted(pattern_text(network, p) for p in patterns))


def _differences(case: Case, regions: RegionSet) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not regions.stored or regions.patterns.shape[1:] != ((case.network.units + 7) // 8,):
        return (), ()
    found, true = regions.pattern_set(), case.patterns()
    return named(case.network, true - found), named(case.network, found - true)


def _column_faults(network: Network, domain: Domain, regions: RegionSet) -> Iterator[tuple[str, str]]:
    """Yield what is expected and what came instead, for columns and verdicts that do not fit together."""
    n, width = len(regions.patterns), (network.units + 7) // 8
    if regions.network != network or regions.domain != domain:
        yield "the network and the domain of the question in the answer", repr(regions)
    if not regions.stored:
        yield f"a stored pattern for each of {regions.count} regions", f"{n} patterns"
    if regions.patterns.shape != (n, width) or regions.patterns.dtype != np.uint8:
        yield f"patterns of shape {(n, width)} in uint8", f"{regions.patterns.shape} in {regions.patterns.dtype}"
    elif width * 8 > network.units and np.any(regions.patterns[:, -1:] >> (8 - (width * 8 - network.units))):
        yield "zeros in the bits behind the last unit", "ones"
    if regions.witnesses.shape != (n, network.inputs):
        yield f"witnesses of shape {(n, network.inputs)}", f"{regions.witnesses.shape}"
    if regions.entry_radii is not None and regions.entry_radii.shape != (n,):
        yield f"entry radii of shape {(n,)}, or None", f"{regions.entry_radii.shape}"
    if regions.entry_bounds is not None and (regions.entry_radii is None or regions.entry_bounds.shape != (n, 2)):
        yield f"bounds of entry radii of shape {(n, 2)}, beside entry radii, or None", f"{regions.entry_bounds.shape}"
    if regions.complete and (regions.stopped is not None or regions.frontier):
        yield "a complete search that nothing stopped, with no frontier", f"stopped {regions.stopped!r}"
    if not regions.complete and not regions.stopped:
        yield "the reason why the search stopped", f"stopped {regions.stopped!r}"


def _repeated(regions: RegionSet) -> Iterator[tuple[str, str]]:
    repeated = len(regions) - len(regions.pattern_set())
    if repeated:
        yield "distinct patterns", f"{repeated} of {len(regions)} regions reported twice"


def _witness_faults(regions: RegionSet, inner: RegionSet, most: int) -> Iterator[tuple[str, str]]:
    """Yield the first witness that is wrong, given the answer in the free inputs as well."""
    from exactregions.exact.witnesses import is_witness

    exact = ExactNetwork(inner.network)
    for row in _spread(len(regions), most):
        witness = _witness(regions, row)
        point = [] if witness is None else as_point(inner[row].witness)
        inside = witness is not None and regions.domain.contains(witness)
        if not inside or not is_witness(exact, inner.domain, point, regions[row].pattern.tolist()):
            at = "no finite point" if witness is None else f"({', '.join(f'{float(v):.3g}' for v in witness[:4])}, ..)"
            yield f"a witness strictly inside region {_text(regions, row)} and the domain", at
            return  # one tells enough


def _witness(regions: RegionSet, row: int) -> tuple[Fraction, ...] | None:
    """Return the exact witness of a row; None where its floats are not finite and nothing stands for them."""
    if row not in regions.exact_witnesses and not np.isfinite(regions.witnesses[row]).all():
        return None
    return regions[row].witness


def _radius_faults(regions: RegionSet, most: int) -> Iterator[tuple[str, str]]:
    """Yield the first entry radius that is wrong; of a polytope or the whole space nothing is asked."""
    entries, full = regions.entry_radii, regions.domain.largest_entry
    if entries is None or full is None:
        return
    exact = ExactNetwork(regions.network)
    right = _is_distance if regions.domain.entry_power == 2 else _is_entry
    for row in _spread(len(regions), most):
        entry = float(entries[row])
        least, largest = (0.0, math.inf) if regions.entry_bounds is None else regions.entry_bounds[row].tolist()
        inside = math.isfinite(entry) and 0 <= entry <= full and least <= entry <= largest
        if not inside or not right(exact, regions, row, RADIUS_ERROR * full):
            yield f"the entry radius of region {_text(regions, row)}", repr(entry)
            return


def _is_distance(exact: ExactNetwork, regions: RegionSet, row: int, slack: Fraction) -> bool:
    """Compare with the distance of the exact nearest point of the region from the centre of a Euclidean ball."""
    nearest = NearestPoint(as_point(shape_of(regions.domain).center))
    for form in signed_rows(exact, regions[row].pattern.tolist()):
        closer = nearest.with_row(form)
        if closer is None:
            return False
        nearest = closer
    square = as_fractions([nearest.distance_squared])[0]
    if regions.exact_entries is not None and regions.exact_entries[row] != square:
        return False
    low, high = _claimed(regions, row, slack)
    return max(low, 0) ** 2 <= square <= high**2


def _is_entry(exact: ExactNetwork, regions: RegionSet, row: int, slack: Fraction) -> bool:
    """Decide whether the region meets the domain shrunk to just more, and not to just less."""
    from exactregions.exact.witnesses import cell_of_pattern

    pattern = regions[row].pattern.tolist()
    low, high = _claimed(regions, row, slack)
    if low > 0 and cell_of_pattern(exact, regions.domain.shrunk(low), pattern) is not None:
        return False
    # a region meets what is larger than its entry radius, by however little
    return cell_of_pattern(exact, regions.domain.shrunk(high + slack), pattern) is not None


def _claimed(regions: RegionSet, row: int, slack: Fraction) -> tuple[Fraction, Fraction]:
    """Return the ends between which the answer says that an entry radius lies: proved, or what rounding may leave."""
    assert regions.entry_radii is not None
    if regions.entry_bounds is None:
        entry = Fraction(float(regions.entry_radii[row]))
        return entry - slack, entry + slack
    low, high = (Fraction(v) for v in regions.entry_bounds[row].tolist())
    return low, high


def _text(regions: RegionSet, row: int) -> str:
    return pattern_text(regions.network, regions.patterns[row].tobytes())


def _spread(count: int, most: int) -> list[int]:
    """Return up to `most` rows, evenly spread."""
    return sorted({int(row) for row in np.linspace(0, count - 1, min(count, most))})
