"""The `tiantou` command within the test's process."""

from typer.testing import CliRunner, Result

from bootstrap.cli.app import app


def tiantou(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def ok(*words: str) -> str:
    result = tiantou(*words)
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.output


def told(*words: str) -> str:
    """What an expected error says."""
    result = tiantou(*words)
    assert result.exception is not None
    assert not isinstance(result.exception, SystemExit), result.output
    return str(result.exception)
