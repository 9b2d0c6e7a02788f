"""Real TAXII servers: OASIS medallion 3 speaks 2.1, medallion 1 speaks 2.0.

Version 3 is one of our development packages. Version 1 cannot live beside it and gets a virtual environment of its own,
made on first use from `requirements-medallion-v20.txt` and kept beside the repository's other caches.
"""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REQUIREMENTS = Path(__file__).with_name("requirements-medallion-v20.txt")
VENV_ROOT = Path(__file__).resolve().parents[3] / "build" / "medallion"
USER = "tester"
PASSWORD = "password-of-the-test-run"
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
ADDED = "2024-03-01T00:00:00.000000Z"
Stix = dict[str, Any]

_SERVE_21 = """
import sys
from medallion import load_app
from werkzeug.serving import make_server
server = make_server("127.0.0.1", 0, load_app(sys.argv[1]))
print(server.server_port, flush=True)
server.serve_forever()
"""

_SERVE_20 = """
import json, sys
from medallion import create_app
from werkzeug.security import generate_password_hash
from werkzeug.serving import make_server
config = json.load(open(sys.argv[1]))
users = config["auth"]["users"]
config["auth"]["users"] = {name: generate_password_hash(word, "pbkdf2:sha256:1") for name, word in users.items()}
server = make_server("127.0.0.1", 0, create_app(config))
print(server.server_port, flush=True)
server.serve_forever()
"""


@dataclass(frozen=True)
class Medallion:
    """A running server; its discovery address and API root."""

    url: str
    discovery: str

    @property
    def root(self) -> str:
        return f"{self.url}/attack/"


@contextmanager
def serve_medallion_21(folder: Path, title: str, objects: list[Stix]) -> Iterator[Medallion]:
    """Serve one collection by TAXII 2.1."""
    manifest = [
        {"id": item["id"], "date_added": ADDED, "version": item["modified"], "media_type": _STIX_21} for item in objects
    ]
    config = {
        "users": {USER: PASSWORD},
        "taxii": {"max_page_size": 100},
        "backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend"},
    }
    collection = {"media_types": [_STIX_21], "objects": objects, "manifest": manifest}
    with _serving(sys.executable, _SERVE_21, folder, config, _data("taxii-2.1", title, collection)) as url:
        yield Medallion(url, f"{url}/taxii2/")


@contextmanager
def serve_medallion_20(folder: Path, title: str, objects: list[Stix]) -> Iterator[Medallion]:
    """Serve one collection by TAXII 2.0. Asked for a hundred objects, this server gives ninety-nine."""
    manifest = [
        {"id": item["id"], "date_added": ADDED, "versions": [item["modified"]], "media_types": [_STIX_20]}
        for item in objects
    ]
    config = {
        "auth": {
            "module": "medallion.backends.auth.memory_auth",
            "module_class": "AuthMemoryBackend",
            "users": {USER: PASSWORD},
        },
        "multi-auth": ["basic"],
        "taxii": {"max_page_size": 100},
        "backend": {"module": "medallion.backends.taxii.memory_backend", "module_class": "MemoryBackend"},
    }
    collection = {"media_types": [_STIX_20], "objects": objects, "manifest": manifest}
    with _serving(str(_python_20()), _SERVE_20, folder, config, _data("taxii-2.0", title, collection)) as url:
        yield Medallion(url, f"{url}/taxii/")


_STIX_21 = "application/stix+json;version=2.1"
_STIX_20 = "application/vnd.oasis.stix+json; version=2.0"


def _data(version: str, title: str, collection: Stix) -> Stix:
    head = {"id": COLLECTION, "title": title, "description": "", "can_read": True, "can_write": False}
    information = {"title": "ATT&CK", "description": "", "versions": [version], "max_content_length": 9765625}
    return {
        "/discovery": {"title": "medallion", "default": "/attack/", "api_roots": ["/attack/"]},
        "attack": {"information": information, "status": [], "collections": [head | collection]},
    }


@contextmanager
def _serving(python: str, program: str, folder: Path, config: Stix, data: Stix) -> Iterator[str]:
    data_file, config_file = folder / "medallion-data.json", folder / "medallion.json"
    data_file.write_text(json.dumps(data))
    config["backend"]["filename"] = str(data_file)
    config_file.write_text(json.dumps(config))
    log = folder / "medallion.log"
    with (
        log.open("wb") as complaints,
        subprocess.Popen(
            [python, "-c", program, str(config_file)], stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port.isdigit(), log.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _python_20() -> Path:
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    venv = VENV_ROOT / f"{digest}-{sys.version_info.major}.{sys.version_info.minor}"
    VENV_ROOT.mkdir(parents=True, exist_ok=True)
    with (VENV_ROOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (venv / "complete").exists():
            shutil.rmtree(venv, ignore_errors=True)
            uv = str(Path(sys.executable).with_name("uv"))
            python = str(venv / "bin" / "python")
            subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)], check=True)
            install = [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(REQUIREMENTS)]
            subprocess.run(install, check=True)
            (venv / "complete").touch()
    return venv / "bin" / "python"
