"""The golden set: every count again, every certificate checked."""

import hashlib
import json
from pathlib import Path

import pytest

from exactregions import enumerate_regions, load
from exactregions.certificate.checker import check
from exactregions.domain import domain_from_dict

FOLDER = Path(__file__).parent.parent / "data" / "golden"
CASES = {case["name"]: case for case in json.loads((FOLDER / "index.json").read_text())["cases"]}


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def test_the_set_has_thirty_cases():
    assert len(CASES) >= 30


def test_the_network_is_the_one_of_the_index(case):
    assert load(FOLDER / case["network"]).fingerprint == case["fingerprint"]


def test_the_default_engine_finds_the_count(case):
    network, domain = load(FOLDER / case["network"]), domain_from_dict(case["domain"])
    regions = enumerate_regions(network, domain, store=False)
    assert regions.exact
    assert regions.count == case["regions"]


def test_the_certificate_proves_the_count(case):
    entry = case["certificate"]
    if entry["file"] is None:
        pytest.skip(f"{entry['bytes']:,} bytes are not kept; data/golden/make.py makes them")
    path = FOLDER / entry["file"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
    verdict = check(path, fingerprint=case["fingerprint"])
    assert (verdict.claim, verdict.regions) == ("exact", case["regions"])
    assert verdict.domain == case["domain"]
