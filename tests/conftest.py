"""What tests of several rooms call."""

from types import SimpleNamespace

import pytest


@pytest.fixture
def cuakhau(capsys):
    """Call the program in this process; what comes back has code, out and err."""
    from sim.cli.app import app

    def call(*words):
        with pytest.raises(SystemExit) as ended:
            app([str(word) for word in words], prog_name="cuakhau")
        out, err = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code or 0, out=out, err=err)

    return call
