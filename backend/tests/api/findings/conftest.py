"""The cast of the workflow's tests, here for findings."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.config import Settings
from app.database import SessionFactory
from tests.builders.cast import Cast, ago, open_cast


@pytest.fixture
async def cast(session_factory: SessionFactory, settings: Settings) -> AsyncIterator[Cast]:
    """Everybody on one shared connection."""
    async with open_cast(session_factory, settings) as cast:
        yield cast


class Gaps:
    """Shortcuts through findings. Every shortcut is the API."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    async def miss(self, **fields: Any) -> dict[str, Any]:
        """A confirmed miss for want of a rule."""
        return await self.cast.validated(observations=[{"outcome": "none"}], miss_cause="no_rule", **fields)

    async def all(self, who: str = "viewer", **filters: Any) -> list[dict[str, Any]]:
        """All findings, oldest first."""
        page = await self.cast.call(who, "GET", "/findings", params={"sort": "number", **filters})
        assert page["total"] == len(page["items"])
        return list(page["items"])

    async def get(self, finding: dict[str, Any], who: str = "viewer") -> dict[str, Any]:
        """One finding as it is now."""
        return dict(await self.cast.call(who, "GET", f"/findings/{finding['id']}"))

    async def post(self, who: str, finding: dict[str, Any], act: str, body: object, *, expect: int = 200) -> Any:
        """One act on a finding."""
        return await self.cast.call(who, "POST", f"/findings/{finding['id']}/{act}", body, expect=expect)

    async def step(self, finding: dict[str, Any], who: str = "blue_lead", **fields: Any) -> dict[str, Any]:
        """A new step."""
        return dict(await self.post(who, finding, "steps", {"title": "Write the rule", **fields}, expect=201))

    async def set_step(
        self, step: dict[str, Any], status: str, who: str = "blue_lead", *, expect: int = 200, **fields: Any
    ) -> dict[str, Any]:
        """Say how a step stands."""
        path = f"/findings/{step['finding_id']}/steps/{step['id']}"
        body = {"version": step["version"], "status": status, **fields}
        return dict(await self.cast.call(who, "PATCH", path, body, expect=expect))

    async def run(self, test_id: str, *, seen: bool, voters: tuple[str, str] = ("red_lead", "admin")) -> dict[str, Any]:
        """Carry a retest through to the confirmation of both leads."""
        cast = self.cast
        test = await cast.act("red_tech", await cast.call("red_tech", "GET", f"/tests/{test_id}"), "start")
        test = await cast.red(test, summary="Again.", executed_at=ago(0), execution="succeeded", host="WS-1")
        test = await cast.act("red_tech", test, "submit-red")
        observed = [{"outcome": "alerted", "observed_at": ago(0)}] if seen else [{"outcome": "none"}]
        test = await cast.blue(test, observations=observed, miss_cause=None if seen else "no_rule")
        test = await cast.act("blue_tech", test, "submit-blue")
        await cast.vote(voters[0], test, "red")
        return await cast.vote(voters[1], test, "blue")


@pytest.fixture
def gaps(cast: Cast) -> Gaps:
    """Findings over HTTP."""
    return Gaps(cast)
