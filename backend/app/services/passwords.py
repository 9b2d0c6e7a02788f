"""The policy for new passwords, with the list that comes with the application."""

from functools import lru_cache
from importlib import resources

from app.domain.passwords import check_password


@lru_cache
def common_passwords() -> frozenset[str]:
    """Lower-case passwords and words that guessers try first."""
    text = resources.files("app.data").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip())


def require_acceptable(password: str, *, username: str, field: str) -> None:
    """Raise Invalid with code `weak_password` for a password that the policy refuses."""
    check_password(password, username=username, common=common_passwords(), field=field)
