"""Six people with tokens and tests in any state, written straight into the tables."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.permissions import Role
from app.domain.states import State
from app.models.audit import AuditLog
from app.models.evidence import CustodyEvent, Evidence
from app.models.identity import AccessToken, UserAccount
from app.models.security_test import SecurityTest, TestContribution, TestRound, Vote
from app.security import new_personal_token, token_hash
from tests.builders.coverage import World, build_world

PEOPLE = {
    "red": Role.RED_TECH,
    "red2": Role.RED_TECH,
    "blue": Role.BLUE_TECH,
    "red_lead": Role.RED_LEAD,
    "blue_lead": Role.BLUE_LEAD,
    "viewer": Role.VIEWER,
    "admin": Role.ADMIN,
}
BOUNDARY = "a-boundary-of-the-tests"


@dataclass
class Scene:
    """A running Aegis with its people."""

    base_url: str
    factory: SessionFactory
    settings: Settings
    user_ids: dict[str, UUID] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    world: World | None = None

    async def populate(self) -> None:
        """Create everybody, and a technique."""
        async with session_scope(self.factory) as session:
            self.world = await build_world(session)
            await self.world.technique("T1059")
            for name, role in PEOPLE.items():
                user = UserAccount(username=name, full_name=name.title(), role=role)
                session.add(user)
                await session.flush()
                self.user_ids[name], self.tokens[name] = user.id, new_personal_token()
                session.add(
                    AccessToken(
                        user_id=user.id,
                        name="tests",
                        token_hash=token_hash(self.tokens[name]),
                        hint="test",
                        expires_at=now() + timedelta(days=1),
                    )
                )

    async def test(self, state: State = State.RED_EXECUTING, **values: object) -> UUID:
        """A test in that state."""
        assert self.world is not None
        async with session_scope(self.factory) as session:
            self.world.session = session
            test, _ = await self.world.test("T1059", state=state)
            if values:
                await session.execute(update(SecurityTest).where(SecurityTest.id == test.id).values(**values))
            return test.id

    async def move(self, test_id: UUID, state: State) -> None:
        """Put the test into another state behind the API's back."""
        async with session_scope(self.factory) as session:
            await session.execute(update(SecurityTest).where(SecurityTest.id == test_id).values(state=state))

    async def vote(self, test_id: UUID, side: str, person: str) -> None:
        """A lead's vote."""
        async with session_scope(self.factory) as session:
            session.add(
                Vote(
                    round_id=await self._round_id(session, test_id),
                    side=side,
                    user_id=self.user_ids[person],
                    role=PEOPLE[person],
                    decision="approve",
                )
            )

    def client(self, person: str | None) -> httpx.AsyncClient:
        """An HTTP client with this person's token."""
        headers = {} if person is None else {"Authorization": f"Bearer {self.tokens[person]}"}
        # No certificates: to read the list of authorities takes longer than the request.
        return httpx.AsyncClient(base_url=self.base_url, headers=headers, timeout=120, verify=False)

    async def upload(
        self,
        test_id: UUID,
        content: bytes = b"proof",
        *,
        person: str | None = "red",
        team: str = "red",
        filename: str = "proof.txt",
        data: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one file as a browser would."""
        async with self.client(person) as client:
            return await client.post(
                f"/api/v1/tests/{test_id}/evidence",
                params={"team": team},
                files={"file": (filename, content, "application/x-claimed")},
                data=data,
            )

    async def stream(
        self, test_id: UUID, body: AsyncIterator[bytes], *, person: str = "red", length: int | None = None
    ) -> httpx.Response:
        """Send a hand-made multipart body, chunked unless its length is given."""
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        if length is not None:
            headers["Content-Length"] = str(length)
        async with self.client(person) as client:
            return await client.post(
                f"/api/v1/tests/{test_id}/evidence", params={"team": "red"}, content=body, headers=headers
            )

    async def get(self, path: str, *, person: str | None = "viewer", **options: Any) -> httpx.Response:
        """GET below /api/v1."""
        async with self.client(person) as client:
            return await client.get(f"/api/v1{path}", **options)

    async def post(self, path: str, *, person: str | None = "red", **options: Any) -> httpx.Response:
        """POST below /api/v1."""
        async with self.client(person) as client:
            return await client.post(f"/api/v1{path}", **options)

    async def fetch(self, url: str, **options: Any) -> httpx.Response:
        """Follow a download link, as a browser would: without a token."""
        async with self.client(None) as client:
            return await client.get(url, **options)

    def stored_files(self) -> list[Path]:
        """Every file in the store, finished or not."""
        folder = self.settings.aegis_data_dir / "evidence"
        return sorted(path for path in folder.rglob("*") if path.is_file())

    def object_of(self, sha256: str) -> Path:
        """The one stored file with that content."""
        (path,) = [p for p in self.stored_files() if hashlib.sha256(p.read_bytes()).hexdigest() == sha256]
        return path

    async def custody(self, evidence_id: str) -> list[tuple[str, str]]:
        """Kinds and actors of the custody events, in order."""
        async with self.factory() as session:
            rows = await session.execute(
                select(CustodyEvent.kind, CustodyEvent.actor_label)
                .where(CustodyEvent.evidence_id == UUID(evidence_id))
                .order_by(CustodyEvent.at)
            )
            return [(kind, actor) for kind, actor in rows]

    async def audit_actions(self, test_id: UUID) -> list[str]:
        """Actions in the audit trail about the test."""
        async with self.factory() as session:
            rows = await session.scalars(
                select(AuditLog.action).where(AuditLog.subject_id == str(test_id)).order_by(AuditLog.seq)
            )
            return list(rows)

    async def contributors(self, test_id: UUID) -> set[tuple[str, UUID]]:
        """Sides and people of the current round."""
        async with self.factory() as session:
            rows = await session.execute(
                select(TestContribution.side, TestContribution.user_id).where(
                    TestContribution.round_id == await self._round_id(session, test_id)
                )
            )
            return {(side, user_id) for side, user_id in rows}

    async def evidence_count(self, test_id: UUID) -> int:
        """Rows of evidence of the test."""
        async with self.factory() as session:
            return await session.scalar(select(func.count()).where(Evidence.test_id == test_id)) or 0

    async def _round_id(self, session: AsyncSession, test_id: UUID) -> UUID:
        return (await session.execute(select(TestRound.id).where(TestRound.test_id == test_id))).scalar_one()


def head(filename: str = "big.bin", field_name: str = "file") -> bytes:
    """The beginning of a form, up to the file's first byte."""
    return (
        f"--{BOUNDARY}\r\n"
        f'Content-Disposition: form-data; name="{field_name}"; filename="{filename}"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n"
    ).encode()


def tail() -> bytes:
    """The end of a form."""
    return f"\r\n--{BOUNDARY}--\r\n".encode()


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]
