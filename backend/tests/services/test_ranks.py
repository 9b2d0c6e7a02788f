"""The orders of the domain in SQL."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain import outcomes
from app.domain.outcomes import DETECTION_ORDER, EXPECTATION_ORDER, SEVERITIES, Seen, Sighting
from app.services import ranks


async def test_sql_ranks_as_the_domain_does(db: AsyncSession) -> None:
    async def holds(condition: str) -> bool:
        return bool(await db.scalar(text(f"SELECT {condition}")))

    for expected in EXPECTATION_ORDER:
        for detection in DETECTION_ORDER:
            told = outcomes.meets(detection, expected)
            assert await holds(ranks.meets(f"'{detection}'", f"'{expected}'")) is told, (detection, expected)
        for holding in EXPECTATION_ORDER:
            assert await holds(ranks.lowers(f"'{expected}'", f"'{holding}'")) is outcomes.lowers(expected, holding)
    for severity in SEVERITIES:
        for least in SEVERITIES:
            alert = Sighting(Seen.ALERTED, severity=severity)
            acted_on = outcomes.actionable(alert, least) is Seen.ALERTED
            assert await holds(ranks.actionable(f"'{severity}'", f"'{least}'")) is acted_on, (severity, least)
    assert await holds(ranks.meets("'inconclusive'", "'logged'")) is False


def test_what_is_expected_is_met_by_the_outcome_of_its_name() -> None:
    assert set(EXPECTATION_ORDER) == set(outcomes.EXPECTATIONS)
    assert [outcomes.meets(detection, "logged") for detection in DETECTION_ORDER] == [False, True, True, True]
    with pytest.raises(KeyError):
        outcomes.meets(DETECTION_ORDER[0], "nothing")
