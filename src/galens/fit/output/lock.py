"""One process at a time in a result folder; whoever comes second is told who is first."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from galens.errors import SearchError

__all__ = ["locked"]

SECONDS_BETWEEN_LOOKS = 0.2
NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


@contextmanager
def locked(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Holds the lock file `path` for this process, waiting for another one that holds it.

    The operating system's lock (``flock``) ends with the process that holds it, however that ends, so that nothing
    is left over after a kill. The file's content only says who holds it. Where the file system has no such locks, as
    some shared ones have not, the existence of ``<path>.holder`` takes their place: one that a dead process of this
    host left behind is recognised, one of another host is left to a person to judge.

    Args:
        path: of the lock file; its folder exists.
        say: is told once whom this process waits for.

    Raises:
        SearchError: the file system has no locks, and a process of another host is or was in the folder.
    """
    with open(path, "a+", encoding="utf-8") as stream:
        if _waited_for(lambda: _flocked(stream), path, say):
            stream.truncate(0)
            stream.write(json.dumps(_myself()))
            stream.flush()
            try:
                yield
            finally:
                stream.truncate(0)
            return
    holder = path.with_name(path.name + ".holder")
    _waited_for(lambda: _created(holder), holder, say)
    try:
        yield
    finally:
        holder.unlink(missing_ok=True)


def _waited_for(take: Callable[[], bool | None], path: Path, say: Callable[[str], None]) -> bool:
    """Tries until `take` gives something else than False: True for taken, None for impossible here."""
    is_told = False
    while True:
        taken = take()
        if taken is not False:
            return bool(taken)
        if not is_told:
            say(f"waits for {_described(_read(path))}, which works on this fit; its folder is {path.parent}")
            is_told = True
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _flocked(stream: IO[str]) -> bool | None:
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in NO_LOCKS:
            return None
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def _created(holder: Path) -> bool:
    """Whether the file is now there because of this process."""
    try:
        descriptor = os.open(holder, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        other = _read(holder)
        if other.get("host") == socket.gethostname() and not _is_alive(other.get("pid")):
            holder.unlink(missing_ok=True)
            return False
        if other and other.get("host") != socket.gethostname():
            raise SearchError(
                f"{_described(other)} works on this fit, or did when it was killed, and the file system of "
                f"{holder.parent} has no locks to tell. If that process is gone, delete {holder} and run this again."
            ) from None
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(_myself()))
    time.sleep(0.1)  # two processes may have found the same dead holder: the last one to create the file has it
    return _read(holder).get("pid") == os.getpid()


def _myself() -> dict[str, Any]:
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}


def _read(path: Path) -> dict[str, Any]:
    """Who the file says holds it; nothing where it is just being written."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _described(holder: dict[str, Any]) -> str:
    if not holder:
        return "another process"
    return f"process {holder.get('pid')} on {holder.get('host')} (since {holder.get('since')})"


def _is_alive(pid: Any) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, TypeError, ValueError, OSError):
        return True  # another user's, or nothing that can be judged
    return True
