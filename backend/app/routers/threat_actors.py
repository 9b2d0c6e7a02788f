"""Threat actors."""

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Response, status

from app.dependencies import DbSession, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.reports.csv_text import csv_document
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response
from app.routers.base import protected_router
from app.schemas.actors import ActorCreate, ActorDetail, ActorSummary, ActorUpdate, ActorUseIn
from app.schemas.base import Page
from app.schemas.techniques import DomainName
from app.services.knowledge import actors, own_actors

router = protected_router("/threat-actors", "threat actors")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Curator = Annotated[Actor, Depends(require(Permission.TECHNIQUE_CURATE))]
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Texts = Annotated[list[Text], Query(max_length=50)]
ActorName = Annotated[
    str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9-]+$", description="Id or ATT&CK id.")
]
AttackId = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9.-]+$")]


@router.get("", response_model=Page[ActorSummary], responses=CSV_ANSWER)
async def list_threat_actors(
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    technique: Annotated[Text | None, Query(description="ATT&CK id of a technique that they use.")] = None,
    domain: DomainName | None = None,
    source: Texts = [],  # noqa: B006  FastAPI copies defaults
    sector: Texts = [],  # noqa: B006
    region: Texts = [],  # noqa: B006
    country: Text | None = None,
    active: Annotated[Literal["true", "false", "all"], Query(description="Default: only those in force.")] = "true",
    q: Annotated[Text, Query(description="Part of id, name, another name, country, sector or region.")] = "",
    sort: Annotated[str, Query(pattern=r"^-?(name|attack_id)$")] = "name",
    coverage: Annotated[bool, Query(description="Tell how we stand against each.")] = False,
    format: Annotated[Literal["json", "csv"], Query(description="`csv` gives all of them as a table.")] = "json",  # noqa: A002  the contract's name
) -> Page[ActorSummary] | Response:
    """Groups of adversaries by name."""
    del actor
    wanted = actors.ActorFilter(
        technique=technique,
        domain=domain,
        active=None if active == "all" else active == "true",
        sources=source,
        sectors=sector,
        regions=region,
        country=country,
        q=q.strip(),
    )
    table = format == "csv"
    limit, offset = (CSV_ROWS, 0) if table else (page.limit, page.offset)
    rows, total = await actors.list_actors(session, wanted, sort=sort, limit=limit, offset=offset, coverage=coverage)
    items = [ActorSummary.model_validate(row) for row in rows]
    if table:
        return csv_response(_table(items), "threat-actors.csv")
    return Page(items=items, total=total, limit=limit, offset=offset)


def _table(items: list[ActorSummary]) -> str:
    plain = [name for name in ActorSummary.model_fields if name not in {"description", "coverage"}]
    figures = ("techniques", "tested", "validated", "partial", "not_covered", "out_of_scope")
    rows = (
        [
            *(", ".join(value) if isinstance(value := getattr(item, name), list) else value for name in plain),
            *(
                None if item.coverage is None else sum(getattr(part, name) for part in item.coverage)
                for name in figures
            ),
        ]
        for item in items
    )
    return csv_document([*plain, *(f"coverage_{name}" for name in figures)], rows)


def _sum(item: ActorSummary, figure: str) -> int | None:
    return None if item.coverage is None else sum(getattr(part, figure) for part in item.coverage)


@router.get("/{actor_id}")
async def get_threat_actor(
    actor_id: ActorName,
    actor: Reader,
    session: ReadSession,
    software: Annotated[bool, Query(description="The figures count what its software does as well.")] = False,
    platform: Annotated[Texts, Query(description="Judge by results on these platforms only.")] = [],  # noqa: B006
) -> ActorDetail:
    """An actor with its techniques, software and campaigns, and how we stand against it."""
    del actor
    found = await actors.find_actor(session, actor_id)
    detail = await actors.actor_detail(session, found, software=software, platforms=platform)
    return ActorDetail.model_validate(detail)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_threat_actor(
    body: ActorCreate, actor: Curator, session: DbSession, response: Response, once: Once
) -> ActorDetail:
    """Add an actor of our own."""
    known = await once.created_before(session)
    if known is None:
        found = await own_actors.create_actor(session, actor, body)
        await once.remember(session, found.id)
    else:
        found = await actors.find_actor(session, str(known))
    response.headers["Location"] = f"/api/v1/threat-actors/{found.id}"
    return ActorDetail.model_validate(await actors.actor_detail(session, found))


@router.patch("/{actor_id}")
async def update_threat_actor(
    actor_id: ActorName, body: ActorUpdate, actor: Curator, session: DbSession
) -> ActorDetail:
    """Change an actor of our own, or what we noted beside a publisher's."""
    found = await actors.find_actor(session, actor_id)
    await own_actors.update_actor(session, actor, found, body.model_dump(exclude_unset=True))
    return ActorDetail.model_validate(await actors.actor_detail(session, found))


@router.delete("/{actor_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_threat_actor(actor_id: ActorName, actor: Curator, session: DbSession) -> None:
    """Take an actor of our own out of the catalogue."""
    await own_actors.delete_actor(session, actor, await actors.find_actor(session, actor_id))


@router.put("/{actor_id}/techniques/{attack_id}")
async def set_threat_actor_technique(
    actor_id: ActorName, attack_id: AttackId, actor: Curator, session: DbSession, body: ActorUseIn | None = None
) -> ActorDetail:
    """Say that an actor uses a technique. It stands beside what the publisher says."""
    found = await actors.find_actor(session, actor_id)
    await own_actors.put_use(session, actor, found, attack_id, body or ActorUseIn())
    return ActorDetail.model_validate(await actors.actor_detail(session, found))


@router.delete("/{actor_id}/techniques/{attack_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_threat_actor_technique(
    actor_id: ActorName, attack_id: AttackId, actor: Curator, session: DbSession
) -> None:
    """Take back a use that we named; the publisher's stay."""
    await own_actors.delete_use(session, actor, await actors.find_actor(session, actor_id), attack_id)
