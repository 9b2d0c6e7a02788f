"""Six people, two of each technician, who carry tests through their life over HTTP."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from httpx import ASGITransport, AsyncClient, Response

from app import clock
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.states import State
from app.main import create_app
from app.models.knowledge import Tactic, Technique, TechniqueTactic
from app.models.organisation import Environment
from tests.builders.users import auth_headers, build_user

PEOPLE = {
    "red_tech": "red_tech",
    "other_red": "red_tech",
    "blue_tech": "blue_tech",
    "other_blue": "blue_tech",
    "red_lead": "red_lead",
    "blue_lead": "blue_lead",
    "admin": "admin",
    "other_admin": "admin",
    "viewer": "viewer",
}
ALERTED = {"outcome": "alerted", "tool": "EDR"}


class Cast:
    """The people's clients, and shortcuts through the workflow. Every shortcut is the API."""

    def __init__(self, clients: dict[str, AsyncClient], ids: dict[str, UUID]) -> None:
        self.clients = clients
        self.ids = ids

    async def call(
        self, who: str, method: str, path: str, body: object = None, *, expect: int = 200, **more: Any
    ) -> Any:
        """The parsed answer; the status code is checked."""
        response = await self.raw(who, method, path, body, **more)
        assert response.status_code == expect, f"{who} {method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    async def raw(self, who: str, method: str, path: str, body: object = None, **more: Any) -> Response:
        """The answer as it is."""
        if body is not None:
            more["json"] = body
        return await self.clients[who].request(method, f"/api/v1{path}", **more)

    async def act(self, who: str, test: dict[str, Any], step: str, body: object = None, *, expect: int = 200) -> Any:
        """POST one step of the workflow."""
        return await self.call(who, "POST", f"/tests/{test['id']}/{step}", body, expect=expect)

    async def draft(self, who: str = "red_tech", **fields: object) -> dict[str, Any]:
        """A new draft on T1059.001."""
        body = {"technique": "T1059.001", "name": "Encoded PowerShell", "platform": "Windows"} | fields
        return dict(await self.call(who, "POST", "/tests", body, expect=201))

    async def red(self, test: dict[str, Any], who: str = "red_tech", **fields: object) -> dict[str, Any]:
        """Write red's record."""
        body = {"version": test["red"]["version"]} | fields
        return dict(await self.call(who, "PATCH", f"/tests/{test['id']}/red", body))

    async def blue(self, test: dict[str, Any], who: str = "blue_tech", **fields: object) -> dict[str, Any]:
        """Write blue's record."""
        body = {"version": test["blue"]["version"]} | fields
        return dict(await self.call(who, "PATCH", f"/tests/{test['id']}/blue", body))

    async def executing(self, *, execution: str = "succeeded", **fields: object) -> dict[str, Any]:
        """A started test with a complete red record."""
        test = await self.act("red_tech", await self.draft(**fields), "start")
        return await self.red(test, summary="Ran it.", executed_at=ago(60), execution=execution, host="WS-1")

    async def evaluating(self, **fields: Any) -> dict[str, Any]:
        """A test handed over to blue."""
        return dict(await self.act("red_tech", await self.executing(**fields), "submit-red"))

    async def in_review(
        self, observations: list[dict[str, Any]] | None = None, *, miss_cause: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """A test handed over to the leads."""
        seen = observations if observations is not None else [ALERTED | {"observed_at": ago(55)}]
        test = await self.evaluating(**fields)
        test = await self.blue(test, summary="Looked.", observations=seen, miss_cause=miss_cause)
        return dict(await self.act("blue_tech", test, "submit-blue"))

    async def vote(
        self, who: str, test: dict[str, Any], side: str, decision: str = "approve", *, expect: int = 201, **more: Any
    ) -> dict[str, Any]:
        """Judge a side."""
        body = {"side": side, "decision": decision} | more
        return dict(await self.act(who, test, "votes", body, expect=expect))

    async def validated(self, **fields: Any) -> dict[str, Any]:
        """A test that both leads confirmed."""
        test = await self.in_review(**fields)
        await self.vote("red_lead", test, "red")
        return await self.vote("blue_lead", test, "blue")

    async def rejected(self, **fields: Any) -> dict[str, Any]:
        """A test that the red lead rejected."""
        return await self.vote("red_lead", await self.in_review(**fields), "red", "reject", notes="Show more.")

    async def in_state(self, state: State) -> dict[str, Any]:
        """A test in a state."""
        make = {
            State.DRAFT: self.draft,
            State.RED_EXECUTING: self.executing,
            State.BLUE_EVALUATING: self.evaluating,
            State.IN_REVIEW: self.in_review,
            State.VALIDATED: self.validated,
            State.REJECTED: self.rejected,
        }[state]
        return dict(await make())


def ago(minutes: float) -> str:
    """A moment before now, as the API takes it."""
    moment: datetime = clock.now() - timedelta(minutes=minutes)
    return moment.isoformat()


async def stage(factory: SessionFactory, settings: Settings) -> tuple[dict[str, dict[str, str]], dict[str, UUID]]:
    """Put people, an environment and three techniques into the database: (headers, ids) by name."""
    headers: dict[str, dict[str, str]] = {}
    ids: dict[str, UUID] = {}
    async with session_scope(factory) as session:
        session.add(Environment(name="Default", is_default=True))
        tactic = Tactic(
            source="mitre_attack",
            stix_id="x-mitre-tactic--1",
            attack_id="TA0002",
            name="Execution",
            domain="enterprise",
            shortname="execution",
            position=0,
        )
        session.add(tactic)
        await session.flush()
        parent: Technique | None = None
        for attack_id in ("T1059", "T1059.001", "T1105"):
            technique = Technique(
                source="mitre_attack",
                stix_id=f"attack-pattern--{attack_id}",
                attack_id=attack_id,
                name=f"Technique {attack_id}",
                domain="enterprise",
                platforms=["Windows", "Linux"],
                is_subtechnique="." in attack_id,
                parent_id=parent.id if parent and "." in attack_id else None,
                attack_version="18.1",
            )
            session.add(technique)
            await session.flush()
            session.add(TechniqueTactic(technique_id=technique.id, tactic_id=tactic.id))
            parent = parent or technique
            ids[attack_id] = technique.id
        for name, role in PEOPLE.items():
            user = await build_user(session, role=role, username=name)
            headers[name] = await auth_headers(session, user, settings)
            ids[name] = user.id
    return headers, ids


@asynccontextmanager
async def open_cast(factory: SessionFactory, settings: Settings) -> AsyncIterator[Cast]:
    """The people on their stage, speaking to the application over ASGI."""
    headers, ids = await stage(factory, settings)
    app = create_app(settings, session_factory=factory)
    await app.state.store.prepare()
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(
                AsyncClient(
                    transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://testserver", headers=own
                )
            )
            for name, own in headers.items()
        }
        yield Cast(clients, ids)
