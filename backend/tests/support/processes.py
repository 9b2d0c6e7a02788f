"""Several API processes on one database and one store, each started, stopped and killed as an operator's would be."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from app.config import Settings
from tests.support.databases import TestServer
from tests.support.product import FIRST_START, Product, make_first_start, product_settings

BACKEND = Path(__file__).resolve().parents[2]
STOP_SECONDS = 30


@dataclass
class Fleet:
    """The processes, and the people who can speak to each of them."""

    settings: Settings
    folder: Path
    around: tuple[str, ...] = ()
    """A command that each process is started by."""
    processes: dict[int, "subprocess.Popen[str]"] = field(default_factory=dict)
    products: list[Product] = field(default_factory=list)

    def launch(self, number: int) -> None:
        """Begin to start a process; `wait_ready` ends it."""
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            **_environment(self.settings),
            "PYTHONPATH": str(BACKEND),
            "PORT": "0",
            "LOG_LEVEL": "ERROR",
        }
        with (self.folder / f"process-{number}.log").open("ab") as log:
            self.processes[number] = subprocess.Popen(
                [*self.around, sys.executable, "-m", "app.cli", "serve"],
                cwd=self.folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def wait_ready(self, number: int) -> str:
        """The base URL, once the process answers."""
        output = self.processes[number].stdout
        assert output is not None
        for line in output:
            _, sign, rest = line.partition("ready at ")
            if sign:
                # It prints no second line.
                output.close()
                return rest.split()[0]
        raise AssertionError((self.folder / f"process-{number}.log").read_text("utf-8")[-2000:])

    def restart(self, number: int) -> None:
        """Start a process that was killed."""
        self.launch(number)
        self.products[number].base_url = self.wait_ready(number)

    def kill(self, number: int) -> None:
        """End a process and its workers without a warning."""
        process = self.processes[number]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)
        if process.stdout is not None:
            process.stdout.close()

    def owner(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the database's owner."""
        assert self.settings.database_owner_url is not None
        return psycopg.connect(self.settings.database_owner_url.replace("+psycopg", "", 1))

    def forget_content(self) -> None:
        """Let the next forced import of ATT&CK find every object changed, and write all of them."""
        with self.owner() as connection:
            for table in ("technique", "mitigation", "software", "threat_actor"):
                connection.execute(sql.SQL("UPDATE {} SET content_hash = 'old'").format(sql.Identifier(table)))

    def stop(self) -> None:
        """End all."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


@contextmanager
def running_fleet(
    server: TestServer, folder: Path, count: int, *, around: tuple[str, ...] = (), **changes: Any
) -> Iterator[Fleet]:
    """So many processes on a database of their own, with six people who have logged in."""
    name = f"fleet_{folder.name}".replace("-", "_")
    make_first_start(server, folder)
    server.create(name, template=FIRST_START)
    fleet = Fleet(product_settings(server.urls(name), folder, **changes), folder, around)
    try:
        for number in range(count):
            fleet.launch(number)
        headers: dict[str, dict[str, str]] = {}
        for number in range(count):
            fleet.products.append(Product(fleet.wait_ready(number), fleet.settings, headers))
        fleet.products[0].add_people()
        yield fleet
    finally:
        fleet.stop()
        for product in fleet.products:
            product.client.close()
        server.drop(name)


def _environment(settings: Settings) -> dict[str, str]:
    """The settings that differ from the defaults, as an operator writes them."""
    defaults = Settings(_env_file=None)
    found = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if value != getattr(defaults, name):
            plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
            found[name.upper()] = ",".join(plain) if isinstance(plain, list) else str(plain)
    return found
