"""Sweeps that survive anything: what is killed, filled up or damaged in them, and what comes out nevertheless."""
