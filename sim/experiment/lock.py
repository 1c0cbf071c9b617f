"""One process at a time in a results folder."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO


class FolderInUse(Exception):
    """Another process writes here."""

    exit_code = 2


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. The system drops it with the process, so no lock is ever left behind."""
    path = folder / ".lock"
    with open(path, "a+", encoding="utf-8") as file:
        if not _take(file):
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise FolderInUse(f'"{folder}" is in use by {holder}')
        file.truncate(0)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(f"process {os.getpid()} on {socket.gethostname()} since {now}")
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


if sys.platform == "win32":

    def _take(file: IO[str]) -> bool:
        """Whether the lock is ours now. This system has no lock that ends with its process; two runs may meet."""
        return file.writable()

else:
    import fcntl

    def _take(file: IO[str]) -> bool:
        """Whether the lock is ours now, on the file that still bears the name."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        try:
            return os.fstat(file.fileno()).st_ino == Path(file.name).stat().st_ino
        except FileNotFoundError:
            return False
