"""The current results summed by the database: one row a technique, environment and expectation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.domain.result_sums import Ageing, ResultSums, since_epoch
from app.services.reading import Query

# `domain.result_sums.sum_results` where the rows are, in whole microseconds; a test compares both.
_HEAD: Final = """
SELECT CAST(r.technique_id AS text), CAST(r.environment_id AS text), r.expected,
       count(r.kept) FILTER (WHERE r.detection = 'prevented'),
       count(r.kept) FILTER (WHERE r.detection = 'detected'),
       count(r.kept) FILTER (WHERE r.detection = 'partially_detected'),
       count(r.kept) FILTER (WHERE r.detection = 'not_detected'),
       count(*) - count(r.kept),
       %(moment)s - min(r.age),
       CAST(coalesce(sum(r.kept) FILTER (WHERE r.detection = 'prevented'), 0) AS bigint),
       CAST(coalesce(sum(r.kept) FILTER (WHERE r.detection = 'detected'), 0) AS bigint),
       CAST(coalesce(sum(r.kept) FILTER (WHERE r.detection = 'partially_detected'), 0) AS bigint),
       CAST(coalesce(sum(r.left) FILTER (WHERE r.detection = 'prevented'), 0) AS bigint),
       CAST(coalesce(sum(r.left) FILTER (WHERE r.detection = 'detected'), 0) AS bigint),
       CAST(coalesce(sum(r.left) FILTER (WHERE r.detection = 'partially_detected'), 0) AS bigint),
       CAST(coalesce(sum(r.left) FILTER (WHERE r.detection = 'not_detected'), 0) AS bigint),
       max(r.left),
       CAST(bit_or(r.place) FILTER (WHERE r.detection = 'prevented') AS text),
       CAST(bit_or(r.place) FILTER (WHERE r.detection = 'detected') AS text),
       CAST(bit_or(r.place) FILTER (WHERE r.detection = 'partially_detected') AS text)
FROM (
  SELECT a.technique_id, a.environment_id, a.expected, a.detection, a.age,
    CASE WHEN a.age <= %(full)s THEN CAST(%(span)s AS bigint)
         WHEN a.age <= %(valid)s THEN %(valid)s - a.age END AS kept,
    CASE WHEN a.age <= %(valid)s THEN CAST(%(fade)s AS bigint) ELSE greatest(0, %(valid)s + %(fade)s - a.age) END
      AS "left",
    CASE WHEN a.age <= %(valid)s AND a.place IS NOT NULL
         THEN set_bit(CAST(%(nowhere)s AS bit varying), a.place - 1, 1) END AS place
  FROM (
    SELECT c.technique_id, c.environment_id, c.expected, c.detection,
           array_position(CAST(%(known)s AS text[]), c.platform) AS place,
           %(moment)s - CAST(date_part('epoch', c.executed_at) * 1000000 AS bigint) AS age
    FROM current_result c
"""
_TAIL: Final = """
    OFFSET 0
  ) a
  OFFSET 0  -- both, so that everything is worked out once a row, not once a sum
) r
GROUP BY r.technique_id, r.environment_id, r.expected
"""
_SUMS: Final = _HEAD + _TAIL
_SUMS_ON_PLATFORMS: Final = (
    _HEAD
    + """
    JOIN technique t ON t.id = c.technique_id
    WHERE c.platform = ANY(%(platforms)s) OR c.platform IS NULL AND t.platforms <@ ARRAY['None']
    """
    + _TAIL
)
_NOWHERE: Final[frozenset[str]] = frozenset()


def sums_query(now: datetime, valid_days: int, known: Sequence[str], platforms: Sequence[str]) -> Query:
    """The query of all sums at a moment.

    known: every platform that can count. platforms: only results on these; empty for all.
    """
    ageing = Ageing.of(valid_days)
    asked = {
        "moment": since_epoch(now.timestamp()),
        "full": min(ageing.full, ageing.valid),
        "valid": ageing.valid,
        "span": ageing.span,
        "fade": ageing.fade,
        "known": list(known),
        "nowhere": "0" * max(1, len(known)),
        "platforms": list(platforms),
    }
    return (_SUMS_ON_PLATFORMS if platforms else _SUMS), asked


def sums_by_technique(
    rows: Iterable[tuple[Any, ...]],
    known: Sequence[str],
    environments: Mapping[str, object],
    successors: Mapping[str, str],
) -> dict[str, list[ResultSums]]:
    """The query's rows by technique; those of a technique that has one successor count for the successor."""
    marks: dict[str | None, frozenset[str]] = {None: _NOWHERE}
    found: dict[str, list[ResultSums]] = defaultdict(list)
    for technique, environment, *numbers, prevented, detected, partially in rows:
        if environment not in environments:
            continue
        for mark in (prevented, detected, partially):
            if mark not in marks:
                marks[mark] = frozenset(name for name, bit in zip(known, mark, strict=True) if bit == "1")
        found[successors.get(technique, technique)].append(
            ResultSums._make((environment, *numbers, marks[prevented], marks[detected], marks[partially]))
        )
    return found
