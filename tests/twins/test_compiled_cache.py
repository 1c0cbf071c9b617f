"""A cache of compiled code that fails costs a warning, and old code is never taken for new."""

import importlib.util
import os
import time
from pathlib import Path

import pytest

from sim.engine.auto import PAYS_COMPILING, PAYS_FROM_DISK, choose_engine, is_kept, sources
from sim.engine.limits import MOST_TRUCKS, LimitReached, check_trucks
from sim.planning.compiled_cache import CacheWarning, ready


def twice(folder: Path):
    """A function that doubles a number, from a module of its own."""
    path = folder / "doubling.py"
    path.write_text("def twice(x):\n    return 2 * x\n")
    spec = importlib.util.spec_from_file_location("doubling", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.twice


def test_a_cut_index_is_warned_of_and_the_function_works(tmp_path: Path) -> None:
    assert ready(twice(tmp_path), (1,))(21) == 42
    (index,) = tmp_path.rglob("*.nbi")
    index.write_bytes(index.read_bytes()[:20])
    with pytest.warns(CacheWarning, match="not kept on disk"):
        assert ready(twice(tmp_path), (1,))(21) == 42


def test_what_is_kept_is_found_unless_older_than_a_source(tmp_path: Path) -> None:
    assert not is_kept([tmp_path / "nowhere", tmp_path])
    index = tmp_path / "compiled_kernel.loop.locals.run-1.py311.nbi"
    index.touch()
    os.utime(index, (time.time() + 9, time.time() + 9))
    assert is_kept([tmp_path])
    os.utime(index, (0, 0))
    assert not is_kept([tmp_path])


def test_the_loop_is_compiled_anew_when_any_of_its_files_changes() -> None:
    assert {path.name for path in sources()} >= {"compiled_kernel.py", "compiled_heap.py", "plan.py"}


def test_the_compiler_is_loaded_only_for_jobs_that_pay_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "sim.engine.compiled", raising=False)
    assert choose_engine(PAYS_COMPILING - 1) == "simpy"
    assert choose_engine(PAYS_COMPILING) == "compiled"
    (tmp_path / "compiled_kernel.loop.locals.run-1.py311.nbi").touch()
    assert choose_engine(PAYS_FROM_DISK) == "compiled"
    assert choose_engine(PAYS_FROM_DISK - 1) == "simpy"


def test_more_trucks_than_a_key_has_room_for_are_refused() -> None:
    check_trucks(MOST_TRUCKS)
    with pytest.raises(LimitReached, match="16,777,217 trucks"):
        check_trucks(MOST_TRUCKS + 1)
