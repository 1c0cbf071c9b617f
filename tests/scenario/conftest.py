"""What the tests of scenario files share: a good file to spoil, and a short form of the faults found."""

import re
from pathlib import Path

import pytest

from sim.scenario.load import examine

FILES = Path(__file__).with_name("files")


@pytest.fixture
def files():
    return FILES


@pytest.fixture
def good():
    return (FILES / "good.yaml").read_text(encoding="utf-8")


@pytest.fixture
def said(tmp_path, monkeypatch):
    """A function: text of a file (or bytes) -> its faults as "line:column severity path: message | hint"."""
    monkeypatch.chdir(tmp_path)

    def of(content, name="case.yaml", **options):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return [brief(fault) for fault in examine(name, **options)[1]]

    return of


def brief(fault):
    """The fault on one line; the listing of known keys, which grows with the schema, is left out."""
    hint = re.sub(r"  \(known here: .*\)$|^(known here|steps begin with): .*$", "", fault.hint)
    hint = f" | {hint}" if hint else ""
    return f"{fault.line}:{fault.column} {fault.severity} {fault.path}: {fault.message}{hint}"
