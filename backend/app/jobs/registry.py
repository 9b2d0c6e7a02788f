"""All jobs, by name."""

from app.jobs.base import Job
from app.jobs.content import scan_intelligence, sync_attack
from app.jobs.coverage import take_snapshots
from app.jobs.upkeep import check_integrity, clean_notifications, keep_house

HOUR = 3600

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("mitre_sync", "MITRE ATT&CK sync", "mitre_sync_interval_hours", 5 * 60, sync_attack),
        Job("intel_scan", "Intelligence scan", "intel_scan_interval_hours", 30 * 60, scan_intelligence),
        Job(
            "notification_cleanup",
            "Notification clean-up",
            "notification_cleanup_interval_hours",
            10 * 60,
            clean_notifications,
        ),
        Job("integrity_check", "Integrity check", "integrity_check_interval_hours", 12 * HOUR, check_integrity),
        Job("coverage_snapshot", "Coverage snapshot", "snapshot_interval_hours", 10 * 60, take_snapshots),
        Job("housekeeping", "Housekeeping", "housekeeping_interval_hours", HOUR, keep_house),
    )
}
