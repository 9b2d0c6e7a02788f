"""Evidence in anything that speaks S3, through boto3 in threads."""

import base64
import hashlib
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError as Urllib3Error

from app.errors import AppError, Unavailable, UpstreamFailed
from app.storage.links import content_disposition
from app.storage.port import Delivery, ObjectFacts, StoredObject, is_key, object_missing, require_key, require_sha256
from app.storage.threads import MAX_THREADS, StoreThreads, in_blocks

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES: Final = 8 << 20
READ_BYTES: Final = 1 << 20
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30
PROBE_SECONDS: Final = 2
_MISSING = {"404", "NoSuchKey", "NotFound"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class S3Options:
    """How to reach the bucket.

    endpoint, public_endpoint: with scheme; the public one is what browsers can reach and what links name.
    create_bucket: make it when it is missing, for development.
    connect_seconds, read_seconds: how long one attempt waits; a failed one is tried once more.
    """

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str
    region: str = "us-east-1"
    public_endpoint: str | None = None
    ca_file: Path | None = None
    create_bucket: bool = False
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS


class S3Store:
    """Objects in one bucket that belongs to this installation alone.

    Every body is signed with its own SHA-256, so a server that checks signatures refuses bytes that changed on the way.
    """

    kind = "s3"

    def __init__(self, options: S3Options) -> None:
        self._options = options
        self._bucket = options.bucket
        self._threads = StoreThreads()
        self._clients: dict[str, S3Client] = {}
        self._clients_lock = threading.Lock()

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, expected_sha256: str | None = None) -> StoredObject:
        """See `EvidenceStore.put`. Holds two parts (of 8 MiB) in memory; more than one part goes up as multipart."""
        client = await self._threads.run(self._client)
        upload = _Upload(client, self._bucket, require_key(key))
        try:
            pending = b""
            async for block in in_blocks(chunks, PART_BYTES):
                if pending:
                    await self._threads.run(upload.add_part, pending)
                pending = block
            await self._threads.run(upload.finish, pending, expected_sha256)
        except BaseException:
            await self._threads.run(upload.abandon)
            raise
        return StoredObject(key, upload.size, upload.sha256)

    async def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """See `EvidenceStore.open`."""
        require_key(key)
        if length == 0:
            return
        body = await self._threads.run(self._get, key, start, length)
        if body is None:
            return
        try:
            while block := await self._threads.run(_read, key, body):
                yield block
        finally:
            body.close()

    async def head(self, key: str) -> ObjectFacts:
        """See `EvidenceStore.head`."""
        return await self._threads.run(self._head, require_key(key))

    async def delete(self, key: str) -> None:
        """See `EvidenceStore.delete`."""
        await self._threads.run(self._delete, require_key(key))

    async def list_objects(self) -> AsyncIterator[ObjectFacts]:
        """See `EvidenceStore.list_objects`."""
        token: str | None = ""
        while token is not None:
            page, token = await self._threads.run(self._list_page, token)
            for facts in page:
                yield facts

    async def discard_unfinished(self, before: datetime) -> int:
        """See `EvidenceStore.discard_unfinished`."""
        return await self._threads.run(self._discard_unfinished, before)

    async def presign(self, key: str, delivery: Delivery) -> str:
        """A URL of the store itself, signed with our key; see `EvidenceStore.presign`.

        Whoever holds the URL can use it until it expires: for whom it was made stands in our custody events.
        """
        pinned = {
            "Bucket": self._bucket,
            "Key": require_key(key),
            "ResponseContentType": delivery.content_type,
            "ResponseContentDisposition": content_disposition(delivery.filename),
            "ResponseCacheControl": "no-store",
        }
        return await self._threads.run(self._presign, pinned, delivery.expires_seconds)

    def free_bytes(self) -> int | None:
        """None: the store's space is its operator's matter; quotas hold instead."""
        return None

    async def prepare(self) -> None:
        """Make the bucket when that is wanted and it is missing."""
        await self._threads.run(self._prepare)

    async def check(self) -> None:
        """Ask for the bucket, with short time limits and no retry."""
        await self._threads.run(self._check)

    async def close(self) -> None:
        """See `EvidenceStore.close`."""
        self._threads.close()
        for client in self._clients.values():
            client.close()

    def _get(self, key: str, start: int, length: int | None) -> "StreamingBody | None":
        client = self._client()
        with _storage_errors(key):
            if start == 0 and length is None:
                return client.get_object(Bucket=self._bucket, Key=key)["Body"]
            end = "" if length is None else str(start + length - 1)
            try:
                return client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes={start}-{end}")["Body"]
            except ClientError as error:
                if _code(error) in {"InvalidRange", "416"}:
                    return None
                raise

    def _head(self, key: str) -> ObjectFacts:
        with _storage_errors(key):
            answer = self._client().head_object(Bucket=self._bucket, Key=key)
        return ObjectFacts(key, answer["ContentLength"], answer["LastModified"].astimezone(UTC))

    def _delete(self, key: str) -> None:
        with _storage_errors(key):
            try:
                self._client().delete_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if _code(error) not in _MISSING:
                    raise

    def _list_page(self, token: str) -> tuple[list[ObjectFacts], str | None]:
        client = self._client()
        with _storage_errors(self._bucket):
            answer = (
                client.list_objects_v2(Bucket=self._bucket, ContinuationToken=token)
                if token
                else client.list_objects_v2(Bucket=self._bucket)
            )
        facts = [
            ObjectFacts(item["Key"], item["Size"], item["LastModified"].astimezone(UTC))
            for item in answer.get("Contents", [])
            if is_key(item["Key"])
        ]
        return facts, answer.get("NextContinuationToken") if answer["IsTruncated"] else None

    def _discard_unfinished(self, before: datetime) -> int:
        client, discarded = self._client(), 0
        with _storage_errors(self._bucket):
            for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket):
                for upload in page.get("Uploads", []):
                    if is_key(upload["Key"]) and upload["Initiated"] < before:
                        client.abort_multipart_upload(
                            Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                        )
                        discarded += 1
        return discarded

    def _presign(self, pinned: dict[str, str], expires_seconds: int) -> str:
        return self._client("public").generate_presigned_url("get_object", Params=pinned, ExpiresIn=expires_seconds)

    def _prepare(self) -> None:
        client = self._client()
        with _storage_errors(self._bucket):
            try:
                client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if _code(error) not in _MISSING or not self._options.create_bucket:
                    raise
                client.create_bucket(Bucket=self._bucket)
                log.info("storage.bucket_created", bucket=self._bucket)

    def _check(self) -> None:
        with _storage_errors(self._bucket):
            self._client("probe").head_bucket(Bucket=self._bucket)

    def _client(self, kind: Literal["main", "public", "probe"] = "main") -> "S3Client":
        """The client of that kind, made on first use: that takes a quarter of a second, so not on the event loop."""
        with self._clients_lock:
            if kind not in self._clients:
                self._clients[kind] = _make_client(self._options, kind)
            return self._clients[kind]


class _Upload:
    """One object going up: a single PUT, or a multipart upload once a second part comes. Blocking."""

    def __init__(self, client: "S3Client", bucket: str, key: str) -> None:
        self.size = 0
        self._client, self._bucket, self._key = client, bucket, key
        self._hash = hashlib.sha256()
        self._upload_id: str | None = None
        self._parts: list[CompletedPartTypeDef] = []
        self._may_exist = False

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def add_part(self, data: bytes) -> None:
        self._count(data)
        with _storage_errors(self._key):
            if self._upload_id is None:
                answer = self._client.create_multipart_upload(Bucket=self._bucket, Key=self._key)
                self._upload_id = answer["UploadId"]
            number = len(self._parts) + 1
            part = self._client.upload_part(
                Bucket=self._bucket, Key=self._key, UploadId=self._upload_id, PartNumber=number, Body=data
            )
            self._parts.append({"PartNumber": number, "ETag": part["ETag"]})

    def finish(self, last: bytes, expected_sha256: str | None) -> None:
        if self._upload_id is not None:
            self.add_part(last)
            require_sha256(self.sha256, expected_sha256)
            self._complete(self._upload_id)
            return
        self._count(last)
        require_sha256(self.sha256, expected_sha256)
        checksum = base64.b64encode(self._hash.digest()).decode()
        self._may_exist = True
        with _storage_errors(self._key):
            self._client.put_object(Bucket=self._bucket, Key=self._key, Body=last, ChecksumSHA256=checksum)

    def abandon(self) -> None:
        """Leave nothing behind. What cannot be removed now, the sweep finds later."""
        try:
            if self._upload_id is not None:
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._key, UploadId=self._upload_id)
            if self._may_exist:
                self._client.delete_object(Bucket=self._bucket, Key=self._key)
        except (BotoCoreError, ClientError) as error:
            log.warning("storage.abandon_failed", key=self._key, error=type(error).__name__)

    def _complete(self, upload_id: str) -> None:
        self._may_exist = True
        with _storage_errors(self._key):
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=self._key, UploadId=upload_id, MultipartUpload={"Parts": self._parts}
            )

    def _count(self, data: bytes) -> None:
        self._hash.update(data)
        self.size += len(data)


def _make_client(options: S3Options, kind: str) -> "S3Client":
    endpoint = options.public_endpoint if kind == "public" and options.public_endpoint else options.endpoint
    probing = kind == "probe"
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path", "payload_signing_enabled": True},
        connect_timeout=PROBE_SECONDS if probing else options.connect_seconds,
        read_timeout=PROBE_SECONDS if probing else options.read_seconds,
        retries={"total_max_attempts": 1 if probing else 2, "mode": "standard"},
        max_pool_connections=MAX_THREADS,
        # Newer checksum headers are not understood by every S3; the signed SHA-256 of the body already covers it.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=options.region,
        aws_access_key_id=options.access_key,
        aws_secret_access_key=options.secret_key,
        verify=str(options.ca_file) if options.ca_file else None,
        config=config,
    )


def _read(key: str, body: "StreamingBody") -> bytes:
    with _storage_errors(key):
        return body.read(READ_BYTES)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def _storage_errors(key: str) -> Iterator[None]:
    """Turn the client library's errors into the port's. Their texts hold addresses, so only a name is passed on."""
    try:
        yield
    except ClientError as error:
        if _code(error) in _MISSING:
            raise object_missing(key) from error
        raise _refused(error) from error
    except (BotoCoreError, Urllib3Error) as error:
        message = f"The evidence store gives no usable answer ({type(error).__name__})."
        raise Unavailable("storage_unavailable", message) from error


def _refused(error: ClientError) -> AppError:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable("storage_unavailable", f"The evidence store reports a failure ({_code(error)}).")
    return UpstreamFailed("storage_refused", f"The evidence store refused the request ({_code(error)}).")
