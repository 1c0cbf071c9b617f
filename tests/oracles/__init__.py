"""Published and exact answers, reproduced through scenario files of the ordinary format: `python -m tests.oracles`."""
