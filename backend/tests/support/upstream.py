"""Runs the server of recorded upstream content that lies beside it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen


@dataclass(frozen=True)
class RecordedUpstream:
    """Stands in for GitHub and D3FEND."""

    url: str

    @property
    def raw(self) -> str:
        return f"{self.url}/raw"

    def show_attack(self, release: str) -> None:
        """Go to another release of ATT&CK."""
        body = json.dumps({"attack": release}).encode()
        with urlopen(Request(f"{self.url}/_control", data=body), timeout=10) as reply:
            assert reply.status == 200

    def show(self, repository: str, state: str | None) -> None:
        """Go to another recorded state of a repository; None is the newest."""
        body = json.dumps({"states": {repository: state}}).encode()
        with urlopen(Request(f"{self.url}/_control", data=body), timeout=10) as reply:
            assert reply.status == 200


@contextmanager
def serve_recorded(content: Path, *, recorded: Path | None = None) -> Iterator[RecordedUpstream]:
    """Start the server on a free port and end it with the block.

    It lies beside the recorded content; other content in the same layout names that too.
    """
    program = (recorded or content).parent / "tools" / "upstream.py"
    with subprocess.Popen(
        [sys.executable, str(program), "--content", str(content)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("upstream ready at "), line
            yield RecordedUpstream(line.split()[-1])
        finally:
            process.terminate()
