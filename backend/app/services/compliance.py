"""Compliance frameworks, their controls and what these have to do with techniques."""

from typing import Any
from uuid import UUID

from sqlalchemy import Integer, cast, distinct, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.models.catalogue import Control, Framework
from app.models.knowledge import ContentLink, Technique
from app.services.knowledge.listing import text_condition


async def list_frameworks(session: AsyncSession, *, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
    """Frameworks by name, with how many controls they have and how many of these are mapped."""
    alive = Framework.withdrawn_at.is_(None)
    total = await session.scalar(select(func.count()).select_from(Framework).where(alive))
    rows = (
        await session.scalars(
            select(Framework)
            .where(alive)
            .order_by(Framework.framework, Framework.version.desc(), Framework.id)
            .limit(limit)
            .offset(offset)
        )
    ).all()
    return [await _facts(session, row) for row in rows], total or 0


async def _facts(session: AsyncSession, row: Framework) -> dict[str, Any]:
    controls = select(
        func.count().label("controls"),
        func.count().filter(Control.parent_upstream_id.is_not(None)).label("enhancements"),
        func.count().filter(Control.retired).label("withdrawn_controls"),
    ).where(
        Control.source == row.source,
        Control.framework_upstream_id == row.upstream_id,
        Control.withdrawn_at.is_(None),
    )
    mappings = (
        select(
            func.count().label("mappings"),
            func.count(distinct(ContentLink.source_upstream_id)).label("mapped_controls"),
            func.count(distinct(func.coalesce(Technique.attack_id, ContentLink.target_attack_id))).label("techniques"),
        )
        .select_from(ContentLink)
        .outerjoin(Technique, Technique.id == ContentLink.technique_id)
        .where(_mapped_by(row))
    )
    own = {column.key: getattr(row, column.key) for column in Framework.__table__.columns}
    counts = [(await session.execute(statement)).mappings().one() for statement in (controls, mappings)]
    return {**own, "key": row.upstream_id, **counts[0], **counts[1]}


def _mapped_by(row: Framework) -> Any:
    return (
        (ContentLink.source == row.source)
        & (ContentLink.source_kind == "control")
        & ContentLink.source_upstream_id.startswith(f"{row.upstream_id}:", autoescape=True)
    )


async def framework_detail(session: AsyncSession, identifier: str) -> dict[str, Any]:
    """One framework by our id, or by its key such as `nist_800_53:rev5`. Raises NotFound."""
    return await _facts(session, await find_framework(session, identifier))


async def find_framework(session: AsyncSession, identifier: str) -> Framework:
    """A framework by our id, its key, or its name alone, which means the newest version. Raises NotFound."""
    try:
        condition = Framework.id == UUID(identifier)
    except ValueError:
        condition = or_(Framework.upstream_id == identifier, Framework.framework == identifier)
    row: Framework | None = await session.scalar(
        select(Framework)
        .where(condition, Framework.withdrawn_at.is_(None))
        .order_by(Framework.version.desc(), Framework.id)
        .limit(1)
    )
    if row is None:
        raise NotFound("framework_not_found", "There is no such framework.")
    return row


async def list_controls(
    session: AsyncSession,
    identifier: str,
    *,
    baseline: str | None,
    mapped: bool | None,
    q: str,
    limit: int,
    offset: int,
) -> tuple[list[dict[str, Any]], int]:
    """Controls of a framework in the order of its catalogue. Raises NotFound for an unknown framework."""
    framework = await find_framework(session, identifier)
    techniques = (
        select(func.count(distinct(func.coalesce(Technique.attack_id, ContentLink.target_attack_id))))
        .select_from(ContentLink)
        .outerjoin(Technique, Technique.id == ContentLink.technique_id)
        .where(
            ContentLink.source == Control.source,
            ContentLink.source_kind == "control",
            ContentLink.source_upstream_id == Control.upstream_id,
        )
        .correlate(Control)
        .scalar_subquery()
    )
    conditions = [
        Control.source == framework.source,
        Control.framework_upstream_id == framework.upstream_id,
        Control.withdrawn_at.is_(None),
    ]
    if baseline is not None:
        conditions.append(Control.baselines.contains([baseline.upper()]))
    if mapped is not None:
        conditions.append(techniques > 0 if mapped else techniques == 0)
    if q:
        conditions.append(text_condition(q, Control.control_id, Control.name))
    total = await session.scalar(select(func.count()).select_from(Control).where(*conditions))
    rows = await session.execute(
        select(Control, cast(techniques, Integer))
        .where(*conditions)
        .order_by(Control.position, Control.control_id, Control.id)
        .limit(limit)
        .offset(offset)
    )
    return [_control_facts(row[0], row[1]) for row in rows], total or 0


def _control_facts(control: Control, techniques: int) -> dict[str, Any]:
    own = {column.key: getattr(control, column.key) for column in Control.__table__.columns}
    parent = control.parent_upstream_id
    return {**own, "techniques": techniques, "parent": parent.rpartition(":")[2] if parent else None}


async def controls_of_technique(
    session: AsyncSession, attack_id: str, *, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Controls of all frameworks that are mapped to a technique, by what its id means today or as it was written."""
    named = (Technique.attack_id == attack_id.upper()) | (ContentLink.target_attack_id == attack_id.upper())
    found = (
        select(ContentLink.source_id)
        .outerjoin(Technique, Technique.id == ContentLink.technique_id)
        .where(ContentLink.source_kind == "control", named)
    )
    conditions = (Control.id.in_(found), Control.withdrawn_at.is_(None), Framework.withdrawn_at.is_(None))
    join = (Framework.source == Control.source) & (Framework.upstream_id == Control.framework_upstream_id)
    total = await session.scalar(select(func.count()).select_from(Control).join(Framework, join).where(*conditions))
    rows = await session.execute(
        select(
            Control.control_id,
            Control.name,
            Control.family,
            Control.baselines,
            Framework.upstream_id.label("framework_key"),
            Framework.name.label("framework_name"),
        )
        .join(Framework, join)
        .where(*conditions)
        .order_by(Framework.framework, Framework.version.desc(), Control.position, Control.control_id, Control.id)
        .limit(limit)
        .offset(offset)
    )
    return [dict(row) for row in rows.mappings()], total or 0
