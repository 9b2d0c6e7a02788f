"""Detection rules, where they run, and what they read like in a SIEM."""

from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import Depends, Path, Query, Request, Response, status

from app.dependencies import DbSession, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.importers.sigma.backends import BACKENDS
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response, json_page, model_table
from app.routers.base import protected_router
from app.routers.filters import PlatformNames
from app.schemas.base import Page
from app.schemas.rules import (
    Conversion,
    ConversionBackend,
    DeploymentChange,
    FiringState,
    RuleCreate,
    RuleDetail,
    RuleLevel,
    RuleStats,
    RuleSummary,
    RuleUpdate,
)
from app.services.rules import catalogue, deployments, own, statistics
from app.services.rules.conversion import Converter, checked_backend

router = protected_router("/detection-rules", "detection rules")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Editor = Annotated[Actor, Depends(require(Permission.RULE_EDIT))]
Deployer = Annotated[Actor, Depends(require(Permission.RULE_DEPLOY))]
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Texts = Annotated[list[Text], Query(max_length=50)]
Switch = Annotated[bool | None, Query()]


def get_converter(request: Request) -> Converter:
    """The application's only converter."""
    converter: Converter = request.app.state.converter
    return converter


@router.get("", response_model=Page[RuleSummary], responses=CSV_ANSWER)
async def list_detection_rules(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    source: Texts = [],  # noqa: B006  FastAPI copies defaults
    technique: Annotated[Texts, Query(description="ATT&CK ids, as written or as they are now.")] = [],  # noqa: B006
    include_subtechniques: bool = False,
    level: Annotated[list[RuleLevel], Query(max_length=5)] = [],  # noqa: B006
    status: Annotated[Texts, Query(description="The publishers' words.")] = [],  # noqa: B006
    platform: PlatformNames = [],  # noqa: B006
    language: Texts = [],  # noqa: B006
    deployed: Annotated[bool | None, Query(description="Whether it runs in one of our tools.")] = None,
    tool: Annotated[UUID | None, Query(description="Deployed in that tool of ours, in whatever way.")] = None,
    firing: Annotated[list[FiringState], Query(max_length=3, description="What it did in tests.")] = [],  # noqa: B006
    retired: Annotated[bool | None, Query(description="Whether its publisher gave it up.")] = None,
    active: Annotated[Literal["true", "false", "all"], Query(description="Whether it can be used.")] = "all",
    q: Text = "",
    sort: Annotated[str, Query(pattern=r"^-?(name|source|level|created_at|updated_at)$")] = "name",
    format: Annotated[Literal["json", "csv"], Query(description="`csv` gives all of them as a table.")] = "json",  # noqa: A002  the contract's name
) -> Response:
    """The catalogue by name."""
    del actor
    wanted = catalogue.RuleFilter(
        sources=source,
        techniques=technique,
        include_subtechniques=include_subtechniques,
        levels=level,
        statuses=status,
        platforms=platform,
        languages=language,
        deployed=deployed,
        tool=tool,
        firing=firing,
        retired=retired,
        active=None if active == "all" else active == "true",
        q=q.strip(),
    )
    table = format == "csv"
    limit, offset = (CSV_ROWS, 0) if table else (page.limit, page.offset)
    items, total = await catalogue.list_rules_json(session, wanted, sort=sort, limit=limit, offset=offset)
    if table:
        rows = [RuleSummary.model_validate(row) for row in orjson.loads(items)]
        return csv_response(model_table(rows, RuleSummary), "detection-rules.csv")
    return json_page(items, total, page)


@router.get("/backends")
async def list_conversion_backends(actor: Reader) -> Page[ConversionBackend]:
    """Languages that Sigma rules are converted to."""
    del actor
    items = [ConversionBackend.model_validate(backend) for backend in BACKENDS.values()]
    return Page(items=items, total=len(items), limit=len(items), offset=0)


@router.get("/stats")
async def get_detection_rule_stats(actor: Reader, session: ReadSession) -> RuleStats:
    """How many rules there are, where they come from and how they did."""
    del actor
    return RuleStats.model_validate(await statistics.rule_stats(session))


@router.get("/{rule_id}")
async def get_detection_rule(rule_id: UUID, actor: Reader, session: ReadSession) -> RuleDetail:
    """One rule with its text, techniques, deployments and tests."""
    del actor
    return RuleDetail.model_validate(await catalogue.rule_detail(session, rule_id))


@router.get("/{rule_id}/conversions/{backend}")
async def convert_detection_rule(
    rule_id: UUID,
    backend: Annotated[str, Path(max_length=60)],
    actor: Reader,
    session: ReadSession,
    converter: Annotated[Converter, Depends(get_converter)],
    pipeline: Annotated[str | None, Query(max_length=60, description="A mapping of fields, or `none`.")] = None,
) -> Conversion:
    """A Sigma rule in the language of a product; 422 `not_convertible` says why there is none."""
    del actor
    rule = await catalogue.get_rule(session, rule_id)
    chosen = checked_backend(rule, backend, pipeline)
    session.expunge(rule)
    # The conversion may take seconds, which no connection should wait for.
    await session.close()
    found = await converter.convert(rule, chosen, pipeline)
    return Conversion(
        rule_id=rule.id,
        backend=found.backend,
        pipeline=found.pipeline,
        queries=list(found.queries),
        notes=list(found.notes),
    )


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_detection_rule(
    body: RuleCreate, actor: Editor, session: DbSession, response: Response, once: Once
) -> RuleDetail:
    """Add a rule of our own."""
    key = await once.created_before(session)
    if key is None:
        key = (await own.create_rule(session, actor, body)).id
        await once.remember(session, key)
    response.headers["Location"] = f"/api/v1/detection-rules/{key}"
    return RuleDetail.model_validate(await catalogue.rule_detail(session, key))


@router.patch("/{rule_id}")
async def update_detection_rule(rule_id: UUID, body: RuleUpdate, actor: Editor, session: DbSession) -> RuleDetail:
    """Change a rule of our own."""
    await own.update_rule(session, actor, rule_id, body.model_dump(exclude_unset=True))
    return RuleDetail.model_validate(await catalogue.rule_detail(session, rule_id))


@router.post("/{rule_id}/toggle-active")
async def toggle_detection_rule(rule_id: UUID, actor: Editor, session: DbSession) -> RuleDetail:
    """Switch a rule off, or on again."""
    await own.toggle_rule(session, actor, rule_id)
    return RuleDetail.model_validate(await catalogue.rule_detail(session, rule_id))


@router.put("/{rule_id}/deployments/{tool_id}")
async def deploy_detection_rule(
    rule_id: UUID,
    tool_id: UUID,
    actor: Deployer,
    session: DbSession,
    body: DeploymentChange | None = None,
) -> RuleDetail:
    """Say that a rule runs in one of our tools from now on."""
    wanted = body or DeploymentChange()
    await deployments.deploy_rule(session, actor, rule_id, tool_id, wanted.status)
    return RuleDetail.model_validate(await catalogue.rule_detail(session, rule_id))


@router.delete("/{rule_id}/deployments/{tool_id}", status_code=status.HTTP_204_NO_CONTENT)
async def withdraw_detection_rule(rule_id: UUID, tool_id: UUID, actor: Deployer, session: DbSession) -> None:
    """Say that a rule no longer runs in one of our tools."""
    await deployments.withdraw_rule(session, actor, rule_id, tool_id)
