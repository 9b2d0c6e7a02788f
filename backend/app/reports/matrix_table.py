"""The matrix as a table."""

from collections.abc import Mapping
from typing import Any, Final

from app.reports.csv_text import csv_document

COLUMNS: Final = (
    "attack_id",
    "name",
    "tactic",
    "parent",
    "value",
    "compare",
    "status",
    "proven",
    "tests",
    "open_tests",
    "units",
    "units_validated",
    "inconclusive",
    "expired",
    "review_required",
    "last_executed_at",
)


def matrix_table(heatmap: Mapping[str, Any]) -> str:
    """One row a cell; what a value is made of in columns behind."""
    details = list(dict.fromkeys(name for cell in heatmap["cells"] for name in cell["detail"]))
    header = ["layer", *COLUMNS, *details, "as_of"]
    rows = [
        [
            heatmap["layer"],
            *(cell[name] for name in COLUMNS),
            *(cell["detail"].get(name) for name in details),
            heatmap["as_of"],
        ]
        for cell in heatmap["cells"]
    ]
    return csv_document(header, rows)
