"""Each unsafe value in turn keeps production from starting, and the sentence names the setting."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import Settings, SettingsError, load_settings

BACKEND = Path(__file__).resolve().parents[1]
SAFE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "Zq8-3kVn_0bT5xLw9RfYc2MhJ7dPgS4u",
    "ADMIN_PASSWORD": "a long password of our own",
    "DATABASE_URL": "postgresql://app:Vt4-wonder@db.example/aegis",
    "DATABASE_OWNER_URL": "postgresql://owner:Ks9-marvel@db.example/aegis",
    "MINIO_ENDPOINT": "store.example:9000",
    "MINIO_ACCESS_KEY": "an access key",
    "MINIO_SECRET_KEY": "a secret key of the store",
    "ALLOWED_ORIGINS": "https://aegis.example,http://127.0.0.1:8000",
    "PUBLIC_URL": "https://aegis.example",
    "AUDIT_SYSLOG_URL": "tls://logs.example",
    "TRUSTED_PROXIES": "10.0.0.5,172.16.0.0/12",
    "METRICS_TOKEN": "a token of the monitoring",
    "HOST": "0.0.0.0",
}
UNSAFE = [
    ("SECRET_KEY", None),
    ("SECRET_KEY", "change-me-in-production"),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "a" * 64),
    ("SECRET_KEY_PREVIOUS", "change-me-in-production"),
    ("ADMIN_PASSWORD", None),
    ("ADMIN_PASSWORD", "admin123"),
    ("ADMIN_PASSWORD", "elevenchars"),
    ("MINIO_ACCESS_KEY", "minioadmin"),
    ("MINIO_SECRET_KEY", None),
    ("DATABASE_URL", "postgresql://app:postgres@db.example/aegis"),
    ("DATABASE_OWNER_URL", "postgresql://owner:@db.example/aegis"),
    ("ALLOWED_ORIGINS", "*"),
    ("ALLOWED_ORIGINS", "https://a.example,http://b.example"),
    ("ALLOWED_ORIGINS", "https://a.example/path"),
    ("PUBLIC_URL", "http://aegis.example"),
    ("AUDIT_SYSLOG_URL", "tcp://logs.example:601"),
    ("AUDIT_SYSLOG_URL", "https://logs.example"),
    ("TRUSTED_PROXIES", "0.0.0.0/0"),
    ("TRUSTED_PROXIES", "*"),
    ("METRICS_TOKEN", "short"),
    ("ALGORITHM", "none"),
    ("FOUR_EYES", "maybe"),
    ("PORT", "65536"),
    ("SCORING_WEIGHT_TESTS", "-1"),
]


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment and a folder without any setting."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def given(clean: pytest.MonkeyPatch, values: dict[str, str]) -> Settings:
    for name, value in values.items():
        clean.setenv(name, value)
    return load_settings()


def test_safe_settings_start(clean: pytest.MonkeyPatch) -> None:
    assert given(clean, SAFE).is_production


@pytest.mark.parametrize(("name", "value"), UNSAFE)
def test_one_unsafe_value_is_refused_by_name(clean: pytest.MonkeyPatch, name: str, value: str | None) -> None:
    values = {key: text for key, text in SAFE.items() if key != name} | ({} if value is None else {name: value})
    with pytest.raises(SettingsError) as refusal:
        given(clean, values)
    assert str(refusal.value).startswith(name)
    # A secret is not repeated where it is refused.
    assert name not in {"METRICS_TOKEN", "MINIO_ACCESS_KEY"} or str(value) not in str(refusal.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "aegis.example"])
def test_the_default_password_never_leaves_the_machine(clean: pytest.MonkeyPatch, host: str) -> None:
    with pytest.raises(SettingsError, match=r"^ADMIN_PASSWORD is still the default"):
        given(clean, {"HOST": host})


def test_in_a_container_the_published_address_counts(clean: pytest.MonkeyPatch) -> None:
    assert given(clean, {"HOST": "0.0.0.0", "AEGIS_BEHIND": "compose"}).aegis_behind == "compose"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("SECRET_KEI=x", "SECRET_KEI in .env is no setting; did you mean SECRET_KEY?"),
        ("ADMIN_PASWORD=x", "ADMIN_PASWORD in .env is no setting; did you mean ADMIN_PASSWORD?"),
        ("hosts=x", "hosts in .env is no setting; did you mean HOST?"),
        ("EVIDENCE_KEEP_FOREVER=1", "EVIDENCE_KEEP_FOREVER in .env is no setting; all of them are in .env.example."),
        ("POSTGRES_PASSWORD=x", None),
        ("HTTP_PROXY=x", None),
        ("HOME=x", None),
        ("MINIO_ROOT_USER=x", None),
        ("SECRET_KEY_FILE=/run/secrets/key", None),
        ("COMPOSE_PROJECT_NAME=aegis", None),
        ("# SECRET_KEI=x", None),
    ],
)
def test_a_slip_in_the_file_stops_the_start(clean: pytest.MonkeyPatch, line: str, sentence: str | None) -> None:
    del clean
    Path(".env").write_text(f"LOG_LEVEL=ERROR\n{line}\n", encoding="utf-8")
    if sentence is None:
        assert load_settings().log_level == "ERROR"
        return
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert str(refusal.value) == sentence


def test_the_process_says_one_sentence_and_ends(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECRET_KEI=x\n", encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(BACKEND)} | SAFE
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "serve"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "SECRET_KEI in .env is no setting; did you mean SECRET_KEY?\n"
