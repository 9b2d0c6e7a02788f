"""Bodies about deputies."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.schemas.base import InputModel, OutputModel
from app.schemas.security_test_views import PersonRef
from app.schemas.security_tests import SideName


class DeputyCreate(InputModel):
    """Whom a lead names, and until when."""

    user_id: UUID
    """An active lead, viewer or admin; a technician cannot judge."""
    until: AwareDatetime
    """At most 90 days from now."""
    reason: Annotated[str, Field(max_length=500)] = ""


class DeputyOutput(OutputModel):
    """Somebody who may vote in a lead's place."""

    id: UUID
    lead: PersonRef
    deputy: PersonRef
    side: SideName
    created_at: datetime
    until: datetime
    reason: str
    ended_at: datetime | None
    active: bool
    """Whether the deputy may vote now."""
