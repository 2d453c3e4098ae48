"""What must not happen: a count that is not the known one, or two ways that disagree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.cases import Case
from benchmarks.measure import Measurement
from benchmarks.pairs import Pair

__all__ = ["mismatches"]


def mismatches(measured: Iterable[tuple[Case, Measurement]], workers: Sequence[Pair] = ()) -> list[str]:
    """Return a line for each wrong count.

    An exact count must be the known one where there is one, and the same for each question, whether regions
    are stored or not and whichever engine answers; an incomplete one must not be above it. One worker and two
    must agree. A tree search without an answer is wrong as well; of other engines it is only reported.
    """
    wrong: list[str] = []
    agreed: dict[tuple[str, str], int] = {}
    for case, m in measured:
        if m.failure is not None:
            if case.skipped is None and case.engine == "tree":
                wrong.append(f"{case.name}: {m.failure}")
            continue
        question = (case.label, case.domain)
        expected = case.known if case.known is not None else agreed.get(question)
        if m.exact:
            agreed.setdefault(question, m.regions)
        elif case.time_limit is None:
            wrong.append(f"{case.name}: not exact ({m.stopped}), though no limit was set")
        if expected is not None and (m.regions > expected or (m.exact and m.regions != expected)):
            wrong.append(f"{case.name}: {m.regions:,} regions, but it has {expected:,}")
    for pair in workers:
        if pair.counts[0] != pair.counts[1]:
            one, two = pair.counts
            wrong.append(f"{pair.name}: one worker finds {one:,} regions and two find {two:,}")
    return wrong
