"""Whole jobs, from the scenario or the command line to results; and engines on a network that uses everything."""

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import sim
from benchmarks.contenders import USER
from benchmarks.measure import Contender
from benchmarks.workload import MINUTE
from sim.engine import compiled, simpy_engine
from sim.measure.axes import axes
from sim.measure.laws import check
from sim.measure.lives import Lives
from sim.measure.metrics import measure
from sim.measure.stuck import deadlock
from sim.measure.visits import decode
from sim.planning.plan import NEVER, Plan
from sim.scenario.scenario import Scenario
from sim.trace import Outcome, Trace

HERE = Path(__file__).parent
WARM = "whole run: Plan, engine, laws, metrics"
THREADS = 2
PARALLEL, SERIAL = "replications on 2 threads, with metrics", "a fifth of them on 1 thread"
USER_PROCESS, OUR_PROCESS = f"process: {USER}", "process: cuakhau run, report and all"
EVERYTHING, EVERYTHING_SIMPY = "everything, compiled engine", "everything, our SimPy engine"
STEPS = ("make_plan", "simulate", "decode", "laws", "measure")


def workload(days: int) -> Scenario:
    """W as a scenario file."""
    return sim.load(HERE / "w.yaml", overrides=for_days(days))


def for_days(days: int) -> dict[str, str]:
    """What to set in the scenario file so that it is W of so many days."""
    holidays = {"orders.holidays.from": f"{days // 3} d", "orders.holidays.to": f"{days // 3 + 2} d"}
    return {"period.length": f"{days} d"} | holidays


def jobs(days: int, replications: int) -> list[Contender]:
    """Whole jobs on W."""
    scenario = workload(days)

    def parallel(seed: int, workers: int = THREADS, runs: int = replications) -> object:
        return sim.run(scenario, replications=runs, seed=seed, engine="compiled", workers=workers)

    def some(runs: int) -> Any:
        return lambda _seed, _results: (3000 * days * runs, np.nan)

    few = max(1, replications // 5)
    return [
        Contender(name=WARM, run=partial(whole_run, scenario), found=lambda _seed, told: _of_lives(told[0])),
        Contender(name=PARALLEL, run=parallel, found=some(replications), warm=False),
        Contender(name=SERIAL, run=partial(parallel, workers=1, runs=few), found=some(few), warm=False),
        Contender(name=USER_PROCESS, run=partial(_user_process, days), found=some(1), warm=False),
        Contender(name=OUR_PROCESS, run=partial(_our_process, days), found=some(1)),
    ]


def whole_run(scenario: Scenario, seed: int) -> tuple[Lives, list[float]]:
    """A run from the scenario to its metrics, and the CPU time of each of STEPS. [s]"""
    at = [time.process_time()]
    plan = sim.make_plan(scenario, seed=seed)
    at.append(time.process_time())
    trace = compiled.simulate(plan)
    at.append(time.process_time())
    lives = decode(plan, trace, hours=axes(plan, scenario).hours)
    at.append(time.process_time())
    assert deadlock(lives) is None
    check(lives)
    at.append(time.process_time())
    measure(lives, scenario)
    at.append(time.process_time())
    return lives, np.diff(at).tolist()


def everything(days: int) -> list[Contender]:
    """Both engines where every feature is in use. Counted are moments, not trucks: see `moments`."""
    scenario = sim.load(HERE / "everything.yaml", overrides={"period.length": f"{days} d"})

    def prepare(seed: int) -> Plan:
        return sim.make_plan(scenario, seed=seed)

    def found(of: Plan, trace: Trace) -> tuple[int, float]:
        return moments(of, trace), np.nan

    return [
        Contender(name=EVERYTHING, prepare=prepare, run=compiled.simulate, found=found),
        Contender(name=EVERYTHING_SIMPY, prepare=prepare, run=simpy_engine.simulate, found=found, warm=False),
    ]


def moments_of_a_truck(days: int) -> float:
    """How many moments a truck has on W."""
    of = sim.make_plan(workload(days))
    return moments(of, compiled.simulate(of)) / len(of.trucks.enters)


def moments(of: Plan, trace: Trace) -> int:
    """What happened to trucks: they came, were granted something, finished something, paused or resumed, left."""
    paused = 2 * len(trace.paused)
    return int((trace.stamps != NEVER).sum()) + 2 * len(of.trucks.enters) + paused


def _of_lives(lives: Lives) -> tuple[int, float]:
    crossed = lives.fates.outcome == Outcome.CROSSED
    stays = (lives.fates.departed - lives.plan.trucks.arrived)[crossed]
    return len(crossed), float(stays.mean() / MINUTE)


def _user_process(days: int, seed: int) -> None:
    _started("benchmarks.simpy_user", str(days), str(seed))


def _our_process(days: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = [word for key, value in for_days(days).items() for word in ("--set", f"{key}={value}")]
        wanted = ["-n", "1", "--seed", str(seed), "--engine", "compiled", "--out", f"{folder}/out", "--quiet"]
        _started("sim", "run", str(HERE / "w.yaml"), *settings, *wanted)


def _started(module: str, *words: str) -> None:
    subprocess.run([sys.executable, "-m", module, *words], check=True, cwd=HERE.parent, capture_output=True)
