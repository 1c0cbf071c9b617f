"""Compiled code kept on disk between processes; a cache that fails costs a warning, never a run."""

import warnings
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

import numba

from sim.planning.compiled_jit import OPTIONS

_compiling = Lock()


class CacheWarning(UserWarning):
    """The compiled engine could not be kept on disk, or what was kept could not be used."""


def ready(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Callable[..., Any]:
    """The function compiled for arguments of these types: from the disk, else fresh and kept there if possible."""
    types = tuple(numba.typeof(argument) for argument in arguments)  # type: ignore[no-untyped-call]
    fault: Exception
    try:
        kept: Callable[..., Any] = numba.njit(nogil=True, cache=True, **OPTIONS)(function)
        kept.compile(types)  # type: ignore[attr-defined]
        return kept
    except Exception as error:  # noqa: BLE001  an index may be unwritable, cut short, or of another release
        fault = error
    fresh: Callable[..., Any] = numba.njit(nogil=True, **OPTIONS)(function)
    fresh.compile(types)  # type: ignore[attr-defined]
    warnings.warn(f"the compiled engine is not kept on disk: {_line(fault)}", CacheWarning, stacklevel=3)
    return fresh


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a pass when it is first called, for arguments of the types it has then."""
    made: list[Callable[..., Any]] = []

    @wraps(function)
    def call(*arguments: Any) -> Any:
        if not made:
            with _compiling:
                made.append(ready(function, arguments))
        return made[0](*arguments)

    return call


def _line(fault: Exception) -> str:
    return next(iter(str(fault).splitlines()), "") or type(fault).__name__
