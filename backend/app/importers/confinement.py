"""What a process that reads content from outside gives up before it looks at a byte of it."""

import ctypes
import os
import resource
import signal
from typing import Final

from app.importers.limits import WorkerLimits

PR_SET_PDEATHSIG: Final = 1
CLONE_NEWNET: Final = 0x40000000
CLONE_NEWUSER: Final = 0x10000000
NICE: Final = 10
EXIT_ORPHANED: Final = 3


def confine(parent_pid: int, limits: WorkerLimits) -> None:
    """Die with the parent, yield to others, lose the network where the kernel lets us, and keep within limits."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(EXIT_ORPHANED)
    os.nice(NICE)
    os.umask(0o077)
    # Only a kernel that lets us can take the network away; else the process still knows no address and no credential.
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    for kind, value in (
        (resource.RLIMIT_AS, limits.address_space_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, bound))
