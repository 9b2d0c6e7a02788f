"""The mark that makes a data folder one of the demo organisation."""

import json
from datetime import datetime
from pathlib import Path

from app.config import SettingsError

COMPANY = "Example Freight"
FILE = "demo.json"
FORM = 1
"""Raised when the story changes so much that an older folder is built anew."""


def is_demo(folder: Path) -> bool:
    """Whether this data folder holds the demo organisation, complete or not."""
    return (folder / FILE).is_file()


def is_complete(folder: Path) -> bool:
    """Whether the whole year was lived here, in the story's present form."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("form") == FORM and told.get("built_at") is not None


def mark(folder: Path, built_at: datetime | None) -> None:
    """Mark the folder as the demo's, before anything is in it; with a time, as complete.

    Raises SettingsError for a folder that holds something else.
    """
    if not is_demo(folder) and folder.exists() and any(folder.iterdir()):
        raise SettingsError(f"AEGIS_DATA_DIR: {folder} holds other data; the demo needs a folder of its own.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = {"form": FORM, "built_at": None if built_at is None else built_at.isoformat()}
    (folder / FILE).write_text(json.dumps(told) + "\n", encoding="utf-8")
