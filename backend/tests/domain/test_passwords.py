"""The policy for passwords, as a table."""

import pytest

from app.domain.passwords import weakness
from app.services.passwords import common_passwords


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "Red-Tech-Pass-2026!",
        "red_tech-password",
        "StrongPassword123!",
        "Aegis-Check-2026!",
        "пароль для проверки",
        "x1" * 3 + "yz-abc",
        "l" * 3 + "ong enough" + "!" * 100,
    ],
)
def test_fine_passwords(password: str) -> None:
    assert weakness(password, username="red_tech", common=common_passwords()) is None


@pytest.mark.parametrize(
    "password",
    [
        "",
        "eleven char",
        "x" * 129,
        "aaaaaaaaaaaa",
        "abababababab",
        "123456789012",
        "qwertyuiopas",
        "210987654321",
        "password1234",
        "P@ssw0rd!!!!",
        "2026Welcome!",
        "changeme1234",
        "aegis-aegis-1",
        "MITRE-attack-2026",
        "Red_Tech-2026",
        "correcthorsebatterystaple",
        "with\x07a bell in it",
    ],
)
def test_refused_passwords(password: str) -> None:
    assert weakness(password, username="red_tech", common=common_passwords()) is not None
