"""Writes the contract from the code, or with --check says whether the committed one is up to date."""

import json
import sys
from pathlib import Path

BACKEND = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BACKEND))

from app.config import Settings  # noqa: E402  needs the path
from app.main import create_app  # noqa: E402  needs the path

CONTRACT = BACKEND.parent / "frontend" / "openapi.json"


def contract() -> str:
    """The OpenAPI document in a form whose differences are readable."""
    # The URL is never connected to: only the routes are looked at.
    settings = Settings(_env_file=None, database_url="postgresql://unused@localhost/unused", scheduler_enabled=False)
    return json.dumps(create_app(settings).openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or compare; 1 when they differ."""
    text = contract()
    if "--check" not in sys.argv:
        CONTRACT.write_text(text, encoding="utf-8")
        return 0
    if CONTRACT.exists() and CONTRACT.read_text(encoding="utf-8") == text:
        return 0
    print(f"{CONTRACT.relative_to(BACKEND.parent)} is not what the code says; run make types.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
