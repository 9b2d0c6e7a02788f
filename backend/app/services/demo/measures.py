"""What the leads of the demo organisation decided about its figures: what matters to it, and what counts how much."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.scoring import Weights
from app.schemas.scores import ThreatProfileItem
from app.services.demo.catalogue import BLUE_LEAD
from app.services.demo.stage import Stage
from app.services.scores import set_weights
from app.services.threat_profile import set_profile

ACTORS: Final = (
    ("G0102", 2, "Asks companies of our size for ransom; the plan of the year follows what it is known to do."),
    ("G0061", 1, "Went for payments in trade before; ours run through the same kind of systems."),
)
TECHNIQUES: Final = (
    ("T1003.001", 3, "Every group that asked peers for ransom read the memory of this process."),
    ("T1059.001", 3, "The first step in most incidents that our insurer tells of."),
    ("T1566.001", 2, "Invoices with attachments come in by the hundred."),
    ("T1486", 2, "What it would all be for."),
    ("T1110.003", 1, "Seen against our mail once."),
)


async def name_what_matters(
    stage: Stage, session: AsyncSession, reason: str = "First profile.", *, more: Sequence[tuple[str, int, str]] = ()
) -> None:
    """The threat profile of the first year: two actors, and techniques of our own choice. more: further techniques."""
    items = [ThreatProfileItem(actor=name, priority=priority, reason=why) for name, priority, why in ACTORS]
    items += [
        ThreatProfileItem(technique=name, priority=priority, reason=why) for name, priority, why in (*TECHNIQUES, *more)
    ]
    await set_profile(session, stage.cast[BLUE_LEAD], items, reason=reason)


async def weigh_anew(stage: Stage, session: AsyncSession) -> None:
    """Half a year on, results that age count for more."""
    weights = Weights(tests=40, detection_rules=20, d3fend=10, freshness=20, platform_diversity=10)
    reason = "A quarter without a run must show; we have no plans for more countermeasures this year."
    await set_weights(session, stage.cast["admin"], weights, reason)
