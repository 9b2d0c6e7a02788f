"""The trail in a system of its own: a syslog server over TLS."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app import clock
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM
from app.services import audit
from app.services.audit.chain import chain_keys, entry_hash
from app.services.audit.streaming import AuditStreamer
from app.syslog import Message, SyslogServer, frame

FAR = timedelta(days=2)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that signed itself, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "logs")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(clock.now() - FAR)
        .not_valid_after(clock.now() + FAR)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "logs.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return path


class Logs:
    """A syslog server that keeps what it is told."""

    def __init__(self, certificate: Path) -> None:
        self.certificate = certificate
        self.told: list[str] = []
        self.heard = asyncio.Event()
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen, on the same port each time."""
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(self.certificate)
        server = await asyncio.start_server(self._take, "127.0.0.1", self.port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while length := await reader.readuntil(b" "):
                self.told.append((await reader.readexactly(int(length))).decode())
                self.heard.set()
        writer.close()

    def server(self, *, ca_file: Path | None) -> SyslogServer:
        """The address, as a setting gives it."""
        return SyslogServer(f"tls://127.0.0.1:{self.port}", ca_file)


async def write(factory: SessionFactory, *actions: str) -> None:
    async with session_scope(factory) as session:
        for action in actions:
            audit.record(session, SYSTEM, action, subject_kind="user", subject_label="Zo\u00eb\nAdmin")


async def test_every_entry_arrives_once_in_order_and_can_be_proven_there(
    real_factory: SessionFactory, settings: Settings, certificate: Path
) -> None:
    audit.configure_keys(settings)
    logs = Logs(certificate)
    await write(real_factory, "user.created", "user.updated")
    async with logs.listening():
        server = logs.server(ca_file=certificate)
        # As from two processes at the same moment.
        sent = await asyncio.gather(*(audit.send_new_entries(real_factory, server) for _ in range(2)))
        assert sorted(sent) == [0, 2]
        await write(real_factory, "user.reactivated")
        with pytest.raises(ssl.SSLError):
            await audit.send_new_entries(real_factory, logs.server(ca_file=None))
    with pytest.raises(OSError, match="Connect"):
        await audit.send_new_entries(real_factory, server)
    await write(real_factory, "user.deactivated")
    async with logs.listening():
        assert await audit.send_new_entries(real_factory, server) == 2
        assert await audit.send_new_entries(real_factory, server) == 0
    kinds = [line.split(" ")[5] for line in logs.told]
    assert kinds == ["user.created", "user.updated", "user.reactivated", "user.deactivated"]
    assert all(line.startswith("<110>1 20") and "\n" not in line for line in logs.told)
    previous = "0" * 64
    for number, line in enumerate(logs.told, 1):
        text = line.split(" - ", 1)[1]
        told = json.loads(text)
        body = text[text.index('"entry":') + 8 : -1]
        assert (told["seq"], told["prev_hash"]) == (number, previous)
        previous = told["hash"]
        assert previous == entry_hash(chain_keys()[0], told["prev_hash"], body)
        assert told["entry"]["subject_label"] == "Zo\u00eb\nAdmin"


async def test_it_goes_on_by_itself_when_the_server_is_back(
    real_factory: SessionFactory, settings: Settings, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.configure_keys(settings)
    monkeypatch.setattr("app.services.audit.streaming.PAUSE_SECONDS", 0.05)
    logs = Logs(certificate)
    async with logs.listening():
        pass
    streamer = AuditStreamer(real_factory, logs.server(ca_file=certificate))
    await write(real_factory, "user.created")
    streamer.start()
    await asyncio.sleep(0.2)
    async with logs.listening():
        await asyncio.wait_for(logs.heard.wait(), 10)
    await streamer.stop()
    assert len(logs.told) == 1


def test_a_frame_is_led_by_its_length_in_bytes() -> None:
    sent = frame(Message(clock.now(), "user.a_very_long_action_that_nobody_has", "\u00e9"))
    length, _, rest = sent.partition(b" ")
    assert int(length) == len(rest)
    assert rest.split(b" ")[5] == b"user.a_very_long_action_that_nob"
