"""The current results summed by the database: one row a technique, environment and expectation.

The sums are kept, and each says until when it is exact: between two moments at which a result stops being fresh,
current or fading, what is left of them falls evenly. Those that are past it are summed anew by whoever reads them.
"""

# ruff: noqa: S608  the statements are put together of our own constants

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString

from app.domain.result_sums import Ageing, ResultSums, since_epoch
from app.services.reading import Query

_NOWHERE: Final[frozenset[str]] = frozenset()
_SEPARATOR: Final = "\x1f"
"""Between the names of platforms; no name holds a control character."""

# `domain.result_sums.sum_results` where the rows are, in whole microseconds; a test compares both. What follows a sum
# named "ageing" or "fading" is by how much the sum before it falls in each microsecond.
_SUMMED: Final = """
SELECT r.technique_id, r.environment_id, r.expected,
       CAST(count(r.kept) FILTER (WHERE r.detection = 'prevented') AS integer) AS prevented,
       CAST(count(r.kept) FILTER (WHERE r.detection = 'detected') AS integer) AS detected,
       CAST(count(r.kept) FILTER (WHERE r.detection = 'partially_detected') AS integer) AS partially_detected,
       CAST(count(r.kept) FILTER (WHERE r.detection = 'not_detected') AS integer) AS not_detected,
       CAST(count(*) - count(r.kept) AS integer) AS expired,
       max(r.executed) AS newest,
       CAST(coalesce(sum(r.kept) FILTER (WHERE r.detection = 'prevented'), 0) AS bigint) AS prevented_kept,
       CAST(coalesce(sum(r.kept) FILTER (WHERE r.detection = 'detected'), 0) AS bigint) AS detected_kept,
       CAST(coalesce(sum(r.kept) FILTER (WHERE r.detection = 'partially_detected'), 0) AS bigint) AS partially_kept,
       CAST(coalesce(sum(r.left) FILTER (WHERE r.detection = 'prevented'), 0) AS bigint) AS prevented_left,
       CAST(coalesce(sum(r.left) FILTER (WHERE r.detection = 'detected'), 0) AS bigint) AS detected_left,
       CAST(coalesce(sum(r.left) FILTER (WHERE r.detection = 'partially_detected'), 0) AS bigint) AS partially_left,
       CAST(coalesce(sum(r.left) FILTER (WHERE r.detection = 'not_detected'), 0) AS bigint) AS missed_left,
       CAST(count(*) FILTER (WHERE r.ageing AND r.detection = 'prevented') AS integer) AS prevented_ageing,
       CAST(count(*) FILTER (WHERE r.ageing AND r.detection = 'detected') AS integer) AS detected_ageing,
       CAST(count(*) FILTER (WHERE r.ageing AND r.detection = 'partially_detected') AS integer) AS partially_ageing,
       CAST(count(*) FILTER (WHERE r.fading AND r.detection = 'prevented') AS integer) AS prevented_fading,
       CAST(count(*) FILTER (WHERE r.fading AND r.detection = 'detected') AS integer) AS detected_fading,
       CAST(count(*) FILTER (WHERE r.fading AND r.detection = 'partially_detected') AS integer) AS partially_fading,
       CAST(count(*) FILTER (WHERE r.fading AND r.detection = 'not_detected') AS integer) AS missed_fading,
       string_agg(DISTINCT r.place, %(separator)s) FILTER (WHERE r.detection = 'prevented') AS prevented_on,
       string_agg(DISTINCT r.place, %(separator)s) FILTER (WHERE r.detection = 'detected') AS detected_on,
       string_agg(DISTINCT r.place, %(separator)s) FILTER (WHERE r.detection = 'partially_detected') AS partially_on,
       min(r.changes) AS changes
FROM (
  SELECT a.technique_id, a.environment_id, a.expected, a.detection, a.executed,
    CASE WHEN a.age <= %(full)s THEN CAST(%(span)s AS bigint)
         WHEN a.age <= %(valid)s THEN %(valid)s - a.age END AS kept,
    CASE WHEN a.age <= %(valid)s THEN CAST(%(fade)s AS bigint) ELSE greatest(0, %(valid)s + %(fade)s - a.age) END
      AS "left",
    a.age > %(full)s AND a.age <= %(valid)s AS ageing,
    a.age > %(valid)s AND a.age < %(valid)s + %(fade)s AS fading,
    CASE WHEN a.age <= %(valid)s THEN a.platform END AS place,
    CASE WHEN a.age <= %(full)s THEN a.executed + %(full)s
         WHEN a.age <= %(valid)s THEN a.executed + %(valid)s
         WHEN a.age < %(valid)s + %(fade)s THEN a.executed + %(valid)s + %(fade)s END AS changes
  FROM (
    SELECT o.*, %(moment)s - o.executed AS age
    FROM (
      SELECT c.technique_id, c.environment_id, c.expected, c.detection, c.platform,
             CAST(date_part('epoch', c.executed_at) * 1000000 AS bigint) AS executed
"""
_BY_GROUP: Final = """
      OFFSET 0
    ) o
  ) a
  OFFSET 0  -- both, so that everything is worked out once a row, not once a sum
) r
GROUP BY r.technique_id, r.environment_id, r.expected
"""
_IDS: Final = "SELECT CAST(technique_id AS text), CAST(environment_id AS text), expected, "
_COUNTS: Final = "prevented, detected, partially_detected, not_detected, expired, newest "
_NUMBERS: Final = (
    _COUNTS
    + """,
       prevented_kept - prevented_ageing * since, detected_kept - detected_ageing * since,
       partially_kept - partially_ageing * since, prevented_left - prevented_fading * since,
       detected_left - detected_fading * since, partially_left - partially_fading * since,
       missed_left - missed_fading * since,
       greatest(0, least(%(fade)s, %(valid)s + %(fade)s - %(moment)s + newest)),
       prevented_on, detected_on, partially_on
"""
)
_EXACT: Final = "s.as_of <= %(moment)s AND s.exact_until >= %(moment)s AND s.ageing = %(ageing)s"
_KEPT: Final = (
    """
FROM (
  SELECT s.*, %(moment)s - s.as_of AS since FROM result_sum s
  WHERE """
    + _EXACT
    + ") AS kept"
)
# One look into the index for each group that is past its time: there are few of them.
_PAST: Final = (
    "FROM (SELECT 0 AS since, anew.* FROM ("
    + _SUMMED
    + """
      FROM (SELECT s.technique_id, s.environment_id, s.expected FROM result_sum s WHERE NOT ("""
    + _EXACT
    + """) OFFSET 0) AS past
      CROSS JOIN LATERAL (
        SELECT * FROM current_result c
        WHERE c.technique_id = past.technique_id AND c.environment_id = past.environment_id
          AND c.expected IS NOT DISTINCT FROM past.expected
        OFFSET 0
      ) c
"""
    + _BY_GROUP
    + ") AS anew) AS past"
)
_ON_PLATFORMS: Final = (
    "FROM (SELECT 0 AS since, anew.* FROM ("
    + _SUMMED
    + """
      FROM current_result c JOIN technique t ON t.id = c.technique_id
      WHERE c.platform = ANY(%(platforms)s) OR c.platform IS NULL AND t.platforms <@ ARRAY['None']
"""
    + _BY_GROUP
    + ") AS anew) AS there"
)


def _read(columns: LiteralString) -> LiteralString:
    return _IDS + columns + _KEPT + " UNION ALL " + _IDS + columns + _PAST


_SUMS: Final = _read(_NUMBERS)
_SUMS_ON_PLATFORMS: Final = _IDS + _NUMBERS + _ON_PLATFORMS
_TALLIES: Final = _read(_COUNTS)

SUMMED_PAIRS: Final = (
    _SUMMED
    + """
      FROM current_result c
      JOIN unnest(CAST(%(techniques)s AS uuid[]), CAST(%(environments)s AS uuid[]))
        AS pair (technique_id, environment_id) USING (technique_id, environment_id)
"""
    + _BY_GROUP
)
"""The sums of some pairs of technique and environment, as they are kept."""
SUMMED_ALL: Final = _SUMMED + " FROM current_result c " + _BY_GROUP
"""The same of all."""
PAST_PAIRS: Final = (
    "SELECT DISTINCT technique_id, environment_id FROM result_sum s WHERE NOT (" + _EXACT + ") LIMIT 100"
)
"""Pairs of technique and environment whose sums are not exact any more."""
DIFFERENCE: Final = (
    """
SELECT count(w.technique_id),
       count(*) FILTER (WHERE k.technique_id IS NULL),
       count(*) FILTER (WHERE k.exact AND w.told <> k.told),
       count(*) FILTER (WHERE w.technique_id IS NULL)
FROM (
  SELECT technique_id, environment_id, expected, exact, CAST(ROW("""
    + _NUMBERS
    + """) AS text) AS told
  FROM (SELECT s.*, """
    + _EXACT
    + """ AS exact, %(moment)s - s.as_of AS since FROM result_sum s) AS stored
) k FULL JOIN (
  SELECT technique_id, environment_id, expected, CAST(ROW("""
    + _NUMBERS
    + """) AS text) AS told
  FROM (SELECT CAST(0 AS bigint) AS since, anew.* FROM ("""
    + SUMMED_ALL
    + """) AS anew) AS wanted
) w ON w.technique_id = k.technique_id AND w.environment_id = k.environment_id
   AND coalesce(w.expected, '') = coalesce(k.expected, '')
"""
)
"""How many sums there should be, and how many of those kept are missing, wrong, or of nothing."""


def sums_query(now: datetime, valid_days: int, platforms: Sequence[str]) -> Query:
    """The query of all sums at a moment.

    platforms: only results on these; empty for all.
    """
    asked = {**ageing_of(now, valid_days), "platforms": list(platforms)}
    return (_SUMS_ON_PLATFORMS if platforms else _SUMS), asked


def tallies_query(now: datetime, valid_days: int) -> Query:
    """The query of what the sums count, without what is left of it, at a moment."""
    return _TALLIES, ageing_of(now, valid_days)


def ageing_of(now: datetime, valid_days: int) -> dict[str, object]:
    """Parameters of every statement here: the moment, and how results age."""
    ageing = Ageing.of(valid_days)
    full = min(ageing.full, ageing.valid)
    return {
        "moment": since_epoch(now.timestamp()),
        "full": full,
        "valid": ageing.valid,
        "span": ageing.span,
        "fade": ageing.fade,
        "ageing": f"{full}/{ageing.valid}/{ageing.fade}",
        "separator": _SEPARATOR,
    }


def sums_by_technique(
    rows: Iterable[tuple[Any, ...]], environments: Mapping[str, object], successors: Mapping[str, str]
) -> dict[str, list[ResultSums]]:
    """The query's rows by technique; those of a technique that has one successor count for the successor."""
    places: dict[str | None, frozenset[str]] = {None: _NOWHERE}
    found: dict[str, list[ResultSums]] = defaultdict(list)
    for technique, environment, *numbers, prevented, detected, partially in rows:
        if environment not in environments:
            continue
        for names in (prevented, detected, partially):
            if names not in places:
                places[names] = frozenset(names.split(_SEPARATOR))
        found[successors.get(technique, technique)].append(
            ResultSums._make((environment, *numbers, places[prevented], places[detected], places[partially]))
        )
    return found
