"""A TAXII 2.1 server over given objects, which can be told to misbehave.

Pages as the protocol says (`limit`, `next`, `more`, `added_after`); everything was added at one moment.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.web import Web, answer, serve_web

MEDIA_TYPE = "application/taxii+json;version=2.1"
ADDED = "2026-01-02T03:04:05.000000Z"
Stix = dict[str, Any]


@dataclass
class Taxii:
    """A running server. `faults` maps the number of a page request, from 1, to what to do instead of answering."""

    web: Web
    collections: dict[str, tuple[str, list[Stix]]]
    max_page: int = 1_000
    headers: dict[str, str] = field(default_factory=dict)
    faults: dict[int, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    pages: int = 0

    @property
    def discovery(self) -> str:
        return f"{self.web.url}/taxii2/"

    @property
    def root(self) -> str:
        return f"{self.web.url}/api/v21/"

    def respond(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        path = parts.path.strip("/").split("/")
        if path == ["taxii2"]:
            self.send(request, {"title": "Test server", "default": self.root, "api_roots": [self.root]})
        elif path == ["api", "v21"]:
            self.send(request, {"title": "Root", "versions": [MEDIA_TYPE], "max_content_length": 1000})
        elif path == ["api", "v21", "collections"]:
            self.send(request, {"collections": [self.describe(name) for name in self.collections]})
        elif len(path) == 5 and path[4] == "objects" and path[3] in self.collections:
            self.page(request, self.collections[path[3]][1], parse_qs(parts.query))
        else:
            answer(404, b"{}", Content_Type=MEDIA_TYPE)(request)

    def describe(self, name: str) -> Stix:
        return {"id": name, "title": self.collections[name][0], "can_read": True, "can_write": False}

    def page(self, request: BaseHTTPRequestHandler, objects: list[Stix], query: dict[str, list[str]]) -> None:
        self.pages += 1
        if self.pages in self.faults:
            self.faults[self.pages](request)
            return
        if query.get("added_after", [""])[0] >= ADDED:
            objects = []
        start = int(query.get("next", ["0"])[0].rpartition("-")[2])
        end = start + min(int(query.get("limit", ["100"])[0]), self.max_page)
        envelope: Stix = {"objects": objects[start:end]}
        if end < len(objects):
            envelope |= {"more": True, "next": f"page-{end}"}
        self.send(request, envelope, X_TAXII_Date_Added_Last=ADDED, **self.headers)

    def send(self, request: BaseHTTPRequestHandler, body: Stix, **headers: str) -> None:
        answer(200, json.dumps(body).encode(), Content_Type=MEDIA_TYPE, **headers)(request)


@contextmanager
def serve_taxii(collections: dict[str, tuple[str, list[Stix]]], **settings: Any) -> Iterator[Taxii]:
    """Serve collections, given as id → (title, objects)."""
    with serve_web() as web:
        taxii = Taxii(web, collections, **settings)
        web.routes["*"] = taxii.respond
        yield taxii


def as_stix21(objects: list[Stix]) -> list[Stix]:
    """The 2.1 form of ATT&CK's 2.0 objects; these are all the differences between the two publications."""
    made = []
    for item in objects:
        changed = {**item, "spec_version": "2.1"}
        if item["type"] in {"malware", "tool"}:
            changed.pop("labels", None)
        if item["type"] == "malware":
            changed["is_family"] = True
        made.append(changed)
    return made
