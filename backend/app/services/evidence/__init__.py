"""Evidence: taking in, listing, handing out, verifying, withdrawing, sweeping."""

from app.services.evidence.custody import record_custody
from app.services.evidence.delivery import FileDelivery, issue_link, open_link
from app.services.evidence.inventory import InventoryFilter, inventory_totals, list_inventory
from app.services.evidence.preview import Preview, preview_evidence
from app.services.evidence.queries import (
    EvidenceView,
    count_evidence,
    custody_of,
    get_evidence,
    list_evidence,
    look_at,
    sealed_hashes,
)
from app.services.evidence.quotas import free_bytes, max_file_bytes
from app.services.evidence.receive import receive_evidence
from app.services.evidence.sweep import Inventory, SweepReport, sweep_evidence, take_inventory
from app.services.evidence.verification import Verification, verify_all, verify_evidence
from app.services.evidence.withdrawal import carry_evidence, withdraw_evidence

__all__ = [
    "EvidenceView",
    "FileDelivery",
    "Inventory",
    "InventoryFilter",
    "Preview",
    "SweepReport",
    "Verification",
    "carry_evidence",
    "count_evidence",
    "custody_of",
    "free_bytes",
    "get_evidence",
    "inventory_totals",
    "issue_link",
    "list_evidence",
    "list_inventory",
    "look_at",
    "max_file_bytes",
    "open_link",
    "preview_evidence",
    "receive_evidence",
    "record_custody",
    "sealed_hashes",
    "sweep_evidence",
    "take_inventory",
    "verify_all",
    "verify_evidence",
    "withdraw_evidence",
]
