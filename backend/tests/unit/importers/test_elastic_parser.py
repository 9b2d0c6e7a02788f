"""Elastic rule files of our own making, in upstream's format."""

import pytest

from tests.support.parsing import parse_files

MODULE = "app.importers.elastic.parser"
RULE = '''[metadata]
creation_date = "2023/01/11"
integration = ["endpoint"]
maturity = "production"
updated_date = "2024/02/03"

[rule]
author = ["Elastic", "Somebody"]
description = """
First line
second line
"""
index = ["logs-*"]
language = "eql"
license = "Elastic License v2"
name = "Odd shell"
risk_score = 47
rule_id = "AAAAAAAA-1111-4222-8333-444444444444"
severity = "medium"
tags = ["OS: Windows", "OS: macOS", "Use Case: Threat Detection"]
type = "eql"
query = \'\'\'
process where process.name == "a"
   and user.id == """x"""
\'\'\'

[[rule.threat]]
framework = "MITRE ATT&CK"
[[rule.threat.technique]]
id = "T1059"
name = "Command"
[[rule.threat.technique.subtechnique]]
id = "T1059.001"
[rule.threat.tactic]
id = "TA0002"
name = "Execution"

[[rule.threat]]
framework = "MITRE ATT&CK"
[rule.threat.tactic]
id = "TA0011"
name = "Command and Control"
'''
LEARNED = """[metadata]
maturity = "deprecated"
[rule]
name = "Learned"
rule_id = "bbbbbbbb-1111-4222-8333-444444444444"
severity = "low"
type = "machine_learning"
machine_learning_job_id = "x"
"""


def parsed(files):
    return parse_files(MODULE, files)


def test_a_rule_with_everything():
    [record] = parsed({"rules/windows/a.toml": RULE}).records
    assert record.key == "elastic:aaaaaaaa-1111-4222-8333-444444444444"
    assert (record.level, record.status, record.language, record.retired) == ("medium", "production", "eql", False)
    assert record.author == "Elastic, Somebody"
    assert record.platforms == ["Windows", "macOS"]
    assert record.log_source == {"index": ["logs-*"], "integration": ["endpoint"]}
    assert [(link.attack_id, link.tactic) for link in record.techniques] == [
        ("T1059", "execution"),
        ("T1059.001", "execution"),
    ]
    assert (record.created, record.modified) == ("2023-01-11", "2024-02-03")
    assert record.query == 'process where process.name == "a"\n   and user.id == """x"""'
    assert record.source_text == RULE


def test_other_words_of_the_same_format_say_the_same():
    text = (
        RULE.replace('"2023/01/11"', "2023-01-11")
        .replace('["OS: Windows", "OS: macOS", "Use Case: Threat Detection"]', '["Elastic", "Host", "Windows"]')
        .replace('framework = "MITRE ATT&CK"', 'framework = "MITRE ATT&CK®"', 1)
        .replace('name = "Execution"', 'name = "Defense_Evasion"')
        .replace('name = "Odd shell"', 'name = "Odd shell"\nnew_key = {a = [1, {b = 2}]}')
    )
    [record] = parsed({"rules/windows/a.toml": text}).records
    assert (record.created, record.platforms) == ("2023-01-11", ["Windows"])
    assert {(link.attack_id, link.tactic) for link in record.techniques} == {
        ("T1059", "defense-evasion"),
        ("T1059.001", "defense-evasion"),
    }
    other = RULE.replace('framework = "MITRE ATT&CK"', 'framework = "MITRE ATLAS"')
    assert parsed({"rules/a.toml": other}).records[0].techniques == []
    assert parsed({"rules/_deprecated/a.toml": RULE}).records[0].retired


def test_a_learned_rule_has_neither_query_nor_language():
    [record] = parsed({"rules/_deprecated/b.toml": LEARNED}).records
    assert (record.query, record.language, record.techniques, record.retired) == ("", None, [], True)
    assert record.raw["machine_learning_job_id"] == "x"


def test_mappings_to_a_later_release_are_kept_beside_the_others():
    later = """
[[rule.threat_mappings]]
framework = "MITRE ATT&CK"
version = "19"
[[rule.threat_mappings.threat]]
framework = "MITRE ATT&CK"
[[rule.threat_mappings.threat.technique]]
id = "T1685"
[rule.threat_mappings.threat.tactic]
name = "Stealth"
"""
    [record] = parsed({"rules/a.toml": RULE + later}).records
    assert [(link.attack_id, link.tactic) for link in record.techniques][-1] == ("T1685", "stealth")


def test_hunts_and_other_files_are_no_rules():
    files = dict.fromkeys(("hunting/windows/a.toml", "pyproject.toml", "rules/README.md"), "x")
    assert parsed(files).items == parsed(files).problems == ()


def test_a_live_rule_goes_before_a_retired_one():
    retired = RULE.replace('"production"', '"deprecated"')
    found = parsed({"rules/_deprecated/a.toml": retired, "rules/a.toml": RULE})
    assert [record.status for record in found.records] == ["production"]
    assert len(found.duplicates) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\xff", "not_utf8"),
        ("a = ", "invalid_toml"),
        ("a = 1", "invalid_item"),
        ("[metadata]\n[rule]\nname = 'x'", "missing_field"),
        ("a = " + "[" * 150 + "]" * 150, "nesting_too_deep"),
    ],
)
def test_unusable_files_are_problems(text, code):
    found = parsed({"rules/bad.toml": text, "rules/good.toml": RULE})
    assert found.codes == {"rules/bad.toml": code}
    assert len(found.items) == 1


def test_the_hash_is_of_the_value():
    assert parsed({"rules/a.toml": RULE}).hashes == parsed({"rules/b.toml": RULE + "\n# end\n"}).hashes
