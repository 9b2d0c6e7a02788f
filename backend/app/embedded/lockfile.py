"""Reads what a server says of itself in `postmaster.pid`."""

import os
from enum import Enum
from pathlib import Path

STATUS_LINE = 7
START_TIME_FIELD = 18  # after the state, in /proc/PID/stat


class ServerState(Enum):
    """Of a data folder's server."""

    none = "none"
    busy = "busy"
    ready = "ready"
    orphaned = "orphaned"


def read_state(data: Path, *, ours: int | None = None) -> ServerState:
    """The state of the server on `data`.

    ours: process id of a server that we started; a file left by another one then counts as busy.
    A server whose starter died is `orphaned`: it has been told to stop and must not be attached to.
    """
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return ServerState.none
    status = lines[STATUS_LINE].strip() if len(lines) > STATUS_LINE else ""
    if ours is not None:
        return ServerState.ready if pid == ours and status == "ready" else ServerState.busy
    process = process_status(pid)
    if process is None or process.get("Name") != "postgres" or process.get("State", "").startswith("Z"):
        return ServerState.none
    if status != "ready":
        return ServerState.busy
    return ServerState.ready if _starter_lives(data) else ServerState.orphaned


def write_starter(data: Path) -> None:
    """Note that this process starts the server of `data`."""
    starter_path(data).write_text(f"{os.getpid()} {_start_time(os.getpid())}", encoding="ascii")


def starter_path(data: Path) -> Path:
    """Where the starter of a server is noted."""
    return data.with_name("starter")


def process_status(pid: int) -> dict[str, str] | None:
    """What the kernel says of a process, None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def _starter_lives(data: Path) -> bool:
    try:
        pid, started = starter_path(data).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return True  # started by hand: there is nobody whose death would stop it
    return _start_time(int(pid)) == started


def _start_time(pid: int) -> str:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *fields = text.rpartition(")")[2].split()
    return "" if state == "Z" else fields[START_TIME_FIELD]
