"""Migrations lead to what the models say, back, and there again."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from app.migrate import alembic_config, upgrade_to_head
from tests.support.databases import DatabaseUrls, TestServer


def tables(urls: DatabaseUrls) -> list[str]:
    engine = create_engine(urls.owner)
    try:
        return sorted(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


def test_models_and_migrations_agree(real_db: DatabaseUrls) -> None:
    command.check(alembic_config(real_db.owner))


def test_down_and_up_again_ends_where_it_began(real_db: DatabaseUrls) -> None:
    before = tables(real_db)
    command.downgrade(alembic_config(real_db.owner), "base")
    assert tables(real_db) == ["alembic_version"]
    upgrade_to_head(real_db.owner)
    assert tables(real_db) == before


def test_an_empty_database_and_a_second_run(postgres_server: TestServer) -> None:
    postgres_server.create("from_nothing", template="aegis")
    urls = postgres_server.urls("from_nothing")
    try:
        upgrade_to_head(urls.owner)
        once = tables(urls)
        upgrade_to_head(urls.owner)
        assert tables(urls) == once
    finally:
        postgres_server.drop("from_nothing")
