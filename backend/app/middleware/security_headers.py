"""Tells browsers how little this site needs to be allowed."""

import secrets
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import Settings

FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=31536000; includeSubDomains"


class SecurityHeaders:
    """Adds the headers to every answer; a route's own content policy stands."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.store_origin = _store_origin(settings)
        self.strict_transport = settings.is_production

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["csp_nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in FIXED.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-security-policy", content_policy(nonce, self.store_origin))
                if scope["path"].startswith("/api"):
                    headers["cache-control"] = "no-store"
                if self.strict_transport and scope.get("scheme") == "https":
                    headers["strict-transport-security"] = HSTS
            await send(message)

        await self.app(scope, receive, send_with_headers)


def content_policy(nonce: str, store_origin: str | None) -> str:
    """What a page may load: our own files, and evidence from the store."""
    store = f" {store_origin}" if store_origin else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            f"img-src 'self' blob: data:{store}",
            f"connect-src 'self'{store}",
            "font-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _store_origin(settings: Settings) -> str | None:
    public = settings.minio_public_endpoint or settings.minio_endpoint
    if not public:
        return None
    if "://" not in public:
        public = f"{'https' if settings.minio_secure else 'http'}://{public}"
    parts = urlsplit(public)
    return f"{parts.scheme}://{parts.netloc}"
