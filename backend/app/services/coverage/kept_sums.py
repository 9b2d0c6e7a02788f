"""The sums of current results, kept in the transaction that changes them."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.clock import now
from app.models.coverage import ResultSum
from app.services.coverage.decisions import rules_now
from app.services.coverage.sums import DIFFERENCE, PAST_PAIRS, SUMMED_ALL, SUMMED_PAIRS, ageing_of

_SAME: Final = tuple(
    column.name for column in ResultSum.__table__.columns if column.name not in {"id", "as_of", "exact_until", "ageing"}
)
_NEVER: Final = 2**63 - 1
"""What stands for the moment of a change that does not come."""
_INTO: Final = (
    f"INSERT INTO result_sum (id, {', '.join(_SAME)}, as_of, ageing, exact_until)"
    f" SELECT gen_random_uuid(), {', '.join(_SAME)}, %(moment)s, %(ageing)s, coalesce(changes, {_NEVER})"
)  # fmt: skip
_KEEP_PAIRS: Final = f"{_INTO} FROM ({SUMMED_PAIRS}) AS anew"
_KEEP_ALL: Final = f"{_INTO} FROM ({SUMMED_ALL}) AS anew"
_FORGET_PAIRS: Final = """
DELETE FROM result_sum WHERE (technique_id, environment_id) IN (
    SELECT * FROM unnest(CAST(%(techniques)s AS uuid[]), CAST(%(environments)s AS uuid[]))
)
"""


def keep_sums(session: Session, pairs: Collection[tuple[UUID, UUID]]) -> None:
    """Sum the results of pairs of technique and environment anew. The caller holds the locks of their statistics."""
    which = {"techniques": [pair[0] for pair in pairs], "environments": [pair[1] for pair in pairs]}
    asked = _ageing(session) | which
    connection = session.connection()
    connection.exec_driver_sql(_FORGET_PAIRS, asked)
    connection.exec_driver_sql(_KEEP_PAIRS, asked)


def past_pairs(session: Session) -> set[tuple[UUID, UUID]]:
    """Some pairs whose sums are not exact any more; empty when all are."""
    return {(row[0], row[1]) for row in session.connection().exec_driver_sql(PAST_PAIRS, _ageing(session))}


def keep_all_sums(session: Session) -> Sequence[int]:
    """Sum everything anew while nobody else may. Returns total, missing, wrong and needless sums that were found."""
    asked, connection = _ageing(session), session.connection()
    connection.exec_driver_sql("LOCK TABLE result_sum IN SHARE ROW EXCLUSIVE MODE")
    found = connection.exec_driver_sql(DIFFERENCE, asked).one()
    connection.exec_driver_sql("DELETE FROM result_sum")
    connection.exec_driver_sql(_KEEP_ALL, asked)
    return tuple(found)


def _ageing(session: Session) -> dict[str, object]:
    moment = now()
    return ageing_of(moment, rules_now(session, moment).valid_days)
