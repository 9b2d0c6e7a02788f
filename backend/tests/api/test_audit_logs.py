"""GET audit-logs, POST audit-logs/verify."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.domain.permissions import Role
from app.models.audit import AuditLog
from app.services import audit
from tests.builders.users import actor_for, auth_headers, build_user

LOGS = "/api/v1/audit-logs"
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def auditor(db: AsyncSession, settings: Settings) -> dict[str, str]:
    return await auth_headers(db, await build_user(db, role=Role.VIEWER, auditor=True, username="vesta"), settings)


async def fill(db: AsyncSession) -> None:
    rhea, theia = await build_user(db, username="rhea"), await build_user(db, username="theia")
    entries = (
        (rhea, "test.created", "test", "AT-1001"),
        (theia, "test.started", "test", "AT-1001"),
        (rhea, "user.updated", "user", "=theia"),
        (None, "session.refused", "user", None),
    )
    for hours, (user, action, kind, label) in enumerate(entries):
        with clock.frozen_at(START + timedelta(hours=hours)):
            actor = actor_for(user) if user else None
            audit.record(db, actor, action, subject_kind=kind, subject_id=label, subject_label=label)


async def test_the_trail_is_for_auditors_and_administrators(
    client: AsyncClient, db: AsyncSession, settings: Settings, auditor: dict[str, str]
) -> None:
    for role in Role:
        headers = await auth_headers(db, await build_user(db, role=role), settings)
        expected = 200 if role is Role.ADMIN else 403
        assert (await client.get(LOGS, headers=headers)).status_code == expected
        assert (await client.post(f"{LOGS}/verify", headers=headers)).status_code == expected
    assert (await client.get(LOGS, headers=auditor)).status_code == 200
    assert (await client.get(LOGS)).status_code == 401


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [4, 3, 2, 1]),
        ("actor=RHEA", [3, 1]),
        ("actor=rhea&actor=theia", [3, 2, 1]),
        ("action=test.created", [1]),
        ("action=test.", [2, 1]),
        ("subject_kind=user", [4, 3]),
        ("subject_id=AT-1001", [2, 1]),
        (f"from={quote((START + timedelta(hours=1)).isoformat())}", [4, 3, 2]),
        (f"to={quote((START + timedelta(hours=1)).isoformat())}", [1]),
        ("q=at-10", [2, 1]),
        ("q=%25", []),
        ("limit=1&offset=1", [3]),
    ],
)
async def test_entries_are_filtered_newest_first(
    client: AsyncClient, db: AsyncSession, auditor: dict[str, str], query: str, numbers: list[int]
) -> None:
    await fill(db)
    answer = await client.get(f"{LOGS}?{query}", headers=auditor)
    assert answer.status_code == 200
    assert [item["seq"] for item in answer.json()["items"]] == numbers


@pytest.mark.parametrize("query", ["from=2026-05-01T12:00:00", "from=yesterday", "limit=0", "format=xml", "q=a%00b"])
async def test_faulty_filters_are_refused(client: AsyncClient, auditor: dict[str, str], query: str) -> None:
    assert (await client.get(f"{LOGS}?{query}", headers=auditor)).status_code == 422


async def test_the_table_is_safe_to_open(client: AsyncClient, db: AsyncSession, auditor: dict[str, str]) -> None:
    await fill(db)
    answer = await client.get(f"{LOGS}?format=csv&action=user.updated", headers=auditor)
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert lines[0].startswith('"seq","at","actor_label"')
    assert lines[1].startswith('3,"2026-05-01T14:00:00Z","rhea","user.updated","user","\'=theia","\'=theia"')


async def test_a_check_is_noted_and_kept_for_a_minute(
    client: AsyncClient, db: AsyncSession, auditor: dict[str, str]
) -> None:
    await fill(db)
    start = clock.now()
    answers = []
    for seconds in (0, 30, 61):
        with clock.frozen_at(start + timedelta(seconds=seconds)):
            answers.append((await client.post(f"{LOGS}/verify", headers=auditor)).json())
    assert [(body["intact"], body["entries"], body["faults"]) for body in answers] == [
        (True, 4, []),
        (True, 4, []),
        (True, 5, []),
    ]
    assert len((await db.scalars(select(AuditLog).where(AuditLog.action == "audit.verified"))).all()) == 2
