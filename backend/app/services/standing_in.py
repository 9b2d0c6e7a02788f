"""When a deputy stands in: one condition, for the rights of a request and for the lists."""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, func

from app.domain.permissions import Role
from app.models.deputies import Deputy

TECHNICIANS = frozenset({Role.RED_TECH, Role.BLUE_TECH})
"""They do the work that is judged."""


def standing(lead: Any, person: Any, at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Not ended, in date, the lead is active and still leads that side, and the deputy has not become a technician.

    lead, person: the accounts of `Deputy.lead_id` and `Deputy.user_id`, or aliases of them.
    """
    return and_(
        Deputy.ended_at.is_(None),
        Deputy.until > at,
        lead.is_active,
        lead.role == func.concat(Deputy.side, "_lead"),
        person.is_active,
        person.role.not_in(TECHNICIANS),
    )
