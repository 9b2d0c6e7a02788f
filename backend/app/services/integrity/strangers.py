"""Rows that the audit trail does not know: added, or their entries removed, behind the application's back."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.evidence import CustodyEvent, Evidence
from app.models.security_test import SecurityTest, TestRound, Vote
from app.services.evidence.custody import CUSTODY_NOUN
from app.services.integrity.facts import DECISIONS, trail_of
from app.services.integrity.findings import Findings, Place
from app.services.validation.effects import number_of

BATCH = 500


async def find_strangers(session: AsyncSession, found: Findings) -> None:
    """Read votes, decided rounds, evidence and custody events in batches; each must stand in the trail."""
    await _votes(session, found)
    await _decisions(session, found)
    await _evidence(session, found)
    await _custody(session, found)
    open_rounds = await session.scalar(
        select(func.count())
        .select_from(TestRound)
        .join(SecurityTest, SecurityTest.id == TestRound.test_id)
        .where(TestRound.decided_at.is_(None), SecurityTest.started_at.is_not(None))
    )
    if open_rounds:
        found.not_proven.append(
            "Records of rounds that are not decided yet: they are sealed at the decision, and may be edited before."
        )


async def _batches(
    session: AsyncSession, key: Any, columns: Sequence[Any], *joins: tuple[Any, ColumnElement[bool]], where: Any = None
) -> AsyncIterator[Sequence[Any]]:
    """Rows in the order of a key, a batch at a time."""
    after: UUID | None = None
    while True:
        query = select(*columns).order_by(key).limit(BATCH)
        for target, condition in joins:
            query = query.join(target, condition)
        if where is not None:
            query = query.where(where)
        if after is not None:
            query = query.where(key > after)
        rows = (await session.execute(query)).all()
        if not rows:
            return
        yield rows
        after = rows[-1][0]


async def _told(session: AsyncSession, kind: str, ids: Iterable[UUID], actions: Sequence[str]) -> list[Any]:
    """(subject, action, details) of the entries about these subjects; unreadable ones are the chain's fault."""
    told = []
    for subject, action, body in await session.execute(trail_of(kind, set(ids), actions)):
        try:
            details = json.loads(body).get("details") or {}
        except ValueError:
            continue
        told.append((subject, action, details))
    return told


async def _votes(session: AsyncSession, found: Findings) -> None:
    joins = ((TestRound, TestRound.id == Vote.round_id), (SecurityTest, SecurityTest.id == TestRound.test_id))
    async for rows in _batches(session, Vote.id, (Vote.id, Vote.side, TestRound.no, SecurityTest), *joins):
        told = await _told(session, "test", (test.id for *_, test in rows), ["test.vote_cast"])
        known = {(subject, details.get("round"), details.get("side")) for subject, _, details in told}
        for vote_id, side, no, test in rows:
            if (str(test.id), no, side) not in known:
                message = f"The {side} vote on round {no} of {number_of(test)} stands in no entry of the trail."
                found.add("vote", "unknown", message, Place(vote_id, test.id))


async def _decisions(session: AsyncSession, found: Findings) -> None:
    columns = (TestRound.id, TestRound.no, TestRound.verdict, SecurityTest)
    join = (SecurityTest, SecurityTest.id == TestRound.test_id)
    async for rows in _batches(session, TestRound.id, columns, join, where=TestRound.decided_at.is_not(None)):
        told = await _told(session, "test", (test.id for *_, test in rows), sorted(DECISIONS))
        known = {(subject, details.get("round"), action) for subject, action, details in told}
        for round_id, no, verdict, test in rows:
            if (str(test.id), no, f"test.{verdict}") not in known:
                message = f"Round {no} of {number_of(test)} says {verdict}, but no entry of the trail decides it so."
                found.add("round", "unknown", message, Place(round_id, test.id))


async def _evidence(session: AsyncSession, found: Findings) -> None:
    columns = (Evidence.id, Evidence.filename, Evidence.object_id, Evidence.carried_from_id, SecurityTest)
    join = (SecurityTest, SecurityTest.id == Evidence.test_id)
    async for rows in _batches(session, Evidence.id, columns, join):
        told = await _told(session, "test", (test.id for *_, test in rows), ["evidence.uploaded"])
        known = {details.get("evidence_id") for _, _, details in told}
        origins = [origin for *_, origin, _ in rows if origin is not None]
        carried = select(Evidence.id, Evidence.object_id).where(Evidence.id.in_(origins))
        source = {row[0]: row[1] for row in await session.execute(carried)}
        for id_, filename, object_id, origin, test in rows:
            name = f"Evidence {filename} of {number_of(test)}"
            if origin is None and str(id_) not in known:
                found.add("evidence", "unknown", f"{name} stands in no entry of the trail.", Place(id_, test.id))
            elif origin is not None and source.get(origin) != object_id:
                message = f"{name} is not the file that was carried over."
                found.add("evidence", "altered", message, Place(id_, test.id))


async def _custody(session: AsyncSession, found: Findings) -> None:
    columns = (CustodyEvent.id, CustodyEvent.evidence_id, CustodyEvent.kind, Evidence.test_id)
    join = (Evidence, Evidence.id == CustodyEvent.evidence_id)
    async for rows in _batches(session, CustodyEvent.id, columns, join):
        actions = sorted({f"{CUSTODY_NOUN}{row.kind}" for row in rows})
        told = await _told(session, "evidence", (row.evidence_id for row in rows), actions)
        known = {details.get("event") for _, _, details in told}
        for row in rows:
            if str(row.id) not in known:
                message = f"The custody event {row.kind} of evidence {row.evidence_id} stands in no entry of the trail."
                found.add("custody_event", "unknown", message, Place(row.id, row.test_id))
