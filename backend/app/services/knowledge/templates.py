"""Test templates: the catalogue, and our own among them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.content import CUSTOM_SOURCE
from app.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from app.ids import new_id
from app.models.knowledge import ContentLink, Technique, TestTemplate
from app.models.security_test import SecurityTest
from app.schemas.catalogue import TemplateCreate
from app.services import audit, coverage
from app.services.knowledge import ranking
from app.services.knowledge.listing import text_condition
from app.services.validation.access import unsealed

RUN_FIELDS = ("procedure", "cleanup", "executor", "elevation_required", "dependencies", "inputs")
"""What decides about what is run."""
_AUDITED = ("name", "description", "platforms", "procedure", "cleanup", "executor", "elevation_required", "is_active")


@dataclass(frozen=True, slots=True)
class TemplateFilter:
    """What the catalogue is narrowed to."""

    sources: Sequence[str] = ()
    techniques: Sequence[str] = ()
    include_subtechniques: bool = False
    platforms: Sequence[str] = ()
    active: bool | None = None
    tested: bool | None = None
    executors: Sequence[str] = ()
    held: bool | None = None
    fit: Sequence[str] = ()
    """Platforms that a ranking prefers; none: those that we have."""
    q: str = ""


_LINKED = (
    ContentLink.source_kind == "template",
    ContentLink.source_id == TestTemplate.id,
)
_TECHNIQUES = func.coalesce(
    select(func.array_agg(func.coalesce(Technique.attack_id, ContentLink.target_attack_id).distinct()))
    .select_from(ContentLink)
    .outerjoin(Technique, Technique.id == ContentLink.technique_id)
    .where(*_LINKED)
    .correlate(TestTemplate)
    .scalar_subquery(),
    array([], type_=TestTemplate.name.type),
).label("techniques")
_TESTS = (
    select(func.count())
    .select_from(SecurityTest)
    .where(SecurityTest.template_id == TestTemplate.id, unsealed())
    .correlate(TestTemplate)
    .scalar_subquery()
    .label("tests")
)


def _conditions(wanted: TemplateFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.sources:
        conditions.append(TestTemplate.source.in_(wanted.sources))
    if wanted.platforms:
        conditions.append(TestTemplate.platforms.overlap(list(wanted.platforms)))
    if wanted.active is not None:
        usable = TestTemplate.is_active & TestTemplate.withdrawn_at.is_(None)
        conditions.append(usable if wanted.active else ~usable)
    if wanted.held is not None:
        conditions.append(TestTemplate.held_text.is_not(None) == wanted.held)
    if wanted.executors:
        conditions.append(TestTemplate.executor.in_(wanted.executors))
    if wanted.tested is not None:
        made = exists(select(SecurityTest.id).where(SecurityTest.template_id == TestTemplate.id, unsealed()))
        conditions.append(made if wanted.tested else ~made)
    if wanted.techniques:
        names = [name.upper() for name in wanted.techniques]
        fits: ColumnElement[bool] = Technique.attack_id.in_(names) | ContentLink.target_attack_id.in_(names)
        if wanted.include_subtechniques:
            fits = or_(fits, *(Technique.attack_id.startswith(f"{name}.", autoescape=True) for name in names))
        linked = select(ContentLink.id).outerjoin(Technique, Technique.id == ContentLink.technique_id)
        conditions.append(exists(linked.where(*_LINKED, fits)))
    if wanted.q:
        conditions.append(text_condition(wanted.q, TestTemplate.upstream_id, TestTemplate.name))
    return conditions


async def list_templates(
    session: AsyncSession, wanted: TemplateFilter, *, sort: str, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """A page of the catalogue, and how many there are under the same filters."""
    conditions = _conditions(wanted)
    total = await session.scalar(select(func.count()).select_from(TestTemplate).where(*conditions))
    if sort == "rank":
        return await _ranked(session, wanted, limit=limit, offset=offset), total or 0
    column: Any = getattr(TestTemplate, sort.removeprefix("-"))
    rows = await session.execute(
        select(TestTemplate, _TECHNIQUES, _TESTS)
        .where(*conditions)
        .order_by(column.desc() if sort.startswith("-") else column.asc(), TestTemplate.id)
        .limit(limit)
        .offset(offset)
    )
    return [_facts(template, techniques, tests) for template, techniques, tests in rows], total or 0


async def _ranked(session: AsyncSession, wanted: TemplateFilter, *, limit: int, offset: int) -> list[dict[str, Any]]:
    fits = ranking.fit_of(wanted.fit or await ranking.our_platforms(session))
    actors = ranking.actors_of()
    rows = await session.execute(
        select(TestTemplate, _TECHNIQUES, _TESTS, fits.label("fits"), actors.label("actors"))
        .where(*_conditions(wanted))
        .order_by(*ranking.order_of(fits, actors, _TESTS.element))
        .limit(limit)
        .offset(offset)
    )
    found = []
    for template, techniques, tests, fit, popular in rows:
        reason = ranking.reason_of(template, fits=fit, actors=popular, tests=tests)
        rank = {"fits": fit, "actors": popular, "reason": reason}
        found.append({**_facts(template, techniques, tests), "rank": rank})
    return found


def _facts(template: TestTemplate, techniques: Sequence[str], tests: int) -> dict[str, Any]:
    own = {column.key: getattr(template, column.key) for column in TestTemplate.__table__.columns}
    held = template.held_text
    changes = [
        {"field": name, "before": text_of(held.get(name)), "after": text_of(own[name])}
        for name in (RUN_FIELDS if held else ())
        if held is not None and held.get(name) != own[name]
    ]
    return {
        **own,
        "techniques": list(techniques),
        "tests": tests,
        "needs_release": held is not None,
        "held_changes": changes,
    }


def text_of(value: object) -> str:
    """A part of a template as people compare it."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)


async def get_template(session: AsyncSession, template_id: UUID) -> TestTemplate:
    """Raise NotFound for an unknown template."""
    template = await session.get(TestTemplate, template_id)
    if template is None:
        raise NotFound("template_not_found", "There is no such template.")
    return template


async def template_detail(session: AsyncSession, template_id: UUID) -> dict[str, Any]:
    """A template with its links."""
    row = (
        await session.execute(select(TestTemplate, _TECHNIQUES, _TESTS).where(TestTemplate.id == template_id))
    ).one_or_none()
    if row is None:
        raise NotFound("template_not_found", "There is no such template.")
    links = await session.execute(
        select(
            ContentLink.target_attack_id.label("attack_id"),
            Technique.attack_id.label("technique"),
            Technique.name,
            ContentLink.resolution,
        )
        .outerjoin(Technique, Technique.id == ContentLink.technique_id)
        .where(ContentLink.source_kind == "template", ContentLink.source_id == template_id)
        .order_by(ContentLink.target_attack_id)
    )
    return {**_facts(row[0], row[1], row[2]), "technique_links": links.all()}


async def create_template(session: AsyncSession, actor: Actor, body: TemplateCreate) -> TestTemplate:
    """Make a template of our own. Raises Invalid for an unknown technique."""
    key = new_id()
    values = body.model_dump(exclude={"techniques"})
    template = TestTemplate(
        id=key, source=CUSTOM_SOURCE, upstream_id=f"custom:{key}", created_by_id=actor.user_id, **values
    )
    session.add(template)
    # The links refer to it.
    await session.flush()
    await _link(session, template, body.techniques)
    coverage.recount_at_commit(session, await _techniques_of(session, template))
    _audit(session, actor, template, "template.created", after=_audited(template))
    return template


async def import_templates(session: AsyncSession, actor: Actor, bodies: Sequence[TemplateCreate]) -> list[UUID]:
    """Make templates of our own, all or none. Raises Invalid for an unknown technique."""
    return [(await create_template(session, actor, body)).id for body in bodies]


async def update_template(
    session: AsyncSession, actor: Actor, template_id: UUID, changes: dict[str, Any]
) -> TestTemplate:
    """Change a template of our own.

    Raises Forbidden for anything imported or somebody else's, Conflict `stale_version`, Invalid.
    """
    template = await _locked(session, template_id)
    _require_custom(template)
    _require_mine(actor, template)
    based_on = changes.pop("version", None)
    if based_on is not None:
        _require_version(template, based_on)
    before = _audited(template)
    techniques = changes.pop("techniques", None)
    for name, value in changes.items():
        if value is not None or name == "executor":
            setattr(template, name, value)
    template.version += 1
    template.updated_at = now()
    if techniques is not None:
        linked = await _techniques_of(session, template)
        await _unlink(session, template)
        await _link(session, template, techniques)
        coverage.recount_at_commit(session, linked | await _techniques_of(session, template))
    _audit(session, actor, template, "template.updated", before=before, after=_audited(template))
    # The answer is read by a query of its own.
    await session.flush()
    return template


async def delete_template(session: AsyncSession, actor: Actor, template_id: UUID) -> None:
    """Delete a template of our own that no test was made of.

    Raises Forbidden, Conflict `template_in_use`.
    """
    template = await _locked(session, template_id)
    _require_custom(template)
    _require_mine(actor, template)
    if await session.scalar(select(SecurityTest.id).where(SecurityTest.template_id == template.id).limit(1)):
        raise Conflict("template_in_use", "Tests were made of this template; deactivate it instead.")
    linked = await _techniques_of(session, template)
    await _unlink(session, template)
    await session.delete(template)
    coverage.recount_at_commit(session, linked)
    _audit(session, actor, template, "template.deleted", before=_audited(template))


async def toggle_template(session: AsyncSession, actor: Actor, template_id: UUID) -> TestTemplate:
    """Switch a template off or on. Technicians switch their own, leads any; no import touches the switch."""
    template = await _locked(session, template_id)
    _require_mine(actor, template)
    template.is_active = not template.is_active
    _audit(
        session,
        actor,
        template,
        "template.toggled",
        before={"is_active": not template.is_active},
        after={"is_active": template.is_active},
    )
    coverage.recount_at_commit(session, await _techniques_of(session, template))
    # The answer is read by a query of its own.
    await session.flush()
    return template


async def release_template(session: AsyncSession, actor: Actor, template_id: UUID, *, version: int) -> TestTemplate:
    """Let a held template be used as its publisher has it now.

    version: of the text that the actor has read. Raises Conflict `not_held`, `stale_version`.
    """
    template = await _locked(session, template_id)
    if template.held_text is None:
        raise Conflict("not_held", "Nothing of this template waits for a release.")
    _require_version(template, version)
    held = template.held_text
    template.version += 1
    template.held_text, template.released_at, template.released_by_id = None, now(), actor.user_id
    changed = [name for name in RUN_FIELDS if held.get(name) != getattr(template, name)]
    audit.record(
        session,
        actor,
        "template.released",
        subject_kind="template",
        subject_id=template.id,
        subject_label=template.name,
        details={"changed": changed, "content_hash": template.content_hash},
    )
    # The answer is read by a query of its own.
    await session.flush()
    return template


async def template_stats(session: AsyncSession) -> dict[str, Any]:
    """How many templates there are, by source and by platform."""
    usable = TestTemplate.is_active & TestTemplate.withdrawn_at.is_(None)
    counts = (func.count().label("total"), func.count().filter(usable).label("active"))
    total, active = (await session.execute(select(*counts).select_from(TestTemplate))).one()
    by_source = await session.execute(
        select(TestTemplate.source.label("name"), *counts).group_by(TestTemplate.source).order_by(TestTemplate.source)
    )
    platform = func.unnest(TestTemplate.platforms).label("name")
    spread = select(TestTemplate.id, usable.label("usable"), platform).subquery()
    by_platform = await session.execute(
        select(spread.c.name, func.count().label("total"), func.count().filter(spread.c.usable).label("active"))
        .group_by(spread.c.name)
        .order_by(spread.c.name)
    )
    techniques = await session.scalar(
        select(func.count(ContentLink.technique_id.distinct()))
        .join(TestTemplate, TestTemplate.id == ContentLink.source_id)
        .join(Technique, Technique.id == ContentLink.technique_id)
        .where(ContentLink.source_kind == "template", usable, Technique.is_active)
    )
    return {
        "total": total,
        "active": active,
        "techniques": techniques,
        "by_source": by_source.all(),
        "by_platform": by_platform.all(),
    }


async def _locked(session: AsyncSession, template_id: UUID) -> TestTemplate:
    template = await session.scalar(
        select(TestTemplate).where(TestTemplate.id == template_id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if template is None:
        raise NotFound("template_not_found", "There is no such template.")
    return template


def _require_version(template: TestTemplate, based_on: int) -> None:
    if based_on != template.version:
        raise Conflict("stale_version", "Somebody changed it meanwhile.", extra={"current_version": template.version})


def _require_custom(template: TestTemplate) -> None:
    if template.source != CUSTOM_SOURCE:
        raise Forbidden("not_custom", "What a publisher owns is never edited; it can be deactivated.")


def _require_mine(actor: Actor, template: TestTemplate) -> None:
    if actor.is_admin or actor.lead_of is not None or template.created_by_id == actor.user_id:
        return
    raise Forbidden("not_your_template", "Only its author, a lead or an admin may do this.")


async def _link(session: AsyncSession, template: TestTemplate, attack_ids: Sequence[str]) -> None:
    wanted = list(dict.fromkeys(name.upper() for name in attack_ids))
    rows = await session.execute(
        select(Technique.attack_id, Technique.id)
        .where(Technique.attack_id.in_(wanted), Technique.is_active)
        .order_by(text("CASE domain WHEN 'enterprise' THEN 2 WHEN 'mobile' THEN 1 ELSE 0 END"))
    )
    known: dict[str, UUID] = {row[0]: row[1] for row in rows}
    for index, name in enumerate(wanted):
        if name not in known:
            message = f"There is no technique {name} in force."
            raise Invalid("unknown_technique", message, fields=[FieldError(f"techniques.{index}", message, "unknown")])
    session.add_all(
        ContentLink(
            source=CUSTOM_SOURCE,
            upstream_id=f"{template.upstream_id}>{name}",
            relation="tests",
            source_kind="template",
            source_upstream_id=template.upstream_id,
            source_id=template.id,
            target_kind="technique",
            target_attack_id=name,
            technique_id=known[name],
            resolution="exact",
        )
        for name in wanted
    )
    # The answer is read by queries of its own.
    await session.flush()


async def _unlink(session: AsyncSession, template: TestTemplate) -> None:
    await session.execute(
        delete(ContentLink).where(ContentLink.source_kind == "template", ContentLink.source_id == template.id)
    )


async def _techniques_of(session: AsyncSession, template: TestTemplate) -> set[UUID]:
    found = await session.scalars(
        select(ContentLink.technique_id).where(
            ContentLink.source_kind == "template",
            ContentLink.source_id == template.id,
            ContentLink.technique_id.is_not(None),
        )
    )
    return {technique_id for technique_id in found if technique_id is not None}


def _audited(template: TestTemplate) -> dict[str, Any]:
    return {name: getattr(template, name) for name in _AUDITED}


def _audit(
    session: AsyncSession,
    actor: Actor,
    template: TestTemplate,
    action: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="template",
        subject_id=template.id,
        subject_label=template.name,
        before=before,
        after=after,
    )
