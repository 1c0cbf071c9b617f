"""The command `cuakhau` and `python -m sim`. What Ctrl-C does is settled before anything slow is imported."""

import os

from sim.signals import on_signals


def main() -> None:
    """Run the command line."""
    with on_signals(_end):
        from sim.cli.app import run  # noqa: PLC0415

        run()


def _end(_number: int, _frame: object) -> None:
    """Before the work is begun and after it is done there is nothing to put in order."""
    os.write(2, b"error: interrupted\n")
    os._exit(130)


if __name__ == "__main__":
    main()
