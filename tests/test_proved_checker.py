"""The plain form of certificates, and the checker that is proved in Coq (proof/), which judges as the others do."""

import json
import subprocess
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import certificate_files as cf
import numpy as np
import pytest
from typer.testing import CliRunner

from exactregions import Halfspaces, Unsafe, load, verify
from exactregions.cases.golden import golden_cases
from exactregions.certificate.checker import IncompleteCertificate, InvalidCertificate, check
from exactregions.certificate.folder import FORMAT, MANIFEST
from exactregions.certificate.plain import export_certificate
from exactregions.cli import app
from exactregions.errors import CertificateError

ROOT = Path(__file__).parents[1]
PROVED = ROOT / "proof" / "check"
BASES = {name: cf.case(name) for name in cf.CASES}
built = pytest.mark.skipif(not PROVED.exists(), reason="the proved checker is not built (make -C proof check)")


def verdicts(paths) -> list[str]:
    """Return what the proved checker says of each file."""
    run = subprocess.run([PROVED, *paths], capture_output=True, text=True, check=False)
    lines = run.stdout.splitlines()
    assert len(lines) == len(paths), run.stderr
    assert run.returncode == (0 if all(line.startswith("verified: ") for line in lines) else 1)
    return lines


def proved(paths) -> list[bool]:
    """Return which of the files the proved checker accepts."""
    return [line.startswith("verified: ") for line in verdicts(paths)]


def number(text) -> Fraction:
    p, _, q = text.partition("/")
    return Fraction(int(p, 0), int(q or "1", 0))


def read(path):
    """Return the network of a plain file as its units, stage by stage, and the witnesses."""
    lines = [line.split(" ") for line in path.read_text().splitlines()]
    stages, witnesses = [], []
    for word, *rest in lines:
        if word == "stage":
            stages.append([])
        elif word == "unit":
            stages[-1].append([number(text) for text in rest])
        elif word == "leaf":
            witnesses.append([number(text) for text in rest])
    return stages, witnesses


def pattern(stages, x):
    signs = []
    for stage in stages:
        z = [sum((a * b for a, b in zip(w, x, strict=True)), bias) for _, _, bias, *w in stage]
        signs += [v > 0 or low == high for v, (low, high, *_) in zip(z, stage, strict=True)]
        x = [v * (high if v > 0 else low) for v, (low, high, *_) in zip(z, stage, strict=True)]
    return tuple(signs)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "plain.txt"


@pytest.mark.parametrize("name", BASES)
def test_the_lines_hold_the_question_and_the_witnesses(name, tmp_path, out):
    draft = BASES[name]
    told = export_certificate(draft.write(tmp_path / "a.cert"), out)
    count = draft.summary()["regions"]
    assert (told.claim, told.leaves, told.fingerprint) == (draft.header["claim"], count, draft.header["fingerprint"])
    stages, witnesses = read(out)
    assert [len(stage) for stage in stages] == draft.header["stages"]
    if told.claim == "exact":
        assert len({pattern(stages, x) for x in witnesses}) == len(witnesses) == count
    lines = out.read_text().splitlines()
    assert lines[-1] == "end"
    assert sum(line.startswith("part") for line in lines) == len(draft.parts) - 1


@built
def test_certificates_of_every_kind_are_proved(tmp_path):
    paths = []
    for i, (name, draft) in enumerate(BASES.items()):
        for claim in ("exact", "lower", "upper"):
            if draft.header["claim"] in ("exact", claim):
                paths.append(tmp_path / f"{i}.{claim}")
                assert export_certificate(draft.write(tmp_path / "a.cert"), paths[-1], claim).claim == claim, name
    assert all(proved(paths))


@built
def test_the_golden_certificates_are_proved(tmp_path):
    paths, lines = [], []
    for case in golden_cases(ROOT / "data" / "golden"):
        if case.certificate:
            paths.append(tmp_path / case.name)
            told = export_certificate(case.certificate, paths[-1])
            lines.append(f"verified: exactly {case.regions} regions, network {told.fingerprint}")
    assert len(paths) > 40
    assert verdicts(paths) == lines


# ---- mutations


def choice(rng, values):
    values = list(values)
    return values[rng.integers(len(values))]


def another_event(rng, base):
    """An event is dropped, repeated, exchanged with the next, or turned to the other sign or another unit."""
    k = int(rng.integers(len(base.parts)))
    events = list(base.parts[k].events)
    i = int(rng.integers(len(events)))
    event = events[i]
    changed = choice(
        rng,
        (
            [],
            [event, event],
            [*events[i + 1 : i + 2], event],
            [replace(event, code=event.code ^ 1)],
            [replace(event, unit=event.unit + 1)],
        ),
    )
    return base.with_events(k, [*events[:i], *changed, *events[i + max(1, len(changed)) :]])


def another_number(rng, base):
    """A multiplier or a coordinate of a witness is another, or a row of a proof."""
    places = [(k, i) for k, part in enumerate(base.parts) for i, e in enumerate(part.events) if e.numbers]
    if not places:
        return another_event(rng, base)
    k, i = choice(rng, places)
    events = list(base.parts[k].events)
    event, j = events[i], int(rng.integers(len(events[i].numbers)))
    old = Fraction(event.numbers[j])
    new = choice(rng, (-old, 0, old / 2, 2 * old, old + Fraction(1, 2**40), old - 1, old + 1))
    numbers = [*event.numbers[:j], new, *event.numbers[j + 1 :]]
    exact = {2: 6, 3: 7, 4: 6, 5: 7, 8: 9}.get(event.code, event.code)
    events[i] = replace(event, code=exact, numbers=numbers)
    if event.rows and rng.integers(3) == 0:
        rows = [row + int(rng.integers(-1, 2)) for row in event.rows]
        events[i] = replace(event, rows=[max(row, 0) for row in rows])
    return base.with_events(k, events)


def another_weight(rng, base):
    name = choice(rng, base.arrays)
    array = base.arrays[name].copy()
    if not array.size:
        return another_event(rng, base)
    place = choice(rng, np.ndindex(array.shape))
    array[place] = choice(rng, (-array[place], array[place] + 2.0**-40, array[place] + 1, 0.0))
    return base.about(arrays={name: array}, fingerprint=bool(rng.integers(4)))


def another_domain(rng, base):
    domain = dict(base.header["domain"])
    key = choice(rng, [k for k in domain if k in ("radius", "norm", "center", "lower", "upper", "b", "A")] or ["dim"])
    if key == "norm":
        domain[key] = choice(rng, (1, 2, "inf"))
    elif key in ("radius", "dim"):
        domain[key] = str(Fraction(domain[key]) + choice(rng, (1, -1, Fraction(1, 10**20), Fraction(-1, 10**20))))
    else:
        values = [list(row) if isinstance(row, list) else row for row in domain[key]]
        row = choice(rng, values) if key == "A" else values
        i = int(rng.integers(len(row)))
        row[i] = str(Fraction(row[i]) + choice(rng, (1, -1, Fraction(1, 10**20), Fraction(-1, 10**20))))
        domain[key] = values
    return base.about({"domain": domain}, fingerprint=False)


def another_summary(rng, base):
    """A flag, a count or a prefix is another, or parts have been exchanged."""
    k = int(rng.integers(len(base.parts)))
    part = base.parts[k]
    changed = choice(
        rng,
        ({"complete": False}, {"leaves": part.leaves + 1}, {"prefix": part.prefix + "+"}, {"prefix": part.prefix[:-1]}),
    )
    parts = [*base.parts[:k], replace(part, **changed), *base.parts[k + 1 :]]
    return replace(base, parts=choice(rng, (parts, base.parts[:-1], [*base.parts, part])))


def cut_short(rng, base):
    k = int(rng.integers(len(base.parts)))
    return cf.truncated(base, int(rng.integers(len(base.parts[k].events))), k)


MUTATIONS = (another_event, another_number, another_weight, another_domain, another_summary, cut_short)


def judged(path, claim):
    try:
        return check(path, claim=claim).regions
    except InvalidCertificate:
        return None


@built
def test_five_hundred_mutations_are_judged_alike(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "mutated.cert"
    expected, paths = [], []
    for i in range(500):
        mutation, (name, base) = MUTATIONS[i % len(MUTATIONS)], choice(rng, BASES.items())
        draft = mutation(rng, base)
        draft.write(path)
        claim = "lower" if mutation is cut_short and base.header["claim"] == "exact" else None
        true = judged(path, claim)
        try:
            told = export_certificate(path, tmp_path / f"{i}.txt", claim)
        except (InvalidCertificate, CertificateError):
            told = None
        if told is None:
            assert true is None, f"{mutation.__name__} of {name}, number {i}, cannot be exported"
            continue
        assert true in (None, told.leaves)
        paths.append(tmp_path / f"{i}.txt")
        expected.append((true is not None, i, mutation.__name__, name))
    for found, (true, *which) in zip(proved(paths), expected, strict=True):
        assert found == true, which
    accepted = [true for true, *_ in expected]
    assert 20 < sum(accepted) < len(accepted) - 100, "both verdicts are common"


@built
def test_other_tournaments_tell_other_winners_to_both(tmp_path):
    """The same tree about the network with other winner units, of which there may be more or fewer different ones."""
    [case] = golden_cases(ROOT / "data" / "golden", only="pooling-2x2")
    network = load(case.path)
    one, two = network.winners
    sides = tuple((b, a) for a, b in one.contests)
    variants = [(), (two,), (replace(one, contests=sides), two), (replace(one, units=one.units[::-1]), two), (two, one)]
    counts, paths = [], []
    with zipfile.ZipFile(case.certificate) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(members["certificate.json"])
    for i, winners in enumerate(variants):
        told = [[list(w.units), [list(pair) for pair in w.contests]] for w in winners]
        changed = {"winners": told, "fingerprint": replace(network, winners=winners).fingerprint}
        cf.write(tmp_path / "a.cert", members | {"certificate.json": json.dumps(header | changed).encode()})
        paths.append(tmp_path / f"{i}.txt")
        export_certificate(tmp_path / "a.cert", paths[-1])
        counts.append(check(tmp_path / "a.cert").regions)
    assert [int(line.split()[2]) for line in verdicts(paths)] == counts
    assert len(set(counts)) > 2


# ---- what is refused


def test_kinds_that_are_not_covered_are_named(tmp_path, out):
    network, domain, _ = cf.CASES["box"]
    unsafe = Unsafe([Halfspaces([[1.0]], [-100])])
    assert verify(network, domain, unsafe, engine="rational", certificate=tmp_path / "a.cert").safe
    with pytest.raises(CertificateError, match="does not cover the claim 'safe'"):
        export_certificate(tmp_path / "a.cert", out)
    with pytest.raises(CertificateError, match="no claim 'safe'"):
        export_certificate(BASES["box"].write(tmp_path / "b.cert"), out, "safe")
    assert not out.exists()


def test_parts_have_to_be_there(tmp_path, out):
    base = BASES["nested parts"]
    path = replace(base, parts=base.parts[1:]).write(tmp_path / "a.cert")
    with pytest.raises(IncompleteCertificate, match="the part with the prefix '' is not there"):
        export_certificate(path, out)
    with pytest.raises(CertificateError, match="was left by none of these parts"):
        export_certificate(path, out, "lower")
    path = replace(base, parts=base.parts[:-1]).write(tmp_path / "a.cert")
    told = export_certificate(path, out, "lower")
    assert told.leaves == sum(part.leaves for part in base.parts[:-1])
    assert out.read_text().count("\ncut\n") == 1


def test_shards_and_folders_are_one_certificate(tmp_path, out):
    base, folder = BASES["nested parts"], tmp_path / "folder"
    export_certificate(base.write(tmp_path / "a.cert"), out)
    lines = out.read_text()
    folder.mkdir()
    paths = [replace(base, parts=[part]).write(folder / f"{i}.cert") for i, part in enumerate(base.parts)]
    export_certificate(paths[::-1], out)
    assert out.read_text() == lines
    listed = [[path.name, part.prefix, part.leaves] for path, part in zip(paths, base.parts, strict=True)]
    told = {"format": FORMAT, "complete": True, "left": [prefix for _, prefix, _ in listed[1:]], "files": listed[1:]}
    told |= {"trunk": [paths[0].name, base.parts[0].leaves], "leaves": base.summary()["regions"]}
    (folder / MANIFEST).write_text(json.dumps(told))
    export_certificate(folder, out)
    assert out.read_text() == lines


def test_a_stronger_claim_is_refused(tmp_path, out):
    with pytest.raises(InvalidCertificate, match="does not prove 'exact'"):
        export_certificate(BASES["upper"].write(tmp_path / "a.cert"), out, "exact")
    short = cf.truncated(BASES["box"], 5).write(tmp_path / "b.cert")
    with pytest.raises(IncompleteCertificate, match="'lower' may still be exported"):
        export_certificate(short, out)


def test_the_command(tmp_path, out):
    path = BASES["ball 2"].write(tmp_path / "a.cert")
    made = CliRunner().invoke(app, ["export-certificate", str(path), "--output", str(out), "--json"])
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert (told["claim"], told["bytes"]) == ("exact", out.stat().st_size)
    spoken = CliRunner().invoke(app, ["export-certificate", str(path), "--output", str(out), "--claim", "upper"])
    assert f"claim 'upper', {told['leaves']} leaves, not checked yet" in " ".join(spoken.output.split())
    (tmp_path / "b.cert").write_bytes(path.read_bytes()[:-9])
    refused = CliRunner().invoke(app, ["export-certificate", str(tmp_path / "b.cert"), "-o", str(out), "--json"])
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["error"]["type"] == "InvalidCertificate"
