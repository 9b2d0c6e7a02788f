"""People, for administrators; the directory, for everybody who is signed in."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response, status

from app.dependencies import AppSettings, DbSession, Hashing, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission, Role
from app.models.identity import UserAccount
from app.reports.csv_text import csv_document
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response
from app.routers.base import protected_router
from app.schemas.base import Page
from app.schemas.security_test_views import PersonRef
from app.schemas.users import (
    DirectoryEntry,
    OneTimeLinkOut,
    RoleChangeOut,
    UserCreate,
    UserCreated,
    UserOut,
    UserReset,
    UserUpdate,
)
from app.services import role_changes, users
from app.services.login import IssuedLink
from app.services.role_changes import WaitingChange

router = protected_router("/users", "users")

Admin = Annotated[Actor, Depends(require(Permission.USER_MANAGE))]
Own = Annotated[Actor, Depends(require(Permission.PROFILE_OWN))]
Search = Annotated[str | None, Query(max_length=100, description="Part of a name or address.")]
Answers = dict[int | str, dict[str, Any]]
WAITS: Answers = {202: {"description": "A second administrator has to confirm the change of rights; the rest is done."}}
Roles = Annotated[list[Role], Query(max_length=6, description="Only these roles; several mean or.")]


def _link(link: IssuedLink) -> OneTimeLinkOut:
    return OneTimeLinkOut(token=link.token, path=f"/set-password#{link.token}", expires_at=link.expires_at)


def _created(user: UserAccount, link: IssuedLink | None) -> UserCreated:
    known = UserOut.model_validate(user).model_dump()
    return UserCreated(**known, one_time_link=None if link is None else _link(link))


@router.get("", responses=CSV_ANSWER)
async def list_users(
    actor: Admin,
    session: ReadSession,
    page: PageParams,
    role: Roles = [],  # noqa: B006  FastAPI copies defaults
    is_active: bool | None = None,
    auditor: bool | None = None,
    q: Search = None,
    format: Annotated[Literal["json", "csv"], Query(description="`csv` gives the whole list as a table.")] = "json",  # noqa: A002  the contract's name
) -> Page[UserOut]:
    """People by name."""
    del actor
    filters = users.UserFilter(roles=tuple(role), is_active=is_active, auditor=auditor, q=q)
    if format == "csv":
        rows, _ = await users.list_users(session, filters, limit=CSV_ROWS, offset=0)
        header = list(UserOut.model_fields)
        document = csv_document(header, ([getattr(row, name) for name in header] for row in rows))
        return csv_response(document, "users.csv")  # type: ignore[return-value]  # FastAPI passes responses through
    rows, total = await users.list_users(session, filters, limit=page.limit, offset=page.offset)
    return Page(items=[UserOut.model_validate(row) for row in rows], total=total, limit=page.limit, offset=page.offset)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_user(
    body: UserCreate,
    actor: Admin,
    session: DbSession,
    settings: AppSettings,
    hashing: Hashing,
    response: Response,
    once: Once,
) -> UserCreated:
    """Make a person: with an initial password, or without one and with a one-time link in the answer."""
    known = await once.created_before(session)
    if known is None:
        user, link = await users.create_user(session, actor, settings, hashing, body)
        await once.remember(session, user.id)
    else:
        # The secret of a link is shown once; a lost answer is mended by a reset.
        user, link = await users.get_user(session, known), None
    response.headers["Location"] = f"/api/v1/users/{user.id}"
    return _created(user, link)


@router.get("/directory")
async def list_directory(
    actor: Own,
    session: ReadSession,
    page: PageParams,
    role: Roles = [],  # noqa: B006  FastAPI copies defaults
    is_active: bool | None = None,
    q: Search = None,
) -> Page[DirectoryEntry]:
    """Names and roles of all people, to choose from."""
    del actor
    filters = users.UserFilter(roles=tuple(role), is_active=is_active, q=q, by_address=False)
    rows, total = await users.list_users(session, filters, limit=page.limit, offset=page.offset)
    return Page(
        items=[DirectoryEntry.model_validate(row) for row in rows], total=total, limit=page.limit, offset=page.offset
    )


def _shown(waiting: WaitingChange, reader: Actor) -> RoleChangeOut:
    row = waiting.row
    own = row.requested_by_id == reader.user_id
    return RoleChangeOut(
        id=row.id,
        user=PersonRef.model_validate(waiting.user),
        requested_by=PersonRef.model_validate(waiting.asked_by),
        role=Role(row.role) if row.role is not None else None,
        auditor=row.auditor,
        is_active=row.is_active,
        created_at=row.created_at,
        expires_at=row.expires_at,
        allowed_actions=["withdraw"] if own else ["confirm", "refuse"] if waiting.confirmable else ["refuse"],
    )


@router.get("/role-changes")
async def list_role_changes(actor: Admin, session: ReadSession, page: PageParams) -> Page[RoleChangeOut]:
    """Changes of rights that wait for a second administrator, newest first."""
    rows, total = await role_changes.list_role_changes(session, actor, limit=page.limit, offset=page.offset)
    return Page(items=[_shown(row, actor) for row in rows], total=total, limit=page.limit, offset=page.offset)


@router.post("/role-changes/{change_id}/confirm")
async def confirm_role_change(change_id: UUID, actor: Admin, session: DbSession) -> UserOut:
    """Make a change that another administrator asked for."""
    return UserOut.model_validate(await role_changes.confirm_role_change(session, actor, change_id))


@router.delete("/role-changes/{change_id}", status_code=status.HTTP_204_NO_CONTENT)
async def drop_role_change(change_id: UUID, actor: Admin, session: DbSession) -> None:
    """Withdraw a change that one asked for, or refuse somebody else's."""
    await role_changes.drop_role_change(session, actor, change_id)


@router.get("/{user_id}")
async def get_user(user_id: UUID, actor: Admin, session: ReadSession) -> UserOut:
    """One person."""
    del actor
    return UserOut.model_validate(await users.get_user(session, user_id))


@router.patch("/{user_id}", responses={202: WAITS[202] | {"model": UserOut}})
async def update_user(
    user_id: UUID, body: UserUpdate, actor: Admin, session: DbSession, settings: AppSettings, response: Response
) -> UserOut:
    """Change role, flags, name or address. Passwords are set by their owners only."""
    changed = await users.update_user(session, actor, settings, user_id, body)
    if changed.waiting is not None:
        response.status_code = status.HTTP_202_ACCEPTED
    return UserOut.model_validate(changed.user)


@router.post("/{user_id}/reset")
async def reset_user(user_id: UUID, actor: Admin, session: DbSession) -> UserReset:
    """A one-time link for somebody who cannot sign in; he and both leads are told."""
    user, link = await users.reset_user(session, actor, user_id)
    return UserReset(user=UserOut.model_validate(user), one_time_link=_link(link))


@router.delete("/{user_id}/sessions", status_code=status.HTTP_204_NO_CONTENT)
async def end_user_sessions(user_id: UUID, actor: Admin, session: DbSession) -> None:
    """Sign a person out everywhere. Personal access tokens stay; deactivation ends those too."""
    await users.end_user_sessions(session, actor, user_id)


@router.delete("/{user_id}", status_code=status.HTTP_204_NO_CONTENT, responses=WAITS)
async def deactivate_user(user_id: UUID, actor: Admin, session: DbSession, settings: AppSettings) -> Response:
    """Shut a person out. Nobody is deleted: the name stays in the record."""
    changed = await users.deactivate_user(session, actor, settings, user_id)
    return Response(status_code=status.HTTP_202_ACCEPTED if changed.waiting else status.HTTP_204_NO_CONTENT)
