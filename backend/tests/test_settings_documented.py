"""`.env.example` names every setting, with its default and a sentence."""

import re
from pathlib import Path

import pytest

from app.config import Settings

LINES = (Path(__file__).resolve().parents[2] / ".env.example").read_text(encoding="utf-8").splitlines()
ASSIGNMENT = re.compile(r"(# )?([A-Z][A-Z0-9_]*)=(.*)")


def documented() -> dict[str, tuple[bool, str, str]]:
    """Setting → (has a default, value, line above)."""
    found = {}
    for above, line in zip(["", *LINES], LINES, strict=False):
        match = ASSIGNMENT.fullmatch(line)
        if match:
            assert match[2] not in found, f"{match[2]} stands twice"
            found[match[2]] = (match[1] is None, match[3], above)
    return found


def test_every_setting_stands_there_and_nothing_else() -> None:
    assert sorted(documented()) == sorted(name.upper() for name in Settings.model_fields)


def test_every_setting_has_its_sentence_above_it() -> None:
    without = [name for name, (_, _, above) in documented().items() if not re.fullmatch(r"# .*[.;)]", above)]
    assert without == []


def test_the_values_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AEGIS_PG_BIN", raising=False)  # names the other PostgreSQL when all is tested on that
    defaults = Settings(_env_file=None)
    given = {name.lower(): value for name, (has_default, value, _) in documented().items() if has_default}
    assert Settings(_env_file=None, **given) == defaults
    unset = [name.lower() for name, (has_default, _, _) in documented().items() if not has_default]
    assert {name: getattr(defaults, name) for name in unset if getattr(defaults, name) not in {None, ""}} == {}
