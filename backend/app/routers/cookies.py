"""The refresh cookie, and the proof that a request with it comes from our own pages."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from app import clock
from app.config import Settings
from app.errors import Forbidden
from app.services.sessions import SignedIn

SECURE_NAME = "__Host-aegis_refresh"
LOOPBACK_NAME = "aegis_refresh"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
PROOF_HEADER = "X-Aegis-Request"


def _is_plain_loopback(request: Request) -> bool:
    return request.url.scheme == "http" and request.url.hostname in LOOPBACK_HOSTS


def refresh_cookie(request: Request) -> str | None:
    """The refresh token that the browser sent, if any. Over plain HTTP only on the same machine."""
    return request.cookies.get(LOOPBACK_NAME if _is_plain_loopback(request) else SECURE_NAME)


def set_refresh_cookie(request: Request, response: Response, signed_in: SignedIn) -> None:
    """Hand the browser its refresh token for as long as the session can last."""
    if signed_in.refresh_token is None:
        return
    plain = _is_plain_loopback(request)
    response.set_cookie(
        LOOPBACK_NAME if plain else SECURE_NAME,
        signed_in.refresh_token,
        max_age=max(1, int((signed_in.session.expires_at - clock.now()).total_seconds())),
        path="/",
        secure=not plain,
        httponly=True,
        samesite="strict",
    )


def drop_refresh_cookie(request: Request, response: Response) -> None:
    """Let the browser forget its refresh token."""
    plain = _is_plain_loopback(request)
    response.delete_cookie(
        LOOPBACK_NAME if plain else SECURE_NAME, path="/", secure=not plain, httponly=True, samesite="strict"
    )


def is_from_our_pages(request: Request, settings: Settings) -> bool:
    """Whether the request carries the header that foreign pages cannot send, from an origin that is allowed."""
    if request.headers.get(PROOF_HEADER) != "1":
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    own = f"{request.url.scheme}://{request.url.netloc}"
    allowed = {own, *settings.allowed_origins}
    if settings.public_url is not None:
        parts = urlsplit(settings.public_url)
        allowed.add(f"{parts.scheme}://{parts.netloc}")
    return origin in allowed


def require_our_pages(request: Request, settings: Settings) -> None:
    """Raise Forbidden unless the request comes from our own pages."""
    if not is_from_our_pages(request, settings):
        raise Forbidden("foreign_request", f"Send the header {PROOF_HEADER}: 1, from an allowed origin.")
