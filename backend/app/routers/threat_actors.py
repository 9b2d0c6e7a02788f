"""Threat actors."""

from typing import Annotated, Literal

from fastapi import Depends, Path, Query

from app.dependencies import PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.schemas.base import Page
from app.schemas.techniques import ActorDetail, ActorSummary, DomainName
from app.services.knowledge import actors

router = protected_router("/threat-actors", "threat actors")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]


@router.get("")
async def list_threat_actors(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    technique: Annotated[Text | None, Query(description="ATT&CK id of a technique that they use.")] = None,
    domain: DomainName | None = None,
    active: Annotated[Literal["true", "false", "all"], Query(description="Default: only those in force.")] = "true",
    q: Annotated[Text, Query(description="Part of id, name or another name.")] = "",
    sort: Annotated[str, Query(pattern=r"^-?(name|attack_id)$")] = "name",
) -> Page[ActorSummary]:
    """Groups of adversaries by name."""
    del actor
    wanted = actors.ActorFilter(
        technique=technique, domain=domain, active=None if active == "all" else active == "true", q=q.strip()
    )
    rows, total = await actors.list_actors(session, wanted, sort=sort, limit=page.limit, offset=page.offset)
    items = [ActorSummary.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/{actor_id}")
async def get_threat_actor(
    actor_id: Annotated[
        str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9-]+$", description="Id or ATT&CK id.")
    ],
    actor: Reader,
    session: ReadSession,
) -> ActorDetail:
    """An actor with its techniques, software and campaigns."""
    del actor
    return ActorDetail.model_validate(await actors.actor_detail(session, actor_id))
