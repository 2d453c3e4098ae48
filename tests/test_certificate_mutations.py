"""Every change of one field of a certificate: it is refused, unless what it then says is true."""

import dataclasses
import itertools
from fractions import Fraction

import certificate_files as cf
import naive_checker
import numpy as np
import pytest
from certificate_files import Draft, Event
from hypothesis import given, settings
from hypothesis import strategies as st

from exactregions.certificate.checker import InvalidCertificate, check
from exactregions.domain import domain_from_dict
from exactregions.errors import ExactRegionsError

MOST = 8  # mutations of each kind for each base; without this bound there are 15,000, and three minutes
HOLDS = {"exact": int.__eq__, "upper": int.__ge__, "lower": int.__le__}


def judged(path, draft: Draft, claim=None) -> bool:
    """Return whether a certificate is accepted; both checkers must agree, and what they accept must be true."""
    return judged_members(path, draft, draft.members(), claim)


def judged_members(path, draft: Draft, members: dict[str, bytes], claim=None) -> bool:
    cf.write(path, members)
    try:
        verdict = check(path, claim=claim)
    except InvalidCertificate:
        verdict = None
    try:
        naive = naive_checker.Certificate(members).verified(claim)
    except naive_checker.Refused:
        naive = None
    assert (verdict is None) == (naive is None), f"{verdict} but naively {naive}"
    if verdict is None or naive is None:
        return False
    assert (verdict.claim, verdict.regions) == (naive.claim, naive.regions)
    truth = cf.true_count(draft.network, domain_from_dict(draft.header["domain"]))
    assert HOLDS[verdict.claim](verdict.regions, truth), f"{verdict.sentence}, and there are {truth}"
    return True


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mutated.cert"


BASES = {name: cf.case(name) for name in cf.CASES}


@pytest.fixture(params=BASES)
def base(request) -> Draft:
    return BASES[request.param]


def places(draft: Draft):
    """Yield the part, the index and the event of each event."""
    for k, part in enumerate(draft.parts):
        for i, event in enumerate(part.events):
            yield k, i, event


def replaced(draft: Draft, part: int, index: int, *events: Event) -> Draft:
    old = draft.parts[part].events
    return draft.with_events(part, [*old[:index], *events, *old[index + 1 :]])


def some(mutations) -> list:
    """Return so many of the mutations, spread over all."""
    every = list(mutations)
    return every[:: max(1, -(-len(every) // MOST))]


def all_refused(path, drafts) -> None:
    """Judge drafts of which none can be true."""
    for draft in some(drafts):
        assert not judged(path, draft)


def accepted(path, drafts) -> float:
    """Judge drafts of which some may be true; return the fraction that is accepted."""
    results = [judged(path, draft) for draft in some(drafts)]
    return sum(results) / max(len(results), 1)


def test_the_certificates_themselves(base, path):
    assert judged(path, base)
    for claim in ("lower", "upper"):
        assert judged(path, base, claim) == (base.header["claim"] in ("exact", claim))


def test_an_event_dropped_or_repeated(base, path):
    def mutated():
        for k, i, event in places(base):
            yield replaced(base, k, i)
            yield replaced(base, k, i, event, event)

    all_refused(path, mutated())


def test_neighbours_exchanged(base, path):
    """Two signs, or two splits within a prefix, may well come in another order."""

    def mutated():
        for k, i, event in places(base):
            events = base.parts[k].events
            if i and event != events[i - 1]:
                yield base.with_events(k, [*events[: i - 1], event, events[i - 1], *events[i + 1 :]])

    assert accepted(path, mutated()) <= 0.5


def test_a_leaf_dropped_or_repeated_in_silence(base, path):
    """The numbers of leaves and regions say what they said before."""

    def mutated():
        for k, i, event in places(base):
            if event.code in cf.LEAVES:
                yield replaced(base, k, i).with_events(k, replaced(base, k, i).parts[k].events, base.parts[k].leaves)
                twice = replaced(base, k, i, event, event).parts[k].events
                yield base.with_events(k, twice, base.parts[k].leaves)

    all_refused(path, mutated())


def test_the_side_walked_first_is_exchanged(base, path):
    """A split of which the other side is walked first: refused, unless both sides look the same to their proofs."""
    flipped = (
        replaced(base, k, i, dataclasses.replace(event, code=1 - event.code))
        for k, i, event in places(base)
        if event.code in cf.SPLITS and event.unit >= len(base.parts[k].prefix)
    )
    if len(base.parts) == 1 and base.header["claim"] == "exact":
        all_refused(path, flipped)
    else:
        accepted(path, flipped)


def test_signs(base, path):
    """A sign event of the other sign cannot hold where the cell is not empty."""

    def mutated():
        for k, i, event in places(base):
            if event.code in cf.SIGNS:
                yield replaced(base, k, i, dataclasses.replace(event, code=event.code ^ 1))

    all_refused(path, mutated())


def test_other_codes_and_units(base, path):
    def mutated():
        for k, i, event in places(base):
            for code in {0, 2, 7, 8, 9, 10, 11, 12, 255} - {event.code, event.code ^ 1}:
                yield replaced(base, k, i, dataclasses.replace(event, code=code))
            for unit in {0, event.unit - 1, event.unit + 1, 65535} - {event.unit, -1}:
                if event.code < 8:
                    yield replaced(base, k, i, dataclasses.replace(event, unit=unit))

    assert accepted(path, mutated()) <= 0.1


def test_multipliers(base, path):
    """Some of these are still proofs, and the judges say which."""

    def mutated():
        for k, i, event in places(base):
            if event.code not in cf.SIGNS or not event.rows:
                continue
            for j, y in enumerate(event.numbers):
                for other in (-y, -Fraction(1, 2**20), 0, y * 2, y / 2, y + 1, y + Fraction(1, 2**20)):
                    numbers = [*event.numbers[:j], other, *event.numbers[j + 1 :]]
                    yield replaced(base, k, i, dataclasses.replace(event, code=6 + event.code % 2, numbers=numbers))
            yield replaced(base, k, i, dataclasses.replace(event, numbers=[0] * len(event.numbers)))
            yield replaced(base, k, i, dataclasses.replace(event, rows=[], numbers=[]))
            for j, row in enumerate(event.rows):
                for other in {0, row - 1, row + 1, 65535} - {row, -1}:
                    rows = [*event.rows[:j], other, *event.rows[j + 1 :]]
                    yield replaced(base, k, i, dataclasses.replace(event, rows=rows))

    accepted(path, mutated())


def test_negative_multipliers(base, path):
    def mutated():
        for k, i, event in places(base):
            if event.code in cf.SIGNS and event.rows:
                for j in range(len(event.numbers)):
                    numbers = [-max(y, 1) if m == j else y for m, y in enumerate(event.numbers)]
                    yield replaced(base, k, i, dataclasses.replace(event, numbers=numbers))

    all_refused(path, mutated())


def test_scaled_multipliers_are_the_same_proof(base, path):
    for k, i, event in places(base):
        if event.code in cf.SIGNS and event.rows and i % 3 == 0:
            numbers = [y * Fraction(7, 3) for y in event.numbers]
            scaled = dataclasses.replace(event, code=6 + event.code % 2, numbers=numbers)
            assert judged(path, replaced(base, k, i, scaled))


def moved(event: Event, point) -> Event:
    return dataclasses.replace(event, code=9, numbers=list(point))


def leaf_rows(draft: Draft):
    """Yield each leaf with its witness and the rows of its cell as Fractions, found by the naive checker."""
    certificate = naive_checker.Certificate(draft.members())
    found = []

    class Recorded(naive_checker.Part):
        def leaf(self, event, signs, rows):
            found.append(rows)
            super().leaf(event, signs, rows)

    for i, part in enumerate(certificate.summary["parts"]):
        Recorded(certificate, i, part).walk()
    leaves = [(k, i, event) for k, i, event in places(draft) if event.code in (8, 9)]
    yield from ((*leaf, rows) for leaf, rows in zip(leaves, found, strict=True))


def test_witnesses_moved_onto_a_hyperplane_or_beyond(base, path):
    if base.header["claim"] == "upper":
        pytest.skip("leaves have no witnesses")

    def mutated():
        for k, i, event, rows in leaf_rows(base):
            x = [Fraction(v) for v in event.numbers]
            for a, b in rows:
                value, square = naive_checker.dot(a, x) + b, naive_checker.dot(a, a)
                for times in (1, Fraction(9, 8)):
                    y = [v - times * value / square * w for v, w in zip(x, a, strict=True)]
                    yield replaced(base, k, i, moved(event, y))

    all_refused(path, mutated())


def test_witnesses_moved_to_the_edge_of_the_domain_or_beyond(base, path):
    domain = domain_from_dict(base.header["domain"]).free_part()
    if base.header["claim"] == "upper" or domain.kind in ("whole-space", "polytope"):
        pytest.skip("no witness, or no edge but rows")
    center = domain.center

    def mutated():
        for k, i, event in places(base):
            if event.code not in (8, 9):
                continue
            for axis, side in itertools.product(range(len(center)), (-1, 1)):
                reach = domain.radius if domain.kind == "ball" else domain.upper[axis] - center[axis]
                for beyond in (1, 1 + Fraction(1, 10**30), 10**9):
                    point = [c + side * reach * beyond * (j == axis) for j, c in enumerate(center)]
                    yield replaced(base, k, i, moved(event, point))

    all_refused(path, mutated())


def test_witnesses_exchanged(base, path):
    leaves = [(k, i, event) for k, i, event in places(base) if event.code in (8, 9)]
    all_refused(
        path,
        (
            replaced(base, k, i, dataclasses.replace(event, code=other.code, numbers=other.numbers))
            for (k, i, event), (_, _, other) in itertools.permutations(leaves, 2)
        ),
    )


def domains(domain: dict):
    """Descriptions that differ in one number, or in the norm."""

    def varied(value):
        exact = Fraction(value)
        tiny = Fraction(1, 10**20)
        return [str(v) for v in (exact + 1, exact - 1, exact * 2, exact / 2, exact + tiny, exact - tiny) if v != exact]

    for key, value in domain.items():
        match key:
            case "radius":
                yield from (domain | {key: v} for v in varied(value))
            case "norm":
                yield from (domain | {key: v} for v in (1, 2, "inf") if v != value)
            case "center" | "lower" | "upper" | "b":
                for i, old in enumerate(value):
                    yield from (domain | {key: [*value[:i], v, *value[i + 1 :]]} for v in varied(old))
            case "A":
                for i, row in enumerate(value):
                    for j, old in enumerate(row):
                        for v in varied(old):
                            yield domain | {key: [*value[:i], [*row[:j], v, *row[j + 1 :]], *value[i + 1 :]]}
            case "box" if value:
                yield domain | {key: None}
                yield from (domain | {key: box} for box in domains(value))


def test_another_domain(base, path):
    """The proofs may hold in another domain as well: then the count there must be the same."""
    for domain in some(domains(base.header["domain"])):
        try:
            judged(path, base.about({"domain": domain}))
        except ExactRegionsError as error:
            pytest.fail(f"accepted a domain that does not exist: {error}")


def test_other_weights(base, path):
    """With the fingerprint left as it was, all are refused; with their own, those whose count is another."""

    def mutated():
        for name, array in base.arrays.items():
            for place in np.ndindex(array.shape):
                for new in (-array[place], array[place] + 2.0**-40, np.nextafter(array[place], 9), array[place] + 1):
                    if new != array[place]:
                        other = array.copy()
                        other[place] = new
                        yield {name: other}

    for arrays in some(mutated()):
        assert not judged(path, base.about(arrays=arrays, fingerprint=False))
        judged(path, base.about(arrays=arrays))


def test_counts_and_flags(base, path):
    summary = base.summary()
    whole = base.members()

    def with_summary(**changed):
        members = dict(whole)
        members["summary.json"] = cf.json.dumps(summary | changed).encode()
        return members

    parts = summary["parts"]
    mutated = [with_summary(regions=summary["regions"] + k) for k in (-1, 1, 10**6)]
    mutated += [with_summary(complete=False), with_summary(parts=[]), with_summary(parts=[*parts, parts[0]])]
    for i, part in enumerate(parts):
        others = [{"leaves": part["leaves"] + 1}, {"leaves": part["leaves"] - 1}, {"complete": False}]
        others += [{"prefix": part["prefix"] + s} for s in "+-"]
        others += [{"prefix": p} for p in {part["prefix"][:-1], part["prefix"][:-1] + "+", "-"} - {part["prefix"]}]
        for other in others:
            mutated.append(with_summary(parts=[*parts[:i], part | other, *parts[i + 1 :]]))
        mutated.append(with_summary(parts=[*parts[:i], *parts[i + 1 :]]))
        extra = [*parts[:i], part | {"leaves": part["leaves"] + 1}, *parts[i + 1 :]]
        mutated.append(with_summary(parts=extra, regions=summary["regions"] + 1))
    for members in some(mutated):
        assert not judged_members(path, base, members)


def test_parts_dropped_repeated_or_exchanged(path):
    for name in ("parts", "nested parts", "parts, upper"):
        base = BASES[name]
        for i, part in enumerate(base.parts):
            assert not judged(path, dataclasses.replace(base, parts=base.parts[:i] + base.parts[i + 1 :]))
            assert not judged(path, dataclasses.replace(base, parts=[*base.parts, part]))
            for other in base.parts[i % 3 :: 3]:
                if part.events != other.events:
                    parts = list(base.parts)
                    parts[i] = dataclasses.replace(part, events=other.events)
                    judged(path, dataclasses.replace(base, parts=parts))
        assert judged(path, dataclasses.replace(base, parts=base.parts[::-1])), "their order does not matter"


def test_certificates_of_another_question(path):
    """The walks of one base with the header and network of another."""
    for i, (one, other) in enumerate(itertools.permutations(BASES.values(), 2)):
        if one.header["inputs"] == other.header["inputs"] and i % 6 == 0:
            judged(path, dataclasses.replace(one, header=other.header, arrays=other.arrays))
            if one.network != other.network:
                assert not judged(path, dataclasses.replace(one, arrays=other.arrays))


@pytest.mark.parametrize("name", ["box", "ball 2", "whole space", "nested parts"])
def test_walks_cut_short(name, path):
    """A search that was stopped proves a lower bound, and no more."""
    base = BASES[name]
    for k, part in enumerate(base.parts):
        for events in some(range(len(part.events)) if len(base.parts) == 1 else (0, len(part.events) - 1)):
            short = cf.truncated(base, events, k)
            assert not judged(path, short)
            assert not judged(path, short, "upper")
            judged(path, short, "lower")


@settings(max_examples=350)
@given(data=st.data())
def test_random_entries(tmp_path_factory, data):
    """One entry of one column, of the file as it is written, is another."""
    path = tmp_path_factory.getbasetemp() / "random.cert"
    base = BASES[data.draw(st.sampled_from(sorted(BASES)))]
    members = base.members()
    name = data.draw(st.sampled_from(sorted(members)))
    if name.endswith("json"):
        text = members[name].decode()
        i = data.draw(st.integers(0, len(text) - 1))
        changed = text[:i] + data.draw(st.sampled_from('0123456789-+/.,[]{}" ')) + text[i + 1 :]
        members[name] = changed.encode()
        if changed == text:
            return
        judge_text(path, base, members)
        return
    values = np.frombuffer(members[name], dtype=cf.KINDS[name[-3:]]).copy()
    i = data.draw(st.integers(0, len(values) - 1))
    if name.endswith(("f4", "f8")):
        new = data.draw(st.one_of(st.floats(-4, 4, width=32), st.sampled_from([0.0, -1.0, 1.0, 1e-30, np.nan, np.inf])))
    else:
        new = data.draw(st.integers(0, 12))
    if new == values[i]:
        return
    values[i] = new
    members[name] = values.tobytes()
    if name.startswith("network"):
        assert not judged_members(path, base, members), "the fingerprint is another"
    else:
        judged_members(path, base, members)


def judge_text(path, base, members):
    """Judge a file whose JSON may be broken; the question is read from it where it can be."""
    try:
        header = cf.json.loads(members["certificate.json"])
        base = dataclasses.replace(base, header=base.header | {"domain": header["domain"]})
    except (ValueError, KeyError, TypeError):
        pass
    judged_members(path, base, members)
