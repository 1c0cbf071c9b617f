"""`python -m tests.oracles.further [FILE]` writes the entries (default: tests/oracles/further.json)."""

import json
import sys
from pathlib import Path

from . import changing, exact, networks, steady

FILE = Path(__file__).parents[1] / "further.json"


def text() -> str:
    """The file: the same bytes every time."""
    made = [*changing.all_of()]
    body = ",\n".join(json.dumps(one) for one in made)
    return '{"meta": {"format": 1, "count": %d},\n"oracles": [\n%s\n]}\n' % (len(made), body)


if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else FILE).write_text(text())
