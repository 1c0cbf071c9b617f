"""Side by side with other simulators, and with ourselves at other sizes: `python -m benchmarks`."""
