"""Names of D3FEND's answers, as addresses below `/api/` and as files."""

from typing import Final

VERSION: Final = "version.json"
MATRIX: Final = "matrix.json"
TECHNIQUES: Final = "technique/all.json"
TECHNIQUE_FOLDER: Final = "technique/"
BULK: Final = "ontology/inference/d3fend-full-mappings.json"
OFFENSIVE: Final = "offensive-technique/all.json"
OFFENSIVE_FOLDER: Final = "offensive-technique/attack/"
CRAWL_FOLDER: Final = "crawl/"
"""Where answers for single ATT&CK techniques are kept once fetched; an archive's own copies are never read: they are
a hundred megabytes that say in other words what the files of the defensive techniques say."""
MISSING: Final = "missing.json"
"""ATT&CK ids whose answer could not be had."""
