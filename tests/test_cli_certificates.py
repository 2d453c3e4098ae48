"""`exactregions prove` and `exactregions check`."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from exactregions import enumerate_regions
from exactregions.cases.networks import generated
from exactregions.certificate.checker import main
from exactregions.cli import app
from exactregions.domain import Box
from exactregions.importers import save

RUNNER = CliRunner()


def run(*arguments):
    return RUNNER.invoke(app, [str(a) for a in arguments])


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.npz"
    save(generated(3, 8, 8, 1), path)
    return path


def test_a_proof_is_written_and_checked(tmp_path, net):
    count = enumerate_regions(generated(3, 8, 8, 1), Box([-1.0] * 3, [1.0] * 3)).count
    proof = tmp_path / "count.cert"
    made = run("prove", net, "--box", "-1,1", "--output", proof)
    assert made.exit_code == 0, made.output
    assert f"exactly {count} regions" in made.output
    checked = run("check", proof, "--network", net, "--workers", 2)
    assert checked.exit_code == 0, checked.output
    assert f"verified: exactly {count} activation regions meet the open box" in checked.output


def test_both_speak_json(tmp_path, net):
    proof = tmp_path / "count.cert"
    made = json.loads(run("prove", net, "--origin", "--radius", 1, "--output", proof, "--json").stdout)
    assert (made["claim"], made["bytes"]) == ("exact", proof.stat().st_size)
    checked = json.loads(run("check", proof, "--json").stdout)
    assert checked == {
        "verified": True,
        "claim": "exact",
        "regions": made["regions"],
        "complete": True,
        "sentence": f"verified: exactly {made['regions']} activation regions meet the open ball",
    }


def test_another_network_is_refused(tmp_path, net):
    proof, other = tmp_path / "count.cert", tmp_path / "other.npz"
    save(generated(3, 8, 8, 1, seed=1), other)
    run("prove", net, "--box", "-1,1", "--output", proof)
    checked = run("check", proof, "--network", other, "--json")
    assert checked.exit_code == 1
    assert "another network" in json.loads(checked.stdout)["error"]["message"]


def test_an_incomplete_proof_has_its_own_code(tmp_path, net):
    proof = tmp_path / "count.cert"
    assert run("prove", net, "--box", "-1,1", "--output", proof, "--max-regions", 5).exit_code == 3
    assert run("check", proof).exit_code == 3
    weaker = run("check", proof, "--claim", "lower")
    assert weaker.exit_code == 0
    assert "at least 5 activation regions" in weaker.output


@pytest.mark.parametrize(
    ("asked", "limit", "proved", "words"),
    [
        ("exact", None, "exact", "verified: exactly"),
        ("upper", None, "upper", "verified: at most"),
        ("lower", None, "lower", "verified: at least"),
        ("exact", 5, "lower", "verified: at least 5 activation regions meet the open box; the search was cut short"),
        ("lower", 5, "lower", "verified: at least 5 activation regions meet the open box; the search was cut short"),
        ("upper", 5, None, "it says that it is incomplete; as it is, it proves nothing"),
    ],
)
def test_the_screen_json_exit_codes_and_the_checker_agree_on_what_is_proved(tmp_path, net, asked, limit, proved, words):
    proof = tmp_path / "count.cert"
    arguments = ["prove", net, "--box", "-1,1", "--output", proof, "--claim", asked]
    arguments += ["--max-regions", limit] if limit else []
    made, told = run(*arguments), json.loads(run(*arguments, "--json").stdout)
    assert (f"claim {proved!r}" if proved else "proves nothing") in " ".join(made.output.split())
    assert proved == asked or f"claim {asked!r}," not in made.output
    assert told["claim"] == proved
    checked, verdict = run("check", proof), json.loads(run("check", proof, "--json").stdout)
    assert words in " ".join(checked.output.split())
    assert verdict.get("claim") == proved
    assert verdict["verified"] == (proved is not None)
    assert checked.exit_code == made.exit_code == (3 if limit else 0)
    alone = main(["--quiet", "--json", str(proof)])
    assert alone == checked.exit_code
    if proved == "lower":
        assert run("check", proof, "--claim", "lower").exit_code == 0
        assert run("check", proof, "--claim", "exact").exit_code == 1


def test_a_shard_does_not_speak_for_the_others(tmp_path, net):
    made = run("prove", net, "--box", "-1,1", "--output", tmp_path / "1.cert", "--shard", "1/2")
    assert "claim 'exact' together with the other shards, this is 1/2" in " ".join(made.output.split())


def test_shards_are_checked_together(tmp_path, net):
    proofs = [tmp_path / f"{k}.cert" for k in (1, 2)]
    for k, proof in enumerate(proofs, 1):
        assert run("prove", net, "--box", "-1,1", "--output", proof, "--shard", f"{k}/2").exit_code == 3
    assert run("check", *proofs).exit_code == 0
    assert run("check", proofs[1]).exit_code == 3


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--shard", "3/2"], 2, "no shard"),
        (["--claim", "perhaps"], 2, "no claim"),
        (["--engine", "facets"], 1, "writes no certificates"),
    ],
)
def test_wrong_wishes_are_named(tmp_path, net, options, code, words):
    made = run("prove", net, "--box", "-1,1", "--output", tmp_path / "c", *options)
    assert made.exit_code == code
    assert words in " ".join(made.output.split())


def test_a_file_that_is_no_certificate(tmp_path):
    np.save(tmp_path / "c.npy", np.zeros(3))
    checked = run("check", tmp_path / "c.npy")
    assert checked.exit_code == 1
    assert "error:" in checked.output
    assert run("check", tmp_path / "missing.cert").exit_code == 1
