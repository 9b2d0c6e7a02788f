"""Test templates."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response, status

from app.dependencies import DbSession, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.errors import Conflict
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response, model_table
from app.routers.base import protected_router
from app.routers.filters import PlatformNames
from app.schemas.base import Page
from app.schemas.catalogue import (
    TemplateCommandOut,
    TemplateCreate,
    TemplateDetail,
    TemplateImport,
    TemplateImported,
    TemplateRelease,
    TemplateStats,
    TemplateSummary,
    TemplateUpdate,
)
from app.services.knowledge import templates
from app.services.knowledge.template_commands import command_of

router = protected_router("/test-templates", "test templates")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Releaser = Annotated[Actor, Depends(require(Permission.TEMPLATE_RELEASE))]
Editor = Annotated[Actor, Depends(require(Permission.TEMPLATE_EDIT))]
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Texts = Annotated[list[Text], Query(max_length=50)]


@router.get("", response_model=Page[TemplateSummary], responses=CSV_ANSWER)
async def list_test_templates(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    source: Texts = [],  # noqa: B006  FastAPI copies defaults
    technique: Annotated[Texts, Query(description="ATT&CK ids, as written or as they are now.")] = [],  # noqa: B006
    include_subtechniques: bool = False,
    platform: PlatformNames = [],  # noqa: B006
    executor: Texts = [],  # noqa: B006
    tested: Annotated[bool | None, Query(description="Whether tests were made of it.")] = None,
    active: Annotated[Literal["true", "false", "all"], Query(description="Whether it can be used.")] = "all",
    needs_release: Annotated[bool | None, Query(description="Whether it waits for a lead's release.")] = None,
    q: Text = "",
    fit: Annotated[Texts, Query(description="Platforms that `sort=rank` prefers; default: those that we have.")] = [],  # noqa: B006
    sort: Annotated[
        str,
        Query(
            pattern=r"^(?:-?(?:name|source|created_at|updated_at)|rank)$",
            description="`rank`: those that fit the platform first, then what most actors use, then never tested.",
        ),
    ] = "name",
    format: Annotated[Literal["json", "csv"], Query(description="`csv` gives all of them as a table.")] = "json",  # noqa: A002  the contract's name
) -> Page[TemplateSummary] | Response:
    """The catalogue by name."""
    del actor
    wanted = templates.TemplateFilter(
        sources=source,
        techniques=technique,
        include_subtechniques=include_subtechniques,
        platforms=platform,
        active=None if active == "all" else active == "true",
        tested=tested,
        executors=executor,
        held=needs_release,
        fit=fit,
        q=q.strip(),
    )
    table = format == "csv"
    limit, offset = (CSV_ROWS, 0) if table else (page.limit, page.offset)
    rows, total = await templates.list_templates(session, wanted, sort=sort, limit=limit, offset=offset)
    items = [TemplateSummary.model_validate(row) for row in rows]
    if table:
        return csv_response(model_table(items, TemplateSummary, without={"rank"}), "test-templates.csv")
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.get("/stats")
async def get_test_template_stats(actor: Reader, session: ReadSession) -> TemplateStats:
    """How many templates there are, by source and platform."""
    del actor
    return TemplateStats.model_validate(await templates.template_stats(session))


@router.get("/{template_id}")
async def get_test_template(template_id: UUID, actor: Reader, session: ReadSession) -> TemplateDetail:
    """One template with its procedure."""
    del actor
    return TemplateDetail.model_validate(await templates.template_detail(session, template_id))


@router.get("/{template_id}/command")
async def get_test_template_command(
    template_id: UUID,
    actor: Reader,
    session: ReadSession,
    given: Annotated[
        list[Annotated[str, Query(max_length=4_100, pattern=r"^[A-Za-z0-9_.-]{1,100}=[^\x00]*$")]],
        Query(alias="input", max_length=50, description="`name=value`, repeated; defaults stand for the others."),
    ] = [],  # noqa: B006
) -> TemplateCommandOut:
    """The template as its executor runs it, with inputs filled in, prerequisites and cleanup."""
    del actor
    template = await templates.get_template(session, template_id)
    values = dict(text.split("=", 1) for text in given)
    return TemplateCommandOut.model_validate(command_of(template, values))


@router.post("/import", status_code=status.HTTP_201_CREATED)
async def import_test_templates(
    body: TemplateImport, actor: Editor, session: DbSession, once: Once
) -> TemplateImported:
    """Add several templates of our own, all or none."""
    if await once.created_before(session) is not None:
        raise Conflict("already_created", "These templates were added already.")
    ids = await templates.import_templates(session, actor, body.templates)
    await once.remember(session, ids[0])
    return TemplateImported(created=len(ids), ids=ids)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_test_template(
    body: TemplateCreate, actor: Editor, session: DbSession, response: Response, once: Once
) -> TemplateDetail:
    """Add a template of our own."""
    key = await once.created_before(session)
    if key is None:
        key = (await templates.create_template(session, actor, body)).id
        await once.remember(session, key)
    response.headers["Location"] = f"/api/v1/test-templates/{key}"
    return TemplateDetail.model_validate(await templates.template_detail(session, key))


@router.patch("/{template_id}")
async def update_test_template(
    template_id: UUID, body: TemplateUpdate, actor: Editor, session: DbSession
) -> TemplateDetail:
    """Change a template of our own."""
    await templates.update_template(session, actor, template_id, body.model_dump(exclude_unset=True))
    return TemplateDetail.model_validate(await templates.template_detail(session, template_id))


@router.delete("/{template_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_test_template(template_id: UUID, actor: Editor, session: DbSession) -> None:
    """Delete a template of our own that no test was made of."""
    await templates.delete_template(session, actor, template_id)


@router.post("/{template_id}/toggle-active")
async def toggle_test_template(template_id: UUID, actor: Editor, session: DbSession) -> TemplateDetail:
    """Switch a template off, or on again."""
    await templates.toggle_template(session, actor, template_id)
    return TemplateDetail.model_validate(await templates.template_detail(session, template_id))


@router.post("/{template_id}/release")
async def release_test_template(
    template_id: UUID, body: TemplateRelease, actor: Releaser, session: DbSession
) -> TemplateDetail:
    """Let a template whose publisher changed what it runs be used again."""
    await templates.release_template(session, actor, template_id, version=body.version)
    return TemplateDetail.model_validate(await templates.template_detail(session, template_id))
