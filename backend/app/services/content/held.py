"""Templates whose text changed since we last used them: held back until a lead has read the difference.

Red runs what a template says, so whoever takes over a publisher's repository could have us run anything.
"""

from typing import Final

from psycopg.sql import SQL

from app.services.content.staging import Driver

RUN_TEXT: Final = SQL(
    "jsonb_build_object('procedure', t.procedure, 'cleanup', t.cleanup, 'executor', t.executor,"
    " 'elevation_required', t.elevation_required, 'dependencies', t.dependencies, 'inputs', t.inputs)"
)
"""All of a template that decides what is run."""

_REMEMBER: Final = SQL(
    """
    CREATE TEMP TABLE used_template ON COMMIT DROP AS
    SELECT t.id, {text} AS before FROM test_template t JOIN change c ON c.kind = 'template' AND c.id = t.id
    WHERE c.what IN ('updated', 'returned') AND EXISTS (SELECT FROM security_test s WHERE s.template_id = t.id)
    """
).format(text=RUN_TEXT)
# What is held stays the text that was used or released last; who goes back to it needs no release.
# The version moves on, so that nobody releases a text that came after the one that they read.
_HOLD: Final = SQL(
    """
    UPDATE test_template t SET version = t.version + 1,
      held_text = CASE WHEN coalesce(t.held_text, u.before) <> {text} THEN coalesce(t.held_text, u.before) END
    FROM used_template u WHERE u.id = t.id AND (t.held_text IS NOT NULL OR u.before <> {text})
    """
).format(text=RUN_TEXT)


async def remember(driver: Driver) -> None:
    """Keep what used templates say before the import writes."""
    await driver.execute(_REMEMBER)


async def hold(driver: Driver) -> int:
    """Hold back those that say something else now. Answers how many changed."""
    return (await driver.execute(_HOLD)).rowcount
