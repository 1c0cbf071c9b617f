"""Stated limits of the engines. A run beyond one ends with exit code 4 and a sentence, never with a wrong answer."""

MOST_TRUCKS = 2**24  # of one replication; they and what becomes of them take some 3 GB


class LimitReached(RuntimeError):
    """A run asks for more than an engine states it can do."""


def check_trucks(n: int) -> None:
    """Refuse a Plan with more trucks than either engine takes."""
    if n > MOST_TRUCKS:
        raise LimitReached(
            f"{n:,} trucks in one replication; at most {MOST_TRUCKS:,} are possible. "
            "Shorten the period, or split the network where no truck passes."
        )
