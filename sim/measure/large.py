"""When compiled code pays in measuring: where it does in planning."""

from sim.planning.large import LARGE, compiled_pays

__all__ = ["LARGE", "compiled_pays"]
