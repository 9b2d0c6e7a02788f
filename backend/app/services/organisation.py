"""Environments and security tools."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.errors import Conflict, NotFound
from app.models.organisation import Environment, EnvironmentPlatform, RuleDeployment, SecurityTool
from app.schemas.catalogue import EnvironmentCreate, EnvironmentUpdate, ToolCreate
from app.services import audit


async def list_environments(
    session: AsyncSession, *, active: bool | None, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Environments with their platforms, the default one first."""
    conditions = () if active is None else (Environment.is_active == active,)
    total = await session.scalar(select(func.count()).select_from(Environment).where(*conditions))
    rows = (
        await session.scalars(
            select(Environment)
            .where(*conditions)
            .order_by(Environment.is_default.desc(), Environment.name)
            .limit(limit)
            .offset(offset)
        )
    ).all()
    return [await environment_facts(session, row) for row in rows], total or 0


async def get_environment(session: AsyncSession, environment_id: UUID) -> Environment:
    """Raise NotFound for an unknown environment."""
    found = await session.get(Environment, environment_id)
    if found is None:
        raise NotFound("environment_not_found", "There is no such environment.")
    return found


async def environment_facts(session: AsyncSession, environment: Environment) -> dict[str, Any]:
    """What is shown of an environment."""
    return {
        "id": environment.id,
        "name": environment.name,
        "description": environment.description,
        "is_default": environment.is_default,
        "is_active": environment.is_active,
        "platforms": [row.platform for row in await _platforms(session, environment.id)],
    }


async def _platforms(session: AsyncSession, environment_id: UUID) -> Sequence[EnvironmentPlatform]:
    moment = now()
    return (
        await session.scalars(
            select(EnvironmentPlatform)
            .where(EnvironmentPlatform.environment_id == environment_id, EnvironmentPlatform.valid_from <= moment)
            .where(or_(EnvironmentPlatform.valid_until.is_(None), EnvironmentPlatform.valid_until > moment))
            .order_by(EnvironmentPlatform.platform)
        )
    ).all()


async def create_environment(session: AsyncSession, actor: Actor, body: EnvironmentCreate) -> Environment:
    """Raises Conflict `name_taken`."""
    environment = Environment(name=body.name, description=body.description)
    await _add(session, environment, f"There is an environment {body.name}.")
    await _set_platforms(session, actor, environment, body.platforms, reason="")
    await session.refresh(environment)
    _audit(session, actor, "environment.created", environment, after={"name": body.name, "platforms": body.platforms})
    return environment


async def update_environment(
    session: AsyncSession, actor: Actor, environment_id: UUID, body: EnvironmentUpdate
) -> Environment:
    """Raises NotFound, Conflict `name_taken`, and `default_environment` when the default one is switched off."""
    environment = await session.get(Environment, environment_id, with_for_update=True, populate_existing=True)
    if environment is None:
        raise NotFound("environment_not_found", "There is no such environment.")
    before = await environment_facts(session, environment)
    changes = body.model_dump(exclude_unset=True, exclude={"platforms", "reason"})
    if environment.is_default and changes.get("is_active") is False:
        raise Conflict("default_environment", "The default environment stays.")
    await _change(session, environment, changes, "There is another environment of this name.")
    if body.platforms is not None:
        await _set_platforms(session, actor, environment, body.platforms, reason=body.reason)
    after = await environment_facts(session, environment)
    _audit(session, actor, "environment.updated", environment, before=before, after=after)
    return environment


async def _set_platforms(
    session: AsyncSession, actor: Actor, environment: Environment, platforms: Sequence[str], *, reason: str
) -> None:
    """End what is no longer there and begin what is new, both dated now."""
    moment = now()
    wanted = set(platforms)
    for row in await _platforms(session, environment.id):
        if row.platform in wanted:
            wanted.discard(row.platform)
        elif row.valid_from < moment:
            row.valid_until = moment
        else:
            await session.delete(row)
    session.add_all(
        EnvironmentPlatform(
            environment_id=environment.id,
            platform=platform,
            valid_from=moment,
            decided_by_id=actor.user_id,
            reason=reason,
        )
        for platform in sorted(wanted)
    )
    # The answer is read by a query of its own.
    await session.flush()


async def list_tools(
    session: AsyncSession, *, active: bool | None, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Security tools by name."""
    conditions = () if active is None else (SecurityTool.is_active == active,)
    total = await session.scalar(select(func.count()).select_from(SecurityTool).where(*conditions))
    rows = (
        await session.scalars(
            select(SecurityTool)
            .where(*conditions)
            .order_by(SecurityTool.name, SecurityTool.id)
            .limit(limit)
            .offset(offset)
        )
    ).all()
    return await _with_rules(session, rows), total or 0


async def tool_facts(session: AsyncSession, tool: SecurityTool) -> dict[str, Any]:
    """What is shown of a tool."""
    [facts] = await _with_rules(session, [tool])
    return facts


async def _with_rules(session: AsyncSession, tools: Sequence[SecurityTool]) -> list[dict[str, Any]]:
    counted = await session.execute(
        select(RuleDeployment.tool_id, func.count())
        .where(RuleDeployment.tool_id.in_([tool.id for tool in tools]), RuleDeployment.valid_until.is_(None))
        .group_by(RuleDeployment.tool_id)
    )
    counts = {row[0]: row[1] for row in counted}
    return [
        {
            "id": tool.id,
            "name": tool.name,
            "kind": tool.kind,
            "vendor": tool.vendor,
            "version": tool.version,
            "is_active": tool.is_active,
            "rules": counts.get(tool.id, 0),
        }
        for tool in tools
    ]


async def get_tool(session: AsyncSession, tool_id: UUID) -> SecurityTool:
    """Raise NotFound for an unknown tool."""
    found = await session.get(SecurityTool, tool_id)
    if found is None:
        raise NotFound("tool_not_found", "There is no such tool.")
    return found


async def create_tool(session: AsyncSession, actor: Actor, body: ToolCreate) -> SecurityTool:
    """Raises Conflict `name_taken`."""
    tool = SecurityTool(**body.model_dump())
    await _add(session, tool, f"There is a tool {body.name}.")
    await session.refresh(tool)
    _audit(session, actor, "tool.created", tool, after=body.model_dump())
    return tool


async def update_tool(session: AsyncSession, actor: Actor, tool_id: UUID, changes: dict[str, Any]) -> SecurityTool:
    """Raises NotFound, Conflict `name_taken`."""
    tool = await session.get(SecurityTool, tool_id, with_for_update=True, populate_existing=True)
    if tool is None:
        raise NotFound("tool_not_found", "There is no such tool.")
    before = {name: getattr(tool, name) for name in changes}
    await _change(session, tool, changes, "There is another tool of this name.")
    _audit(session, actor, "tool.updated", tool, before=before, after={name: getattr(tool, name) for name in changes})
    return tool


async def _add(session: AsyncSession, row: Environment | SecurityTool, message: str) -> None:
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()  # the unique name answers here
    except IntegrityError as error:
        raise Conflict("name_taken", message) from error


async def _change(
    session: AsyncSession, row: Environment | SecurityTool, changes: dict[str, Any], message: str
) -> None:
    try:
        async with session.begin_nested():
            for name, value in changes.items():
                if value is not None:
                    setattr(row, name, value)
            await session.flush()  # the unique name answers here
    except IntegrityError as error:
        raise Conflict("name_taken", message) from error


def _audit(
    session: AsyncSession,
    actor: Actor,
    action: str,
    subject: Environment | SecurityTool,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind=action.partition(".")[0],
        subject_id=subject.id,
        subject_label=subject.name,
        before=before,
        after=after,
    )
