"""Scope that follows from what a technique is: nothing that happens before an intrusion can be tested in house."""

from typing import Final

from app.clock import now
from app.services.content.staging import NEW_ID, SQL, Driver

PRE_REASON: Final = "not testable in house"
PRE_PLATFORM: Final = "PRE"


async def exclude_untestable(driver: Driver) -> int:
    """Put techniques whose only platform is PRE out of scope in the default environment.

    Only those that nobody, and no earlier import, ever decided upon: one click brings them back, and it stays so.
    """
    cursor = await driver.execute(
        SQL(
            "INSERT INTO technique_overlay (id, technique_id, environment_id, in_scope, reason, valid_from)"
            " SELECT {new_id}, t.id, e.id, false, %(reason)s, %(moment)s FROM technique t"
            " CROSS JOIN environment e WHERE e.is_default AND t.is_active AND t.platforms = ARRAY[%(platform)s]"
            " AND NOT EXISTS (SELECT FROM technique_overlay o WHERE o.technique_id = t.id AND o.environment_id = e.id"
            " AND o.in_scope IS NOT NULL)"
        ).format(new_id=NEW_ID),
        {"reason": PRE_REASON, "platform": PRE_PLATFORM, "moment": now()},
    )
    return cursor.rowcount
