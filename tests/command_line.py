"""Commands, run in this process."""

from typer.testing import CliRunner, Result

from exactregions.cli import app


def run(*arguments, code: int = 0) -> Result:
    """What a command answers, whose exit code is this."""
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result
