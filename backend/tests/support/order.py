"""The files that take long begin first, so that at the end no worker waits for another.

`make test-backend durations=25` shows where the time goes.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
SECONDS = {
    "content/test_archive_imports.py": 110,
    "e2e/test_accessibility.py": 110,
    "content/test_attack_imports.py": 105,
    "e2e/test_main_job.py": 60,
    "contract/test_contract.py": 50,
    "services/demo/test_demo.py": 40,
    "runtime/test_kills.py": 40,
    "integration/importers/test_attack_recorded.py": 40,
    "test_server.py": 35,
    "content/test_killed_imports.py": 30,
    "runtime/test_processes.py": 30,
    "runtime/test_faults.py": 25,
    "storage/test_contract.py": 25,
    "api/test_access.py": 25,
    "content/test_atomic_over_http.py": 25,
    "content/test_stubs.py": 20,
    "api/evidence/test_upload.py": 20,
    "api/test_main_job.py": 20,
    "api/test_strangers_bodies.py": 15,
    "api/test_events.py": 15,
    "storage/test_s3.py": 15,
    "api/evidence/test_stores.py": 15,
    "content/test_held_templates.py": 12,
    "embedded/test_postgres.py": 12,
    "integration/importers/test_d3fend_api.py": 10,
    "integration/importers/test_rules_recorded.py": 10,
    "services/coverage/test_command.py": 10,
    "services/evidence/test_sweep.py": 10,
    "migrations/test_migrations.py": 8,
    "api/test_middleware.py": 8,
    "content/test_source_routes.py": 8,
}
"""About how long a file takes, of those that take more than five."""


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests by the length of their file; within a file, and among short files, as they were."""
    return sorted(items, key=lambda item: -SECONDS.get(item.nodeid.partition("::")[0].removeprefix("tests/"), 0))
