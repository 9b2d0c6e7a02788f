"""Routers whose routes check who asks before they read a body."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from app.contract import PROBLEM_REFERENCE
from app.dependencies import PERMISSION_MARK, actor_of
from app.domain.permissions import Permission
from app.error_handlers import PROBLEM_JSON
from app.errors import Forbidden, Invalid, TooLarge

# By reference: a model here would be prepared anew for each status of each route, a fifth of the time of a start.
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"content": {PROBLEM_JSON: {"schema": PROBLEM_REFERENCE}}, "description": text}
    for status, text in {
        400: "The request could not be read.",
        401: "Not signed in.",
        403: "Not permitted.",
        404: "Not found.",
        409: "Contradicts what is stored now.",
        413: "Too large.",
        422: "Invalid input.",
        429: "Wait and try again.",
        503: "Unavailable.",
    }.items()
}


def permission_of(dependant: Dependant) -> Permission | None:
    """The permission that a route demands, found among its dependencies."""
    mark: Permission | None = getattr(dependant.call, PERMISSION_MARK, None)
    if mark is not None:
        return mark
    for inner in dependant.dependencies:
        found = permission_of(inner)
        if found is not None:
            return found
    return None


class GuardedRoute(APIRoute):
    """Refuses in a fixed order: 401, then 413, then 403 by role, before the body is parsed."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the checks in front of it."""
        inner: Callable[[Request], Awaitable[Response]] = super().get_route_handler()
        permission = permission_of(self.dependant)

        async def handler(request: Request) -> Response:
            actor = await actor_of(request) if permission is not None else None
            limit = request.scope.get("state", {}).get("body_limit")
            length = request.headers.get("content-length", "")
            if limit is not None and length.isdecimal() and int(length) > limit:
                raise TooLarge("body_too_large", f"The body may have at most {limit} bytes.")
            if actor is not None and permission not in actor.permissions:
                raise Forbidden("not_permitted", "Your role does not permit this.")
            if b"%00" in request.scope["query_string"] or "\x00" in request.scope["path"]:
                # PostgreSQL stores no NUL; bodies are checked by their schemas.
                raise Invalid("invalid_input", "Path and query must not contain NUL.")
            return await inner(request)

        return handler


class PrefixedRouter(APIRouter):
    """Looks at its routes only for paths that have its prefix.

    The framework tries the pattern of each route of each router in turn, a hundred of them in front of some lists.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a route of this router answers."""
        if self.prefix not in scope["path"]:
            return Match.NONE, {}
        return super().matches(scope)


def _operation_id(route: APIRoute) -> str:
    return route.name


def protected_router(prefix: str, tag: str) -> APIRouter:
    """A router below `/api/v1` whose routes each demand a permission."""
    return PrefixedRouter(
        prefix=f"/api/v1{prefix}",
        tags=[tag],
        route_class=GuardedRoute,
        generate_unique_id_function=_operation_id,
        responses=PROBLEM_RESPONSES,
    )


def public_router(prefix: str, tag: str) -> APIRouter:
    """A router below `/api/v1` that answers without a log-in."""
    return protected_router(prefix, tag)
