"""What `aegis demo` refuses, and what it may clear away."""

from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe

import pytest

from app.cli_demo import claim_folder, demo_settings
from app.config import SettingsError
from app.services import demo_mark

KEY = token_urlsafe(48)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_it_never_touches_what_the_settings_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://aegis@db.example.org/aegis")
    monkeypatch.setenv("MINIO_ENDPOINT", "store.example.org")
    monkeypatch.setenv("AEGIS_DATA_DIR", "real")
    settings = demo_settings(Path(".aegis-demo"))
    assert (settings.database_url, settings.database_owner_url, settings.minio_endpoint) == (None, None, None)
    assert settings.aegis_data_dir == tmp_path / ".aegis-demo"


@pytest.mark.parametrize(
    ("name", "value", "others"),
    [
        ("ENVIRONMENT", "production", {"SECRET_KEY": KEY, "ADMIN_PASSWORD": "a long password of our own"}),
        ("HOST", "0.0.0.0", {"ADMIN_PASSWORD": "a long password of our own"}),
    ],
)
def test_it_refuses_where_others_could_log_in(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, others: dict[str, str]
) -> None:
    for key, text in {name: value, **others}.items():
        monkeypatch.setenv(key, text)
    with pytest.raises(SettingsError, match=f"^{name}: "):
        demo_settings(Path(".aegis-demo"))


def test_it_refuses_a_folder_with_other_data(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "secret_key").write_text("key", encoding="ascii")
    with pytest.raises(SettingsError, match="holds other data"):
        claim_folder(demo_settings(Path("real")))
    assert (tmp_path / "real" / "secret_key").read_text(encoding="ascii") == "key"


def test_an_interrupted_build_is_begun_anew_and_a_complete_one_kept(tmp_path: Path) -> None:
    folder = tmp_path / ".aegis-demo"
    settings = demo_settings(folder)
    claim_folder(settings)
    (folder / "half").write_text("built", encoding="ascii")
    assert (demo_mark.is_demo(folder), demo_mark.is_complete(folder)) == (True, False)
    claim_folder(settings)
    assert not (folder / "half").exists()
    demo_mark.mark(folder, datetime(2026, 11, 22, tzinfo=UTC))
    (folder / "kept").write_text("data", encoding="ascii")
    claim_folder(settings)
    assert (demo_mark.is_complete(folder), (folder / "kept").exists()) == (True, True)
