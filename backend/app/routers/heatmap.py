"""The matrix."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Query, Response

from app.clock import now
from app.dependencies import ReadSession, require
from app.domain.actor import Actor
from app.domain.coverage import Status
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.schemas.heatmap import DomainName, Heatmap
from app.services.coverage.heatmap import HeatmapQuery, build_heatmap

router = protected_router("/heatmap", "heatmap")
Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
FilterText = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Names = Annotated[list[Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]], Query(max_length=50)]


@router.get("", response_model=Heatmap)
async def get_heatmap(
    _actor: Reader,
    session: ReadSession,
    layer: Annotated[str, Query(max_length=40, description="coverage, tests or freshness.")] = "coverage",
    domain: DomainName = "enterprise",
    platform: Annotated[Names, Query(description="Only techniques and results of these platforms.")] = [],  # noqa: B006  FastAPI copies it
    environment: Annotated[UUID | None, Query(description="Default: all active environments together.")] = None,
    tactic: Annotated[Names, Query(description="Short names or ATT&CK ids.")] = [],  # noqa: B006  as above
    status: Annotated[list[Status], Query(max_length=7)] = [],  # noqa: B006  as above
    minimum: Annotated[float | None, Query(alias="min", allow_inf_nan=False, description="Least value.")] = None,
    maximum: Annotated[float | None, Query(alias="max", allow_inf_nan=False, description="Greatest value.")] = None,
    q: Annotated[FilterText, Query(description="Part of id or name; its beginning, below three letters.")] = "",
    review_required: bool | None = None,
) -> Response:
    """A layer over the matrix: one cell per technique and tactic, not paged."""
    query = HeatmapQuery(
        layer=layer,
        domain=domain,
        environment_id=environment,
        platforms=tuple(platform),
        tactics=tuple(tactic),
        statuses=frozenset(status),
        minimum=minimum,
        maximum=maximum,
        q=q.strip(),
        review_required=review_required,
    )
    body = await build_heatmap(session, query, now())
    # Written once, not validated again: a test compares it with the model that the contract shows.
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), media_type="application/json")
