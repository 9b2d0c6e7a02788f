"""JSON from outside: UTF-8 only, bounded in size and nesting."""

import re
from typing import Any, Final

import orjson

from app.importers.limits import MAX_JSON_DEPTH
from app.importers.reading import Unusable

STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
BRACES_AS_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
NO_BRACKET: Final = bytes(set(range(256)) - set(b"[]{}"))


def read_json(data: bytes) -> Any:
    """Plain data of a JSON file. Raises Unusable `invalid_json` or `nesting_too_deep`."""
    try:
        value = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        if "depth limit" in str(error):
            raise Unusable("nesting_too_deep", f"The file nests deeper than {MAX_JSON_DEPTH} levels.") from error
        raise Unusable("invalid_json", "The file is not valid JSON in UTF-8.") from error
    _refuse_depth_of_text(data)
    return value


def _refuse_depth_of_text(data: bytes) -> None:
    """Raise as `refuse_depth`, for the text of what was read: walking through all values takes longer than reading."""
    left = STRING.sub(b"", data).translate(BRACES_AS_BRACKETS, NO_BRACKET)
    for _ in range(MAX_JSON_DEPTH):
        if not left:
            return
        # Takes away the innermost level.
        left = left.replace(b"[]", b"")
    if left:
        raise Unusable("nesting_too_deep", f"The file nests deeper than {MAX_JSON_DEPTH} levels.")


def refuse_depth(value: object) -> None:
    """Raise Unusable `nesting_too_deep`."""
    level: list[object] = [value]
    for _ in range(MAX_JSON_DEPTH):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner += [child for child in item.values() if isinstance(child, dict | list)]
            elif isinstance(item, list):
                inner += [child for child in item if isinstance(child, dict | list)]
        if not inner:
            return
        level = inner
    raise Unusable("nesting_too_deep", f"The file nests deeper than {MAX_JSON_DEPTH} levels.")
