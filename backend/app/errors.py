"""Errors that the application raises. Pure Python: the HTTP shape is made in `error_handlers`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one input field. `field` is a dotted path such as `observations.0.outcome`."""

    field: str
    message: str
    code: str = "invalid"


class AppError(Exception):
    """An expected refusal with a stable snake_case `code` that is part of the API contract."""

    status = 500
    title = "Internal error"

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: Sequence[FieldError] = (),
        extra: Mapping[str, object] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = tuple(fields)
        self.extra = dict(extra or {})
        self.retry_after_seconds = retry_after_seconds


class Unauthenticated(AppError):
    """No valid credentials came with the request."""

    status = 401
    title = "Not signed in"


class Forbidden(AppError):
    """The actor is known and may not do this."""

    status = 403
    title = "Forbidden"


class NotFound(AppError):
    """The thing does not exist, or does not exist for this actor."""

    status = 404
    title = "Not found"


class Conflict(AppError):
    """The request contradicts what is stored now."""

    status = 409
    title = "Conflict"


class InvalidTransition(Conflict):
    """The state machine has no such move from the present state."""

    title = "Not possible in this state"


class TooLarge(AppError):
    """A body, file or archive is over its limit."""

    status = 413
    title = "Too large"


class Invalid(AppError):
    """The payload is wrong in shape, or refers to something that is not there."""

    status = 422
    title = "Invalid input"


class TooMany(AppError):
    """The caller has to wait."""

    status = 429
    title = "Too many requests"


class UpstreamFailed(AppError):
    """A system that we depend on gave no usable answer."""

    status = 502
    title = "Upstream failed"


class Unavailable(AppError):
    """The database or the store cannot be reached at the moment."""

    status = 503
    title = "Unavailable"


class NoSpace(AppError):
    """There is not enough room for what was sent."""

    status = 507
    title = "Insufficient storage"
