"""What every table shares."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.clock import now
from app.database import metadata as shared_metadata
from app.ids import new_id

JsonObject = dict[str, Any]


class Base(DeclarativeBase):
    """Base of all tables. Relations raise unless they were loaded on purpose (`lazy="raise"`)."""

    __test__: ClassVar[bool] = False
    metadata = shared_metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text(),
        JsonObject: JSONB(),
    }


class WithId:
    """A time-ordered UUID key."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class WithCreatedAt:
    """When the row was written, by the application's clock; by the database's where a bulk load leaves it out."""

    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.clock_timestamp())


def one_of(column: str, values: type[StrEnum] | Iterable[str], *, nullable: bool = False) -> str:
    """SQL of a check constraint that allows only these texts in a column.

    SQL treats a check that is NULL as passed, so nullable columns need no other form; `nullable` only documents it.
    """
    del nullable
    names = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({names})"
