"""What kind of machine a table was made on, and how busy it was."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("simpy", "numpy", "numba", "ciw", "salabim", "cimba")


def conditions() -> str:
    """Date, processor, cores, load, versions; no names of hosts or people."""
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    date = datetime.now(UTC).date()
    return (
        f"{date}, {_processor()}, {os.cpu_count()} cores, {load} at the start, {platform.system()}\n"
        f"Python {platform.python_version()}, {', '.join(filter(None, map(_version, PACKAGES)))}"
    )


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
