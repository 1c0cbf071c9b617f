"""`python -m tests.oracles.further [FILE]` writes the entries (default: tests/oracles/further.json)."""

import json
import sys
from pathlib import Path

from . import changing, edges, exact, fluid, lists, metering, networks, shifts, steady, sweeps, words

FILE = Path(__file__).parents[1] / "further.json"
_ROOMS = (steady, sweeps, networks, metering, changing, shifts, lists, fluid, exact, edges, words)

_SLOW = (steady, shifts)


def text(*, quick: bool = False) -> str:
    """The file; `quick` leaves out what takes long to work out: large chains and forward equations."""
    made = [one for room in _ROOMS if not (quick and room in _SLOW) for one in room.all_of()]
    meta = {"format": 1, "units": "hours unless said", "count": len(made)}
    body = ",\n".join(json.dumps(one) for one in made)
    return f'{{"meta": {json.dumps(meta)},\n"oracles": [\n{body}\n]}}\n'


if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else FILE).write_text(text())
