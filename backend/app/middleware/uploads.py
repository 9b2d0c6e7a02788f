"""Routes that take files: they have limits of their own and know their sender before the first byte is read."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.config import Settings

MIB = 1024 * 1024
# Multipart frames, the notes field and its like beside the file itself.
FORM_OVERHEAD = MIB


@dataclass(frozen=True, slots=True)
class UploadRoute:
    """One route; `limit` gives the largest body in bytes."""

    method: str
    pattern: re.Pattern[str]
    limit: Callable[[Settings], int]

    def matches(self, method: str, path: str) -> bool:
        """Whether a request goes to this route."""
        return method == self.method and self.pattern.fullmatch(path) is not None


UPLOAD_ROUTES: tuple[UploadRoute, ...] = (
    UploadRoute(
        "POST",
        re.compile(r"/api/v1/tests/[^/]+/evidence"),
        lambda settings: settings.max_evidence_mb * MIB + FORM_OVERHEAD,
    ),
    UploadRoute("POST", re.compile(r"/api/v1/data-sources/[^/]+/upload"), lambda _settings: 201 * MIB),
    UploadRoute("POST", re.compile(r"/api/v1/data-sources/packs"), lambda _settings: 1025 * MIB),
)
