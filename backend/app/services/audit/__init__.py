"""The audit trail: who did what to what, in the transaction of the deed, numbered and chained."""

from app.services.audit.chain import NEVER_PROVEN, ChainReport, Entry, Fault, configure_keys, storable, verify_chain
from app.services.audit.entries import record
from app.services.audit.queries import AuditFilter, filtered_entries, list_entries
from app.services.audit.streaming import AuditStreamer, send_new_entries

__all__ = [
    "NEVER_PROVEN",
    "AuditFilter",
    "AuditStreamer",
    "ChainReport",
    "Entry",
    "Fault",
    "configure_keys",
    "filtered_entries",
    "list_entries",
    "record",
    "send_new_entries",
    "storable",
    "verify_chain",
]
