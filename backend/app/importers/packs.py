"""Content packs: the publishers' own archives in one plain tar, with a manifest of what they are and their hashes.

Whoever has no network gets the same content by a pack, through the same parsers. The manifest is signed; a pack that
nobody trusted has signed is for an administrator to accept or not, and nothing of it is looked at before.
"""

import base64
import binascii
import hashlib
import io
import re
import tarfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, Literal

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.errors import AppError, Invalid, TooLarge
from app.importers.archive import READ_CHUNK
from app.importers.json_reader import read_json
from app.importers.limits import MAX_MEMBER_BYTES, MIB
from app.importers.reading import Unusable

FORMAT: Final = "aegis-content"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
MAX_MANIFEST_BYTES: Final = MIB
MAX_FILES: Final = 200
MAX_FILE_BYTES: Final = 512 * MIB
MAX_PACK_BYTES: Final = 2048 * MIB
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")

Trust = Literal["trusted", "unknown_key", "unsigned"]


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One archive or bundle of a pack."""

    source: str
    part: str
    file: str
    """Its name in the pack, below `files/`."""
    size: int
    sha256: str
    release: str | None
    origin: str
    """Where it was fetched from."""
    release_dates: tuple[tuple[str, str], ...] = ()
    """Releases of ATT&CK and their dates, for a bundle that does not say which it is."""
    max_member_bytes: int = MAX_MEMBER_BYTES
    """Of one file inside an archive."""


@dataclass(frozen=True, slots=True)
class Pack:
    """What the manifest says, and how far it can be believed."""

    name: str
    made_at: str
    files: tuple[PackedFile, ...]
    trust: Trust
    key: str | None
    """The public key that signed it."""

    @property
    def sources(self) -> list[str]:
        """Names of the sources, in the order of the pack."""
        return list(dict.fromkeys(file.source for file in self.files))


def new_key() -> tuple[bytes, str]:
    """A key to sign packs with: (private key as PEM, public key as CONTENT_TRUSTED_KEYS takes it)."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, public_text(key.public_key())


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as text."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def write_pack(
    path: Path,
    name: str,
    made_at: datetime,
    files: Sequence[tuple[PackedFile, Path]],
    key: Ed25519PrivateKey | None,
) -> None:
    """Write a pack, signed when there is a key. A pack that cannot be finished leaves no file."""
    manifest = orjson.dumps(
        {
            "format": FORMAT,
            "version": VERSION,
            "name": name,
            "made_at": made_at.isoformat(),
            "files": [asdict(file) for file, _ in files],
        },
        option=orjson.OPT_INDENT_2,
    )
    partial = path.with_name(f"{path.name}.partial")
    try:
        with tarfile.open(partial, "w", format=tarfile.PAX_FORMAT) as archive:
            _add(archive, MANIFEST, manifest)
            if key is not None:
                seal = base64.b64encode(key.sign(manifest)).decode()
                _add(archive, SIGNATURE, orjson.dumps({"key": public_text(key.public_key()), "signature": seal}))
            for file, source in files:
                archive.add(source, f"files/{file.file}", recursive=False, filter=_plain)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_pack(path: Path, trusted: Sequence[str] = ()) -> Pack:
    """Read manifest and signature, and believe nothing else yet.

    Raises Invalid `not_a_pack`, `pack_signature_wrong` or `pack_unreadable`.
    """
    trust: Trust = "unsigned"
    key: str | None = None
    with closing(_members(path)) as members:
        first = next(members, None)
        if first is None or first[0].name != MANIFEST:
            raise Invalid("not_a_pack", "The file is no content pack: it does not begin with a manifest.")
        manifest = _small(*first)
        second = next(members, None)
        if second is not None and second[0].name == SIGNATURE:
            trust, key = _trust(manifest, _small(*second), trusted)
    return _pack_of(manifest, trust, key)


def unpack(path: Path, pack: Pack, folder: Path | None = None) -> None:
    """Check every file of a pack against its manifest and, with a folder, write them there by source.

    Raises Invalid `pack_damaged`, which names the file, and TooLarge.
    """
    wanted = {f"files/{file.file}": file for file in pack.files}
    with closing(_members(path)) as members:
        for info, stream in members:
            if info.name in {MANIFEST, SIGNATURE}:
                continue
            file = wanted.pop(info.name, None)
            if file is None or not info.isreg() or info.issparse():
                raise _damaged(info.name, "is not in the manifest, or there twice")
            _copy(info, stream, file, None if folder is None else folder / file.source / file.file)
    if wanted:
        raise _damaged(min(wanted), "is missing")


def signing_key(pem: bytes) -> Ed25519PrivateKey:
    """The private key of a PEM file. Raises Invalid `key_unusable`."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415  only who signs

    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise Invalid("key_unusable", "The key file holds no unencrypted private key.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid("key_unusable", "The key is not an Ed25519 key.")
    return key


def public_key(text: str) -> Ed25519PublicKey:
    """A public key from its text. Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = _plain(tarfile.TarInfo(name))
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of the machine that made it."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime, info.mode = 0, 0o644
    return info


def _members(path: Path) -> Generator[tuple[tarfile.TarInfo, IO[bytes]], None, None]:
    try:
        with tarfile.open(path, "r|") as archive:
            for count, info in enumerate(archive, start=1):
                if count > MAX_FILES + 2:
                    raise TooLarge("pack_too_large", f"A pack has at most {MAX_FILES} files.")
                stream = archive.extractfile(info) if info.isreg() else None
                yield info, stream or io.BytesIO()
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise Invalid("pack_unreadable", "The pack is cut short, or no tar file.") from error


def _small(info: tarfile.TarInfo, stream: IO[bytes]) -> bytes:
    if info.size > MAX_MANIFEST_BYTES:
        raise TooLarge("pack_too_large", "The manifest is too large.")
    return stream.read(MAX_MANIFEST_BYTES)


def _trust(manifest: bytes, signature: bytes, trusted: Sequence[str]) -> tuple[Trust, str]:
    wrong = Invalid("pack_signature_wrong", "The signature is not one of this manifest: the pack was changed.")
    try:
        said = read_json(signature)
        key = str(said["key"])
        public_key(key).verify(base64.b64decode(said["signature"], validate=True), manifest)
    except (Unusable, KeyError, TypeError, ValueError, binascii.Error, InvalidSignature) as error:
        raise wrong from error
    return ("trusted" if key in trusted else "unknown_key"), key


def _pack_of(manifest: bytes, trust: Trust, key: str | None) -> Pack:
    try:
        said = read_json(manifest)
        if (said["format"], said["version"]) != (FORMAT, VERSION):
            raise Invalid("pack_version_unknown", "The pack was made by another version of Aegis.")
        files = tuple(_file_of(item) for item in said["files"])
        pack = Pack(str(said["name"])[:200], str(said["made_at"])[:40], files, trust, key)
    except Unusable as error:
        raise Invalid("not_a_pack", f"The manifest cannot be read: {error.message}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid("not_a_pack", "The manifest does not have the expected form.") from error
    names = [file.file for file in files]
    total = sum(file.size for file in files)
    if not files or len(names) > MAX_FILES or len(set(names)) != len(names) or total > MAX_PACK_BYTES:
        raise Invalid("not_a_pack", "The manifest names no files, too many, or one twice.")
    return pack


def write_listing(folder: Path, files: Sequence[PackedFile]) -> None:
    """Say beside unpacked files what they are."""
    (folder / MANIFEST).write_bytes(orjson.dumps([asdict(file) for file in files]))


def read_listing(folder: Path) -> list[tuple[PackedFile, Path]]:
    """The unpacked files of a folder that `write_listing` described."""
    files = [_file_of(item) for item in orjson.loads((folder / MANIFEST).read_bytes())]
    return [(file, folder / file.file) for file in files]


def _file_of(item: Mapping[str, Any]) -> PackedFile:
    file = PackedFile(
        source=str(item["source"]),
        part=str(item["part"]),
        file=str(item["file"]),
        size=int(item["size"]),
        sha256=str(item["sha256"]),
        release=None if item.get("release") is None else str(item["release"])[:100],
        origin=str(item.get("origin", ""))[:500],
        release_dates=tuple((str(version), str(at)) for version, at in item.get("release_dates", ())),
        max_member_bytes=min(int(item.get("max_member_bytes", MAX_MEMBER_BYTES)), MAX_FILE_BYTES),
    )
    named = all(_NAME.fullmatch(name) for name in (file.source, file.part, file.file))
    if not named or not _HASH.fullmatch(file.sha256) or not 0 <= file.size <= MAX_FILE_BYTES:
        raise ValueError(file.file)
    return file


def _copy(info: tarfile.TarInfo, stream: IO[bytes], file: PackedFile, target: Path | None) -> None:
    if info.size != file.size:
        raise _damaged(file.file, "has another size than the manifest says")
    digest, out = hashlib.sha256(), None
    try:
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            out = target.open("xb")
        while chunk := stream.read(READ_CHUNK):
            digest.update(chunk)
            if out is not None:
                out.write(chunk)
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(file.file, "is cut short") from error
    finally:
        if out is not None:
            out.close()
    if digest.hexdigest() != file.sha256:
        raise _damaged(file.file, "is not what the manifest says: its hash is another one")


def _damaged(name: str, what: str) -> AppError:
    return Invalid("pack_damaged", f"{name[:200]} {what}.")
