"""Figures and the one-file report, made from an output folder."""

from pathlib import Path


def build(folder: Path, *, lang: str = "en") -> Path:
    """Write report.html (report.LANG.html in other languages) and figures/ into an output folder; the report's path."""
    from sim.report.page import write  # noqa: PLC0415  # drawing takes a third of a second to import

    return write(folder, lang=lang)
