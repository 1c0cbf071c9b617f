"""Work on threads, processes and a cluster: a few pieces at a time, and a dead worker costs nobody else."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from sim.experiment.spread import Lost, SchedulerRefused, spread

from .conftest import GRID, contents

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """Let worker processes find the functions of this file by the name it has here."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1])


def square(item):
    return item * item


def dies_at(deadly, marks, item):
    """Item `deadly` kills its worker, and leaves a mark each time."""
    if item == deadly:
        Path(marks, str(time.monotonic_ns())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def dies_once(marks, item):
    if item == 3 and not any(Path(marks).iterdir()):
        return dies_at(3, marks, item)
    return item


@pytest.mark.parametrize("kind", ["threads", "processes"])
@pytest.mark.parametrize("workers", [1, 3])
def test_every_item_is_done_once(kind, workers):
    assert sorted(spread(square, range(9), kind=kind, workers=workers)) == [(i, i * i) for i in range(9)]


def test_only_a_few_items_are_taken_at_a_time():
    taken = []

    def items():
        for item in range(1000):
            taken.append(item)
            yield item

    for done, _ in enumerate(spread(square, items(), kind="threads", workers=2)):
        assert len(taken) <= done + 2 * 2


def test_a_killed_worker_costs_nothing(tmp_path):
    done = list(spread(partial(dies_once, str(tmp_path)), range(8), kind="processes", workers=2))
    assert sorted(done) == [(i, i) for i in range(8)]


def test_what_kills_its_worker_four_times_is_reported_and_the_rest_is_done(tmp_path):
    done = dict(spread(partial(dies_at, 2, str(tmp_path)), range(8), kind="processes", workers=2))
    assert isinstance(done[2], Lost)
    assert "killed 4 times; is there enough memory?" in done[2].reason
    assert [item for item in done if item != 2 and done[item] != item] == []
    assert len(done) == 8
    assert len(list(tmp_path.iterdir())) == 4


def test_an_error_of_the_work_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(spread(partial(divmod, 1), [1, 0], kind="threads", workers=2))


# ---------------------------------------------------------------------------------------------- cluster

distributed = pytest.importorskip("distributed")


def started(*words):
    """A program of the cluster."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__WORKER__PREFETCH": "0"}
    return subprocess.Popen([sys.executable, "-m", *words], env=environment, stderr=subprocess.PIPE, text=True)


def said(process, word):
    """Wait until a program has said a word; the line it said it in."""
    for line in process.stderr:
        if word in line:
            return line
    raise AssertionError(f"ended without {word}")


@pytest.fixture
def cluster(tmp_path):
    """Address of a scheduler on loopback, and its two workers."""
    scheduler = started("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    address = "tcp://" + said(scheduler, "tcp://127.0.0.1:").split("tcp://")[1].split()[0]
    how = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory")
    workers = [started("distributed.cli.dask_worker", address, *how, str(tmp_path / f"w{k}")) for k in range(2)]
    for worker in workers:
        said(worker, "Registered to")
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.communicate()


def test_a_sweep_on_a_cluster_survives_a_worker_and_gives_the_same_bytes(sweep, process, write, out, cluster):
    path, (address, workers) = write(GRID), cluster
    words = ("sweep", path, "--out", out, "--engine", "simpy", "-n", "15", "--scheduler", address)
    running = process(*words)
    end = time.monotonic() + 120
    while len(list(out.glob("runs/*/*.run"))) < 10 and time.monotonic() < end:
        time.sleep(0.01)
    workers[0].kill()
    kept = len(list(out.glob("runs/*/*.run")))
    said_, err = running.communicate(timeout=240)
    assert running.returncode == 0, err
    assert "6 points, 90 runs: 90 run now" in said_
    assert 10 <= kept < 90  # it was in the middle
    on_cluster = {name: data for name, data in contents(out).items() if not name.startswith("figures/")}
    out.rename(out.parent / "cluster")
    assert sweep(path, "-n", 15).code == 0
    assert contents(out) == on_cluster


def test_a_scheduler_that_is_not_there_is_refused(sweep, write, out, monkeypatch):
    monkeypatch.setattr("sim.experiment.spread._SECONDS_TO_CONNECT", 1)
    done = sweep(write(GRID), "--scheduler", "tcp://127.0.0.1:9")
    assert done.code == SchedulerRefused.exit_code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in done.err


@pytest.mark.parametrize(
    ("address", "why"),
    [("x", "missing port number"), ("x:y", "invalid literal"), ("zz://x:1", "unknown address scheme")],
)
def test_what_is_no_address_is_refused_before_a_client_is_made(sweep, write, monkeypatch, address, why):
    """A client made of it says the same and, as it goes, a traceback."""
    monkeypatch.setattr("distributed.Client", None)
    done = sweep(write(GRID), "--scheduler", address)
    assert (done.code, done.out) == (2, "")
    assert f"error: no Dask scheduler answers at {address}: {why}" in done.err
