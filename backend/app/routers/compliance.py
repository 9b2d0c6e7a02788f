"""Compliance frameworks and their controls."""

from typing import Annotated

from fastapi import Depends, Path, Query

from app.dependencies import PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.schemas.base import Page
from app.schemas.defence import ControlOut, FrameworkOut, MappedControl
from app.services import compliance

router = protected_router("/compliance", "compliance")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Identifier = Annotated[str, Path(max_length=200, description="Key such as `nist_800_53:rev5`, or our id.")]


@router.get("/frameworks")
async def list_compliance_frameworks(actor: Reader, session: ReadSession, page: PageParams) -> Page[FrameworkOut]:
    """Frameworks with their baselines and how much of each is mapped to techniques."""
    del actor
    rows, total = await compliance.list_frameworks(session, limit=page.limit, offset=page.offset)
    items = [FrameworkOut.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/frameworks/{framework_id}")
async def get_compliance_framework(framework_id: Identifier, actor: Reader, session: ReadSession) -> FrameworkOut:
    """One framework."""
    del actor
    return FrameworkOut.model_validate(await compliance.framework_detail(session, framework_id))


@router.get("/frameworks/{framework_id}/controls")
async def list_compliance_controls(
    framework_id: Identifier,
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    baseline: Annotated[str | None, Query(max_length=60, description="Only controls of this baseline.")] = None,
    mapped: Annotated[bool | None, Query(description="Only controls that are mapped to techniques, or others.")] = None,
    q: Text = "",
) -> Page[ControlOut]:
    """Controls in the order of their catalogue."""
    del actor
    rows, total = await compliance.list_controls(
        session, framework_id, baseline=baseline, mapped=mapped, q=q.strip(), limit=page.limit, offset=page.offset
    )
    items = [ControlOut.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/controls")
async def list_controls_of_technique(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    technique: Annotated[str, Query(min_length=2, max_length=40, description="ATT&CK id.")],
) -> Page[MappedControl]:
    """Controls of all frameworks that are mapped to a technique."""
    del actor
    rows, total = await compliance.controls_of_technique(session, technique, limit=page.limit, offset=page.offset)
    items = [MappedControl.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)
