"""Commands with places for inputs: `#{name}`, with CALDERA's filters behind the name left out."""

import re
from collections.abc import Mapping
from typing import Final

_PLACE: Final = re.compile(r"#\{\s*([A-Za-z0-9_.-]+)(?:\[[^\]}]*\])?\s*\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values where their names stand; a place without a value stays as it is."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def places(text: str) -> list[str]:
    """Names of the places in a text, each once, in order."""
    return list(dict.fromkeys(_PLACE.findall(text)))
