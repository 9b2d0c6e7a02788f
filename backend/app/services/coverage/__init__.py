"""Current results, statistics and statuses: kept in the transaction that changes them, judged when they are read.

Rows are locked in the order test, round, finding, current result, technique statistics (by id), audit head.
"""

from app.services.coverage.current import forget_result, record_decision
from app.services.coverage.decisions import OrganisationRules, expectations, organisation_rules
from app.services.coverage.recompute import RecomputeReport, recompute_all, recompute_techniques
from app.services.coverage.stats import recount_at_commit, refresh_stats, settle_results, sum_what_aged
from app.services.coverage.status import TechniqueStatus, statuses

__all__ = [
    "OrganisationRules",
    "RecomputeReport",
    "TechniqueStatus",
    "expectations",
    "forget_result",
    "organisation_rules",
    "recompute_all",
    "recompute_techniques",
    "record_decision",
    "recount_at_commit",
    "refresh_stats",
    "settle_results",
    "statuses",
    "sum_what_aged",
]
