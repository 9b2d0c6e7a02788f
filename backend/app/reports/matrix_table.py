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
OVERLAY_COLUMNS: Final = ("score", "color", "comment", "enabled")


def matrix_table(heatmap: Mapping[str, Any], overlay: Mapping[str, Any] | None = None) -> str:
    """One row a cell; what a value is made of in columns behind, and what a layer laid over says of it."""
    details = list(dict.fromkeys(name for cell in heatmap["cells"] for name in cell["detail"]))
    laid_over = {} if overlay is None else {(cell["attack_id"], cell["tactic"]): cell for cell in overlay["cells"]}
    theirs = () if overlay is None else OVERLAY_COLUMNS
    header = ["layer", *COLUMNS, *details, "compare_layer", *(f"overlay_{name}" for name in theirs), "as_of"]
    rows = [
        [
            heatmap["layer"],
            *(cell[name] for name in COLUMNS),
            *(cell["detail"].get(name) for name in details),
            heatmap["compare"],
            *(laid_over.get((cell["attack_id"], cell["tactic"]), {}).get(name) for name in theirs),
            heatmap["as_of"],
        ]
        for cell in heatmap["cells"]
    ]
    return csv_document(header, rows)
