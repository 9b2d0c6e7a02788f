"""The matrix."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import Depends, Query, Response

from app.clock import now
from app.dependencies import PageParams, ReadSession, Shared, require
from app.domain.actor import Actor
from app.domain.coverage import Status
from app.domain.permissions import Permission
from app.reports.matrix_drawing import matrix_drawing
from app.reports.matrix_table import matrix_table
from app.reports.navigator import navigator_layer
from app.routers.answers import csv_response, shared_json
from app.routers.base import protected_router
from app.routers.filters import Environment, PlatformNames
from app.schemas.base import Page
from app.schemas.heatmap import DomainName, Heatmap, HeatmapCampaign
from app.schemas.overlay import NavigatorLayer, Overlay
from app.services.coverage.heatmap import HeatmapQuery, build_heatmap
from app.services.coverage.overlay import lay_over
from app.services.knowledge.campaigns import list_campaigns

router = protected_router("/heatmap", "heatmap")
Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Name = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Names = Annotated[list[Name], Query(max_length=50)]
LAYERS = "coverage, score, tests, detection_rules, d3fend, freshness, actor, campaign, control or ladder."
ExportFormat = Literal["navigator", "csv", "svg"]
Format = Annotated[ExportFormat, Query(alias="format", description="navigator: a layer of format 4.5.")]
_EXPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/csv": {"schema": {"type": "string"}},
            "image/svg+xml": {"schema": {"type": "string"}},
        }
    }
}


async def heatmap_query(
    layer: Annotated[str, Query(max_length=40, description=LAYERS)] = "coverage",
    compare: Annotated[
        str | None, Query(max_length=40, description="A second layer, whose value stands in the same cells.")
    ] = None,
    domain: DomainName = "enterprise",
    platform: PlatformNames = [],  # noqa: B006  FastAPI copies it
    environment: Environment = None,
    tactic: Annotated[Names, Query(description="Short names or ATT&CK ids.")] = [],  # noqa: B006  as above
    status: Annotated[list[Status], Query(max_length=7)] = [],  # noqa: B006  as above
    minimum: Annotated[float | None, Query(alias="min", allow_inf_nan=False, description="Least value.")] = None,
    maximum: Annotated[float | None, Query(alias="max", allow_inf_nan=False, description="Greatest value.")] = None,
    q: Annotated[Name, Query(description="Part of id or name; its beginning, below three letters.")] = "",
    review_required: bool | None = None,
    actor: Annotated[
        Names,
        Query(
            description="Ids or ATT&CK ids of threat actors: only what one of them uses. On the layer `actor` nothing"
            " is left out; the value says how many of them (default: of all) use it."
        ),
    ] = [],  # noqa: B006  as above
    campaign: Annotated[
        Names,
        Query(
            description="Campaigns that ATT&CK describes, by id or ATT&CK id, or plans of adversaries, by id or key:"
            " only what one of them uses. On the layer `campaign` nothing is left out; the value says how many of them"
            " (default: of all campaigns, plans apart) use it."
        ),
    ] = [],  # noqa: B006  as above
    compliance_control: Annotated[
        Names,
        Query(
            description="Compliance controls, such as `AC-2` or `nist_800_53:rev5:AC-2`: only what one of them is"
            " mapped to. On the layer `control` nothing is left out; the value says how many of them (default: of all)"
            " are."
        ),
    ] = [],  # noqa: B006  as above
) -> HeatmapQuery:
    """What the matrix is asked for."""
    return HeatmapQuery(
        layer=layer,
        compare=compare,
        domain=domain,
        environment_id=environment,
        platforms=tuple(platform),
        tactics=tuple(tactic),
        statuses=frozenset(status),
        minimum=minimum,
        maximum=maximum,
        q=q.strip(),
        review_required=review_required,
        actors=tuple(actor),
        campaigns=tuple(campaign),
        controls=tuple(compliance_control),
    )


Wanted = Annotated[HeatmapQuery, Depends(heatmap_query)]


@router.get("", response_model=Heatmap)
async def get_heatmap(_actor: Reader, session: ReadSession, wanted: Wanted, shared: Shared) -> Response:
    """A layer over the matrix: one cell per technique and tactic, not paged."""

    async def make() -> bytes:
        # Written once, not validated again: a test compares it with the model that the contract shows.
        return orjson.dumps(await build_heatmap(session, wanted, now()), option=orjson.OPT_UTC_Z)

    return await shared_json(shared, session, ("heatmap", wanted), make)


@router.get("/export", responses=_EXPORT, response_class=Response)
async def export_heatmap(
    _actor: Reader,
    session: ReadSession,
    wanted: Wanted,
    file_format: Format = "navigator",
) -> Response:
    """The same layer as a file: for ATT&CK Navigator, for a spreadsheet, or as a drawing."""
    return _export(await build_heatmap(session, wanted, now()), wanted, file_format)


@router.get("/campaigns")
async def list_heatmap_campaigns(
    _actor: Reader,
    session: ReadSession,
    page: PageParams,
    q: Annotated[Name, Query(description="Part of key or name; its beginning, below three letters.")] = "",
) -> Page[HeatmapCampaign]:
    """What `campaign=` can name: campaigns that ATT&CK describes, then plans of adversaries, by name."""
    rows, total = await list_campaigns(session, q=q.strip(), limit=page.limit, offset=page.offset)
    items = [HeatmapCampaign.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.post("/overlay")
async def overlay_heatmap(body: NavigatorLayer, _actor: Reader, session: ReadSession) -> Overlay:
    """Check a layer of ATT&CK Navigator and lay it over our matrix. Nothing is stored."""
    return Overlay.model_validate(await lay_over(session, body))


@router.post("/overlay/export", responses=_EXPORT, response_class=Response)
async def export_overlay(
    body: NavigatorLayer,
    _actor: Reader,
    session: ReadSession,
    wanted: Wanted,
    file_format: Format = "navigator",
) -> Response:
    """The matrix with a layer of ATT&CK Navigator laid over it as a file. Nothing is stored."""
    overlay = await lay_over(session, body)
    return _export(await build_heatmap(session, wanted, now()), wanted, file_format, overlay)


def _export(
    heatmap: dict[str, Any], wanted: HeatmapQuery, file_format: ExportFormat, overlay: dict[str, Any] | None = None
) -> Response:
    name = "-".join(["aegis", wanted.domain, *wanted.layers, *(["overlay"] if overlay is not None else [])])
    if file_format == "csv":
        return csv_response(matrix_table(heatmap, overlay), f"{name}.csv")
    if file_format == "svg":
        return _file(matrix_drawing(heatmap, overlay).encode(), "image/svg+xml", f"{name}.svg")
    layer = navigator_layer(heatmap, filters=_told(wanted), overlay=overlay)
    return _file(orjson.dumps(layer, option=orjson.OPT_INDENT_2), "application/json", f"{name}.json")


def _file(content: bytes, media_type: str, filename: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(content, media_type=media_type, headers=headers)


def _told(wanted: HeatmapQuery) -> list[tuple[str, str]]:
    filters = {
        "platforms": wanted.platforms,
        "tactics": wanted.tactics,
        "statuses": sorted(wanted.statuses),
        "threat actors": wanted.actors,
        "campaigns": wanted.campaigns,
        "compliance controls": wanted.controls,
        "text": (wanted.q,) if wanted.q else (),
    }
    return [(name, ", ".join(values)) for name, values in filters.items() if values]
