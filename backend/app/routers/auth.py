"""Log-in, the own profile, sessions and personal access tokens."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form, Request, Response, status

from app.dependencies import AppSettings, DbSession, Factory, Hashing, Once, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.errors import Conflict, Unauthenticated
from app.routers.base import protected_router, public_router
from app.routers.cookies import (
    drop_refresh_cookie,
    is_from_our_pages,
    refresh_cookie,
    require_our_pages,
    set_refresh_cookie,
)
from app.schemas.auth import (
    LinkRedeemed,
    LinkRedemption,
    LoginAnswer,
    LoginForm,
    Me,
    PasswordChange,
    SessionInfo,
    SessionOut,
    TokenCreate,
    TokenCreated,
    TokenOut,
)
from app.schemas.base import Page
from app.services import authentication, login, sessions, tokens
from app.services.profile import Profile, read_profile

router = protected_router("/auth", "auth")
public = public_router("/auth", "auth")

Own = Annotated[Actor, Depends(require(Permission.PROFILE_OWN))]
CLEAR_SITE_DATA = '"cache", "cookies", "storage"'


def _me(profile: Profile) -> Me:
    user, opened = profile.user, profile.session
    return Me(
        id=user.id,
        username=user.username,
        full_name=user.full_name,
        email=user.email,
        role=profile.actor.role,
        auditor=user.auditor,
        is_active=user.is_active,
        must_change_password=user.must_change_password,
        uses_default_password=user.uses_default_password,
        permissions=sorted(profile.actor.permissions),
        last_login_at=user.last_login_at,
        session=None
        if opened is None
        else SessionInfo(
            id=opened.id,
            started_at=opened.created_at,
            expires_at=opened.expires_at,
            idle_minutes=profile.idle_minutes,
        ),
    )


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None


def _signed_in(
    request: Request, response: Response, settings: AppSettings, signed_in: sessions.SignedIn
) -> LoginAnswer:
    set_refresh_cookie(request, response, signed_in)
    actor = sessions.person_of(signed_in.user, session_id=signed_in.session.id)
    profile = Profile(actor, signed_in.user, signed_in.session, settings.session_idle_minutes)
    return LoginAnswer(
        access_token=signed_in.access_token,
        token_type="bearer",  # noqa: S106  a kind of token, not a token
        expires_in=signed_in.expires_in,
        user=_me(profile),
    )


@public.post("/login")
async def log_in(
    request: Request,
    response: Response,
    form: Annotated[LoginForm, Form()],
    factory: Factory,
    settings: AppSettings,
    hashing: Hashing,
) -> LoginAnswer:
    """Sign in with user name and password. Too many failures are answered by 429 with Retry-After."""
    signed_in = await login.log_in(
        factory,
        settings,
        hashing,
        username=form.username,
        password=form.password.get_secret_value(),
        visitor=login.Visitor(_address(request), request.headers.get("user-agent")),
    )
    return _signed_in(request, response, settings, signed_in)


@public.post("/refresh")
async def refresh_session(request: Request, response: Response, factory: Factory, settings: AppSettings) -> LoginAnswer:
    """A new access token: by the refresh cookie, or for the session of a bearer token that is still good.

    A request with the cookie also carries `X-Aegis-Request: 1`.
    """
    cookie, bearer = refresh_cookie(request), _bearer_of(request)
    if cookie is not None and (bearer is None or is_from_our_pages(request, settings)):
        require_our_pages(request, settings)
        try:
            signed_in = await sessions.refresh_by_cookie(factory, settings, cookie)
        except Unauthenticated:
            if bearer is None:
                raise
        else:
            return _signed_in(request, response, settings, signed_in)
    if bearer is None:
        raise Unauthenticated("not_authenticated", "Sign in first.")
    claims = authentication.read_claims(settings, bearer)
    return _signed_in(request, response, settings, await sessions.refresh_by_access_token(factory, settings, claims))


def _bearer_of(request: Request) -> str | None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip() or None if scheme.lower() == "bearer" else None


@public.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def log_out(request: Request, response: Response, factory: Factory, settings: AppSettings) -> None:
    """End the session and let the browser forget what it holds. Without a session nothing happens."""
    cookie, bearer = refresh_cookie(request), _bearer_of(request)
    if bearer is not None:
        actor = await authentication.resolve_actor(factory, settings, bearer, client_address=_address(request))
        await sessions.log_out(factory, actor)
    elif cookie is not None:
        require_our_pages(request, settings)
        await sessions.log_out_by_cookie(factory, settings, cookie)
    drop_refresh_cookie(request, response)
    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA


@public.post("/redeem")
async def redeem_one_time_link(body: LinkRedemption, factory: Factory, hashing: Hashing) -> LinkRedeemed:
    """Set a password with a one-time link. All sessions of its owner end."""
    username = await login.redeem_link(
        factory, hashing, token=body.token.get_secret_value(), new=body.new_password.get_secret_value()
    )
    return LinkRedeemed(username=username)


@router.get("/me")
async def read_me(actor: Own, session: ReadSession, settings: AppSettings) -> Me:
    """Who one is and what one may do."""
    return _me(await read_profile(session, actor, settings))


@router.post("/change-password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(
    request: Request, body: PasswordChange, actor: Own, factory: Factory, settings: AppSettings, hashing: Hashing
) -> None:
    """Set one's own password. Other sessions end; this one and personal access tokens stay."""
    await login.change_password(
        factory,
        settings,
        hashing,
        actor,
        current=body.current_password.get_secret_value(),
        new=body.new_password.get_secret_value(),
        address=_address(request),
    )


@router.get("/sessions")
async def list_sessions(actor: Own, session: ReadSession, settings: AppSettings, page: PageParams) -> Page[SessionOut]:
    """One's own sessions that are still going."""
    rows, total = await sessions.list_sessions(session, actor, settings, limit=page.limit, offset=page.offset)
    items = [
        SessionOut(
            id=row.id,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            address=row.address,
            user_agent=row.user_agent,
            current=row.id == actor.session_id,
        )
        for row in rows
    ]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.delete("/sessions/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_session(session_id: UUID, actor: Own, session: DbSession) -> None:
    """End one of one's sessions; an administrator ends anybody's."""
    authentication.refuse_tokens(actor)
    await sessions.end_session(session, actor, session_id)


@router.get("/tokens")
async def list_tokens(actor: Own, session: ReadSession, page: PageParams) -> Page[TokenOut]:
    """One's own personal access tokens."""
    rows, total = await tokens.list_tokens(session, actor, limit=page.limit, offset=page.offset)
    return Page(items=[TokenOut.model_validate(row) for row in rows], total=total, limit=page.limit, offset=page.offset)


@router.post("/tokens", status_code=status.HTTP_201_CREATED)
async def create_token(
    body: TokenCreate, actor: Own, session: DbSession, response: Response, once: Once
) -> TokenCreated:
    """Make a personal access token. Its secret is in this answer and nowhere else."""
    if await once.created_before(session) is not None:
        raise Conflict("already_created", "This token was made already; its secret is shown only once.")
    issued = await tokens.create_token(session, actor, body)
    await once.remember(session, issued.row.id)
    response.headers["Location"] = f"/api/v1/auth/tokens/{issued.row.id}"
    public_part = TokenOut.model_validate(issued.row)
    return TokenCreated(**public_part.model_dump(), token=issued.secret)


@router.delete("/tokens/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_token(token_id: UUID, actor: Own, session: DbSession) -> None:
    """End a personal access token at once."""
    await tokens.revoke_token(session, actor, token_id)
