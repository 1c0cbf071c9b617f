"""Entries of the kinds of `oracles.json` with other parameters, worked out from theory: `python -m tests.oracles.further`."""
