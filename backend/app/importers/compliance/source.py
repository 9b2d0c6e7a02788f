"""Compliance as a source of two repositories: CTID's mappings, and NIST's catalogues in OSCAL."""

from typing import Final

from app.importers.base import Source
from app.importers.content import ContentDefinition
from app.importers.github_archive import Repository
from app.importers.limits import MIB

PARSER_VERSION: Final = 2
MAPPINGS: Final = "mappings"
OSCAL: Final = "oscal"
MAX_CATALOGUE_BYTES: Final = 64 * MIB
"""The full catalogue has 10 MB and more; it grows with every release."""
MAPPINGS_REPOSITORY: Final = Repository("center-for-threat-informed-defense", "mappings-explorer")
OSCAL_REPOSITORY: Final = Repository("usnistgov", "oscal-content")

DEFINITION: Final = ContentDefinition(
    source=Source(
        name="compliance",
        title="Compliance frameworks",
        url="https://center-for-threat-informed-defense.github.io/mappings-explorer/",
        licence="Mappings Apache-2.0, © MITRE Engenuity; NIST catalogues public domain",
        ways=("offline", "github"),
    ),
    parser="app.importers.compliance.parser",
    parser_version=PARSER_VERSION,
    kinds=("framework", "control", "mapping"),
    parts=(
        OSCAL_REPOSITORY.as_part(OSCAL, max_member_bytes=MAX_CATALOGUE_BYTES),
        MAPPINGS_REPOSITORY.as_part(MAPPINGS),
    ),
)
