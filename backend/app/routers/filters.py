"""Query parameters that several lists share."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator

from app.domain.platforms import canonical_platform

PlatformNames = Annotated[
    list[Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$"), AfterValidator(canonical_platform)]],
    Query(max_length=50, description="ATT&CK's names, or what other catalogues call them; several mean or."),
]
Environment = Annotated[UUID | None, Query(description="Default: all active environments together.")]
