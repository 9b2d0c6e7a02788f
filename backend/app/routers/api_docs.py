"""Readable pages of the API contract, outside production, with every file served by us."""

from asyncio import to_thread
from html import escape
from importlib import resources
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

PACKAGE = "fastapi_offline"
"""Carries Swagger UI and Redoc as files; nothing of its code is used."""
FILES = "/docs/files"
OWN_FILES = "/docs/own"
CONTRACT_URL = "/openapi.json"
CONTRACT = Path(__file__).resolve().parents[3] / "frontend" / "openapi.json"
"""The committed contract: the checks hold it to the code."""

_SWAGGER = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}: API</title>
<link rel="stylesheet" href="{files}/swagger-ui.css"><link rel="icon" href="data:,"></head>
<body><div id="swagger-ui"></div>
<script src="{files}/swagger-ui-bundle.js"></script><script src="{own}/swagger.js"></script></body></html>
"""
_REDOC = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}: API</title><link rel="icon" href="data:,"></head>
<body><div id="redoc" data-nonce="{nonce}"></div>
<script src="{files}/redoc.standalone.js"></script><script src="{own}/redoc.js"></script></body></html>
"""


def serve_api_docs(app: FastAPI, contract: Path = CONTRACT) -> None:
    """Add `/docs`, `/redoc` and the contract that they show. Not called in production, where all answer 404."""
    app.mount(FILES, StaticFiles(directory=Path(str(resources.files(PACKAGE) / "static"))), name="api-docs-files")
    app.mount(OWN_FILES, StaticFiles(directory=Path(__file__).parent / "api_docs_files"), name="api-docs-own")
    app.add_route("/docs", _swagger, methods=["GET"], include_in_schema=False)
    app.add_route("/redoc", _redoc, methods=["GET"], include_in_schema=False)

    async def send_contract(_request: Request) -> Response:
        """The file, because working the contract out takes seconds and holds up everybody."""
        if await to_thread(contract.is_file):
            return FileResponse(contract, media_type="application/json")
        return JSONResponse(await to_thread(app.openapi))

    app.add_route(CONTRACT_URL, send_contract, methods=["GET"], include_in_schema=False)


async def _swagger(request: Request) -> Response:
    return _page(request, _SWAGGER)


async def _redoc(request: Request) -> Response:
    return _page(request, _REDOC)


def _page(request: Request, page: str) -> Response:
    nonce = getattr(request.state, "csp_nonce", "")
    text = page.format(title=escape(request.app.title), nonce=nonce, files=FILES, own=OWN_FILES)
    headers = {"content-security-policy": docs_policy(nonce), "cache-control": "no-store"}
    return HTMLResponse(text, headers=headers)


def docs_policy(nonce: str) -> str:
    """Our own files only, and no inline script. Both programs write HTML as text, so trusted types stay out."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "font-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
