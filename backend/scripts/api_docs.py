"""Writes docs/API.md from the contract and the code, or with --check says whether the committed one is up to date."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BACKEND = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BACKEND))

from fastapi.routing import APIRoute  # noqa: E402  stands with what needs the path

from app import errors  # noqa: E402  needs the path
from app.config import Settings  # noqa: E402  needs the path
from app.main import create_app  # noqa: E402  needs the path
from app.routers import ROUTERS  # noqa: E402  needs the path
from app.routers.base import permission_of  # noqa: E402  needs the path

TARGET = BACKEND.parent / "docs" / "API.md"
INTRODUCTION = BACKEND / "scripts" / "api_introduction.md"
METHODS = ("get", "post", "put", "patch", "delete")
BY_HANDLER = (
    ("already_exists", 409, "Something with the same unique value exists already."),
    ("database_unavailable", 503, "The database cannot answer at the moment; nothing was changed."),
    ("internal_error", 500, "A fault of ours; quote the request id."),
    ("invalid_input", 422, "The request does not have the expected form; `errors` names the fields."),
    ("method_not_allowed", 405, "The path exists, not with this method."),
    ("not_found", 404, "There is no such path."),
)
"""Codes that the error handlers give, not a raise."""


def permissions() -> dict[str, str]:
    """Permission by operation id."""
    found: dict[str, str] = {}
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                needed = permission_of(route.dependant)
                found[route.unique_id] = f"`{needed}`" if needed else "none"
    return found


def groups(contract: dict[str, Any]) -> dict[str, list[tuple[str, str, str, str]]]:
    """Rows of (method, path, permission, summary) by tag."""
    needed = permissions()
    rows: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                summary = (operation.get("description") or operation.get("summary") or "").split("\n\n")[0]
                permission = needed.get(operation["operationId"], "none")
                tag = (operation.get("tags") or ["other"])[0]
                rows[tag].append((method.upper(), path, permission, " ".join(summary.split())))
    return rows


def raised_codes() -> Iterator[tuple[str, int, str]]:
    """Every code that the application raises as a literal: (code, status, the first sentence it comes with)."""
    for file in sorted((BACKEND / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            kind, code = getattr(errors, node.func.id, None), node.args[0]
            if not (isinstance(kind, type) and issubclass(kind, errors.AppError)):
                continue
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                text = node.args[1] if len(node.args) > 1 else None
                message = text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else ""
                yield code.value, kind.status, message


def codes() -> list[tuple[str, int, str]]:
    """Codes once each and status, with the longest sentence."""
    best: dict[tuple[str, int], str] = {}
    for code, status, message in [*BY_HANDLER, *raised_codes()]:
        if len(message) >= len(best.get((code, status), "")):
            best[code, status] = message
    return sorted((code, status, message) for (code, status), message in best.items())


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    return [*lines, *(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows)]


def document() -> str:
    """The whole page."""
    # The URL is never connected to: only the routes are looked at.
    settings = Settings(_env_file=None, database_url="postgresql://unused@localhost/unused", scheduler_enabled=False)
    contract = create_app(settings).openapi()
    lines = [INTRODUCTION.read_text(encoding="utf-8").rstrip(), "", "## Routes", ""]
    for tag, rows in sorted(groups(contract).items()):
        lines += [f"### {tag}", ""]
        shown: list[tuple[str, ...]] = [
            (method, f"`{path}`", permission, summary) for method, path, permission, summary in sorted(rows, key=_place)
        ]
        lines += [*table(("method", "path", "permission", "what it does"), shown), ""]
    lines += ["## Error codes", "", "`errors[].code` names the fault of a single field and is not listed here.", ""]
    lines += table(("code", "status", "says"), [(f"`{code}`", str(status), text) for code, status, text in codes()])
    return "\n".join(lines) + "\n"


def _place(row: tuple[str, str, str, str]) -> tuple[str, int]:
    return row[1], METHODS.index(row[0].lower())


def main() -> int:
    """Write or compare; 1 when they differ."""
    text = document()
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TARGET.relative_to(BACKEND.parent)} is not what the code says; run make docs.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
