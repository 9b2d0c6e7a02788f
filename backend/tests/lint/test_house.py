"""Each house rule finds what it is for, and lets pass what it must."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "lint" / "house.py"


@pytest.fixture(scope="module")
def house() -> ModuleType:
    spec = importlib.util.spec_from_file_location("house", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["house"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        ("session-alias", "app/routers/x.py", "S = Annotated[AsyncSession, Depends(get_session)]"),
        ("session-alias", "app/routers/x.py", 'def f(s=Depends(get_read_session, scope="function")): ...'),
        ("service-commits", "app/services/x.py", "async def f(session):\n    await session.commit()"),
        ("service-commits", "app/services/a/b.py", "async def f(session):\n    await session.rollback()"),
        ("background-tasks", "app/routers/x.py", "from fastapi import BackgroundTasks"),
        ("background-tasks", "app/routers/x.py", "def f(tasks: BackgroundTasks): ..."),
        ("environment", "app/storage/x.py", 'import os\nos.environ["A"]'),
        ("environment", "app/storage/x.py", 'import os\nos.getenv("A")'),
        ("clock", "app/services/x.py", "datetime.now(UTC)"),
    ],
)
def test_a_broken_rule_is_found(house: ModuleType, rule: str, path: str, source: str) -> None:
    findings = list(house.check_python(path, source))
    assert {finding.rule for finding in findings} == {rule}
    assert all(finding.reason for finding in findings)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("app/dependencies.py", 'S = Annotated[AsyncSession, Depends(get_session, scope="function")]'),
        ("app/routers/x.py", "S = Depends(get_other)"),
        ("app/jobs/x.py", "async def f(session):\n    await session.commit()"),
        ("app/services/x.py", "commit = 1\nawait_commit(commit)"),
        ("app/config.py", 'import os\nos.environ["A"]'),
        ("app/clock.py", "datetime.now(UTC)"),
        ("app/services/x.py", "clock.now()"),
        ("tests/x.py", "datetime.now(UTC)"),
    ],
)
def test_what_is_allowed_passes(house: ModuleType, path: str, source: str) -> None:
    assert list(house.check_python(path, source)) == []


def test_a_file_may_have_500_lines(house: ModuleType) -> None:
    assert list(house.check_python("app/x.py", "a = 1\n" * 500)) == []
    assert list(house.check_python("migrations/versions/0001_first.py", "a = 1\n" * 501)) == []
    (finding,) = house.check_python("app/x.py", "a = 1\n" * 501)
    assert (finding.rule, finding.line) == ("file-length", 500)


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("machine-path", "see /work" + "/main/backend"),
        ("registry-address", '"resolved": "https://registry.npmjs' + '.org/x/-/x.tgz"'),
        ("private-key", "-----BEGIN RSA PRIVATE" + " KEY-----"),
        ("access-key", "AKIA" + "ABCDEFGHIJKLMNOP"),
    ],
)
def test_text_that_must_not_be_committed_is_found(house: ModuleType, rule: str, line: str) -> None:
    (finding,) = house.check_text("x.md", f"fine\n{line}\n")
    assert (finding.rule, finding.line) == (rule, 2)


def test_the_repository_keeps_the_rules(house: ModuleType) -> None:
    assert [str(finding) for finding in house.check_repository(SCRIPT.parents[3])] == []
