"""All jobs, by name."""

from app.jobs.base import Job
from app.jobs.content import sync_attack
from app.jobs.upkeep import clean_notifications, keep_house

HOUR = 3600

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("mitre_sync", "MITRE ATT&CK sync", "mitre_sync_interval_hours", 5 * 60, sync_attack),
        Job(
            "notification_cleanup",
            "Notification clean-up",
            "notification_cleanup_interval_hours",
            10 * 60,
            clean_notifications,
        ),
        Job("housekeeping", "Housekeeping", "housekeeping_interval_hours", HOUR, keep_house),
    )
}
