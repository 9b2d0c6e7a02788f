"""Compliance as a source of two repositories: CTID's mappings, and NIST's catalogues in OSCAL."""

from typing import Final

from app.importers.base import Source
from app.importers.content import ContentDefinition
from app.importers.github_archive import Repository

PARSER_VERSION: Final = 1
MAPPINGS: Final = "mappings"
OSCAL: Final = "oscal"
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
    parts=(OSCAL_REPOSITORY.as_part(OSCAL), MAPPINGS_REPOSITORY.as_part(MAPPINGS)),
)
