"""The two processes behind a local stack: started apart from the command, found again by their pid files."""

import contextlib
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from rapport_authoring.local.place import HOST, Place, Refused

STARTING = 40.0  # seconds a process may take until it answers
STOPPING = 30.0  # seconds a process may take to save its state


def running(place: Place, name: str) -> bool:
    """Say whether the process of that name runs."""
    pid = _pid(place, name)
    return pid is not None and _alive(pid)


def start(place: Place, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Start a process that outlives the command, its output in a log file."""
    log = str(place.home / f"{name}.log")
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    pid = os.posix_spawn(command[0], [*command], environment, file_actions=files, setsid=True)
    (place.home / f"{name}.pid").write_text(str(pid))


def until_answers(place: Place, name: str, address: str) -> None:
    """Wait until the process answers at `address`. Raises Refused when it ends or takes too long."""
    give_up = time.monotonic() + STARTING
    while not answers(address):
        if not running(place, name) or time.monotonic() > give_up:
            raise Refused(f"The {name} does not start; {place.home / name}.log says why.")
        time.sleep(0.1)


def stop(place: Place, name: str) -> bool:
    """End a process gently, so that it saves its state; say whether there was one."""
    pid = _pid(place, name)
    (place.home / f"{name}.pid").unlink(missing_ok=True)
    if pid is None or not _alive(pid):
        return False
    os.kill(pid, signal.SIGTERM)
    give_up = time.monotonic() + STOPPING
    while _alive(pid) and time.monotonic() < give_up:
        time.sleep(0.1)
    if _alive(pid):
        os.killpg(pid, signal.SIGKILL)
    return True


def answers(address: str) -> bool:
    """Say whether anything speaks HTTP there; any status will do."""
    try:
        urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - our own address
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def refuse_taken(port: int) -> None:
    """Raise Refused when another program listens on that port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise Refused(f"Port {port} is taken by another program: stop it, or choose others with --port.") from None


def last_lines(path: Path, count: int = 15) -> str:
    """Return the end of a log file."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:]) if path.exists() else ""


def _pid(place: Place, name: str) -> int | None:
    path = place.home / f"{name}.pid"
    return int(path.read_text()) if path.exists() else None


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of this very command would otherwise stay as a zombie
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
