"""A real S3 peer for the storage tests: OpenStack Swift with its S3 interface, as four processes of our own.

Swift brings its own dependency tree, so it lives in a virtual environment apart from ours, made on first use from
`requirements-swift.txt` and kept beside the repository's other caches.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements-swift.txt")
VENV_ROOT = Path(__file__).resolve().parents[3] / "build" / "swift"
ACCESS_KEY = "aegis:tester"
SECRET_KEY = "secret-of-the-test-run"
START_SECONDS = 30

_BACKENDS = ("account", "container", "object")

_SWIFT_CONF = """\
[swift-hash]
swift_hash_path_suffix = aegis
[storage-policy:0]
name = one
default = yes
"""

_BACKEND_CONF = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {devices}
mount_check = false
disable_fallocate = true
log_address = {folder}/no-syslog
log_udp_host =
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""

# `symlink` stands right of `versioned_writes`: the other way round the newest version of an object reads as empty.
_PROXY_CONF = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
log_address = {folder}/no-syslog
[pipeline:main]
pipeline = catch_errors memory_cache listing_formats s3api tempauth copy slo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:memory_cache]
paste.filter_factory = memory_cache:filter_factory
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
s3_acl = no
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_aegis_tester = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
"""

# Stands in for memcached, which the proxy expects to share between its workers; here there is one worker.
_MEMORY_CACHE = """\
class _Cache(dict):
    def get(self, key, raise_on_error=False):
        return dict.get(self, key)

    def set(self, key, value, serialize=True, time=0, min_compress_len=0, raise_on_error=False):
        self[key] = value

    def incr(self, key, delta=1, time=0):
        self[key] = int(dict.get(self, key) or 0) + delta
        return self[key]

    def delete(self, key, server_key=None):
        self.pop(key, None)


def filter_factory(global_conf, **local_conf):
    cache = _Cache()

    def wrap(app):
        def call(env, start_response):
            env["swift.cache"] = cache
            return app(env, start_response)

        return call

    return wrap
"""


@dataclass(frozen=True)
class SwiftServer:
    """Where the running server listens, and with which keys."""

    endpoint: str
    stop: Callable[[], None]
    """Kill what speaks S3; what is stored stays."""
    start: Callable[[], None]
    """Run it again on the same port."""
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY


def ensure_swift() -> Path:
    """The bin folder of a virtual environment that holds exactly the pinned requirements."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    venv = VENV_ROOT / f"{digest}-{sys.version_info.major}.{sys.version_info.minor}"
    VENV_ROOT.mkdir(parents=True, exist_ok=True)
    with (VENV_ROOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (venv / "complete").exists():
            shutil.rmtree(venv, ignore_errors=True)
            uv = Path(sys.executable).with_name("uv")
            _run([str(uv), "venv", "--quiet", "--python", sys.executable, str(venv)])
            python = str(venv / "bin" / "python")
            _run(
                [str(uv), "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(REQUIREMENTS)]
            )
            (venv / "complete").touch()
    return venv / "bin"


@contextmanager
def running_swift(folder: Path) -> Iterator[SwiftServer]:
    """A Swift server that keeps its data under `folder` and is gone, all four processes of it, after the block."""
    binaries = ensure_swift()
    ports = dict(zip((*_BACKENDS, "proxy"), _free_ports(4), strict=True))
    _write_configuration(folder, ports)
    _build_rings(binaries, folder, ports)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in ports:
            processes[name] = _start(binaries, folder, name)
        for name, port in ports.items():
            _wait_for(port, processes[name], folder / f"{name}.log")

        def stop() -> None:
            processes["proxy"].kill()
            processes["proxy"].wait(timeout=10)

        def start() -> None:
            processes["proxy"] = _start(binaries, folder, "proxy")
            _wait_for(ports["proxy"], processes["proxy"], folder / "proxy.log")

        yield SwiftServer(f"http://127.0.0.1:{ports['proxy']}", stop, start)
    finally:
        # Each server leaves our process group at its start, so a signal to the group would not reach it.
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


def _write_configuration(folder: Path, ports: dict[str, int]) -> None:
    user = pwd.getpwuid(os.getuid()).pw_name
    devices = folder / "devices"
    (devices / "disk").mkdir(parents=True)
    (folder / "swift.conf").write_text(_SWIFT_CONF)
    (folder / "memory_cache.py").write_text(_MEMORY_CACHE)
    for name in _BACKENDS:
        text = _BACKEND_CONF.format(name=name, port=ports[name], user=user, folder=folder, devices=devices)
        (folder / f"{name}.conf").write_text(text)
    proxy = _PROXY_CONF.format(port=ports["proxy"], user=user, folder=folder, secret=SECRET_KEY)
    (folder / "proxy.conf").write_text(proxy)


def _build_rings(binaries: Path, folder: Path, ports: dict[str, int]) -> None:
    tool = str(binaries / "swift-ring-builder")
    for name in _BACKENDS:
        builder = str(folder / f"{name}.builder")
        _run([tool, builder, "create", "6", "1", "1"])
        _run([tool, builder, "add", f"r1z1-127.0.0.1:{ports[name]}/disk", "1"])
        _run([tool, builder, "rebalance"])


def _start(binaries: Path, folder: Path, name: str) -> "subprocess.Popen[bytes]":
    command = [str(binaries / "python"), str(binaries / f"swift-{name}-server"), str(folder / f"{name}.conf"), "-v"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "HOME": str(folder)}
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"Swift did not start on port {port}: {log.read_text()[-2000:]}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _run(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if result.returncode > 1:  # the ring builder answers 1 for a warning
        raise RuntimeError(f"{command[0]} failed: {result.stdout[-1000:]}{result.stderr[-1000:]}")
