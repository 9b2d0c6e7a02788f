"""How a program of PostgreSQL is run by the present user, who may be root."""

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.embedded.binaries import EmbeddedPostgresError

LAUNCHER = Path(__file__).with_name("launcher.py")
PREFERRED_USERS = ("postgres", "daemon", "nobody")


@dataclass(frozen=True, slots=True)
class Launch:
    """A way to run programs; `mode` is the launcher's second argument."""

    mode: str
    file_owner: tuple[int, int] | None = None

    def command(self, program: str, *arguments: str) -> list[str]:
        """The command line of `program`, tied to the life of this process."""
        return [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), self.mode, program, *arguments]

    def give(self, *paths: Path) -> None:
        """Make the programs' user the owner of files that we wrote for them."""
        if self.file_owner is not None:
            for path in paths:
                os.chown(path, *self.file_owner)

    def open_way_to(self, folder: Path) -> None:
        """Let the programs' user, and nobody else, pass through a private folder without reading it."""
        if self.file_owner is not None:
            os.chown(folder, -1, self.file_owner[1])
            folder.chmod(0o710)


def choose_launch() -> Launch:
    """Plain for an ordinary user; for root a user namespace, or else another user."""
    if os.geteuid() != 0:
        return Launch("plain")
    user = _stand_in()
    namespace = Launch(f"namespace:{user.pw_uid}:{user.pw_gid}")
    probe = subprocess.run(  # noqa: S603  our own launcher with a fixed program
        namespace.command(sys.executable, "-I", "-S", "-c", ""), check=False, capture_output=True
    )
    if probe.returncode == 0:
        return namespace
    return Launch(f"drop:{user.pw_uid}:{user.pw_gid}", (user.pw_uid, user.pw_gid))


def _stand_in() -> pwd.struct_passwd:
    """A user that is not root and has a name, because `initdb` looks its own name up."""
    users = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in PREFERRED_USERS:
        if name in users:
            return users[name]
    if not users:
        raise EmbeddedPostgresError(
            "PostgreSQL cannot run as root and this machine has no other user; set DATABASE_URL."
        )
    return next(iter(users.values()))
