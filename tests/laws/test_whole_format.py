"""Laws on generated scenario files of the whole format, in both engines, through the loader as for users."""

import json
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sim.cli.app import app
from sim.cli.exits import LIMIT
from sim.engine import simulate
from sim.measure.laws import check
from sim.measure.visits import decode
from sim.planning.make import make_plan
from sim.planning.plan import Kind, Plan
from sim.scenario.load import load
from sim.scenario.scenario import Scenario
from sim.scenario.schema import ScenarioFile
from sim.scenario.shapes import Record
from tests.twins.compare import differences

from .test_both_ways import COLUMNS, COMPILED, found, same
from .whole_format import write
from .whole_keys import every_key, keys_used

FILES = 400


@cache
def made(seed: int) -> tuple[Scenario, Plan]:
    """A scenario file of that seed, loaded and planned. It is refused by nobody."""
    with tempfile.TemporaryDirectory() as folder:
        found = load(write(Random(seed), Path(folder)))  # noqa: S311  nothing secret here
        return found, make_plan(found, seed=seed)


def test_every_key_of_the_schema_is_used_in_some_file(capsys: pytest.CaptureFixture[str]) -> None:
    used: Counter[str] = Counter()
    for seed in range(FILES):
        used.update(set(keys_used(Record(ScenarioFile), made(seed)[0].resolved)))
    with capsys.disabled():
        rarest = min(used, key=lambda key: (used[key], key))
        print(f"\n{FILES} files use all {len(used)} keys of the schema, the rarest ({rarest}) in {used[rarest]}")
    assert every_key() - set(used) == set()


@pytest.mark.parametrize("part", range(4))
def test_both_engines_agree_and_every_run_keeps_the_laws(part: int) -> None:
    """Trucks conserved, servers, places, calendars and order in each file kept, Little's law to the millisecond."""
    for seed in range(part, FILES, 4):
        _, plan = made(seed)
        traces = [simulate(plan, engine=engine) for engine in ("simpy", "compiled")]
        assert differences(plan, *traces) == [], f"file {seed}"
        check(decode(plan, traces[0]))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_a_file_that_is_generated_keeps_the_laws(random: Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = make_plan(load(write(random, Path(folder))))
    traces = [simulate(plan, engine=engine) for engine in ("simpy", "compiled")]
    assert differences(plan, *traces) == []
    check(decode(plan, traces[1]))


def test_both_ways_of_measuring_agree() -> None:
    """By columns and by compiled passes, on 100 files: every number of a run."""
    for seed in range(100):
        scenario, plan = made(seed)
        trace = simulate(plan, engine="compiled")
        ours, theirs = (found(scenario, plan, trace, way) for way in (COLUMNS, COMPILED))
        assert not isinstance(ours, str), ours
        assert same(ours, theirs), f"file {seed}"


def test_no_truck_asks_for_what_it_has_itself() -> None:
    """Else it could wait for itself for ever."""
    for seed in range(FILES):
        network = made(seed)[1].network
        for step, held in zip(network.steps, network.layout.held, strict=True):
            taken = set(network.units[step["take_from"] : step["take_to"]].tolist())
            if step["kind"] == Kind.ASK:
                options = network.options[step["option_from"] : step["option_to"]]
                taken |= {unit for o in options for unit in network.units[o["need_from"] : o["need_to"]].tolist()}
            assert taken & set(held) == set(), f"file {seed}"


def test_lists_of_units_lie_inside_their_table() -> None:
    """A list beyond it would be empty in one engine and anything at all in the other."""
    spans = {"steps": ("take", "give"), "options": ("need", "give"), "branches": ("used", "waiting"),
             "watches": ("used", "waiting")}  # fmt: skip
    for seed in range(FILES):
        network = made(seed)[1].network
        for table, names in spans.items():
            for name in names:
                assert np.all(getattr(network, table)[f"{name}_to"] <= len(network.units)), f"file {seed}, {table}"


def test_the_resolved_file_gives_the_same_trucks_and_the_same_run(tmp_path: Path) -> None:
    """What is written beside the results is the whole scenario: 60 files, those with a list of trucks beside them."""
    for seed in range(60):
        first, plan = made(seed)
        write(Random(seed), tmp_path)  # noqa: S311  for the list
        path = tmp_path / "resolved.yaml"
        path.write_text(json.dumps(dict(first.resolved)))
        again = make_plan(load(path), seed=seed)
        assert np.array_equal(again.trucks.id, plan.trucks.id)
        assert np.array_equal(again.trucks.work, plan.trucks.work)
        assert differences(plan, simulate(plan, engine="compiled"), simulate(again, engine="compiled")) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_run_writes_its_report_or_names_the_deadlock(seed: int, tmp_path: Path) -> None:
    path = write(Random(seed), tmp_path)  # noqa: S311
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["run", str(path), "-n", "2", "--out", str(out), "--trace", "--workers", "1"])
    if done.exit_code == LIMIT:
        assert "deadlock at " in done.output
        assert not out.exists()
        return
    assert done.exit_code == 0, done.output
    whole_throughput = json.loads((out / "summary.json").read_text())[0]
    assert (whole_throughput["metric"], whole_throughput["n"]) == ("throughput_per_day", 2)
    assert (out / "report.html").stat().st_size > 50_000
