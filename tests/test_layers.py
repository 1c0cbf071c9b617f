"""The house: which room may import which, and that chance has one room only."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SIM = Path(__file__).parents[1] / "sim"
ORDER = ("signals", "scenario", "trace", "planning", "engine", "measure", "experiment", "calibrate", "report", "cli")
FILES = sorted(SIM.rglob("*.py"))
CHANCE = (
    "random", "numpy.random", "scipy.stats", "SALib", "secrets", "uuid", "sim.planning.keyed", "sim.planning.draws"
)  # fmt: skip


def module(path):
    """Dotted name of a file: sim/engine/order.py is sim.engine.order."""
    parts = path.relative_to(SIM.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(name):
    """The room of a dotted name, or "" for sim itself."""
    return name.split(".")[1] if name.startswith("sim.") else ""


def typing_only(tree):
    """Nodes under `if TYPE_CHECKING`, which no run ever reaches."""
    blocks = (n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING")
    return {id(node) for block in blocks for node in ast.walk(block)}


def imported(path, *, late=True):
    """Dotted names of what a file imports; of `from x import y` both x and x.y. `late` counts those in functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = typing_only(tree) if not late else set()
    nodes = ast.walk(tree) if late else (n for n in ast.walk(tree) if n in tree.body or id(n) in skipped)
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert all(alias.name != "*" for alias in node.names), f"{path}: star import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_room_is_known():
    assert {room(module(p)) for p in FILES} - {"", "__main__"} <= set(ORDER)


@pytest.mark.parametrize("path", FILES, ids=module)
def test_a_room_imports_only_rooms_above_it(path):
    here = room(module(path))
    if here in ORDER:
        allowed = ORDER[: ORDER.index(here) + 1]
        assert [name for name in imported(path) if room(name) and room(name) not in allowed] == []


def test_no_modules_import_each_other_in_a_circle():
    known = {module(p): p for p in FILES if module(p) != "sim"}
    graph = {name: {n for n in imported(path, late=False) if n in known} - {name} for name, path in known.items()}
    try:
        assert len(list(TopologicalSorter(graph).static_order())) == len(known)
    except CycleError as error:
        pytest.fail(f"circle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("path", [p for p in FILES if room(module(p)) != "planning"], ids=module)
def test_chance_is_decided_in_planning_only(path):
    names = [n for n in imported(path) if any(n == c or n.startswith(f"{c}.") for c in CHANCE)]
    allowed = {"secrets"} if module(path) == "sim.experiment.files" else set()  # names of temporary files
    assert set(names) - allowed == set()
    attributes = {ast.unparse(n) for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)}
    assert not attributes & {"np.random", "numpy.random"}


def test_the_two_engines_share_nothing_but_the_written_rule():
    shared = {"sim.engine.order", "sim.engine.limits", "sim.engine"}
    readable = {f"sim.engine.{name}" for name in ("simpy_engine", "clock", "queues", "resources", "watches")}
    engines = {module(p): p for p in FILES if room(module(p)) == "engine"}
    for name, path in engines.items():
        others = engines.keys() - shared - (readable if name in readable else engines.keys() - readable)
        if name not in shared:
            assert not others & set(imported(path)), name
