"""Which store and which link keys the settings ask for."""

from app.config import Settings
from app.security import purpose_keys
from app.storage.filesystem import FilesystemStore
from app.storage.links import LinkSigner
from app.storage.port import EvidenceStore

LINK_PURPOSE = "evidence-links"


def make_link_signer(settings: Settings) -> LinkSigner:
    """A signer under a key derived for this purpose; links made under the previous secret are still read."""
    return LinkSigner(list(purpose_keys(settings, LINK_PURPOSE)))


def make_store(settings: Settings) -> EvidenceStore:
    """S3 when MINIO_ENDPOINT is set, files in the data folder otherwise. Connects to nothing yet."""
    if settings.minio_endpoint is None:
        return FilesystemStore(settings.aegis_data_dir / "evidence", make_link_signer(settings))
    # boto3 costs 20 MB and a fifth of a second: only those who use it pay.
    from app.storage.s3 import S3Options, S3Store  # noqa: PLC0415

    return S3Store(
        S3Options(
            endpoint=_with_scheme(settings.minio_endpoint, secure=settings.minio_secure),
            public_endpoint=(
                _with_scheme(settings.minio_public_endpoint, secure=settings.minio_secure)
                if settings.minio_public_endpoint
                else None
            ),
            access_key=settings.minio_access_key.get_secret_value(),
            secret_key=settings.minio_secret_key.get_secret_value(),
            bucket=settings.minio_bucket,
            region=settings.minio_region,
            ca_file=settings.minio_ca_file,
            create_bucket=not settings.is_production,
        )
    )


def _with_scheme(endpoint: str, *, secure: bool) -> str:
    """Endpoints may be given as `host:port`, as MinIO's own clients take them, or as a URL."""
    if "://" in endpoint:
        return endpoint.rstrip("/")
    return f"{'https' if secure else 'http'}://{endpoint}"
