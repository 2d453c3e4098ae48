"""What every command has: --quiet, completion in a shell, and refusals in the words of the package."""

import inspect
import json
import os
import subprocess
import sys
from enum import Enum
from typing import get_args

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from exactregions import Network, save
from exactregions.cases.networks import generated
from exactregions.cli import app
from exactregions.cli.plot import plots

RUNNER = CliRunner()


@pytest.fixture
def question(tmp_path):
    save(generated(2, 3, 1), tmp_path / "net.npz")
    return [str(tmp_path / "net.npz"), "--origin", "--radius", "1", "--engine", "rational"]


def leaves(command, path=()):
    """Yield the commands that have options, by their path."""
    for name, child in getattr(command, "commands", {}).items():
        yield from leaves(child, (*path, name))
    if not hasattr(command, "commands"):
        yield path, command


def test_quiet_prints_nothing_but_errors_and_json(question):
    told = RUNNER.invoke(app, ["count", *question])
    quiet = RUNNER.invoke(app, ["count", *question, "--quiet"])
    assert told.stdout.startswith("exactly ")
    assert (quiet.exit_code, quiet.output) == (0, "")
    assert RUNNER.invoke(app, ["count", *question]).stdout.startswith("exactly "), "it ends with the command"
    both = RUNNER.invoke(app, ["count", *question, "-q", "--json"])
    assert json.loads(both.stdout)["exact"]
    cut = RUNNER.invoke(app, ["count", *question, "-q", "--max-regions", "1"])
    assert (cut.exit_code, cut.output) == (3, "")
    wrong = RUNNER.invoke(app, ["count", *question[:3], "-1", "-q"])
    assert wrong.exit_code == 1
    assert wrong.stderr.startswith("error: radius is -1")
    full = RUNNER.invoke(app, ["compare", *question, "-q", "--full"])
    assert (full.exit_code, full.output) == (0, "")


def test_quiet_tells_nothing_of_drawing(tmp_path):
    """Also where the stream of errors is a terminal, which has a line of progress."""
    save(Network.from_layers([[[1.0, 0.0]], [[1.0]]], [[0.0], [0.0]]), tmp_path / "net.npz")
    drawn = ["plot", "regions", str(tmp_path / "net.npz"), "--box", "-1,1", "--engine", "rational"]
    asked = [*drawn, "--output", str(tmp_path / "cells.png")]
    assert "drawing 2 cells" in RUNNER.invoke(app, asked, env={"FORCE_COLOR": "1"}).stderr
    assert RUNNER.invoke(app, [*asked, "--quiet"], env={"FORCE_COLOR": "1"}).output == ""


def test_every_command_has_it():
    names = dict(leaves(get_command(app)))
    assert len(names) > 20
    for name, command in names.items():
        assert any("--quiet" in option.opts for option in command.params), name


def test_numbers_and_choices_are_refused_in_our_words():
    asked = [
        (command.callback.__name__, parameter)
        for group in (app, plots)
        for command in group.registered_commands
        for parameter in inspect.signature(command.callback).parameters.values()
    ]
    checked = 0
    for name, parameter in asked:
        given, option = get_args(parameter.annotation)[:2]
        kinds = [kind for kind in get_args(given) or (given,) if kind is not type(None)]
        if kinds[0] in (int, float) or (isinstance(kinds[0], type) and issubclass(kinds[0], Enum)):
            checked += 1
            for wrong in ("abc", "nan", "9" * 5000 + "x"):
                with pytest.raises(typer.BadParameter, match=r" is no |choose from"):
                    option.parser(wrong)
        assert kinds[0] is not bool or option.parser is None, (name, parameter)
    assert checked > 50


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--time-limit", "abc"], "'abc' is no number"),
        (["--workers", "1.5"], "'1.5' is no whole number"),
        (["--norm", "3"], "there is no '3'; choose from 2, 1, inf"),
        (["--save-every", "0"], "must be at least 0.01"),
        (["--processes", "0"], "must be at least 1"),
    ],
)
def test_what_is_refused(question, given, words):
    done = RUNNER.invoke(app, ["count", *question, *given], env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())


@pytest.mark.parametrize(("typed", "offered"), [("cou", "count"), ("count --norm ", "inf")])
def test_a_shell_completes_commands_options_and_words(typed, offered):
    line = f"exactregions {typed}"
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1), "_EXACTREGIONS_COMPLETE": "complete_bash"}
    code = "from exactregions.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | words, capture_output=True, text=True)
    assert offered in done.stdout.split(), done.stderr
