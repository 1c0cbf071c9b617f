"""Entries of the kinds of `oracles.json` with other parameters, from theory: `python -m tests.oracles.further`."""
