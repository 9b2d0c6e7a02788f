"""Content packs: what went out comes in elsewhere, and nothing else does."""

import asyncio
import io
import json
import tarfile
from pathlib import Path

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import app as cli
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.permissions import Role
from app.errors import AppError
from app.importers.packs import new_key, read_pack, signing_key, unpack
from app.services.content import packs
from app.services.content.bootstrap import ensure_attack
from tests.builders.users import auth_headers, build_user
from tests.support.attack_samples import bundle, make, technique

URL = "/api/v1/data-sources/packs"
LOLBAS = "LOLBAS-Project/LOLBAS"
ENTRY = """Name: Sample.exe
Description: A sample
Author: Somebody
Commands:
  - Command: sample.exe /run {PATH}
    Description: Runs it
    Usecase: Run
    Category: Execute
    Privileges: User
    MitreID: T1001
    OperatingSystem: Windows 11
"""


@pytest.fixture
def content_dir(tmp_path: Path) -> Path:
    """A small ATT&CK and a small LOLBAS, as CONTENT_DIR has them."""
    folder = tmp_path / "content"
    (folder / "attack").mkdir(parents=True)
    (folder / "github" / "LOLBAS-Project").mkdir(parents=True)
    tactic = make("x-mitre-tactic", 1, "TA0002", name="Execution", x_mitre_shortname="execution")
    matrix = make("x-mitre-matrix", 1, tactic_refs=[tactic["id"]])
    content = bundle(tactic, matrix, technique(1, "T1001"))
    (folder / "attack" / "enterprise-attack-18.1.json").write_bytes(content)
    with tarfile.open(folder / "github" / f"{LOLBAS}.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("LOLBAS-abc/yml/OSBinaries/Sample.yml")
        info.size = len(ENTRY)
        archive.addfile(info, io.BytesIO(ENTRY.encode()))
    return folder


@pytest.fixture
async def packed(real_factory: SessionFactory, settings: Settings, content_dir: Path, tmp_path: Path):
    """Write a pack: `await packed(key)` gives its path."""
    here = settings.model_copy(update={"content_dir": content_dir, "attack_source": "offline"})
    await ensure_attack(real_factory, here)

    async def write(key: bytes | None) -> Path:
        out, work = tmp_path / "out.pack", tmp_path / f"work-{key is None}"
        async with real_factory() as session:
            signer = None if key is None else signing_key(key)
            names = ["mitre_attack", "lolbas"]
            await packs.export_pack(session, here, out, names=names, work_dir=work, key=signer)
        return out

    return write


def changed(path: Path, member: str, content: bytes | None) -> Path:
    """A copy of a pack with one member put in another's place, or left out."""
    out = path.with_name("changed.pack")
    with tarfile.open(path) as old, tarfile.open(out, "w") as new:
        for info in old:
            data = old.extractfile(info).read()
            if info.name == member:
                if content is None:
                    continue
                data = content
                info.size = len(data)
            new.addfile(info, io.BytesIO(data))
    return out


def refusal(path: Path, *trusted: str) -> tuple[str, str]:
    with pytest.raises(AppError) as raised:
        unpack(path, read_pack(path, trusted))
    return raised.value.code, raised.value.message


async def test_what_was_changed_is_named(packed) -> None:
    pem, public = new_key()
    path = await packed(pem)
    pack = read_pack(path, [public])
    assert (pack.trust, pack.key, pack.sources) == ("trusted", public, ["mitre_attack", "lolbas"])
    assert read_pack(path).trust == "unknown_key"
    unpack(path, pack)

    name = "files/lolbas-all.tar.gz"
    with tarfile.open(path) as archive:
        data = bytearray(archive.extractfile(name).read())
        manifest = archive.extractfile("manifest.json").read()
    data[len(data) // 2] ^= 1
    code, message = refusal(changed(path, name, bytes(data)))
    assert code == "pack_damaged"
    assert message.startswith("lolbas-all.tar.gz is not what the manifest says")
    assert refusal(changed(path, name, None)) == ("pack_damaged", f"{name} is missing.")
    assert refusal(changed(path, name, b"short"))[0] == "pack_damaged"
    assert refusal(changed(path, "manifest.json", manifest + b"\n"))[0] == "pack_signature_wrong"
    assert refusal(changed(path, "manifest.json", b"{}"))[0] == "pack_signature_wrong"
    unsigned = await packed(None)
    for wrong in (b"{}", b"[" * 200, b'{"format":"aegis-content","version":9}'):
        assert refusal(changed(unsigned, "manifest.json", wrong))[0] in {"not_a_pack", "pack_version_unknown"}
    said = json.loads(manifest)
    said["files"][0]["file"] = "../../evil"
    assert refusal(changed(unsigned, "manifest.json", json.dumps(said).encode()))[0] == "not_a_pack"
    cut = unsigned.with_name("cut.pack")
    cut.write_bytes(unsigned.read_bytes()[: unsigned.stat().st_size // 3])
    assert refusal(cut)[0] in {"pack_damaged", "pack_unreadable"}
    cut.write_bytes(b"nothing of the kind")
    assert refusal(cut)[0] == "pack_unreadable"


async def test_a_pack_brings_the_same_rows(
    packed, real_client: AsyncClient, real_factory: SessionFactory, settings: Settings
) -> None:
    path = await packed(None)
    async with session_scope(real_factory) as session:
        admin = await auth_headers(session, await build_user(session, role=Role.ADMIN), settings)

    async def send(query: str = "", **fields: str):
        files = {"file": ("out.pack", path.read_bytes(), "application/x-tar")}
        return await real_client.post(f"{URL}{query}", headers=admin, files=files, data=fields)

    looked = await send("?check=true")
    assert looked.status_code == 200, looked.text
    name = looked.json()["name"]
    assert (looked.json()["trust"], looked.json()["runs"]) == ("unsigned", [])
    assert [(file["source"], file["part"], file["release"], file["same"]) for file in looked.json()["files"]] == [
        ("mitre_attack", "enterprise", "18.1", False),
        ("lolbas", "all", None, False),
    ]
    for refused in (await send(), await send(confirm="yes")):
        assert (refused.status_code, refused.json()["code"], refused.json()["name"]) == (409, "pack_untrusted", name)
    taken = await send(confirm=name)
    assert taken.status_code == 202, taken.text
    assert [run["source"] for run in taken.json()["runs"]] == ["mitre_attack", "lolbas"]
    for _ in range(300):
        async with real_factory() as session:
            if not await session.scalar(text("SELECT count(*) FROM sync_run WHERE ended_at IS NULL")):
                break
        await asyncio.sleep(0.1)
    for run, counts in zip(taken.json()["runs"], ({"read": 2, "added": 2}, {"read": 1, "added": 1}), strict=True):
        ended = await real_client.get(f"/api/v1/data-sources/runs/{run['id']}", headers=admin)
        assert ended.json()["status"] == "succeeded", ended.text
        assert {key: number for key, number in ended.json()["counts"].items() if number} == counts
    assert [file["same"] for file in (await send("?check=true")).json()["files"]] == [True, True]
    async with real_factory() as session:
        rows = await session.execute(
            text(
                "SELECT t.attack_id, m.name, l.resolution FROM content_link l JOIN technique t ON t.id = l.technique_id"
                " JOIN test_template m ON m.id = l.source_id"
            )
        )
        assert [row[0] for row in rows] == ["T1001"]
        audited = await session.scalar(
            text("SELECT body::jsonb->'details'->>'trust' FROM audit_log WHERE action = 'content.pack_accepted'")
        )
        assert audited == "unsigned"
    assert list((settings.aegis_data_dir / "uploads").rglob("*.gz")) == []


async def test_the_commands(
    packed, real_db, content_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def aegis(*words: str):
        # The commands have event loops of their own.
        return await asyncio.to_thread(CliRunner().invoke, cli, words)

    await packed(None)
    key = tmp_path / "key.pem"
    made = await aegis("content", "keygen", str(key))
    assert (made.exit_code, key.stat().st_mode & 0o777) == (0, 0o600)
    assert (await aegis("content", "keygen", str(key))).exit_code == 2
    public = made.stdout.strip()
    path = await packed(key.read_bytes())
    for name, value in {
        "DATABASE_URL": real_db.app,
        "AEGIS_DATA_DIR": str(tmp_path / "data"),
        "CONTENT_TRUSTED_KEYS": public,
        "CONTENT_DIR": str(content_dir),
        "ATTACK_SOURCE": "offline",
    }.items():
        monkeypatch.setenv(name, value)
    assert (await aegis("content", "verify", str(path))).exit_code == 0
    taken = await aegis("content", "import", str(path))
    assert taken.exit_code == 0, taken.output
    assert "lolbas: succeeded (" in taken.stdout
    assert "1 added" in taken.stdout

    synced = await aegis("sync", "lolbas", "--dry-run")
    assert (synced.exit_code, "1 unchanged" in synced.stdout) == (0, True), synced.output
    assert (await aegis("sync", "nowhere")).exit_code == 2
    again = tmp_path / "again.pack"
    written = await aegis("content", "export", str(again), "--source", "lolbas")
    assert (written.exit_code, again.is_file(), "unsigned" in written.stdout) == (0, True, True), written.output
    refused = await aegis("content", "import", str(again))
    assert (refused.exit_code, "pack_untrusted" in refused.output) == (1, True)
    assert (await aegis("content", "import", str(again), "--accept-unsigned")).exit_code == 0
    refused = await aegis("content", "verify", str(again))
    assert (refused.exit_code, "None of CONTENT_TRUSTED_KEYS signed it." in refused.output) == (1, True)
    # Where nobody named a key, nothing but damage is wrong.
    monkeypatch.setenv("CONTENT_TRUSTED_KEYS", "")
    whole = await aegis("content", "verify", str(again))
    assert (whole.exit_code, "1 files, unsigned" in whole.output) == (0, True)
    assert "signed by an unknown key" in (await aegis("content", "verify", str(path))).output
    cut = changed(again, "files/lolbas-all.tar.gz", b"short")
    damaged = await aegis("content", "verify", str(cut))
    assert (damaged.exit_code, "pack_damaged" in damaged.output) == (1, True)
