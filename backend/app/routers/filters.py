"""Query parameters that several lists share."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, BeforeValidator

from app.domain.platforms import canonical_platform
from app.schemas.base import UtcTime

PlatformNames = Annotated[
    list[Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$"), AfterValidator(canonical_platform)]],
    Query(max_length=50, description="ATT&CK's names, or what other catalogues call them; several mean or."),
]
Environment = Annotated[UUID | None, Query(description="Default: all active environments together.")]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _written_as_day(value: object) -> object:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("must be a day such as 2026-01-31")
    return value


def _written_as_moment(value: object) -> object:
    # A bare number would be taken for seconds since 1970.
    if isinstance(value, str) and not _DAY.match(value):
        raise ValueError("must be a day or a time with its offset")
    return value


def _sane_year(value: date) -> date:
    if not 1970 <= value.year <= 9998:
        raise ValueError("must be a date between 1970 and 9998")
    return value


Day = Annotated[date, BeforeValidator(_written_as_day)]
"""A day; a time is refused, for a day in UTC is meant."""
DayOrMoment = Annotated[UtcTime | Annotated[Day, AfterValidator(_sane_year)], BeforeValidator(_written_as_moment)]
"""A day in UTC, or a point in time; a time without its offset is refused."""


def beginning_of(value: date | datetime | None) -> datetime | None:
    """Where a period begins that begins with this day or moment."""
    return value if value is None or isinstance(value, datetime) else datetime.combine(value, time(), UTC)


def end_of(value: date | datetime | None) -> datetime | None:
    """Where a period ends whose last day this is, or that ends at this moment; not itself in the period."""
    if value is None or isinstance(value, datetime):
        return value
    return datetime.combine(value, time(), UTC) + timedelta(days=1)
