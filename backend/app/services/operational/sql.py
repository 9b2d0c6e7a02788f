# ruff: noqa: S608  only constants of this module are put together here
"""The queries behind the operational metrics. Each reads one period and answers with a handful of rows.

Counted are results of validated rounds that were neither annulled nor, for anybody, sealed. What each figure means:
docs/METRICS.md.
"""

from typing import Final

from app.services.ranks import actionable, meets

# What is open to everybody, under the filters; `t` is the test, `q` its technique.
_FILTERS: Final = """
    t.archived_at IS NULL AND t.annulled_at IS NULL AND (NOT t.blind OR t.revealed_at IS NOT NULL)
    AND q.domain = %(domain)s
    AND (CAST(%(environment)s AS uuid) IS NULL OR t.environment_id = %(environment)s)
    AND (CAST(%(platforms)s AS text[]) IS NULL OR t.platform = ANY(%(platforms)s))
    AND (CAST(%(techniques)s AS uuid[]) IS NULL OR t.technique_id = ANY(%(techniques)s))
"""
# Validated rounds executed in the period.
_SCOPED: Final = (
    """
    scoped AS MATERIALIZED (
      SELECT r.id AS round_id, r.detection, r.expected_at_decision, r.silent_block, r.clock_skew, t.blind,
             t.environment_id, coalesce(r.actionable_severity, 'low') AS actionable,
             to_char(r.first_executed_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month
      FROM test_round r
      JOIN security_test t ON t.id = r.test_id AND t.current_round = r.no AND t.state = 'validated'
      JOIN technique q ON q.id = t.technique_id
      WHERE r.first_executed_at >= %(since)s AND r.first_executed_at < %(until)s AND
    """
    + _FILTERS
    + ")"
)
_IS_ALERT: Final = f"o.outcome = 'alerted' AND (o.severity IS NULL OR {actionable('o.severity', 's.actionable')})"
# Their executions, with the first alert that belongs to each. An observation that names no execution belongs to all.
_RUNS: Final = (
    """
    runs AS MATERIALIZED (
      SELECT s.round_id, s.blind, s.environment_id, s.month, s.clock_skew, e.started_at, a.first_alert, a.stopped,
             CASE WHEN a.first_alert IS NOT NULL
                  THEN greatest(0, extract(epoch FROM a.first_alert - e.started_at)) END AS delay
      FROM scoped s
      JOIN execution e ON e.round_id = s.round_id AND e.started_at IS NOT NULL
      CROSS JOIN LATERAL (
        SELECT min(o.observed_at) FILTER (WHERE """
    + _IS_ALERT
    + """) AS first_alert,
               coalesce(bool_or(o.outcome = 'blocked' AND o.reason IS NULL), false) AS stopped,
               coalesce(bool_or(o.outcome IN ('blocked', 'alerted', 'logged')), false) AS seen
        FROM observation o
        WHERE o.round_id = s.round_id AND (o.execution_no IS NULL OR o.execution_no = e.no)
      ) a
      WHERE e.result IN ('succeeded', 'blocked') OR (coalesce(e.result, 'unknown') = 'unknown' AND a.seen)
    )
    """
)
_SPREAD: Final = """
    avg({0}), percentile_cont(0.5) WITHIN GROUP (ORDER BY {0}), percentile_cont(0.9) WITHIN GROUP (ORDER BY {0})
"""

DETECTION: Final = (
    "WITH "
    + _SCOPED
    + ","
    + _RUNS
    + """
    SELECT GROUPING(blind) = 0, GROUPING(environment_id) = 0, GROUPING(month) = 0, blind, CAST(environment_id AS text),
           month, count(*), count(first_alert), count(*) FILTER (WHERE stopped AND first_alert IS NULL),
           count(*) FILTER (WHERE clock_skew AND first_alert < started_at),
    """
    + _SPREAD.format("delay")
    + "FROM runs GROUP BY GROUPING SETS ((), (blind), (environment_id), (month))"
)
"""By what it is grouped (blind, environment, month), the group, executions, detected, silent blocks, clock skews,
mean, median, p90."""

RESPONSE: Final = (
    "WITH "
    + _SCOPED
    + ","
    + _RUNS
    + """,
    alerts AS (SELECT round_id, blind, min(first_alert) AS at FROM runs GROUP BY round_id, blind),
    claims AS (
      SELECT DISTINCT ON (l.round_id, l.kind) l.round_id, l.kind, l.at
      FROM ledger_time l JOIN scoped s ON s.round_id = l.round_id
      WHERE l.kind IN ('triaged', 'contained') ORDER BY l.round_id, l.kind, l.recorded_at DESC, l.id DESC
    ),
    waits AS (
      SELECT c.kind, a.blind, greatest(0, extract(epoch FROM c.at - a.at)) AS wait
      FROM claims c JOIN alerts a ON a.round_id = c.round_id WHERE c.at IS NOT NULL AND a.at IS NOT NULL
    )
    SELECT kind, GROUPING(blind) = 0, blind, count(*),
    """
    + _SPREAD.format("wait")
    + "FROM waits GROUP BY GROUPING SETS ((kind), (kind, blind))"
)
"""Kind, whether by series, blind, number, mean, median, p90."""

OUTCOMES: Final = (
    "WITH "
    + _SCOPED
    + f"""
    SELECT month, count(*), count(*) FILTER (WHERE {meets("detection", "expected_at_decision")}),
           count(*) FILTER (WHERE detection = 'prevented'), count(*) FILTER (WHERE detection = 'detected'),
           count(*) FILTER (WHERE detection = 'partially_detected'), count(*) FILTER (WHERE detection = 'not_detected')
    FROM scoped WHERE detection <> 'inconclusive' GROUP BY month
    """
)
"""Month, conclusive results, those that met what was expected then, prevented, detected, telemetry only, missed."""

MANUAL_TIMES: Final = (
    "WITH "
    + _SCOPED
    + """,
    claims AS (
      SELECT DISTINCT ON (l.round_id, l.kind, l.item_no) l.source, l.at
      FROM ledger_time l JOIN scoped s ON s.round_id = l.round_id
      WHERE l.kind IN ('executed', 'ended', 'observed', 'triaged', 'contained')
      ORDER BY l.round_id, l.kind, l.item_no, l.recorded_at DESC, l.id DESC
    )
    SELECT count(*) FILTER (WHERE source = 'manual'), count(*) FROM claims WHERE at IS NOT NULL
    """
)

# Noise beside a firing that is the attack's counts as further firings; a firing that is not, counts as its noise.
FIDELITY: Final = (
    "WITH "
    + _SCOPED
    + """
    SELECT count(*) FILTER (WHERE x.attributed),
           sum(CASE WHEN x.attributed THEN 1 + coalesce(x.noise_count, 0)
                    WHEN x.fired THEN greatest(1, coalesce(x.noise_count, 1))
                    ELSE coalesce(x.noise_count, 0) END),
           count(*), count(DISTINCT x.rule_id)
    FROM rule_result x JOIN scoped s ON s.round_id = x.round_id
    """
)
"""Attributed firings, all firings, evaluations, rules."""

_JUDGED: Final = (
    """
    judged AS MATERIALIZED (
      SELECT r.id AS round_id, t.id AS test_id, r.no, r.verdict, t.environment_id,
             to_char(r.decided_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month
      FROM test_round r JOIN security_test t ON t.id = r.test_id JOIN technique q ON q.id = t.technique_id
      WHERE r.verdict IS NOT NULL AND r.decided_at >= %(since)s AND r.decided_at < %(until)s AND
    """
    + _FILTERS
    + ")"
)
DECISIONS: Final = (
    "WITH "
    + _JUDGED
    + """
    SELECT GROUPING(environment_id) = 0, GROUPING(month) = 0, CAST(environment_id AS text), month,
           count(*), count(*) FILTER (WHERE verdict = 'validated'),
           count(*) FILTER (WHERE no = 1), count(*) FILTER (WHERE no = 1 AND verdict = 'validated')
    FROM judged GROUP BY GROUPING SETS ((), (environment_id), (month))
    """
)
"""By what it is grouped (environment, month), the group, decided, validated, first rounds, those validated."""

REJECTIONS: Final = (
    "WITH "
    + _JUDGED
    + """
    SELECT v.side, coalesce(v.reason_code, 'unspecified'), count(*)
    FROM vote v JOIN judged j ON j.round_id = v.round_id WHERE v.decision = 'reject' GROUP BY 1, 2 ORDER BY 1, 2
    """
)
TIME_IN_STATE: Final = (
    "WITH "
    + _JUDGED
    + """,
    steps AS (
      SELECT x.test_id, x.round_no, x.to_state, extract(epoch FROM lead(x.at) OVER test - x.at) AS spent,
             sum(CASE x.event WHEN 'archived' THEN 1 WHEN 'unarchived' THEN -1 ELSE 0 END) OVER test AS archived,
             count(*) FILTER (WHERE x.event = 'returned') OVER test > 0 AS returned_once
      FROM test_transition x JOIN (SELECT DISTINCT test_id FROM judged) j ON j.test_id = x.test_id
      WINDOW test AS (PARTITION BY x.test_id, x.round_no ORDER BY x.at, x.id)
    ),
    waits AS (
      SELECT s.test_id, s.round_no, s.to_state AS state, sum(s.spent) AS wait,
             coalesce(sum(s.spent) FILTER (WHERE s.returned_once AND s.to_state = 'red_executing'), 0) AS returned
      FROM steps s JOIN judged j ON j.test_id = s.test_id AND j.no = s.round_no
      WHERE s.spent IS NOT NULL AND s.archived = 0
        AND s.to_state IN ('draft', 'red_executing', 'blue_evaluating', 'in_review')
      GROUP BY 1, 2, 3
    )
    SELECT state, count(*), sum(returned),
    """
    + _SPREAD.format("wait")
    + "FROM waits GROUP BY state"
)
"""State, rounds, seconds of it after a return, mean, median, p90."""

# Findings under the filters: those that some result in scope shows.
_SHOWN: Final = (
    """
    shown AS MATERIALIZED (
      SELECT f.* FROM finding f
      WHERE f.merged_into_id IS NULL AND EXISTS (
        SELECT FROM finding_result x JOIN security_test t ON t.id = x.test_id JOIN technique q ON q.id = t.technique_id
        WHERE x.finding_id = f.id AND
    """
    + _FILTERS
    + "))"
)
FINDINGS: Final = (
    "WITH "
    + _SHOWN
    + """,
    spans AS (
      SELECT 'proven' AS kind, greatest(0, extract(epoch FROM proven_at - opened_at)) AS span FROM shown
      WHERE proven_at >= %(since)s AND proven_at < %(until)s
      UNION ALL
      SELECT 'claimed', extract(epoch FROM remediated_at - opened_at) FROM shown
      WHERE remediated_at >= %(since)s AND remediated_at < %(until)s
      UNION ALL
      SELECT 'open', extract(epoch FROM %(now)s - opened_at) FROM shown
      WHERE status NOT IN ('closed_proven', 'closed_unproven')
    )
    SELECT kind, count(*), count(*) FILTER (WHERE span <= 30 * 86400),
           count(*) FILTER (WHERE span > 30 * 86400 AND span <= 90 * 86400),
           count(*) FILTER (WHERE span > 90 * 86400 AND span <= 180 * 86400),
           count(*) FILTER (WHERE span > 180 * 86400), max(span),
    """
    + _SPREAD.format("span")
    + "FROM spans GROUP BY kind"
)
"""Kind, number, up to 30, 90, 180 days and above, oldest, mean, median, p90."""

FINDING_STATUSES: Final = "WITH " + _SHOWN + " SELECT status, count(*) FROM shown GROUP BY status"
ACCEPTED: Final = (
    "WITH "
    + _SHOWN
    + """
    SELECT count(DISTINCT f.id), extract(epoch FROM %(now)s - min(a.valid_from)), min(a.valid_until)
    FROM shown f JOIN risk_acceptance a ON a.finding_id = f.id
    WHERE a.ended_at IS NULL AND a.valid_from <= %(now)s AND a.valid_until > %(now)s
    """
)
"""Findings with an accepted risk, age of the oldest acceptance, when the next one ends."""

FINDINGS_BY_MONTH: Final = (
    "WITH "
    + _SHOWN
    + """
    SELECT month, sum(opened), sum(proven), avg(span) FROM (
      SELECT to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, 1 AS opened, 0 AS proven, NULL AS span
      FROM shown WHERE opened_at >= %(since)s AND opened_at < %(until)s
      UNION ALL
      SELECT to_char(proven_at AT TIME ZONE 'UTC', 'YYYY-MM'), 0, 1,
             greatest(0, extract(epoch FROM proven_at - opened_at))
      FROM shown WHERE proven_at >= %(since)s AND proven_at < %(until)s
    ) m GROUP BY month
    """
)
"""Month, findings opened, proven, mean time of the proven."""

CURRENT: Final = f"""
    SELECT CAST(c.technique_id AS text), CAST(t.parent_id AS text), CAST(c.environment_id AS text), c.expected,
           c.detection, count(*), count(*) FILTER (WHERE c.silent_block),
           count(*) FILTER (WHERE EXISTS (
             SELECT FROM observation o JOIN test_round r ON r.id = o.round_id
             WHERE o.round_id = c.round_id AND o.outcome = 'alerted' AND (
               o.severity IS NULL OR {actionable("o.severity", "coalesce(r.actionable_severity, 'low')")})))
    FROM current_result c JOIN technique t ON t.id = c.technique_id
    WHERE t.domain = %(domain)s AND c.executed_at >= %(cutoff)s
      AND (CAST(%(platforms)s AS text[]) IS NULL OR c.platform = ANY(%(platforms)s))
      AND (CAST(%(techniques)s AS uuid[]) IS NULL OR c.technique_id = ANY(%(techniques)s))
    GROUP BY 1, 2, 3, 4, 5
"""
"""Technique, parent, environment, own expectation, detection, results, silent blocks, those with an alert."""

# Current results as they were at a moment, in the shape of `services.coverage.facts`. The newest execution of a
# procedure is found by one number (microseconds, detection, own expectation): hashing takes a fifth of sorting.
HISTORY: Final = """
    SELECT CAST(c.technique_id AS text), CAST(c.environment_id AS text),
           (ARRAY['logged', 'detected', 'prevented'])[mod(c.newest, 4)],
           count(*) FILTER (WHERE mod(c.newest / 4, 4) = 3 AND c.newest / 16 >= %(cutoff)s),
           count(*) FILTER (WHERE mod(c.newest / 4, 4) = 2 AND c.newest / 16 >= %(cutoff)s),
           count(*) FILTER (WHERE mod(c.newest / 4, 4) = 1 AND c.newest / 16 >= %(cutoff)s),
           count(*) FILTER (WHERE mod(c.newest / 4, 4) = 0 AND c.newest / 16 >= %(cutoff)s),
           count(*) FILTER (WHERE c.newest / 16 < %(cutoff)s),
           to_timestamp(max(c.newest / 16) / 1000000.0)
    FROM (
      SELECT t.technique_id, t.environment_id, t.platform, max(
               CAST(extract(epoch FROM r.first_executed_at) * 1000000 AS bigint) * 16
               + CASE r.detection WHEN 'prevented' THEN 12 WHEN 'detected' THEN 8
                                  WHEN 'partially_detected' THEN 4 ELSE 0 END
               + CASE t.expected WHEN 'prevented' THEN 3 WHEN 'detected' THEN 2 WHEN 'logged' THEN 1 ELSE 0 END
             ) AS newest
      FROM security_test t
      JOIN test_round r ON r.test_id = t.id AND r.no = t.current_round AND r.verdict = 'validated'
      JOIN technique q ON q.id = t.technique_id AND q.domain = %(domain)s
      WHERE t.state = 'validated' AND r.decided_at <= %(moment)s AND r.detection <> 'inconclusive'
        AND r.first_executed_at IS NOT NULL AND (t.annulled_at IS NULL OR t.annulled_at > %(moment)s)
        AND (CAST(%(platforms)s AS text[]) IS NULL OR t.platform = ANY(%(platforms)s))
      GROUP BY t.technique_id, t.procedure_key, t.platform, t.environment_id
    ) c
    GROUP BY c.technique_id, c.environment_id, mod(c.newest, 4)
"""
"""`cutoff` in microseconds since 1970: results executed before it are expired."""
