"""The fixtures keep the promises that every other test builds on."""

import socket

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import SessionFactory
from app.migrate import current_revision, head_revision
from tests.support.databases import DatabaseUrls
from tests.support.network import NetworkIsClosed
from tests.support.order import SECONDS, TESTS

MAKE = text("CREATE TEMPORARY TABLE IF NOT EXISTS promise (n int)")
COUNT = text("SELECT count(*) FROM pg_class WHERE relname = 'promise'")


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_what_a_test_commits_is_gone_in_the_next_one(db: AsyncSession, turn: str) -> None:
    assert await db.scalar(COUNT) == 0
    await db.execute(MAKE)
    await db.commit()
    assert await db.scalar(COUNT) == 1


async def test_a_rollback_of_the_application_keeps_what_the_test_prepared(
    db: AsyncSession, session_factory: SessionFactory
) -> None:
    await db.execute(MAKE)
    await db.commit()
    async with session_factory() as session:
        await session.execute(text("INSERT INTO promise VALUES (1)"))
        await session.rollback()
    assert await db.scalar(text("SELECT count(*) FROM promise")) == 0


async def test_databases_are_at_the_newest_schema(db: AsyncSession, real_factory: SessionFactory) -> None:
    assert await current_revision(db) == head_revision()
    async with real_factory() as session:
        assert await current_revision(session) == head_revision()


async def test_the_application_role_owns_nothing(db: AsyncSession, engine_urls: DatabaseUrls) -> None:
    assert "aegis_app" in engine_urls.app
    owned = await db.scalar(text("SELECT count(*) FROM pg_class WHERE relowner = 'aegis_app'::regrole"))
    assert owned == 0


def test_the_network_is_closed() -> None:
    with socket.socket() as plug, pytest.raises(NetworkIsClosed):
        plug.connect(("192.0.2.1", 80))
    with pytest.raises(socket.gaierror, match="may not look up"):
        socket.getaddrinfo("upstream.example", 443)
    assert socket.getaddrinfo("127.0.0.1", 80)[0][4] == ("127.0.0.1", 80)


def test_the_files_that_begin_first_are_there() -> None:
    assert [name for name in SECONDS if not (TESTS / name).is_file()] == []
