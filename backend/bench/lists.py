"""Lists against a bare driver that signs the asker in, counts and writes JSON itself."""

import asyncio
from time import perf_counter
from typing import Any, LiteralString
from uuid import UUID

import orjson
import psycopg
from jose import jwt

from app.security import AUDIENCE, ISSUER, purpose_key
from bench.measure import Call, Line, interleaved, request
from bench.place import Place

TIMES = 30
CLIENTS, REQUESTS_EACH = 10, 6
LISTS: dict[str, tuple[str, LiteralString, LiteralString, float]] = {
    "tests": (
        "/api/v1/tests?limit=50",
        # As the product counts, so that the share says what is put on top of the database's work.
        """
        SELECT (SELECT coalesce(sum(tests), 0) FROM technique_stats) + (
          SELECT count(*) FROM security_test
          WHERE archived_at IS NULL AND (annulled_at IS NOT NULL OR (blind AND revealed_at IS NULL))
            AND deleted_at IS NULL AND (NOT blind OR revealed_at IS NOT NULL))
        """,
        """
        SELECT t.id, t.number, t.name, t.state, t.state_since, t.current_round, q.id, q.attack_id, q.name,
               t.technique_at_test, e.id, e.name, t.platform, r.detection, t.expected, t.created_at,
               r.first_executed_at, t.decided_at, t.archived_at, t.annulled_at, t.blind, t.retest_of_id, t.tags,
               u.id, u.username, u.full_name
        FROM security_test t JOIN test_round r ON r.test_id = t.id AND r.no = t.current_round
        JOIN technique q ON q.id = t.technique_id JOIN environment e ON e.id = t.environment_id
        JOIN user_account u ON u.id = t.created_by_id
        WHERE t.archived_at IS NULL ORDER BY t.created_at DESC, t.id DESC LIMIT 50
        """,
        0.5,
    ),
    "techniques": (
        "/api/v1/techniques?limit=50",
        "SELECT count(*) FROM technique WHERE domain = 'enterprise' AND is_active",
        """
        SELECT t.id, t.attack_id, t.name, t.domain, t.platforms, t.is_subtechnique, t.parent_id, t.review_required,
               t.attack_version, t.url,
               (SELECT array_agg(x.shortname) FROM technique_tactic p JOIN tactic x ON x.id = p.tactic_id
                WHERE p.technique_id = t.id)
        FROM technique t WHERE t.domain = 'enterprise' AND t.is_active ORDER BY t.attack_id LIMIT 50
        """,
        0.5,
    ),
    "detection rules": (
        "/api/v1/detection-rules?limit=50",
        "SELECT count(*) FROM detection_rule",
        """
        SELECT r.id, r.name, r.source, r.upstream_id, r.level, r.status, r.retired, r.language, r.platforms, r.author,
               r.is_active, r.withdrawn_at,
               (SELECT array_agg(l.target_attack_id) FROM content_link l WHERE l.source_id = r.id),
               (SELECT array_agg(s.name) FROM rule_deployment d JOIN security_tool s ON s.id = d.tool_id
                WHERE d.rule_id = r.id AND d.valid_until IS NULL)
        FROM detection_rule r ORDER BY r.name, r.id LIMIT 50
        """,
        0.5,
    ),
}  # fmt: skip


def bare_list(
    connection: psycopg.AsyncConnection[Any], place: Place, count: LiteralString, page: LiteralString
) -> Call:
    """Checks the token and the session, counts, reads a page and dumps it."""
    token = place.headers["authorization"].removeprefix("Bearer ")
    key = purpose_key(place.settings, "jwt").hex()

    async def call() -> bytes:
        claims = jwt.decode(token, key, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)
        await (
            await connection.execute(
                "SELECT u.id, u.role, u.is_active, u.role_epoch, s.last_seen_at, s.expires_at, s.ended_at"
                " FROM user_session s JOIN user_account u ON u.id = s.user_id WHERE s.id = %s",
                (UUID(claims["sid"]),),
                prepare=True,
            )
        ).fetchone()
        total = await (await connection.execute(count, prepare=True)).fetchone()
        cursor = await connection.execute(page, prepare=True)
        assert cursor.description is not None
        names = [f"{n}_{column.name}" for n, column in enumerate(cursor.description)]
        items = [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
        return orjson.dumps({"items": items, "total": total, "limit": 50, "offset": 0})

    return call


async def bench_lists(place: Place) -> list[Line]:
    """Throughput of our lists as a share of the bare driver's, and the slowest twentieth with ten clients."""
    lines = []
    for name, (path, count, page, share) in LISTS.items():
        async with await psycopg.AsyncConnection.connect(place.conninfo, autocommit=True) as connection:
            ours = request(place.app, path, place.headers)
            mine, bare = await interleaved(ours, bare_list(connection, place, count, page), times=TIMES)
        note = f"{1000 * mine:.1f} ms against {1000 * bare:.1f} ms"
        lines.append(
            Line(f"list of {name}, share of bare throughput", bare / mine, share, "", at_least=True, note=note)
        )
    ours = request(place.app, LISTS["tests"][0], place.headers)
    lines.append(Line("list of tests, p95 at 10 clients", 1000 * await slowest_twentieth(ours), 100, " ms"))
    return lines


async def slowest_twentieth(call: Call) -> float:
    """95th percentile in seconds of calls by ten clients at once."""
    taken: list[float] = []

    async def client() -> None:
        for _ in range(REQUESTS_EACH):
            began = perf_counter()
            await call()
            taken.append(perf_counter() - began)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return sorted(taken)[int(0.95 * len(taken))]
