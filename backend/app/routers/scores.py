"""Scores, and how they are weighed."""

from typing import Annotated

from fastapi import Depends, Path, Query, Response

from app.clock import now
from app.dependencies import DbSession, ReadSession, Shared, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.domain.scoring import FORMULA, Weights
from app.routers.answers import shared_json
from app.routers.base import protected_router
from app.routers.filters import Environment, PlatformNames
from app.schemas.heatmap import DomainName
from app.schemas.scores import (
    ActorScore,
    CampaignScore,
    ControlScore,
    OrganizationScores,
    ScoringConfig,
    ScoringPreview,
    ScoringWeights,
    TacticScores,
    TechniqueScoreOut,
)
from app.services import scores
from app.services.scores.answers import ScoreQuery

router = protected_router("/scores", "scores")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Keeper = Annotated[Actor, Depends(require(Permission.SCORING_MANAGE))]


async def score_query(
    domain: DomainName = "enterprise",
    environment: Environment = None,
    platform: PlatformNames = [],  # noqa: B006  FastAPI copies it
) -> ScoreQuery:
    """Which scores are asked for."""
    return ScoreQuery(domain, environment, tuple(platform))


Wanted = Annotated[ScoreQuery, Depends(score_query)]


@router.get("/organization", response_model=OrganizationScores)
async def get_organization_scores(_actor: Reader, session: ReadSession, wanted: Wanted, shared: Shared) -> Response:
    """The organisation's three figures: on the threat profile, on all that is in scope, on what was tested."""

    async def make() -> OrganizationScores:
        return OrganizationScores.model_validate(await scores.organization_scores(session, wanted, now()))

    return await shared_json(shared, session, ("organization", wanted), make)


@router.get("/tactics", response_model=TacticScores)
async def list_tactic_scores(_actor: Reader, session: ReadSession, wanted: Wanted, shared: Shared) -> Response:
    """The score of every tactic, in matrix order."""

    async def make() -> TacticScores:
        moment = now()
        items = await scores.tactic_scores(session, wanted, moment)
        page = {"items": items, "total": len(items), "limit": max(len(items), 1), "offset": 0}
        return TacticScores.model_validate({"domain": wanted.domain, "as_of": moment, **page})

    return await shared_json(shared, session, ("tactics", wanted), make)


@router.get("/techniques/{attack_id}")
async def get_technique_score(
    attack_id: Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")],
    _actor: Reader,
    session: ReadSession,
    wanted: Wanted,
) -> TechniqueScoreOut:
    """The score of one technique, by ATT&CK id or ours, with the units behind a parent's. Its domain is its own."""
    return TechniqueScoreOut.model_validate(await scores.technique_score(session, attack_id, wanted, now()))


@router.get("/actors/{actor_id}")
async def get_actor_score(
    actor_id: Annotated[
        str, Path(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9-]+$", description="Id or ATT&CK id.")
    ],
    _actor: Reader,
    session: ReadSession,
    wanted: Wanted,
    software: Annotated[bool, Query(description="Count what its software does as well.")] = False,
) -> ActorScore:
    """How we stand against a threat actor: the mean over what it uses directly or in campaigns attributed to it."""
    return ActorScore.model_validate(await scores.actor_score(session, actor_id, wanted, now(), software=software))


@router.get("/campaigns/{campaign_id}")
async def get_campaign_score(
    campaign_id: Annotated[
        str, Path(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9:._-]+$", description="Id, ATT&CK id or key.")
    ],
    _actor: Reader,
    session: ReadSession,
    wanted: Wanted,
) -> CampaignScore:
    """How we stand against a campaign that ATT&CK describes, or a plan: the mean over the techniques that it uses."""
    return CampaignScore.model_validate(await scores.campaign_score(session, campaign_id, wanted, now()))


@router.get("/controls/{control_id}")
async def get_control_score(
    control_id: Annotated[
        str,
        Path(
            min_length=1,
            max_length=200,
            pattern=r"^[A-Za-z0-9:._() -]+$",
            description="Id, key such as `nist_800_53:rev5:AC-2`, or the number alone where one framework has it.",
        ),
    ],
    _actor: Reader,
    session: ReadSession,
    wanted: Wanted,
) -> ControlScore:
    """How we stand on what a compliance control is mapped to: the mean over these techniques."""
    return ControlScore.model_validate(await scores.control_score(session, control_id, wanted, now()))


@router.get("/config")
async def get_scoring_config(_actor: Reader, session: ReadSession) -> ScoringConfig:
    """The weights that hold, and the decisions before."""
    history = await scores.weights_history(session)
    return ScoringConfig.model_validate({**history[0], "formula": FORMULA, "history": history})


@router.put("/config")
async def set_scoring_config(body: ScoringWeights, actor: Keeper, session: DbSession) -> ScoringConfig:
    """Weigh the components otherwise from now on. Every score follows at once."""
    await scores.set_weights(session, actor, Weights(**body.model_dump(exclude={"reason"})), body.reason)
    history = await scores.weights_history(session)
    return ScoringConfig.model_validate({**history[0], "formula": FORMULA, "history": history})


@router.post("/config/preview")
async def preview_scoring_config(
    body: ScoringWeights, _actor: Keeper, session: ReadSession, wanted: Wanted
) -> ScoringPreview:
    """What other weights would change. Nothing is stored."""
    weights = Weights(**body.model_dump(exclude={"reason"}))
    return ScoringPreview.model_validate(await scores.preview_weights(session, wanted, weights, now()))
