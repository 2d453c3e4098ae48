"""The command line keeps what was found: Ctrl-C once and twice, SIGTERM, and files that are saved on the way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exactregions import RegionSet, enumerate_regions, resume_regions
from exactregions.cases.networks import generated
from exactregions.cli import app
from exactregions.domain import Box
from exactregions.importers import save

ENDLESS = generated(8, 32, 32, 1)
MEDIUM = generated(3, 32, 32, 1)
HEARD = "import sys; from exactregions.cli import main; sys.argv[0] = 'exactregions'; main()"


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    save(ENDLESS, tmp_path / "endless.npz")
    return tmp_path / "endless.npz"


def _holds_regions(path: Path) -> bool:
    return path.exists() and len(RegionSet.load(path)) > 0


def _ended(arguments: list[str], output: Path, numbers: list[signal.Signals]) -> subprocess.CompletedProcess[str]:
    """Run a command until its file has been saved on the way, then send signals."""
    process = subprocess.Popen(
        [sys.executable, "-c", HEARD, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    patience = time.monotonic() + 120
    while not _holds_regions(output) and process.poll() is None and time.monotonic() < patience:
        time.sleep(0.05)
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.01)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
@pytest.mark.parametrize(
    "numbers",
    [[signal.SIGINT], [signal.SIGINT] * 2, [signal.SIGTERM], [signal.SIGTERM, signal.SIGINT]],
    ids=["Ctrl-C", "Ctrl-C twice", "SIGTERM", "both"],
)
def test_what_was_found_is_printed_and_saved(endless: Path, numbers: list[signal.Signals]) -> None:
    output = endless.with_name("found.npz")
    command = ["count", str(endless), "--box", "-1,1", "--output", str(output), "--save-every", "0.2", "--json"]
    ended = _ended(command, output, numbers)
    assert ended.returncode == 3, ended.stderr
    answer = json.loads(ended.stdout)
    assert answer["stop_reason"] == "interrupted"
    kept = RegionSet.load(output)
    assert len(kept) == answer["regions"] > 0
    assert kept.frontier
    assert f"it goes on with: exactregions resume {output}" in " ".join(ended.stderr.split())


LATE = """
import os, signal, sys
class Last:
    def __del__(self, kill=os.kill, process=os.getpid(), number=signal.SIGINT):
        kill(process, number)
sys.last_of_all = Last()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_a_late_ctrl_c_leaves_the_exit_code_as_it_is() -> None:
    """When Python has taken its handlers back, a signal that is not ignored ends the process."""
    command = [sys.executable, "-c", LATE + HEARD, "--version"]
    ended = subprocess.run(command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    assert ended.returncode == 0


def test_saving_on_the_way_changes_no_answer(tmp_path: Path) -> None:
    save(MEDIUM, tmp_path / "net.npz")
    output = tmp_path / "found.npz"
    command = ["count", str(tmp_path / "net.npz"), "--box", "-1,1", "--output", str(output), "--save-every", "0.05"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    whole = enumerate_regions(MEDIUM, Box([-1.0] * 3, [1.0] * 3))
    found = RegionSet.load(output)
    assert found.exact
    assert found.pattern_set() == whole.pattern_set()
    assert len(found) == len(whole)


def test_limits_hold_for_all_parts_together(tmp_path: Path, endless: Path) -> None:
    output = tmp_path / "found.npz"
    command = ["count", str(endless), "--box", "-1,1", "--output", str(output), "--save-every", "0.1", "--json"]
    result = CliRunner().invoke(app, [*command, "--time-limit", "0.5"])
    answer = json.loads(result.stdout)
    assert result.exit_code == 3
    assert answer["stopped"] == "time limit of 0.5 s reached"
    most = answer["regions"] + 100
    result = CliRunner().invoke(app, [*command, "--max-regions", str(most)])
    assert json.loads(result.stdout)["regions"] == most
    assert not resume_regions(RegionSet.load(output), max_regions=1).complete


def test_info_says_for_what_the_time_did_not_suffice(endless: Path) -> None:
    result = CliRunner().invoke(app, ["info", str(endless), "--time-limit", "0", "--json"])
    assert result.exit_code == 0
    bounds = json.loads(result.stdout)["bounds"]
    assert all(bound["error"] == "not evaluated: time limit of 0 s reached" for bound in bounds)
    assert CliRunner().invoke(app, ["info", str(endless), "--time-limit", "0"]).exit_code == 0
