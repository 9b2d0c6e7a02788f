"""Operational metrics against the statements that they are made of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg

from app.clock import now
from app.services.operational import sql
from app.services.operational.scope import DEFAULT_PERIOD, Scope
from bench.measure import Call, Line, interleaved, request
from bench.place import Place

TIMES = 10
PATH = "/api/v1/metrics/operational"
_VALID = timedelta(days=365)
_STATEMENTS = (
    sql.DETECTION, sql.RESPONSE, sql.OUTCOMES, sql.MANUAL_TIMES, sql.FIDELITY, sql.DECISIONS, sql.REJECTIONS,
    sql.TIME_IN_STATE, sql.FINDINGS, sql.FINDING_STATUSES, sql.ACCEPTED, sql.FINDINGS_BY_MONTH,
)  # fmt: skip


def bare_operational(connection: psycopg.AsyncConnection[Any]) -> Call:
    """Runs the same statements over the same period and dumps their rows, judging nothing."""

    async def call() -> bytes:
        moment = now()
        since = moment - DEFAULT_PERIOD
        asked = Scope(moment, since, moment, "enterprise", None, (), None, None).parameters
        before = (since - _VALID - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        history = {"moment": since, "cutoff": before}
        all_asked = [(statement, asked) for statement in _STATEMENTS]
        all_asked += [(sql.CURRENT, {**asked, "cutoff": moment - _VALID}), (sql.HISTORY, {**asked, **history})]
        found = [
            await (await connection.execute(statement, parameters, prepare=True)).fetchall()
            for statement, parameters in all_asked
        ]
        return orjson.dumps(found, default=str)

    return call


async def bench_operational(place: Place) -> list[Line]:
    """Our answer ÷ its own statements."""
    async with await psycopg.AsyncConnection.connect(place.conninfo, autocommit=True) as connection:
        ours = request(place.app, PATH, place.headers)
        mine, bare = await interleaved(ours, bare_operational(connection), times=TIMES, warm=2)
    note = f"{1000 * mine:.0f} ms against {1000 * bare:.0f} ms"
    return [Line(f"operational metrics / own SQL, {place.organisation.tests:,} tests", mine / bare, 2, note=note)]
