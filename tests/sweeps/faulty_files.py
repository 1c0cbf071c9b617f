"""The calls by which a process changes files, counted; at the n-th of them something happens to it."""

import builtins
import errno
import os
import signal


def killed():
    """The end of this process as by kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)


def disk_full():
    """What a full disk answers."""
    raise OSError(errno.ENOSPC, "No space left on device")


class Watch:
    """Counts opening for writing, writes, fsync, replace, unlink and mkdir. At call `at` of `kinds`, `happens`."""

    KINDS = ("open", "write", "fsync", "replace", "unlink", "mkdir")

    def __init__(self, at=0, happens=killed, kinds=KINDS):
        self.count, self.at, self.happens, self.kinds = 0, at, happens, kinds

    def tick(self, kind, before=None):
        """Count a call; `before` is what the call has done by then, if it is the one."""
        if kind in self.kinds:
            self.count += 1
            if self.count == self.at:
                if before is not None:
                    before()
                self.happens()

    def install(self):
        """Watch this process from now on."""
        real = builtins.open

        def watched_open(file, mode="r", *args, **options):
            if not set(mode) & set("wxa+"):
                return real(file, mode, *args, **options)
            self.tick("open")
            return _File(real(file, mode, *args, **options), self)

        builtins.open = watched_open
        for name in ("fsync", "replace", "unlink", "mkdir"):
            setattr(os, name, self._counted(name, getattr(os, name)))

    def _counted(self, kind, call):
        def counted(*args, **options):
            self.tick(kind)
            return call(*args, **options)

        return counted


class _File:
    """A file whose writes are counted; the one at which something happens is half done by then."""

    def __init__(self, file, watch):
        self._file, self._watch = file, watch

    def write(self, data):
        def half():
            self._file.write(data[: len(data) // 2])
            self._file.flush()

        self._watch.tick("write", half)
        return self._file.write(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def __getattr__(self, name):
        return getattr(self._file, name)
