"""SigmaHQ's rule repository as a source."""

from typing import Final

from app.importers.base import Source
from app.importers.content import WHOLE, ContentDefinition
from app.importers.github_archive import Repository

PARSER_VERSION: Final = 2
REPOSITORY: Final = Repository("SigmaHQ", "sigma")

DEFINITION: Final = ContentDefinition(
    source=Source(
        name="sigma",
        title="Sigma",
        url="https://github.com/SigmaHQ/sigma",
        licence="Detection Rule License 1.1",
        ways=("offline", "github"),
    ),
    parser="app.importers.sigma.parser",
    parser_version=PARSER_VERSION,
    kinds=("rule",),
    parts=(REPOSITORY.as_part(WHOLE),),
)
