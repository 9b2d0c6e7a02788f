"""The seal of a decided round: the SHA-256 of its canonical record."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from app.models.security_test import (
    Execution,
    LedgerTime,
    Observation,
    RuleResult,
    SecurityTest,
    TestRound,
    Vote,
)
from app.services.evidence import sealed_hashes

PART_LENGTH = 32
SEAL_FORM = 1
"""Raised whenever the canonical record changes its form."""
_ROUND_FIELDS = (
    "no",
    "redo",
    "red_version",
    "red_summary",
    "red_submitted_at",
    "red_submitted_by_id",
    "red_carried_from",
    "entered_later",
    "blue_version",
    "blue_summary",
    "blue_submitted_at",
    "blue_submitted_by_id",
    "blue_carried_from",
    "miss_cause",
    "further_causes",
    "unattributed_reason",
    "clock_skew",
    "frozen_at",
    "frozen_blue",
    "detection",
    "silent_block",
    "unattributed",
    "actionable_severity",
    "expected_at_decision",
    "first_executed_at",
    "verdict",
    "decided_at",
)
_TEST_FIELDS = (
    "id",
    "number",
    "technique_at_test",
    "attack_version",
    "environment_id",
    "platform",
    "procedure_key",
    "procedure_hash",
    "template_hash",
    "blind",
)
_SKIPPED = frozenset({"id", "round_id", "created_at"})
_LATER = frozenset({"as_deputy_of_id"})
"""Columns that older seals do not know: covered where they say something."""


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def plain_columns(row: DeclarativeBase, names: Sequence[str] = ()) -> dict[str, Any]:
    """A row as JSON values: the named columns, or all that say something about it."""
    wanted = names or [c.key for c in row.__table__.columns if c.key not in _SKIPPED]
    plain = {name: _plain(getattr(row, name)) for name in wanted}
    return {name: value for name, value in plain.items() if value is not None or name not in _LATER}


Record = dict[str, Any]
"""The canonical record of a round, part by part."""


async def canonical_records(
    session: AsyncSession, rounds: Sequence[tuple[SecurityTest, TestRound]]
) -> dict[UUID, Record]:
    """Everything that each round's verdict rests on, by round, in a fixed number of queries.

    Both records, executions, observations, the ledger of times, rule results, evidence hashes, votes and versions. The
    plan is the one that was sealed, where there is one: a later round may have changed it.
    """
    ids = [round_.id for _, round_ in rounds]

    async def rows(model: type[Any], *order: Any) -> dict[UUID, list[Record]]:
        found: dict[UUID, list[Record]] = defaultdict(list)
        fresh = {"populate_existing": True}
        for row in await session.scalars(
            select(model).where(model.round_id.in_(ids)).order_by(*order).execution_options(**fresh)
        ):
            found[row.round_id].append(plain_columns(row))
        return found

    executions = await rows(Execution, Execution.no)
    observations = await rows(Observation, Observation.no)
    ledger = await rows(LedgerTime, LedgerTime.recorded_at, LedgerTime.id)
    rule_results = await rows(RuleResult, RuleResult.rule_id)
    votes = await rows(Vote, Vote.side)
    evidence = await sealed_hashes(session, ids)
    return {
        round_.id: {
            "form": SEAL_FORM,
            "test": round_.sealed_plan or plan_of(test),
            "round": plain_columns(round_, _ROUND_FIELDS),
            "executions": executions.get(round_.id, []),
            "observations": observations.get(round_.id, []),
            "ledger": ledger.get(round_.id, []),
            "rule_results": rule_results.get(round_.id, []),
            "votes": votes.get(round_.id, []),
            "evidence": evidence.get(round_.id, []),
        }
        for test, round_ in rounds
    }


def plan_of(test: SecurityTest) -> Record:
    """The test's plan as a seal covers it."""
    return plain_columns(test, _TEST_FIELDS)


def seal_of(record: Record) -> str:
    """The SHA-256, in hex, of a canonical record: JSON with sorted keys, without spaces."""
    return hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()


def part_digests(record: Record) -> dict[str, str]:
    """A short digest of each part, so that a check can say which of them is not as it was."""
    return {name: seal_of({name: part})[:PART_LENGTH] for name, part in record.items() if name != "form"}


async def seal_round(session: AsyncSession, test: SecurityTest, round_: TestRound) -> dict[str, str]:
    """Seal a round that was just decided; returns the digests of the seal's parts."""
    round_.sealed_plan = plan_of(test)
    record = (await canonical_records(session, [(test, round_)]))[round_.id]
    round_.seal = seal_of(record)
    return part_digests(record)
