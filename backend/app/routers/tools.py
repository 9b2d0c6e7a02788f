"""Our security tools."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, status

from app.dependencies import DbSession, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.schemas.base import Page
from app.schemas.catalogue import ToolCreate, ToolOut, ToolUpdate
from app.services import organisation

router = protected_router("/tools", "organisation")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Keeper = Annotated[Actor, Depends(require(Permission.ENVIRONMENT_MANAGE))]


@router.get("")
async def list_tools(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    active: Annotated[bool | None, Query(description="Only those in use, or only others.")] = None,
) -> Page[ToolOut]:
    """Security tools by name."""
    del actor
    rows, total = await organisation.list_tools(session, active=active, limit=page.limit, offset=page.offset)
    items = [ToolOut.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/{tool_id}")
async def get_tool(tool_id: UUID, actor: Reader, session: ReadSession) -> ToolOut:
    """One tool."""
    del actor
    tool = await organisation.get_tool(session, tool_id)
    return ToolOut.model_validate(await organisation.tool_facts(session, tool))


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_tool(body: ToolCreate, actor: Keeper, session: DbSession, response: Response, once: Once) -> ToolOut:
    """Add a tool."""
    known = await once.created_before(session)
    if known is None:
        tool = await organisation.create_tool(session, actor, body)
        await once.remember(session, tool.id)
    else:
        tool = await organisation.get_tool(session, known)
    response.headers["Location"] = f"/api/v1/tools/{tool.id}"
    return ToolOut.model_validate(await organisation.tool_facts(session, tool))


@router.patch("/{tool_id}")
async def update_tool(tool_id: UUID, body: ToolUpdate, actor: Keeper, session: DbSession) -> ToolOut:
    """Change a tool."""
    tool = await organisation.update_tool(session, actor, tool_id, body.model_dump(exclude_unset=True))
    return ToolOut.model_validate(await organisation.tool_facts(session, tool))
