"""The current result of a procedure on a platform in an environment, kept in the transaction of the decision."""

from collections.abc import Mapping

from sqlalchemy import delete, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.outcomes import Detection
from app.ids import new_id
from app.models.coverage import CurrentResult
from app.models.security_test import SecurityTest, TestRound
from app.services.coverage.stats import results_changed

KEY = (
    CurrentResult.technique_id,
    CurrentResult.procedure_key,
    CurrentResult.platform,
    CurrentResult.environment_id,
)
FACTS = ("test_id", "round_id", "detection", "expected", "executed_at", "decided_at", "silent_block", "blind")
COLUMNS = (*(column.key for column in KEY), *FACTS)


COUNTING_RESULTS = """
SELECT t.technique_id, t.procedure_key, t.platform, t.environment_id,
       t.id AS test_id, r.id AS round_id, r.detection, t.expected, r.first_executed_at AS executed_at, r.decided_at,
       r.silent_block, t.blind
FROM security_test t JOIN test_round r ON r.test_id = t.id AND r.no = t.current_round
WHERE t.state = 'validated' AND t.annulled_at IS NULL AND r.verdict = 'validated'
  AND r.detection <> 'inconclusive' AND r.first_executed_at IS NOT NULL
"""
"""SQL of every result that may be current: validated, conclusive, not annulled. Columns as in COLUMNS."""

_NEWEST_OF_KEY = text(
    f"""{COUNTING_RESULTS}
      AND t.technique_id = :technique AND t.procedure_key = :procedure
      AND t.platform IS NOT DISTINCT FROM :platform AND t.environment_id = :environment
    ORDER BY r.first_executed_at DESC, r.id DESC LIMIT 1
    """
)


async def record_decision(session: AsyncSession, test: SecurityTest, round_: TestRound) -> None:
    """Make a validated round its key's current result, unless a newer execution already is.

    Nothing changes for an inconclusive round. The caller holds the test's row lock.
    """
    if round_.detection is None or round_.detection == Detection.INCONCLUSIVE or round_.first_executed_at is None:
        return
    await _offer(
        session,
        {
            "technique_id": test.technique_id,
            "procedure_key": test.procedure_key,
            "platform": test.platform,
            "environment_id": test.environment_id,
            "test_id": test.id,
            "round_id": round_.id,
            "detection": round_.detection,
            "expected": test.expected,
            "executed_at": round_.first_executed_at,
            "decided_at": round_.decided_at,
            "silent_block": round_.silent_block,
            "blind": test.blind,
        },
    )
    results_changed(session, test.technique_id, test.environment_id)


async def forget_result(session: AsyncSession, test: SecurityTest) -> None:
    """Work out the current result of an annulled test's key anew. The caller holds the test's row lock."""
    await session.flush()  # the annulment has to be visible to the statements below
    results_changed(session, test.technique_id, test.environment_id)
    same_key = (
        CurrentResult.technique_id == test.technique_id,
        CurrentResult.procedure_key == test.procedure_key,
        CurrentResult.platform.is_not_distinct_from(test.platform),
        CurrentResult.environment_id == test.environment_id,
    )
    locked = await session.scalar(select(CurrentResult.id).where(*same_key).with_for_update())
    if locked is None:
        return
    # A statement of its own: only it sees what others committed while this one waited for the lock.
    key = {
        "technique": test.technique_id,
        "procedure": test.procedure_key,
        "platform": test.platform,
        "environment": test.environment_id,
    }
    newest = (await session.execute(_NEWEST_OF_KEY, key)).mappings().first()
    if newest is None:
        await session.execute(delete(CurrentResult).where(CurrentResult.id == locked))
        return
    # Changed in place: whoever waits for this row's lock finds it again, which a deleted one would hide from him.
    facts = {name: newest[name] for name in FACTS}
    await session.execute(update(CurrentResult).where(CurrentResult.id == locked).values(**facts))


async def _offer(session: AsyncSession, values: Mapping[str, object]) -> None:
    """Write a result under its key where none stands or an older one does. Locks the key's row either way."""
    offered = insert(CurrentResult).values(id=new_id(), **values)
    excluded = offered.excluded
    await session.execute(
        offered.on_conflict_do_update(
            index_elements=[column.key for column in KEY],
            set_={name: excluded[name] for name in FACTS},
            where=tuple_(excluded.executed_at, excluded.round_id)
            > tuple_(CurrentResult.executed_at, CurrentResult.round_id),
        )
    )
