"""Starts one PostgreSQL program so that it dies with its parent and never runs as root.

Run as a script with the standard library only, before anything of the application is imported:

    python -I -S launcher.py PARENT_PID MODE[:UID:GID] PROGRAM [ARGUMENT...]

MODE is `plain` (keep the user), `namespace` (a user namespace in which our user has another number: PostgreSQL
refuses number 0, and files stay ours) or `drop` (become another user; for machines that refuse namespaces).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
EXIT_NO_NAMESPACE = 97
EXIT_PARENT_GONE = 98


def enter_namespace(libc: ctypes.CDLL, uid: int, gid: int) -> None:
    """Become `uid` inside a new user namespace; outside, the process keeps its user."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        sys.exit(EXIT_NO_NAMESPACE)
    try:
        for name, line in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {outer_uid} 1"),
            ("gid_map", f"{gid} {outer_gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123  pathlib costs start time
                file.write(line)
    except OSError:
        sys.exit(EXIT_NO_NAMESPACE)


def drop_to(uid: int, gid: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main() -> None:
    """Change user, tie the life to the parent's, become the program."""
    parent, mode, program = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    libc = ctypes.CDLL(None, use_errno=True)
    kind, _, ids = mode.partition(":")
    if kind != "plain":
        uid, _, gid = ids.partition(":")
        (drop_to(int(uid), int(gid)) if kind == "drop" else enter_namespace(libc, int(uid), int(gid)))
    # After the change of user, because that change clears the setting.
    libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(EXIT_PARENT_GONE)
    os.execv(program, sys.argv[3:])  # noqa: S606  the program is one of the server's own binaries


if __name__ == "__main__":
    main()
