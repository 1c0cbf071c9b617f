"""Names of files: on the command line, and in other files. Both may leave out `.yaml` and name what is bundled."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sim.scenario import bundled
from sim.scenario.faults import FILE_SYSTEM, Place, ScenarioFaults, fault, nearest, quoted
from sim.scenario.reading import STDIN

_SUFFIX = ".yaml"


def found(path: str | Path) -> str | Path:
    """The file that a name of the command line stands for: as it is, or bundled; the name itself if there is none."""
    if str(path) == STDIN or Path(path).is_file():
        return path
    target = next((p for p in (*_with_suffix(Path(path)), *_bundled(str(path))) if p.is_file()), None)
    if target is None:
        return path
    return target.relative_to(Path.cwd()) if target.is_relative_to(Path.cwd()) else target


def within(name: str, stated: Place, *, suffix: str = _SUFFIX) -> Path:
    """The path of another file named in a file: relative, and inside its folder or the bundled scenarios.

    It is looked for from the folder of the file, then as the command line does. Raises ScenarioFaults.
    """
    own, root = stated.text.folder or Path(), bundled.scenario_root()
    if Path(name).is_absolute() or name.startswith("~") or "\0" in name:
        raise ScenarioFaults([fault(stated, f"must be a relative path, got {quoted(name)}")])
    for folder in (own, root):
        for target in _with_suffix(Path(os.path.normpath(folder / name)), suffix):
            if not any(_real(target).is_relative_to(_real(top)) for top in (own, root)):
                message = f"leads outside the folder of {quoted(stated.text.name)}: {quoted(name)}"
                raise ScenarioFaults([fault(stated, message, hint="put the file beside or below this one")])
            if target.is_file():
                return target
    for target in _bundled(name, suffix):
        if target.is_file():
            return target
    near = _near_names([own, root], Path(name))
    raise ScenarioFaults([fault(stated, f"no such file: {quoted(name)}", hint=near, exit_code=FILE_SYSTEM)])


def _with_suffix(path: Path, suffix: str = _SUFFIX) -> Iterator[Path]:
    """The path as it is, and with what may be left out."""
    yield path
    if suffix and path.name:
        yield path.with_name(path.name + suffix)


def _bundled(name: str, suffix: str = _SUFFIX) -> Iterator[Path]:
    """Where a bundled file of this name would be: named from the bundled scenarios, or with their folder."""
    root = _real(bundled.scenario_root())
    for folder in (root, bundled.data_root()):
        for path in _with_suffix(folder / name, suffix):
            target = _real(path)
            if target.is_relative_to(root):
                yield target


def _real(path: Path) -> Path:
    """Where a path leads; links in a circle lead nowhere."""
    return Path(os.path.realpath(path))


def _near_names(folders: Iterable[Path], given: Path) -> str:
    names = {
        str(given.parent / p.name) for f in folders if (f / given.parent).is_dir() for p in (f / given.parent).iterdir()
    }
    near = nearest(str(given), sorted(names - {str(given)}))
    return f"did you mean {near}?" if near else ""
