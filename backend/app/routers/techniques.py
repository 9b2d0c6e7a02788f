"""Techniques and tactics: knowledge, our own additions, our decisions."""

from typing import Annotated, Literal

import orjson
from fastapi import Depends, Path, Query, Response, status

from app.dependencies import DbSession, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.coverage import Status
from app.domain.permissions import Permission
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response, json_page, model_table
from app.routers.base import protected_router
from app.routers.filters import PlatformNames
from app.schemas.base import Page
from app.schemas.score_history import TechniqueScorePoint
from app.schemas.techniques import (
    DomainName,
    OverlayUpdate,
    TacticOut,
    TechniqueCreate,
    TechniqueDetail,
    TechniqueReview,
    TechniqueSummary,
    TechniqueUpdate,
)
from app.services.knowledge import custom, decisions, listing
from app.services.knowledge.detail import technique_detail
from app.services.knowledge.lookup import technique_by_attack_id
from app.services.snapshots.history import score_history

router = protected_router("/techniques", "techniques")
tactics_router = protected_router("/tactics", "techniques")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Curator = Annotated[Actor, Depends(require(Permission.TECHNIQUE_CURATE))]
Reviewer = Annotated[Actor, Depends(require(Permission.TECHNIQUE_REVIEW))]
Name = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Names = Annotated[list[Name], Query(max_length=50)]
AttackId = Annotated[
    str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9.-]+$", description="ATT&CK id, or id.")
]
OfDomain = Annotated[DomainName | None, Query(description="Where the id stands in several domains.")]


@router.get("", response_model=Page[TechniqueSummary], responses=CSV_ANSWER)
async def list_techniques(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    tactic: Annotated[Names, Query(description="Short names or ATT&CK ids; several mean or.")] = [],  # noqa: B006  FastAPI copies it
    platform: PlatformNames = [],  # noqa: B006  as above
    status: Annotated[list[Status], Query(max_length=7)] = [],  # noqa: B006  as above
    domain: Annotated[list[DomainName], Query(max_length=3)] = [],  # noqa: B006  as above
    review_required: bool | None = None,
    active: Annotated[Literal["true", "false", "all"], Query(description="Default: only those in force.")] = "true",
    custom_only: Annotated[bool | None, Query(alias="custom")] = None,
    subtechniques: Annotated[bool | None, Query(description="Only sub-techniques, or only others.")] = None,
    q: Annotated[Name, Query(description="Part of id or name; its beginning, below three letters.")] = "",
    sort: Annotated[str, Query(pattern=r"^-?(attack_id|name|domain)$")] = "attack_id",
    format: Annotated[Literal["json", "csv"], Query(description="`csv` gives all of them as a table.")] = "json",  # noqa: A002  the contract's name
) -> Response:
    """Techniques by ATT&CK id, with their coverage status."""
    del actor
    wanted = listing.TechniqueFilter(
        tactics=tactic,
        platforms=platform,
        statuses=status,
        domains=domain,
        review_required=review_required,
        active=None if active == "all" else active == "true",
        custom=custom_only,
        subtechniques=subtechniques,
        q=q.strip(),
    )
    table = format == "csv"
    limit, offset = (CSV_ROWS, 0) if table else (page.limit, page.offset)
    items, total = await listing.list_techniques(session, wanted, sort=sort, limit=limit, offset=offset)
    if table:
        rows = [TechniqueSummary.model_construct(**item) for item in items]
        return csv_response(model_table(rows, TechniqueSummary), "techniques.csv")
    # Written once, not validated again: a test compares it with the model that the contract shows.
    return json_page(orjson.dumps(items).decode(), total, page)


@router.get("/{attack_id}")
async def get_technique(
    attack_id: AttackId, actor: Reader, session: ReadSession, domain: OfDomain = None
) -> TechniqueDetail:
    """Everything known of a technique."""
    technique = await technique_by_attack_id(session, attack_id, domain=domain)
    return TechniqueDetail.model_validate(await technique_detail(session, actor, technique))


@router.get("/{attack_id}/score-history")
async def list_technique_score_history(
    attack_id: AttackId, _actor: Reader, session: ReadSession, page: PageParams, domain: OfDomain = None
) -> Page[TechniqueScorePoint]:
    """The technique's score in every snapshot that knew it, newest first."""
    technique = await technique_by_attack_id(session, attack_id, domain=domain)
    points, total = await score_history(session, technique.id, limit=page.limit, offset=page.offset)
    items = [TechniqueScorePoint.model_validate(point) for point in points]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_technique(
    body: TechniqueCreate, actor: Curator, session: DbSession, response: Response, once: Once
) -> TechniqueDetail:
    """Add a technique of our own."""
    known = await once.created_before(session)
    if known is None:
        technique = await custom.create_technique(session, actor, body)
        await once.remember(session, technique.id)
    else:
        technique = await technique_by_attack_id(session, str(known))
    response.headers["Location"] = f"/api/v1/techniques/{technique.attack_id}"
    return TechniqueDetail.model_validate(await technique_detail(session, actor, technique))


@router.patch("/{attack_id}")
async def update_technique(
    attack_id: AttackId, body: TechniqueUpdate, actor: Curator, session: DbSession
) -> TechniqueDetail:
    """Change a technique of our own."""
    technique = await technique_by_attack_id(session, attack_id)
    await custom.update_technique(session, actor, technique, body.model_dump(exclude_unset=True))
    return TechniqueDetail.model_validate(await technique_detail(session, actor, technique))


@router.delete("/{attack_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_technique(attack_id: AttackId, actor: Curator, session: DbSession) -> None:
    """Take a technique of our own out of the catalogue."""
    await custom.delete_technique(session, actor, await technique_by_attack_id(session, attack_id))


@router.post("/{attack_id}/review")
async def review_technique(
    attack_id: AttackId,
    actor: Reviewer,
    session: DbSession,
    body: TechniqueReview | None = None,
    domain: OfDomain = None,
) -> TechniqueDetail:
    """Mark the technique as reviewed: the flag falls until its intelligence changes again."""
    technique = await technique_by_attack_id(session, attack_id, domain=domain)
    await decisions.review(session, actor, technique, (body or TechniqueReview()).notes)
    return TechniqueDetail.model_validate(await technique_detail(session, actor, technique))


@router.patch("/{attack_id}/overlay")
async def update_technique_overlay(
    attack_id: AttackId, body: OverlayUpdate, actor: Curator, session: DbSession, domain: OfDomain = None
) -> TechniqueDetail:
    """Decide on scope, expectation, priority or notes in an environment."""
    technique = await technique_by_attack_id(session, attack_id, domain=domain)
    given = body.model_dump(include=set(decisions.FIELDS), exclude_unset=True)
    await decisions.decide(
        session,
        actor,
        technique,
        environment_id=body.environment,
        changes=given,
        reason=body.reason,
        until=body.until,
    )
    return TechniqueDetail.model_validate(await technique_detail(session, actor, technique))


@tactics_router.get("")
async def list_tactics(
    actor: Reader, session: ReadSession, page: PageParams, domain: DomainName | None = None
) -> Page[TacticOut]:
    """Tactics in matrix order."""
    del actor
    rows = await listing.list_tactics(session, domain)
    items = [TacticOut.model_validate(row) for row in rows[page.offset : page.offset + page.limit]]
    return Page(items=items, total=len(rows), limit=page.limit, offset=page.offset)
