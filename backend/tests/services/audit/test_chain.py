"""The audit trail: one transaction with its cause, numbered, chained, unforkable."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from app.config import Settings
from app.database import SessionFactory, make_engine, make_session_factory, session_scope
from app.domain.actor import SYSTEM, Actor
from app.domain.permissions import Role, permissions_of
from app.models.audit import AuditHead, AuditLog
from app.security import purpose_key
from app.services import audit
from app.services.access import record_security_event
from app.services.audit.chain import NO_HASH, canonical, entry_hash
from tests.builders.users import build_user
from tests.support.databases import DatabaseUrls
from tests.support.tampering import as_owner

ACTOR = Actor(user_id=uuid4(), username="rhea", role=Role.RED_TECH, permissions=permissions_of(Role.RED_TECH))


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    audit.configure_keys(settings)


def note(session: AsyncSession, action: str = "thing.changed", **more: object) -> None:
    audit.record(session, ACTOR, action, subject_kind="thing", subject_id="1", **more)  # type: ignore[arg-type]


async def test_entries_are_numbered_and_chained(db: AsyncSession, settings: Settings) -> None:
    note(db, before={"a": 1, "b": 2}, after={"a": 1, "b": 3})
    note(db, "thing.removed", details={"why": "gr\u00fcn\x00\ud800", "at": datetime(2026, 1, 2, tzinfo=UTC)})
    await db.commit()
    first, second = (await db.scalars(select(AuditLog).order_by(AuditLog.seq))).all()
    assert (first.seq, first.prev_hash) == (1, NO_HASH)
    assert (second.seq, second.prev_hash) == (2, first.hash)
    assert first.hash == entry_hash(purpose_key(settings, "audit"), NO_HASH, first.body)
    body = json.loads(first.body)
    assert (body["before"], body["after"]) == ({"b": 2}, {"b": 3})
    assert first.body == canonical(body)
    assert json.loads(second.body)["details"] == {"why": "grün\ufffd?", "at": "2026-01-02T00:00:00.000000Z"}
    head = (await db.scalars(select(AuditHead))).one()
    assert (head.seq, head.hash) == (2, second.hash)
    report = await audit.verify_chain(db)
    assert (report.intact, report.entries, report.faults) == (True, 2, ())


async def test_a_rollback_leaves_nothing(db: AsyncSession, session_factory: SessionFactory) -> None:
    async with session_factory() as session:
        note(session)
        await build_user(session, username="ghost")
        await session.rollback()
        note(session, "thing.kept")
        await session.commit()
    assert (await db.scalars(select(AuditLog.action))).all() == ["thing.kept"]


async def test_a_savepoint_takes_its_entries_with_it(db: AsyncSession) -> None:
    note(db, "thing.first")
    nested = await db.begin_nested()
    note(db, "thing.lost")
    inner = await db.begin_nested()
    note(db, "thing.lost_too")
    await inner.commit()
    await nested.rollback()
    async with db.begin_nested():
        note(db, "thing.second")
    await db.commit()
    assert (await db.scalars(select(AuditLog.action).order_by(AuditLog.seq))).all() == ["thing.first", "thing.second"]


async def test_the_head_is_locked_last(db: AsyncSession, statements: list[str]) -> None:
    note(db)
    await build_user(db)
    db.add(AuditHead(id=2, seq=0, hash=""))
    db.expunge_all()
    note(db)
    statements.clear()
    await db.commit()
    assert [statement.split()[0] for statement in statements] == ["SELECT", "WITH"]
    assert all("audit_head" in statement for statement in statements)


async def test_actions_have_one_form(db: AsyncSession) -> None:
    for action in ("Login", "user created", "user.created.twice", "user."):
        with pytest.raises(ValueError, match="not an audit action"):
            audit.record(db, SYSTEM, action, subject_kind="user")


async def test_security_events_outlive_the_request(db: AsyncSession, session_factory: SessionFactory) -> None:
    await record_security_event(session_factory, None, "upload.refused", subject_kind="evidence", details={"size": 1})
    entry = (await db.scalars(select(AuditLog))).one()
    assert (entry.actor_label, entry.via, entry.actor_id) == ("anonymous", "anonymous", None)


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        ("UPDATE audit_log SET body = replace(body, 'rhea', 'theia') WHERE seq = 2", "altered"),
        ("UPDATE audit_log SET actor_label = 'theia' WHERE seq = 2", "columns_differ"),
        ("DELETE FROM audit_log WHERE seq = 2", "gap"),
        ("DELETE FROM audit_log WHERE seq = 3", "truncated"),
        ("UPDATE audit_head SET hash = repeat('a', 64)", "head_differs"),
        ("UPDATE audit_head SET seq = 2", "beyond_head"),
        ("DELETE FROM audit_log", "truncated"),
    ],
)
async def test_tampering_by_the_owner_of_the_tables_is_found(
    real_db: DatabaseUrls, real_factory: SessionFactory, tamper: str, code: str
) -> None:
    for _ in range(3):
        async with session_scope(real_factory) as session:
            note(session)
    await as_owner(real_db, tamper)
    async with real_factory() as session:
        report = await audit.verify_chain(session)
    assert not report.intact
    assert report.faults[-1].code == code
    assert report.not_proven == audit.NEVER_PROVEN


async def test_guards_that_are_off_and_an_application_that_owns_its_records_are_told(
    real_db: DatabaseUrls, real_factory: SessionFactory
) -> None:
    await as_owner(real_db, "ALTER TABLE vote ENABLE TRIGGER vote_rows", guards_back=False)
    owner = make_engine(real_db.owner)
    async with make_session_factory(owner)() as session:
        report = await audit.verify_chain(session)
    await owner.dispose()
    assert {fault.code for fault in report.faults} == {"guard_missing"}
    # Enabled, but not ALWAYS: a session in replication mode gets past it.
    assert len(report.faults) == 10
    assert report.not_proven[-1].startswith("Anything against the application itself: its database role aegis_owner ")


async def test_fifty_writers_and_a_long_one_make_one_chain(real_factory: SessionFactory) -> None:
    async def writer(number: int) -> None:
        async with session_scope(real_factory) as session:
            await build_user(session, username=f"writer-{number}")
            note(session)
            note(session)

    async with session_scope(real_factory) as session:
        note(session, "import.finished")
        await build_user(session, username="imported")
        # The long one holds up nobody: all others finish before it does.
        await asyncio.gather(*(writer(number) for number in range(50)))
    async with real_factory() as session:
        report = await audit.verify_chain(session)
        last = (await session.scalars(select(AuditLog).order_by(AuditLog.seq.desc()).limit(1))).one()
    assert (report.intact, report.entries, last.action) == (True, 101, "import.finished")


async def test_a_new_key_reads_what_the_previous_one_wrote(db: AsyncSession, settings: Settings) -> None:
    note(db)
    await db.commit()
    rotated = settings.model_copy(
        update={"secret_key_previous": settings.secret_key, "secret_key": type(settings.secret_key)("n" * 40)}
    )
    audit.configure_keys(rotated)
    note(db)
    await db.commit()
    assert (await audit.verify_chain(db)).intact
    audit.configure_keys(rotated.model_copy(update={"secret_key_previous": None}))
    report = await audit.verify_chain(db)
    assert [(fault.seq, fault.code) for fault in report.faults] == [(1, "altered")]


APPEND_ONLY = ("audit_log", "custody_event", "test_transition", "vote")


async def test_the_application_may_only_read_and_add_records(db: AsyncSession) -> None:
    grants = await db.execute(
        text(
            "SELECT table_name, string_agg(privilege_type, ',' ORDER BY privilege_type) AS rights"
            " FROM information_schema.role_table_grants WHERE grantee = 'aegis_app' AND table_schema = 'public'"
            " GROUP BY table_name"
        )
    )
    rights = {row.table_name: row.rights for row in grants}
    special = {table: rights.pop(table) for table in (*APPEND_ONLY, "audit_head", "alembic_version")}
    assert special == dict.fromkeys(APPEND_ONLY, "INSERT,SELECT") | {
        "audit_head": "SELECT,UPDATE",
        "alembic_version": "SELECT",
    }
    assert set(rights.values()) == {"DELETE,INSERT,SELECT,UPDATE"}
    tables = await db.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
    assert len(rights) + len(special) == tables


@pytest.mark.parametrize("role", ["app", "owner"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET body = ''",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE audit_head SET seq = 0",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
        "TRUNCATE vote",
        "TRUNCATE custody_event",
        "TRUNCATE test_transition",
    ],
)
async def test_records_cannot_be_rewritten_by_either_role(
    real_db: DatabaseUrls, real_factory: SessionFactory, role: str, statement: str
) -> None:
    async with session_scope(real_factory) as session:
        note(session)
    engine = create_async_engine(real_db.app if role == "app" else real_db.owner)
    async with engine.connect() as connection:
        with pytest.raises(ProgrammingError, match=r"permission denied|append-only|only grows"):
            await connection.execute(text(statement))
    await engine.dispose()
    async with real_factory() as session:
        assert await session.scalar(select(func.count()).select_from(AuditLog)) == 1


async def test_the_triggers_also_fire_for_replicas(db: AsyncSession) -> None:
    states = await db.execute(
        text(
            "SELECT c.relname, array_agg(DISTINCT t.tgenabled::text) AS states, count(*) FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
            " AND t.tgname ~ '_(rows|truncate)$' GROUP BY c.relname ORDER BY 1"
        )
    )
    snapshots = ("coverage_snapshot", "coverage_snapshot_technique")
    guarded = ("audit_head", "audit_log", *snapshots, "custody_event", "test_transition", "vote")
    assert [tuple(row) for row in states] == [(table, ["A"], 2) for table in guarded]
