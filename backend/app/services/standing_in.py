"""When a deputy stands in: one condition, for the rights of a request and for the lists."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func

from app.models.deputies import Deputy


def standing(lead: Any, at: datetime) -> ColumnElement[bool]:
    """Not ended, in date, and the lead is active and still leads that side.

    lead: the account of `Deputy.lead_id`, or an alias of it.
    """
    return and_(
        Deputy.ended_at.is_(None),
        Deputy.until > at,
        lead.is_active,
        lead.role == func.concat(Deputy.side, "_lead"),
    )
