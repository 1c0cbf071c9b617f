"""Work spread over workers: nothing depends on them, and nothing of them stays behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from sim.experiment.executors import Flight, WorkersDied, completed

KINDS = ("threads", "processes")


def square(item):
    return item * item


def late_failure(item):
    """Items 2 and 3 fail, the later one first."""
    if item == 2:
        time.sleep(0.3)
    if item >= 2:
        raise ValueError(f"item {item}")
    return item


def dies_once(folder, item):
    """The first time item 1 is done, its worker is killed."""
    marker = Path(folder) / "died"
    if item == 1 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def dies(item):
    os.kill(os.getpid(), signal.SIGKILL)


def sleeps(item):
    time.sleep(0 if item == 0 else 60)
    return item


class Told(Exception):
    """Cannot be made again from its arguments, so it cannot be sent between processes."""

    def __init__(self, what, *, where):
        super().__init__(f"{what} at {where}")


def tells(item):
    raise Told("too many trucks", where=f"gate {item}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("workers", [1, 3])
def test_every_item_is_done_once(kind, workers):
    assert sorted(completed(square, range(7), kind=kind, workers=workers)) == [(i, i * i) for i in range(7)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_failing_item_is_the_one_reported(kind, workers):
    with pytest.raises(ValueError, match="item 2"):
        list(completed(late_failure, range(4), kind=kind, workers=workers))


def test_an_error_that_cannot_be_sent_is_not_taken_for_a_death():
    with pytest.raises(RuntimeError, match="Told: too many trucks at gate 0"):
        list(completed(tells, range(2), kind="processes", workers=2))


def test_a_killed_worker_is_replaced_and_nothing_is_lost_or_done_twice(tmp_path):
    done = list(completed(partial(dies_once, str(tmp_path)), range(4), kind="processes", workers=2))
    assert sorted(done) == [(i, i) for i in range(4)]


def test_work_that_kills_its_workers_is_given_up():
    with pytest.raises(WorkersDied, match="killed 3 times"):
        list(completed(dies, range(2), kind="processes", workers=2))


def test_ctrl_c_ends_the_workers_at_once():
    before = set(multiprocessing.active_children())
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        for _ in completed(sleeps, range(4), kind="processes", workers=2):
            raise KeyboardInterrupt
    assert time.monotonic() - begun < 30  # the items sleep for a minute each; a busy machine starts workers slowly
    assert set(multiprocessing.active_children()) == before


class Interrupted(ThreadPoolExecutor):
    """Ctrl-C comes in the middle of every submission."""

    def submit(self, work, *items):
        os.kill(os.getpid(), signal.SIGINT)
        return super().submit(work, *items)


def test_ctrl_c_is_heard_after_a_submission_and_not_in_its_middle():
    with Interrupted(2) as executor:
        flight = Flight(executor)
        for item in range(3):
            with pytest.raises(KeyboardInterrupt):
                flight.begin(square, item)
        assert sorted(flight.items.values()) == [0, 1, 2]
        assert sorted((item, future.result()) for item, future in [flight.landed() for _ in range(3)]) == [
            (item, square(item)) for item in range(3)
        ]


PARENT = """
import sys, time
sys.path.insert(0, sys.argv[1])
from test_executors import sleeps_and_tells
from sim.experiment.executors import completed
if __name__ == "__main__":
    list(completed(sleeps_and_tells, range(2), kind="processes", workers=2))
"""


def sleeps_and_tells(item):
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    time.sleep(60)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_workers_end_with_their_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    command = [sys.executable, str(script), str(Path(__file__).parent)]
    root = {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | root) as parent:
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        assert all(alive(pid) for pid in workers)
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    while any(alive(pid) for pid in workers) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in workers)


TWICE = """
import os, sys, time
import typer
from sim.cli.exits import exit_codes
from sim.experiment.executors import completed

def slow(item):
    os.write(1, b"begun\\n")  # in one piece, whichever thread is first
    time.sleep({seconds})
    return item

try:
    with exit_codes({{}}):
        for item, _ in completed(slow, range(4), kind="threads", workers=2):
            pass
except typer.Exit as stop:
    sys.exit(stop.exit_code)
"""


@pytest.mark.parametrize(("seconds", "signals"), [(2, 1), (60, 2)])
def test_ctrl_c_says_what_threads_still_do_and_a_second_one_ends_at_once(tmp_path, seconds, signals):
    script = tmp_path / "twice.py"
    script.write_text(TWICE.format(seconds=seconds))
    root = {"PYTHONPATH": str(Path(__file__).parents[2])}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, str(script)], env=os.environ | root, **pipes) as child:
        try:
            assert [child.stdout.readline() for _ in range(2)] == ["begun\n"] * 2
            child.send_signal(signal.SIGINT)
            assert child.stderr.readline() == "stopping after the replications under way; Ctrl-C again stops at once\n"
            if signals == 2:
                child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=20)
        finally:
            child.kill()
    assert (child.returncode, out, err) == (130, "", "error: interrupted; nothing was written\n")
