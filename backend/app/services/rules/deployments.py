"""Which rule runs in which of our tools, as dated decisions."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.errors import NotFound
from app.models.knowledge import DetectionRule
from app.models.organisation import RuleDeployment, SecurityTool
from app.services import audit
from app.services.coverage import recount_at_commit
from app.services.rules.own import lock_rule, techniques_of


async def deploy_rule(
    session: AsyncSession, actor: Actor, rule_id: UUID, tool_id: UUID, status: str
) -> tuple[DetectionRule, bool]:
    """Say that a rule runs in a tool from now on, and whether that is new.

    The same statement again changes nothing, unless the rule's text has moved on since.
    Raises NotFound for an unknown rule or tool.
    """
    rule = await lock_rule(session, rule_id)
    tool = await _tool(session, tool_id)
    current = await _current(session, rule_id, tool_id)
    rule_hash = rule.content_hash or ""
    if current is not None and (current.status, current.rule_hash) == (status, rule_hash):
        return rule, False
    before = await _end(session, current)
    session.add(
        RuleDeployment(
            rule_id=rule_id,
            tool_id=tool_id,
            status=status,
            rule_hash=rule_hash,
            valid_from=now(),
            decided_by_id=actor.user_id,
        )
    )
    await _decided(session, actor, rule, tool, before=before, after={"tool": tool.name, "status": status})
    return rule, current is None


async def withdraw_rule(session: AsyncSession, actor: Actor, rule_id: UUID, tool_id: UUID) -> None:
    """Say that a rule no longer runs in a tool. Raises NotFound when it does not."""
    rule = await lock_rule(session, rule_id)
    tool = await _tool(session, tool_id)
    before = await _end(session, await _current(session, rule_id, tool_id))
    if before is None:
        raise NotFound("not_deployed", "The rule is not deployed in that tool.")
    await _decided(session, actor, rule, tool, before=before, after=None)


async def _tool(session: AsyncSession, tool_id: UUID) -> SecurityTool:
    tool = await session.get(SecurityTool, tool_id)
    if tool is None:
        raise NotFound("tool_not_found", "There is no such tool.")
    return tool


async def _current(session: AsyncSession, rule_id: UUID, tool_id: UUID) -> RuleDeployment | None:
    found: RuleDeployment | None = await session.scalar(
        select(RuleDeployment).where(
            RuleDeployment.rule_id == rule_id,
            RuleDeployment.tool_id == tool_id,
            RuleDeployment.valid_until.is_(None),
        )
    )
    return found


async def _end(session: AsyncSession, row: RuleDeployment | None) -> dict[str, Any] | None:
    if row is None:
        return None
    before = {"status": row.status, "since": row.valid_from.isoformat()}
    moment = now()
    if row.valid_from < moment:
        row.valid_until = moment
    else:
        await session.delete(row)
    # Only one row may be in force: the old one ends before the new one comes.
    await session.flush()
    return before


async def _decided(
    session: AsyncSession,
    actor: Actor,
    rule: DetectionRule,
    tool: SecurityTool,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    audit.record(
        session,
        actor,
        "rule.withdrawn" if after is None else "rule.deployed",
        subject_kind="rule",
        subject_id=rule.id,
        subject_label=rule.name,
        before=before,
        after=after,
        details={"tool_id": str(tool.id), "tool": tool.name},
    )
    recount_at_commit(session, await techniques_of(session, rule.id))
