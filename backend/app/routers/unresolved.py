"""Ids in content whose meaning is not known, and a lead's word on what they mean."""

from typing import Annotated

from fastapi import Depends, Path, Query

from app.dependencies import DbSession, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.schemas.base import Page
from app.schemas.unresolved import MeaningChoice, MeaningChosen, UnresolvedId, UnresolvedLink
from app.services.content import unresolved

router = protected_router("/content/unresolved", "data sources")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Curator = Annotated[Actor, Depends(require(Permission.TECHNIQUE_CURATE))]
RawId = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")]
Text = Annotated[str, Query(max_length=60, pattern=r"^[^\x00]*$")]


@router.get("")
async def list_unresolved_ids(
    actor: Reader, session: ReadSession, page: PageParams, source: Text = "", q: Text = ""
) -> Page[UnresolvedId]:
    """Ids that content names and that mean nothing, or too much, in our ATT&CK release; the most used first."""
    del actor
    rows, total = await unresolved.list_unresolved(
        session, source=source, q=q.strip(), limit=page.limit, offset=page.offset
    )
    items = [UnresolvedId.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/{attack_id}")
async def list_unresolved_links(
    attack_id: RawId, actor: Reader, session: ReadSession, page: PageParams
) -> Page[UnresolvedLink]:
    """The items that name such an id, those that a lead decided upon included."""
    del actor
    rows, total = await unresolved.list_links(session, attack_id, limit=page.limit, offset=page.offset)
    items = [UnresolvedLink.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.post("/{attack_id}/choose")
async def choose_meaning(attack_id: RawId, body: MeaningChoice, actor: Curator, session: DbSession) -> MeaningChosen:
    """Say which technique an id means, for all its items or for some; the raw id stays as it was written."""
    done = await unresolved.choose(
        session, actor, attack_id, technique=body.technique, link_ids=body.link_ids, moved_from=body.moved_from
    )
    technique = done.technique.attack_id if done.technique else None
    return MeaningChosen(attack_id=attack_id.upper(), technique=technique, links=done.links)
