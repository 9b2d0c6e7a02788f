"""LOLBAS as a source."""

from typing import Final

from app.importers.base import Source
from app.importers.content import WHOLE, ContentDefinition
from app.importers.github_archive import Repository
from app.importers.lolbas.parser import KINDS, VERSION

REPOSITORY: Final = Repository("LOLBAS-Project", "LOLBAS")
DEFINITION: Final = ContentDefinition(
    source=Source(
        name="lolbas",
        title="LOLBAS",
        url="https://lolbas-project.github.io/",
        licence="GPL-3.0",
        ways=("offline", "github"),
    ),
    parser="app.importers.lolbas.parser",
    parser_version=VERSION,
    kinds=KINDS,
    parts=(REPOSITORY.as_part(WHOLE),),
)
