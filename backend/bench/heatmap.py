"""The matrix and the dashboard's figures against a bare driver, and against their own size."""

from collections import defaultdict
from datetime import timedelta
from typing import Any, LiteralString

import orjson
import psycopg

from app.clock import now
from bench.measure import Call, Line, interleaved, request
from bench.place import Place

TIMES = 30
PATHS = {
    "heatmap coverage": "/api/v1/heatmap",
    "heatmap tests": "/api/v1/heatmap?layer=tests",
    "heatmap freshness": "/api/v1/heatmap?layer=freshness",
    "heatmap score": "/api/v1/heatmap?layer=score",
    "heatmap rules": "/api/v1/heatmap?layer=detection_rules",
    "heatmap d3fend": "/api/v1/heatmap?layer=d3fend",
    "heatmap ladder": "/api/v1/heatmap?layer=ladder",
    "scores of the organisation": "/api/v1/scores/organization",
    "scores by tactic": "/api/v1/scores/tactics",
    "metrics summary": "/api/v1/metrics/summary",
    "metrics by tactic": "/api/v1/metrics/by-tactic",
}


def bare_heatmap(connection: psycopg.AsyncConnection[Any]) -> Call:
    """Reads the same rows and dumps the same cells, judging nothing."""

    async def rows(statement: LiteralString, **parameters: object) -> list[tuple[Any, ...]]:
        return await (await connection.execute(statement, parameters, prepare=True)).fetchall()

    async def call() -> bytes:
        moment = now()
        await rows("SELECT id FROM environment WHERE is_active")
        await rows("SELECT key, value FROM setting WHERE valid_until IS NULL")
        await rows("SELECT technique_id, environment_id, in_scope, expected FROM technique_overlay")
        techniques = await rows(
            "SELECT id, attack_id, name, parent_id, platforms, review_required, attack_version FROM technique"
            " WHERE domain = 'enterprise' AND is_active AND NOT unresolved ORDER BY attack_id"
        )
        results = await rows(
            "SELECT technique_id, environment_id, expected,"
            " count(*) FILTER (WHERE executed_at >= %(cutoff)s AND detection = 'prevented'),"
            " count(*) FILTER (WHERE executed_at >= %(cutoff)s AND detection = 'detected'),"
            " count(*) FILTER (WHERE executed_at >= %(cutoff)s AND detection = 'partially_detected'),"
            " count(*) FILTER (WHERE executed_at >= %(cutoff)s AND detection = 'not_detected'),"
            " count(*) FILTER (WHERE executed_at < %(cutoff)s), max(executed_at)"
            " FROM current_result GROUP BY 1, 2, 3",
            cutoff=moment - timedelta(days=365),
        )
        counts = await rows(
            "SELECT technique_id, environment_id, tests, red_executing + blue_evaluating + in_review, inconclusive"
            " FROM technique_stats"
        )
        tactics = await rows("SELECT id, attack_id, shortname, name FROM tactic ORDER BY position")
        places = await rows("SELECT tactic_id, technique_id FROM technique_tactic")
        names = {row[0]: row[1] for row in techniques}
        latest = {row[0]: row[8] for row in results}
        numbers = {row[0]: row for row in counts}
        by_tactic = defaultdict(list)
        for tactic, technique in places:
            by_tactic[tactic].append(technique)
        known = {row[0]: row for row in techniques}
        cells = [
            {
                "id": technique, "attack_id": known[technique][1], "tactic": tactic[2],
                "parent": names.get(known[technique][3]), "name": known[technique][2], "value": 0.5,
                "status": "partial", "proven": True, "open_tests": numbers[technique][3] if technique in numbers else 0,
                "review_required": known[technique][5], "tests": 1, "units": 1, "units_validated": 0,
                "inconclusive": 0, "expired": 0, "last_executed_at": latest.get(technique),
            }
            for tactic in tactics
            for technique in by_tactic[tactic[0]]
        ]  # fmt: skip
        return orjson.dumps({"domain": "enterprise", "as_of": moment, "cells": cells})

    return call


async def bench_heatmap(small: Place, large: Place) -> list[Line]:
    """Heatmap ÷ bare driver at each size, and every flat path at the large size ÷ the small one."""
    lines = []
    for place in (small, large):
        async with await psycopg.AsyncConnection.connect(place.conninfo, autocommit=True) as connection:
            ours = request(place.app, PATHS["heatmap coverage"], place.headers)
            mine, bare = await interleaved(ours, bare_heatmap(connection), times=TIMES)
        size = place.organisation.tests
        note = f"{1000 * mine:.1f} ms against {1000 * bare:.1f} ms; aim 2x"
        lines.append(Line(f"heatmap / bare driver, {size:,} tests", mine / bare, 4, note=note))
    sizes = f"{large.organisation.tests:,} / {small.organisation.tests:,} tests"
    for name, path in PATHS.items():
        calls = [request(place.app, path, place.headers) for place in (small, large)]
        few, many = await interleaved(*calls, times=TIMES)
        note = f"{1000 * many:.1f} ms against {1000 * few:.1f} ms"
        # From a thousand tests on the current results still fill up; from 100,000 on they do not grow.
        lines.append(Line(f"{name}, {sizes}", many / few, 1.2, note=note))
    again = [request(place.sharing, path, place.headers) for path in PATHS.values() for place in (small, large)]
    taken = await interleaved(*again, times=TIMES)
    few, many = sum(taken[::2]), sum(taken[1::2])
    note = f"{1000 * many:.1f} ms against {1000 * few:.1f} ms for all {len(PATHS)}"
    lines.append(Line(f"all of these asked again while nothing changed, {sizes}", many / few, 1.2, note=note))
    return lines
