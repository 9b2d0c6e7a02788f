"""Which of several templates to take first: one for our platforms, one that many actors use, one never tried yet."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Uuid, column, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.models.knowledge import ContentLink, TestTemplate, ThreatActor
from app.services.coverage.decisions import in_force
from app.services.knowledge.actor_uses import USES

_BY_ACTORS = text(f"SELECT u.actor_id, u.technique_id FROM ({USES}) u").columns(  # noqa: S608  the text over there
    column("actor_id", Uuid), column("technique_id", Uuid)
)


async def our_platforms(session: AsyncSession) -> frozenset[str] | None:
    """The platforms of all active environments together; None where one of them has all."""
    environments, _, _ = await in_force(session, now(), None)
    found: frozenset[str] = frozenset()
    for platforms in environments.values():
        if platforms is None:
            return None
        found |= platforms
    return found if environments else None


def fit_of(platforms: Collection[str] | None) -> ColumnElement[bool]:
    """Whether a template runs on one of these platforms; one that names none runs on any."""
    if platforms is None:
        # PostgreSQL orders by no constant.
        return TestTemplate.platforms.is_not(None)
    runs_there: ColumnElement[bool] = TestTemplate.platforms.overlap(sorted(platforms))
    return runs_there | (func.cardinality(TestTemplate.platforms) == 0)


def actors_of() -> ColumnElement[int]:
    """How many actors of interest use a technique of the template, themselves or in a campaign."""
    uses = _BY_ACTORS.subquery("uses")
    return (
        select(func.count(uses.c.actor_id.distinct()))
        .select_from(ContentLink)
        .join(uses, uses.c.technique_id == ContentLink.technique_id)
        .join(ThreatActor, ThreatActor.id == uses.c.actor_id)
        .where(
            ContentLink.source_kind == "template",
            ContentLink.source_id == TestTemplate.id,
            ContentLink.is_active,
            ThreatActor.is_active,
        )
        .correlate(TestTemplate)
        .scalar_subquery()
    )


def order_of(
    fits: ColumnElement[bool], actors: ColumnElement[int], tests: ColumnElement[int]
) -> Sequence[ColumnElement[Any]]:
    """Platform first, then popularity, then what was never tested; names settle the rest."""
    return (fits.desc(), actors.desc(), (tests == literal(0)).desc(), TestTemplate.name.asc(), TestTemplate.id.asc())


def reason_of(template: TestTemplate, *, fits: bool, actors: int, tests: int) -> str:
    """Why a template stands where it does, in words."""
    names = ", ".join(template.platforms)
    place = f"runs on {names}" if names else "runs on any platform"
    if not fits:
        place = f"for {names}, which is none of the platforms asked for"
    used = "used by no known actor" if actors == 0 else f"used by {actors} actor{'s' * (actors > 1)}"
    tried = "never tested" if tests == 0 else f"tested {tests} time{'s' * (tests > 1)}"
    sentence = f"{place}; its technique is {used}; {tried}."
    return sentence[0].upper() + sentence[1:]
