"""Settings from the environment or `.env`. Every field is explained in `.env.example`."""

import base64
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from app.config_safety import misspelt_keys, unsafe_anywhere, unsafe_in_production

DEFAULT_SECRET_KEY = "change-me-in-production"  # noqa: S105  the documented placeholder, refused in production
DEFAULT_ADMIN_PASSWORD = "admin123"  # noqa: S105  the documented development default, refused in production
DEFAULT_STORE_KEY = "minioadmin"
ENV_FILE = Path(".env")
ED25519_KEY_BYTES = 32

CommaList = Annotated[list[str], NoDecode]


class SettingsError(Exception):
    """A setting is missing or unsafe; the message is one sentence that names it."""


class Settings(BaseSettings):
    """All settings. An attribute `port` is the environment variable `PORT`."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
    )

    environment: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    aegis_data_dir: Path = Path(".aegis")
    aegis_behind: Literal["", "compose"] = ""
    aegis_pg_bin: Path | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    public_url: str | None = None

    database_url: str | None = None
    database_owner_url: str | None = None
    database_pool_size: int = Field(10, ge=1, le=200)
    shared_answer_seconds: float = Field(10, ge=0, le=60)

    secret_key: SecretStr = SecretStr(DEFAULT_SECRET_KEY)
    secret_key_previous: SecretStr | None = None
    algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    access_token_expire_minutes: int = Field(60, ge=1, le=1440)
    session_idle_minutes: int = Field(30, ge=1, le=1440)
    session_absolute_hours: int = Field(12, ge=1, le=168)
    admin_username: str = Field("admin", min_length=1, max_length=64)
    admin_password: SecretStr = SecretStr(DEFAULT_ADMIN_PASSWORD)
    allowed_origins: CommaList = []
    trusted_proxies: CommaList = []
    metrics_token: SecretStr | None = None
    audit_syslog_url: str | None = None
    audit_syslog_ca_file: Path | None = None
    four_eyes: Literal["strict", "off"] = "strict"
    role_changes: Literal["one_admin", "two_admins"] = "one_admin"

    minio_endpoint: str | None = None
    minio_access_key: SecretStr = SecretStr(DEFAULT_STORE_KEY)
    minio_secret_key: SecretStr = SecretStr(DEFAULT_STORE_KEY)
    minio_bucket: str = Field("evidence", min_length=3, max_length=63)
    minio_secure: bool = False
    minio_region: str = "us-east-1"
    minio_ca_file: Path | None = None
    minio_public_endpoint: str | None = None

    max_evidence_mb: int = Field(1024, ge=1, le=102_400)
    evidence_policy: Literal["warn", "require"] = "warn"
    evidence_delivery: Literal["link", "proxy"] = "link"
    evidence_min_free_gb: float = Field(5, ge=0)
    evidence_max_files_per_test: int = Field(50, ge=1)
    evidence_max_gb_per_test: float = Field(5, gt=0)
    evidence_max_gb_per_user_day: float = Field(20, gt=0)

    attack_source: Literal["auto", "taxii", "github", "offline", "bundled"] = "auto"
    attack_domains: CommaList = ["enterprise"]
    content_dir: Path | None = None
    github_api_url: str = "https://api.github.com"
    github_raw_url: str = "https://raw.githubusercontent.com"
    taxii_url: str = "https://attack-taxii.mitre.org/taxii2/"
    d3fend_api_url: str = "https://d3fend.mitre.org"
    github_token: SecretStr | None = None
    taxii_username: str | None = None
    taxii_password: SecretStr | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    upstream_ca_file: Path | None = None
    upstream_hosts: CommaList = ["codeload.github.com"]
    allow_private_upstreams: bool = False
    content_trusted_keys: CommaList = []
    max_withdraw_share: float = Field(0.25, gt=0, le=1)

    max_retest_count: int = Field(3, ge=0, le=50)
    result_valid_days: int = Field(365, ge=1, le=3650)
    expected_outcome: Literal["prevented", "detected", "logged"] = "detected"
    actionable_severity: Literal["informational", "low", "medium", "high", "critical"] = "low"
    acknowledge_limit_minutes: int = Field(240, ge=1)
    scoring_weight_tests: int = Field(40, ge=0, le=1000)
    scoring_weight_detection_rules: int = Field(20, ge=0, le=1000)
    scoring_weight_d3fend: int = Field(15, ge=0, le=1000)
    scoring_weight_freshness: int = Field(15, ge=0, le=1000)
    scoring_weight_platform_diversity: int = Field(10, ge=0, le=1000)

    scheduler_enabled: bool = True
    mitre_sync_interval_hours: int = Field(24, ge=0)
    intel_scan_interval_hours: int = Field(168, ge=0)
    notification_cleanup_interval_hours: int = Field(24, ge=0)
    snapshot_interval_hours: int = Field(168, ge=0)
    recurring_campaigns_interval_hours: int = Field(24, ge=0)
    housekeeping_interval_hours: int = Field(1, ge=0)
    integrity_check_interval_hours: int = Field(168, ge=0)
    notification_retention_days: int = Field(90, ge=1)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let `NAME_FILE` give the value of `NAME`, as container secrets do."""
        return init_settings, env_settings, _FileVariantSource(settings_cls), dotenv_settings, file_secret_settings

    @field_validator(
        "allowed_origins",
        "trusted_proxies",
        "attack_domains",
        "upstream_hosts",
        "content_trusted_keys",
        mode="before",
        check_fields=True,
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("content_trusted_keys")
    @classmethod
    def _public_keys(cls, value: list[str]) -> list[str]:
        for key in value:
            try:
                raw = base64.b64decode(key, validate=True)
            except ValueError:
                raw = b""
            if len(raw) != ED25519_KEY_BYTES:
                raise ValueError("must name public keys as `aegis content keygen` prints them")
        return value

    @field_validator("attack_domains")
    @classmethod
    def _known_domains(cls, value: list[str]) -> list[str]:
        unknown = [name for name in value if name not in {"enterprise", "mobile", "ics"}]
        if unknown or not value:
            raise ValueError("must name one or more of enterprise, mobile, ics")
        return value

    @field_validator("audit_syslog_url")
    @classmethod
    def _syslog_server(cls, value: str | None) -> str | None:
        parts = urlsplit(value) if value is not None else None
        if parts is not None and (parts.scheme not in {"tls", "tcp"} or not parts.hostname or parts.path):
            raise ValueError("must look like tls://logs.example.org:6514")
        return value

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _with_driver(cls, value: str | None) -> str | None:
        if value is None:
            return None
        scheme, sep, rest = value.partition("://")
        if not sep or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
            raise ValueError("must begin with postgresql://")
        return f"postgresql+psycopg://{rest}"

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not any(self.scoring_weights().values()):
            raise ValueError("SCORING_WEIGHT_*: at least one weight must be above 0")
        return self

    def scoring_weights(self) -> dict[str, int]:
        """First values of the score's component weights, by component."""
        return {
            "tests": self.scoring_weight_tests,
            "detection_rules": self.scoring_weight_detection_rules,
            "d3fend": self.scoring_weight_d3fend,
            "freshness": self.scoring_weight_freshness,
            "platform_diversity": self.scoring_weight_platform_diversity,
        }

    @property
    def is_production(self) -> bool:
        """Whether unsafe defaults are refused."""
        return self.environment == "production"

    @property
    def is_embedded(self) -> bool:
        """Whether the application brings its own PostgreSQL."""
        return self.database_url is None

    @property
    def uses_default_admin_password(self) -> bool:
        """Whether the first administrator would get the documented development password."""
        return self.admin_password.get_secret_value() == DEFAULT_ADMIN_PASSWORD

    def refuse_unsafe(self) -> None:
        """Raise `SettingsError` for the first setting that this environment must not run with."""
        default_admin = self.uses_default_admin_password
        sentence = None
        if self.is_production:
            sentence = unsafe_in_production(
                self, default_secret=DEFAULT_SECRET_KEY, default_admin=default_admin, default_store=DEFAULT_STORE_KEY
            )
        sentence = sentence or unsafe_anywhere(self, default_admin=default_admin)
        if sentence is not None:
            raise SettingsError(sentence)


class _FileVariantSource(PydanticBaseSettingsSource):
    """Reads `SECRET_KEY_FILE` and its like."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Nothing by field: `__call__` reads them all."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        import os  # noqa: PLC0415  the only reader of the environment beside pydantic-settings

        values: dict[str, Any] = {}
        for name in self.settings_cls.model_fields:
            path = os.environ.get(f"{name.upper()}_FILE")
            if path and not name.endswith("_file"):
                try:
                    values[name] = Path(path).read_text(encoding="utf-8").strip()
                except OSError as error:
                    raise SettingsError(f"{name.upper()}_FILE cannot be read: {error.strerror}.") from error
        return values


def load_settings(**overrides: object) -> Settings:
    """Read and check the settings.

    Raises SettingsError with one sentence that names what is wrong.
    """
    if "_env_file" not in overrides:
        slip = misspelt_keys(ENV_FILE, (name.upper() for name in Settings.model_fields))
        if slip is not None:
            raise SettingsError(slip)
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]  # overrides are validated by pydantic
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else ""
        message = str(first["msg"]).removeprefix("Value error, ")
        raise SettingsError(f"{name}: {message}." if name else f"{message}.") from error
    settings.refuse_unsafe()
    # Helper processes work in folders of their own: a relative path would mean another folder there.
    return settings.model_copy(update={"aegis_data_dir": settings.aegis_data_dir.absolute()})


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()
