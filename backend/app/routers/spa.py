"""Serves the built web interface from the process that serves the API."""

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

DIST = Path(__file__).resolve().parents[3] / "frontend" / "dist"
NONCE_MARK = "__CSP_NONCE__"
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
RESERVED = ("api", "docs", "redoc", "openapi.json", "metrics", "health", "ready")
# A page's path may hold a dot (/techniques/T1059.001), so only these endings ask for a file.
FILE_ENDINGS = frozenset(
    {
        ".css",
        ".gif",
        ".html",
        ".ico",
        ".jpg",
        ".js",
        ".json",
        ".map",
        ".png",
        ".svg",
        ".txt",
        ".webmanifest",
        ".webp",
        ".woff2",
    }
)
NOT_BUILT = "The web interface is not built. Start with `make run`, or run `npm run build` in frontend/.\n"


def serve_spa(app: FastAPI, dist: Path = DIST) -> None:
    """Answer what no route answers: with a built file, or with the page whose script knows the path.

    Not a catch-all route: that would turn the 404 of an unknown API path into a 405.
    """
    app.router.default = SinglePageApp(dist)


class SinglePageApp:
    """The fallback of the router."""

    def __init__(self, dist: Path) -> None:
        self.dist = dist
        self.files = StaticFiles(directory=dist, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # A WebSocket that nobody serves: closing before accepting refuses it.
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
            return
        response = await self._answer(Request(scope))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.url.path.lstrip("/")
        if path.partition("/")[0] in RESERVED or request.method not in {"GET", "HEAD"}:
            raise HTTPException(404, "There is nothing here.")
        if path.startswith("assets/") or Path(path).suffix in FILE_ENDINGS:
            return await self._file(path, request.scope)
        return self._page(request)

    async def _file(self, path: str, scope: Scope) -> Response:
        response = await self.files.get_response(path, scope)
        # Names in assets/ hold a hash of the content; other files keep their name when they change.
        response.headers["cache-control"] = IMMUTABLE if path.startswith("assets/") else REVALIDATE
        return response

    def _page(self, request: Request) -> Response:
        try:
            page = (self.dist / "index.html").read_text(encoding="utf-8")
        except OSError:
            return PlainTextResponse(NOT_BUILT, status_code=404)
        nonce = getattr(request.state, "csp_nonce", "")
        return HTMLResponse(page.replace(NONCE_MARK, nonce), headers={"cache-control": "no-store"})
