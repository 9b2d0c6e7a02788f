"""YAML from outside, within bounds."""

import datetime as dt

import pytest

from app.importers.yaml_reader import MAX_YAML_BYTES, UnreadableYaml, read_yaml

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {k: v}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 9)}]}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_reads_all_documents_as_plain_data() -> None:
    data = b"\xef\xbb\xbfa: 1\r\nb: 2020-02-18\r\n---\n- &x {c: null}\n- *x\n"
    assert read_yaml(data) == [{"a": 1, "b": dt.date(2020, 2, 18)}, [{"c": None}, {"c": None}]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (LAUGHS.encode(), "yaml_bomb"),
        (MERGES.encode(), "yaml_bomb"),
        (b"a: &a [*a]\n", "yaml_bomb"),
        (b"[" * 200 + b"]" * 200, "nesting_too_deep"),
        (b"a: &x 1\nb: *x\nc: " + b"[" * 200 + b"]" * 200, "nesting_too_deep"),
        (b"a: [1\n", "invalid_yaml"),
        (b"a: !!python/object/apply:os.system [id]\n", "invalid_yaml"),
        (b"a: \x00\n", "invalid_yaml"),
        (b"{[a]: b}\n", "invalid_yaml"),
        ("a: ä\n".encode("utf-16"), "not_utf8"),
        (b"a: \xff\n", "not_utf8"),
        (b"a" * (MAX_YAML_BYTES + 1), "file_too_large"),
    ],
)
def test_refuses_what_it_cannot_bear(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableYaml) as caught:
        read_yaml(data)
    assert caught.value.code == code
