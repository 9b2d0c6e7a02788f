"""Which passwords are refused: too short, too long, or what guessers try first. No rules of composition."""

import re
from collections.abc import Collection

from app.errors import FieldError, Invalid

MIN_LENGTH = 12
MAX_LENGTH = 128
MIN_DIFFERENT = 5
PRODUCT_WORDS = frozenset(
    {"aegis", "purple", "purpleteam", "redteam", "blueteam", "mitre", "attack", "mitreattack", "minio", "postgres"}
)

_LEET = str.maketrans("013457@$!", "oleastasi")
_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")


def check_password(password: str, *, username: str, common: Collection[str], field: str = "password") -> None:
    """Raise Invalid with code `weak_password` when the password is one that guessers try.

    common: lower-case passwords and words, from a list that lies with the application.
    """
    reason = weakness(password, username=username, common=common)
    if reason is not None:
        raise Invalid("weak_password", reason, fields=[FieldError(field, reason, "weak_password")])


def weakness(password: str, *, username: str, common: Collection[str]) -> str | None:
    """Why a password is refused, None for one that is fine."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters."
    if not password.isprintable():
        return "A password has no control characters."
    lowered = password.casefold()
    if len(set(lowered)) < MIN_DIFFERENT or any(_is_run(lowered, run) for run in _RUNS):
        return "This password is a simple pattern."
    if lowered in common or _core(lowered) in common or _letters(lowered) in common:
        return "This password is among the most common ones."
    if _made_of(lowered, PRODUCT_WORDS | {username.casefold()}):
        return "This password is made of the product's words or your name."
    return None


def _is_run(text: str, run: str) -> bool:
    longer = run * (len(text) // len(run) + 2)
    return text in longer or text in longer[::-1]


def _core(text: str) -> str:
    """The word inside digits and signs, with look-alike signs read as letters: `p@ssw0rd2026!` is `password`."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text).translate(_LEET)


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


def _made_of(text: str, words: Collection[str]) -> bool:
    """Whether nothing but these words, digits and signs is in the text."""
    rest = text
    for word in sorted((word for word in words if len(word) > 2), key=len, reverse=True):
        rest = rest.replace(word, " ")
    return rest != text and not re.search(r"[^\W\d_]", rest)
