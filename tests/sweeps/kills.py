"""Kill a sweep at the n-th change of a file for every n, run it again, and compare every byte with one undisturbed.

    python -m tests.sweeps.kills                      every n
    python -m tests.sweeps.kills --every 50           each 50th
    python -m tests.sweeps.kills --twice --flip       the second process is killed too, and a kept run damaged
    python -m tests.sweeps.kills --adaptive           points replicated until a mean is known, in rounds
    python -m tests.sweeps.kills --full-disk          instead of the kill, the n-th write finds the disk full

Processes are forked from one that has the program loaded. What the runs compute is computed once and handed out
again: here the files are on trial.
"""

import argparse
import io
import json
import os
import pickle
import shutil
import sys
import tempfile
import time
from pathlib import Path

import sim.experiment.runs as sweeping
import sim.report.sweep as drawing
import sim.scenario.sweep_reading  # noqa: F401 -- everything is loaded before the forks
from sim.cli.app import app
from sim.cli.sweeping import sweep as command

from .faulty_files import Watch, disk_full, killed

KILLED, FILE_SYSTEM = -9, 3
BASE = """\
kind: scenario
format: 1
title: One booth
period: {start: 2025-07-01, length: 1 d}
stations: {gate/booth: {servers: 1, service: {law: exponential, mean: 9 min}}}
routes: {trucks: [gate/booth]}
flows: {trucks: {rate: 2/h}}
"""
SWEEP = """\
kind: sweep
format: 1
base: base.yaml
levers: {stations.gate/booth.servers: [1, 2]}
uncertainties: {flows.trucks.rate: {low: 1/h, high: 5/h, steps: 5}}
replications: 20
metrics: [wait_mean, wait_p90]
"""
UNTIL = "{least: 10, most: 60, until: {metric: wait_mean, within: 25 %}}"
RUNS = 2 * 5 * 20  # at least


class Trial:
    """A sweep of 200 runs or more in a folder of its own, and what it leaves undisturbed."""

    def __init__(self, home, kinds=Watch.KINDS, *, adaptive=False):
        self.home, self.kinds = Path(home), kinds
        (self.home / "base.yaml").write_text(BASE)
        (self.home / "sweep.yaml").write_text(
            SWEEP.replace("replications: 20", f"replications: {UNTIL if adaptive else 20}")
        )
        if all(getattr(known, "name", None) != "sweep" for known in app.registered_commands):
            app.command("sweep")(command)
        assert self.call("first") == 0
        with open(self.home / "computed", "rb") as file:
            self.computed = pickle.load(file)  # noqa: S301 -- written by our own child just now
        self.runs = len(self.computed)
        assert self.runs > RUNS if adaptive else self.runs == RUNS
        self.whole = contents(self.home / "first")
        assert self.call("counted", Watch(kinds=kinds)) == 0
        self.calls = json.loads((self.home / "calls").read_text())

    def call(self, out, watch=None):
        """Run the sweep into a folder in a process of its own; its exit code, -9 if it was killed."""
        child = os.fork()
        if child == 0:
            self._sweep(out, watch or Watch())
        code = os.waitpid(child, 0)[1]
        return os.waitstatus_to_exitcode(code)

    def _sweep(self, out, watch):
        """In the child: the program, its runs taken from the record if there is one."""
        code, record, real = 99, dict(getattr(self, "computed", {})), sweeping.run_task

        def recorded(task):
            run = record.get((task.key, task.replication)) or real(task)
            record[task.key, task.replication] = run
            return run

        try:
            sweeping.run_task = recorded
            drawing.draw = lambda _: None  # figures are drawn anew each time
            sys.stdout = sys.stderr = io.StringIO()
            watch.install()
            words = [
                "sweep",
                self.home / "sweep.yaml",
                "--out",
                self.home / out,
                "--engine",
                "compiled",
                "--workers",
                1,
            ]
            app([str(word) for word in words], prog_name="cuakhau")
        except SystemExit as end:
            code = end.code or 0
        if code == 0:
            calls = watch.count
            watch.at = 0
            (self.home / "calls").write_text(json.dumps(calls))
            (self.home / "computed").write_bytes(pickle.dumps(record))
        os._exit(code)

    def disturbed(self, n, *, happens=killed, twice=False, flip=False):
        """What is wrong after a sweep was disturbed at its n-th call and run again."""
        folder = self.home / f"out-{n}"
        code = self.call(folder.name, Watch(n, happens, self.kinds))
        wrong = [] if code == (KILLED if happens is killed else FILE_SYSTEM) else [f"exit code {code}"]
        if flip:
            damage(folder, n)
        if twice and self.call(folder.name, Watch(1 + n * 37 % self.calls, happens, self.kinds)) not in (0, KILLED):
            wrong.append("second process failed")
        kept = sum(1 for _ in folder.glob("runs/*/*.run"))
        was_done = (folder / "manifest.json").exists()
        if (again := self.call(folder.name)) != 0:
            wrong.append(f"exit code {again} of the process that goes on")
        elif not (flip or was_done) and (ran := runs_of(folder)) != self.runs - kept:
            wrong.append(f"{ran} runs instead of the missing {self.runs - kept}")
        left = contents(folder)
        wrong += [f"{name} differs" for name in self.whole if left.get(name) != self.whole[name]]
        wrong += [f"{name} is left behind" for name in left if name not in self.whole]
        shutil.rmtree(folder, ignore_errors=True)
        return wrong


def contents(folder):
    """Every file of a sweep's folder by name, but the log of times."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "log.jsonl")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def runs_of(folder):
    """How many runs the last process of a sweep made."""
    return json.loads((folder / "log.jsonl").read_text().splitlines()[-1])["runs"]


def damage(folder, n):
    """Flip a byte of one kept run, or cut it."""
    runs = sorted(folder.glob("runs/*/*.run"))
    if runs:
        path = runs[n % len(runs)]
        data = bytearray(path.read_bytes())
        data[n * 131 % len(data)] ^= 1 << n % 8
        path.write_bytes(data if n % 2 else data[: n * 131 % len(data)])


def campaign(every=1, first=1, kinds=Watch.KINDS, *, adaptive=False, **how):
    """Disturb at every so many calls until the last: how many runs, how many tried, what went wrong at which."""
    with tempfile.TemporaryDirectory() as home:
        trial = Trial(home, kinds, adaptive=adaptive)
        tried = range(first, trial.calls + 1, every)
        wrong = {n: found for n in tried if (found := trial.disturbed(n, **how))}
    return trial.runs, len(tried), wrong


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--every", type=int, default=1)
    words.add_argument("--first", type=int, default=1)
    for name in ("--twice", "--flip", "--full-disk", "--adaptive"):
        words.add_argument(name, action="store_true")
    asked, begun = words.parse_args(), time.monotonic()
    how = {"happens": disk_full, "kinds": ("open", "write")} if asked.full_disk else {}
    how |= {"twice": asked.twice, "flip": asked.flip, "adaptive": asked.adaptive}
    runs, tried, wrong = campaign(asked.every, asked.first, **how)
    for n, found in wrong.items():
        print(f"at call {n}: {'; '.join(found[:5])}")
    what = "full disks" if asked.full_disk else "kills"
    seconds = time.monotonic() - begun
    print(f"{tried} {what} of a sweep of {runs} runs: {tried - len(wrong)} went on to the same bytes ({seconds:.0f} s)")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
