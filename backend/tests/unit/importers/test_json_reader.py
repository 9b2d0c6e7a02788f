"""How deep JSON may nest, whatever its strings hold."""

import json

import pytest

from app.importers.json_reader import read_json
from app.importers.limits import MAX_JSON_DEPTH
from app.importers.reading import Unusable

NOT_NESTING = '[{"\\"]}\\\\'
"""Brackets and quotes that stand in text."""


@pytest.mark.parametrize(
    ("opening", "closing", "levels"), [("[", "]", 1), ('{"[": ', "}", 1), ('[1, {"\\"{": ', "}]", 2)]
)
def test_brackets_count_and_those_in_text_do_not(opening: str, closing: str, levels: int) -> None:
    times = MAX_JSON_DEPTH // levels
    inner = json.dumps(NOT_NESTING * 200)
    assert read_json(f"{opening * times}{inner}{closing * times}".encode())
    with pytest.raises(Unusable) as refused:
        read_json(f"{opening * (times + 1)}{inner}{closing * (times + 1)}".encode())
    assert refused.value.code == "nesting_too_deep"
