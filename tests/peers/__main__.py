"""`python -m tests.peers`: three networks here, in plain SimPy and in Ciw (`pip install -e '.[peers]'`)."""

import argparse
import sys

from .compare import compared, pair_lines, peers

REPLICATIONS = 100


def main() -> int:
    """0 if and only if every mean wait agrees."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("--replications", type=int, default=REPLICATIONS, help=f"default: {REPLICATIONS}")
    found = list(compared(parser.parse_args().replications))
    print("\n".join(pair_lines(found)))
    if "Ciw" not in peers():
        print("Ciw is not installed: compared with plain SimPy only")
    return 0 if all(pair.agrees for pair in found) else 1


if __name__ == "__main__":
    sys.exit(main())
