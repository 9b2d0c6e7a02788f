"""Elastic's detection rules as a source."""

from typing import Final

from app.importers.base import Source
from app.importers.content import WHOLE, ContentDefinition
from app.importers.github_archive import Repository

PARSER_VERSION: Final = 2
REPOSITORY: Final = Repository("elastic", "detection-rules")

DEFINITION: Final = ContentDefinition(
    source=Source(
        name="elastic",
        title="Elastic detection rules",
        url="https://github.com/elastic/detection-rules",
        licence="Elastic License 2.0",
        ways=("offline", "github"),
    ),
    parser="app.importers.elastic.parser",
    parser_version=PARSER_VERSION,
    kinds=("rule", "redirect"),
    parts=(REPOSITORY.as_part(WHOLE),),
)
