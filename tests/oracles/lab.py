"""Runs of cases: written as files, loaded, planned, simulated, decoded."""

import tempfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from sim.engine import Engine, simulate
from sim.planning.make import make_plan
from sim.planning.plan import Plan
from sim.scenario.load import load
from sim.scenario.scenario import Scenario
from sim.trace import Trace

from .case import Case
from .stays import Seen, seen

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Lab:
    """How runs are made: by which engine, how long, and where their files are kept."""

    engine: Engine = "compiled"
    is_quick: bool = False
    folder: Path | None = None  # where scenarios are written for reading; None = nowhere
    workers: int = 1
    simulate: Callable[..., Trace] = simulate  # Plan, engine -> Trace
    make_plan: Callable[..., Plan] = make_plan  # Scenario, replication, seed -> Plan
    loaded: dict[str, tuple[str, Scenario]] = field(default_factory=dict)  # by name, with the text they were read from

    @cached_property
    def _temporary(self) -> Path:
        return Path(tempfile.mkdtemp(prefix="oracles-"))

    def scenario(self, case: Case) -> Scenario:
        """The case as the loader gives it, written as a file first. A refused scenario raises ScenarioFaults."""
        known = self.loaded.get(case.name)
        if known is not None and known[0] == case.text:
            return known[1]
        folder = (self.folder or self._temporary) / case.name.partition("/")[0]
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in case.files.items():
            (folder / name).write_text(text)
        path = folder / f"{case.name.replace('/', '-')}.yaml"
        path.write_text(case.text)
        self.loaded[case.name] = case.text, load(path)
        return self.loaded[case.name][1]

    def run(self, case: Case, replication: int = 0) -> Seen:
        """One replication. The seed follows from the name before the first slash, so that entries are independent."""
        plan = self.make_plan(self.scenario(case), replication=replication, seed=seed_of(case))
        return seen(plan, self.simulate(plan, engine=self.engine), case.unit)

    def runs(self, case: Case, replications: int, of: Callable[[Seen], Result], *, first: int = 0) -> list[Result]:
        """What `of` makes of each replication from the first on, in their order."""
        self.scenario(case)
        numbers = range(first, first + replications)
        if self.workers == 1:
            return [of(self.run(case, r)) for r in numbers]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(lambda r: of(self.run(case, r)), numbers))


def seed_of(case: Case) -> int:
    """The seed of a case: the same for ever, another for each entry."""
    return zlib.crc32(case.name.partition("/")[0].encode())
