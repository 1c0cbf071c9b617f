"""Ctrl-C at any moment: no traceback, exit code 130; what the caller ignores stays ignored."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from sim.cli.exits import exit_codes
from sim.signals import on_signals, signals_held

ROOT = Path(__file__).parents[2]
ALL = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
AT_IMPORT = """
import os, sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[2]:
            os.kill(os.getpid(), int(sys.argv[1]))

sys.meta_path.insert(0, Interrupts())
from sim.__main__ import main
main()
"""


@pytest.mark.parametrize("number", ALL)
@pytest.mark.parametrize("module", ["typer", "sim.cli.app", "sim.cli.sweeping"])
def test_an_interruption_while_the_program_is_loaded_is_a_sentence(number, module):
    done = subprocess.run([sys.executable, "-c", AT_IMPORT, str(number.value), module], check=False,
                          cwd=ROOT, capture_output=True, text=True, timeout=60)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "error: interrupted\n")


@pytest.mark.parametrize("number", ALL)
def test_an_error_that_a_library_makes_of_an_interruption_is_the_interruption(number, monkeypatch, capfd):
    ended = []
    monkeypatch.setattr(os, "_exit", ended.append)
    with pytest.raises(typer.Exit), exit_codes({}):
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt:
            raise ValueError("cannot build the validator") from None
    assert (ended, capfd.readouterr().err) == ([130], "error: interrupted; nothing was written\n")


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        heard = []
        with on_signals(lambda number, _frame: heard.append(number)):
            for number in ALL:
                signal.raise_signal(number)
        assert heard == [signal.SIGINT, signal.SIGTERM]
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_held_signal_is_heard_at_the_end_even_if_the_block_fails():
    heard = []
    with on_signals(lambda number, _frame: heard.append(number)):
        with pytest.raises(ValueError, match="the block"), signals_held():
            signal.raise_signal(signal.SIGTERM)
            assert heard == []
            raise ValueError("the block")
        assert heard == [signal.SIGTERM]
