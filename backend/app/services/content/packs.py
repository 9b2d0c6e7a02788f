"""Content packs: made where there is a network, taken in where there is none."""

import asyncio
import gzip
import secrets
import shutil
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import Actor
from app.errors import Conflict, FieldError, Invalid
from app.importers.archive import GZIP_MAGIC
from app.importers.base import BundleFile, sha256_of_files
from app.importers.content import ArchiveFile
from app.importers.limits import MAX_MEMBER_BYTES, MIB
from app.importers.packs import Pack, PackedFile, read_pack, unpack, write_listing, write_pack
from app.models.content import SyncRun
from app.services import audit
from app.services.content import runs
from app.services.content.archives import fetch_archives
from app.services.content.attack import fetch_bundles
from app.services.content.gathering import GatherRequest
from app.services.content.mirrors import settings_for
from app.services.content.registry import SOURCES, source_named
from app.services.content.uploads import UPLOAD_FOLDER

MAX_UPLOAD_BYTES: Final = 1024 * MIB
"""Of a pack that is sent over HTTP; the command reads larger ones."""


@dataclass(frozen=True, slots=True)
class PackedPart:
    """A file of a pack beside what is held of the same part."""

    file: PackedFile
    held_release: str | None
    same: bool
    """It is byte for byte what was imported last."""


def exported_sources() -> list[str]:
    """Names of the sources that a pack can hold: a second way to the same content needs no place of its own."""
    return [name for name, entry in SOURCES.items() if entry.publisher is None]


async def export_pack(
    session: AsyncSession,
    settings: Settings,
    out: Path,
    *,
    names: Sequence[str],
    work_dir: Path,
    key: Ed25519PrivateKey | None,
) -> Pack:
    """Fetch sources as their publishers give them now and write them into one pack.

    Raises UpstreamFailed where one cannot be had: a pack is whole or not there.
    """
    files: list[tuple[PackedFile, Path]] = []
    for name in names:
        entry = source_named(name)
        row = await runs.source_row(session, name)
        folder = work_dir / name
        folder.mkdir(parents=True)
        request = GatherRequest(
            settings=settings_for(settings, entry.base_setting, row.base_url),
            work_dir=folder,
            parts=tuple(row.domains),
            state={},
            fresh=True,
        )
        if entry.definition is None:
            files += [await _bundle(name, bundle, folder) for bundle in await fetch_bundles(request)]
        else:
            files += [await _archive(name, found, folder) for found in await fetch_archives(entry.definition, request)]
    moment = now()
    title = f"content-{moment:%Y%m%dT%H%M%SZ}"
    await asyncio.to_thread(write_pack, out, title, moment, files, key)
    return await asyncio.to_thread(read_pack, out)


async def _bundle(source: str, bundle: BundleFile, folder: Path) -> tuple[PackedFile, Path]:
    path = await asyncio.to_thread(_gzipped, bundle.path, folder / f"packed-{bundle.domain}.json.gz")
    dates = tuple((date.version, date.modified) for date in bundle.release_dates)
    file = await asyncio.to_thread(_described, source, str(bundle.domain), path, "json.gz")
    return replace(file, release=bundle.release, origin=bundle.origin[:500], release_dates=dates), path


async def _archive(source: str, archive: ArchiveFile, folder: Path) -> tuple[PackedFile, Path]:
    path = archive.path
    if path.is_dir():
        path = await asyncio.to_thread(_tarred, path, folder / f"packed-{archive.part}.tar.gz")
    file = await asyncio.to_thread(_described, source, archive.part, path, "tar.gz")
    limit = max(archive.max_member_bytes, MAX_MEMBER_BYTES)
    return replace(file, release=archive.release, origin=archive.origin[:500], max_member_bytes=limit), path


def _described(source: str, part: str, path: Path, suffix: str) -> PackedFile:
    return PackedFile(source, part, f"{source}-{part}.{suffix}", path.stat().st_size, sha256_of_files([path]), None, "")


def _gzipped(path: Path, out: Path) -> Path:
    with path.open("rb") as raw:
        if raw.read(2) == GZIP_MAGIC:
            return path
        raw.seek(0)
        # Without a time the same bundle gives the same file.
        with out.open("wb") as target, gzip.GzipFile("", "wb", 6, target, mtime=0) as packed:
            shutil.copyfileobj(raw, packed)
    return out


def _tarred(folder: Path, out: Path) -> Path:
    with (
        out.open("wb") as target,
        gzip.GzipFile("", "wb", 6, target, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(found for found in folder.rglob("*") if found.is_file()):
            info = archive.gettarinfo(path, f"content/{path.relative_to(folder).as_posix()}")
            info.uid = info.gid = info.mtime = 0
            info.uname = info.gname = ""
            with path.open("rb") as stream:
                archive.addfile(info, stream)
    return out


async def open_pack(settings: Settings, path: Path) -> Pack:
    """Read a pack's manifest and check every file against it. Raises Invalid, TooLarge."""
    pack = await asyncio.to_thread(read_pack, path, settings.content_trusted_keys)
    await asyncio.to_thread(unpack, path, pack)
    return pack


async def compare_pack(session: AsyncSession, pack: Pack) -> list[PackedPart]:
    """What the pack holds beside what we hold."""
    parts: list[PackedPart] = []
    for file in pack.files:
        state: dict[str, Any] = {}
        if file.source in SOURCES:
            state = (await runs.source_row(session, file.source)).state.get(file.part, {})
        parts.append(PackedPart(file, state.get("release"), state.get("sha256") == file.sha256))
    return parts


def refuse_untrusted(pack: Pack, *, accepted: bool) -> None:
    """Raise Conflict `pack_untrusted` for a pack that no trusted key signed, unless somebody said so on purpose."""
    if pack.trust == "trusted" or accepted:
        return
    why = "nobody signed it" if pack.trust == "unsigned" else "its key is not among CONTENT_TRUSTED_KEYS"
    raise Conflict(
        "pack_untrusted",
        f"The pack {pack.name} cannot be trusted: {why}. Confirm it by its name if you know where it comes from.",
        extra={"trust": pack.trust, "name": pack.name},
    )


def unpack_uploads(settings: Settings, path: Path, pack: Pack) -> Path:
    """Unpack a pack into a folder for its runs, one below it for each source. Raises as `unpack`, and Invalid."""
    for file in pack.files:
        if file.source not in exported_sources() or file.part not in SOURCES[file.source].parts:
            message = f"The pack has {file.source} ({file.part}), which this version does not know."
            raise Invalid("unknown_part", message, fields=[FieldError("file", message, "unknown_part")])
    folder = settings.aegis_data_dir / UPLOAD_FOLDER / secrets.token_hex(16)
    folder.mkdir(parents=True, mode=0o700)
    try:
        unpack(path, pack, folder)
        for name in pack.sources:
            write_listing(folder / name, [file for file in pack.files if file.source == name])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


async def request_runs(
    session: AsyncSession, actor: Actor, pack: Pack, folder: Path, *, preview: bool, force: bool
) -> list[SyncRun]:
    """Queue a run for each source of an unpacked pack, ATT&CK first: the others name its techniques.

    Raises Conflict `sync_running`.
    """
    found: list[SyncRun] = []
    for name in sorted(pack.sources, key=list(SOURCES).index):
        parts = tuple(file.part for file in pack.files if file.source == name)
        wish = runs.Wish(parts, force=force, upload=str(folder / name), upload_name=pack.name, preview=preview)
        found.append(await runs.request_run(session, actor, name, wish))
    audit.record(
        session,
        actor,
        "content.pack_accepted",
        subject_kind="content_pack",
        subject_label=pack.name,
        details={
            "trust": pack.trust,
            "key": pack.key,
            "preview": preview,
            "force": force,
            "files": {file.file: file.sha256 for file in pack.files},
        },
    )
    return found
