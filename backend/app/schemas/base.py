"""Bases of all request and response bodies."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

T = TypeVar("T")


def _refuse_unstorable(value: object) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("must not contain NUL")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("must not contain lone surrogates")
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item)


class InputModel(BaseModel):
    """A request body: unknown fields and text that PostgreSQL cannot store are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)
    __test__: ClassVar[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:
        _refuse_unstorable(data)
        return data


class OutputModel(BaseModel):
    """A response body, read from attributes."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)
    __test__: ClassVar[bool] = False


def _sane_year(value: datetime) -> datetime:
    if not 1970 <= value.year <= 9998:
        raise ValueError("must be a date between 1970 and 9998")
    return value


UtcTime = Annotated[AwareDatetime, AfterValidator(_sane_year)]
"""A point in time with its offset; a time without one is refused."""

Name = Annotated[str, Field(min_length=1, max_length=200)]
ShortText = Annotated[str, Field(max_length=500)]
LongText = Annotated[str, Field(max_length=20_000)]
Reason = Annotated[str, Field(min_length=1, max_length=2_000)]
Tag = Annotated[str, Field(min_length=1, max_length=50)]
Int32 = Annotated[int, Field(ge=0, le=2_147_483_647)]


class Page(OutputModel, Generic[T]):
    """One page of a list."""

    # Pydantic would look for docstrings in whatever source line names a `Page[...]`.
    model_config = ConfigDict(use_attribute_docstrings=False)

    items: list[T]
    total: int = Field(description="How many there are in all, under the same filters.")
    limit: int
    offset: int


class ProblemField(OutputModel):
    """One fault of one input field."""

    field: str
    message: str
    code: str


class Problem(OutputModel):
    """An error, as RFC 9457 `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """Stable snake_case word for programs."""
    errors: list[ProblemField] = Field(default_factory=list)
    request_id: str
    current_version: int | None = None
    """On `stale_version`: the version that is stored now."""
