"""Sigma rule files of our own making, in upstream's format."""

import pytest

from tests.support.parsing import parse_files

MODULE = "app.importers.sigma.parser"
ID = "11111111-2222-4333-8444-555555555555"
RULE = f"""title: Shell from Office
id: {ID.upper()}
status: test
description: An office program starts a shell.
references:
    - https://example.org/a
author: Somebody
date: 2022/07/28
modified: 2023-01-02
tags:
    - attack.execution
    - attack.T1059.001
    - attack.t1204
    - attack.g0010
    - cve.2020-1
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\cmd.exe'  # a comment
    condition: selection
falsepositives:
    - Unknown
level: high
"""
PARTS = """action: global
title: Many doors
id: 99999999-2222-4333-8444-555555555555
author: Somebody
level: high
tags:
    - attack.t1021
detection:
    condition: selection
---
logsource:
    product: windows
    service: system
detection:
    selection:
        EventID: 7045
---
logsource:
    product: linux
detection:
    selection:
        - one
        - two
"""


def parsed(files):
    return parse_files(MODULE, files)


def test_a_rule_with_everything():
    [record] = parsed({"rules/windows/a.yml": RULE}).records
    assert record.key == f"sigma:{ID}"
    assert (record.name, record.level, record.status, record.retired) == ("Shell from Office", "high", "test", False)
    assert (record.created, record.modified, record.author) == ("2022-07-28", "2023-01-02", "Somebody")
    assert [(link.attack_id, link.tactic) for link in record.techniques] == [
        ("T1059.001", "execution"),
        ("T1204", "execution"),
    ]
    assert record.platforms == ["Windows"]
    assert record.source_text == RULE
    assert record.query.splitlines()[0] == "detection:"
    assert record.query.splitlines()[-1] == "    condition: selection"
    assert record.url == f"https://github.com/SigmaHQ/sigma/blob/{'c' * 40}/rules/windows/a.yml"
    assert record.licence == "Detection Rule License 1.1"


def test_old_tags_with_underscores_and_several_tactics():
    text = RULE.replace("attack.execution", "attack.defense_evasion\n    - attack.persistence")
    [record] = parsed({"rules/a.yml": text}).records
    assert {link.tactic for link in record.techniques} == {None}
    [record] = parsed({"rules/a.yml": RULE.replace("attack.execution", "attack.defense_evasion")}).records
    assert {link.tactic for link in record.techniques} == {"defense-evasion"}


def test_a_global_document_gives_its_fields_to_the_others():
    found = parsed({"unsupported/doors.yml": PARTS})
    assert [record.key for record in found.records] == [
        "sigma:unsupported/doors.yml#2",
        "sigma:unsupported/doors.yml#3",
    ]
    first, second = found.records
    assert (first.name, first.author, first.level, first.techniques) == ("Many doors", "Somebody", None, [])
    assert first.raw["rule"]["detection"] == {"condition": "selection", "selection": {"EventID": 7045}}
    assert second.platforms == ["Linux"]
    assert "7045" in first.source_text
    assert "7045" not in second.source_text
    assert first.retired


def test_what_else_att_and_ck_numbers_is_no_tactic():
    others = "".join(f"    - attack.{name}\n" for name in ("c0042", "m1049", "dc0001", "det0100", "an0100", "s0002"))
    [record] = parsed({"rules/a.yml": RULE.replace("    - cve", f"{others}    - cve")}).records
    assert {link.tactic for link in record.techniques} == {"execution"}
    [record] = parsed({"rules/a.yml": RULE.replace("attack.execution", "attack.stealth")}).records
    assert {link.tactic for link in record.techniques} == {"stealth"}
    one = RULE[: RULE.index("tags:")] + "tags: attack.t1059\n" + RULE[RULE.index("logsource:") :]
    assert [link.attack_id for link in parsed({"rules/a.yml": one}).records[0].techniques] == ["T1059"]


def test_a_correlation_knows_the_rules_beside_it_and_a_filter_is_no_rule():
    correlation = """---
title: Many shells
id: 22222222-2222-4333-8444-555555555555
tags: [attack.t1059]
correlation:
    type: event_count
    rules: [shell]
    group-by: [User]
    timespan: 1h
    condition: {gte: 10}
level: high
"""
    found = parsed({"rules/a.yml": RULE.replace("status: test", "status: test\nname: shell") + correlation})
    first, second = found.records
    assert (second.name, second.query.splitlines()[0], second.language) == ("Many shells", "correlation:", "sigma")
    assert [rule["title"] for rule in second.raw["together"]] == ["Shell from Office", "Many shells"]
    assert "together" not in first.raw
    filters = "title: Not here\nid: 3\nlogsource: {product: windows}\nfilter: {rules: [shell], condition: not x}\n"
    found = parsed({"rules/b.yml": filters, "rules/c.yml": "action: repeat\ntitle: x\n"})
    assert [problem.message for problem in found.problems] == [
        "The document is a filter for other rules.",
        "The document's action is none that we know.",
    ]


def test_of_two_rules_with_one_id_the_live_one_stays():
    dead = RULE.replace("title: Shell from Office", "title: Dead")
    found = parsed({"deprecated/a.yml": dead, "rules/a.yml": RULE})
    assert [record.name for record in found.records] == ["Shell from Office"]
    assert found.duplicates == (f"sigma:{ID}",)


def test_what_is_no_rule_is_not_read():
    files = dict.fromkeys(
        ("regression_data/rules/x/info.yml", "tests/a.yml", "README.md", "rules/readme.txt", "rules-dfir/README.md"),
        "id: x",
    )
    assert parsed(files).items == ()
    assert parsed(files).problems == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\xff\xfe", "not_utf8"),
        ("a: [", "invalid_yaml"),
        ("- a\n- b", "not_a_rule"),
        ("title: x", "not_a_rule"),
        ("detection: {a: 1}", "no_name"),
        ("a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8)
        ), "yaml_bomb"),
        ("a: " + "[" * 300 + "]" * 300, "nesting_too_deep"),
        ("!!python/object/apply:os.system ['true']", "invalid_yaml"),
    ],
)  # fmt: skip
def test_unusable_files_are_problems(text, code):
    found = parsed({"rules/bad.yml": text, "rules/good.yml": RULE})
    assert [problem.code for problem in found.problems] == [code]
    assert len(found.items) == 1


def test_comments_and_layout_do_not_change_the_hash():
    other = RULE.replace("  # a comment", "").replace("    - https", "  - https")
    assert parsed({"rules/a.yml": RULE}).hashes == parsed({"rules/moved/b.yml": other}).hashes
    changed = RULE.replace("cmd.exe", "pwsh.exe")
    assert parsed({"rules/a.yml": RULE}).hashes != parsed({"rules/a.yml": changed}).hashes
    assert parsed({"rules/a.yml": RULE}).hashes != parsed({"deprecated/a.yml": RULE}).hashes
