"""The seal of a decided round: the SHA-256 of its canonical record."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

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
    return {name: _plain(getattr(row, name)) for name in wanted}


async def canonical_record(session: AsyncSession, test: SecurityTest, round_: TestRound) -> bytes:
    """Canonical JSON (sorted keys, no spaces) of everything a verdict rests on.

    Both records, executions, observations, the ledger of times, rule results, evidence hashes, votes and versions.
    """

    async def rows(model: type[Any], *order: Any) -> list[dict[str, Any]]:
        found = await session.scalars(select(model).where(model.round_id == round_.id).order_by(*order))
        return [plain_columns(row) for row in found]

    record = {
        "form": SEAL_FORM,
        "test": plain_columns(test, _TEST_FIELDS),
        "round": plain_columns(round_, _ROUND_FIELDS),
        "executions": await rows(Execution, Execution.no),
        "observations": await rows(Observation, Observation.no),
        "ledger": await rows(LedgerTime, LedgerTime.recorded_at, LedgerTime.id),
        "rule_results": await rows(RuleResult, RuleResult.rule_id),
        "votes": await rows(Vote, Vote.side),
        "evidence": await sealed_hashes(session, round_.id),
    }
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


async def seal(session: AsyncSession, test: SecurityTest, round_: TestRound) -> str:
    """The SHA-256, in hex, of the round's canonical record as it is now."""
    return hashlib.sha256(await canonical_record(session, test, round_)).hexdigest()
