"""Small samples of our own in the forms of the four template catalogues."""

import hashlib
from dataclasses import asdict

from app.importers.atomic_red_team.parser import PARSER as ATOMIC
from app.importers.base import Problem
from app.importers.caldera.parser import PARSER as CALDERA
from app.importers.content import ContentParser, ParseContext
from app.importers.gtfobins.parser import PARSER as GTFOBINS
from app.importers.lolbas.parser import PARSER as LOLBAS
from app.importers.records import BlueprintRecord, TechniqueLink, TemplateRecord

CONTEXT = ParseContext("all", None)


def _read(parser: ContentParser, **files: str) -> tuple[list[TemplateRecord | BlueprintRecord], list[Problem]]:
    members = [(path, text.encode()) for path, text in files.items() if parser.wants(path)]
    records: list[TemplateRecord | BlueprintRecord] = []
    problems = []
    for found in parser.parse(members, CONTEXT):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            assert isinstance(found.record, TemplateRecord | BlueprintRecord)
            records.append(found.record)
    return records, problems


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def test_atomic_tests_keep_all_that_a_technician_needs() -> None:
    text = """
attack_technique: t1003
display_name: Dumping
atomic_tests:
- name: "  One  sample "
  auto_generated_guid: AAAAAAAA-0000-0000-0000-000000000001
  supported_platforms: [windows, "iaas:aws", office-365, toaster]
  input_arguments:
    n: {description: Number, type: Integer, default: 5}
    p: {description: Place, type: Path, default: null}
  executor: {name: manual, steps: "1. Look"}
- name: No id
  executor: {name: sh, command: "true"}
- just text
"""
    records, problems = _read(ATOMIC, **{"atomics/T1003/T1003.yaml": text, "atomics/T1003/src/T1003.yaml": text})
    assert [(problem.path, problem.code) for problem in problems] == [
        ("atomics/T1003/T1003.yaml#2", "missing_field"),
        ("atomics/T1003/T1003.yaml#3", "invalid_item"),
    ]
    record = records[0]
    assert isinstance(record, TemplateRecord)
    assert (record.key, record.name, record.procedure, record.executor) == (
        "atomic:aaaaaaaa-0000-0000-0000-000000000001",
        "One sample",
        "1. Look",
        "manual",
    )
    assert record.platforms == ["IaaS", "Office Suite", "Windows", "toaster"]
    assert record.inputs == [
        {"name": "n", "description": "Number", "type": "integer", "default": "5"},
        {"name": "p", "description": "Place", "type": "path", "default": None},
    ]
    assert record.techniques == [TechniqueLink("T1003", details={"name": "Dumping"})]


def test_files_that_cannot_be_read_are_problems_and_the_others_go_on() -> None:
    good = "attack_technique: T1004\natomic_tests:\n- {name: a, auto_generated_guid: g, executor: {name: sh}}\n"
    records, problems = _read(
        ATOMIC,
        **{
            "atomics/T1001/T1001.yaml": "a: [1",
            "atomics/T1002/T1002.yaml": "attack_technique: T1002",
            "atomics/T1003/T1003.yaml": "attack_technique: nonsense\natomic_tests: []",
            "atomics/T1004/T1004.yml": good,
        },
    )
    assert [problem.code for problem in problems] == ["invalid_yaml", "missing_field", "invalid_id"]
    assert [record.key for record in records] == ["atomic:g"]


def test_caldera_reads_both_forms_and_adversaries() -> None:
    nested = """
- id: one
  name: First
  tactic: discovery
  privilege: Elevated
  technique: {attack_id: " T1564.001", name: Hide}
  requirements: [{plugins.x.paw: [{source: a}]}]
  platforms:
    linux,darwin:
      sh: {command: "cat #{host.file[filters(max=3)]}", cleanup: rm x, payloads: [x.sh]}
"""
    flat = """
- id: two
  name: Second
  tactic: impact
  technique_id: T1489
  executors: [{name: "psh,pwsh", platform: windows, command: stop, cleanup: [a, b]}]
"""
    adversary = "adversary_id: adv\nname: Someone\natomic_ordering: [two, gone, one]\n"
    records, problems = _read(
        CALDERA,
        **{
            "data/adversaries/packs/adv.yml": adversary,
            "data/abilities/discovery/one.yml": nested,
            "data/abilities/impact/two.yml": flat,
            "data/abilities/impact/three.yml": "- {id: three, name: Third}",
            "data/payloads/x.yml": "a: b",
        },
    )
    assert [(problem.path, problem.code) for problem in problems] == [
        ("data/abilities/impact/three.yml", "missing_field")
    ]
    assert [record.key for record in records] == [
        *("caldera:one:linux:sh", "caldera:one:darwin:sh", "caldera:two:windows:psh", "caldera:two:windows:pwsh"),
        "caldera:adv",
    ]
    first, third, blueprint = records[0], records[2], records[4]
    assert isinstance(first, TemplateRecord)
    assert isinstance(third, TemplateRecord)
    assert isinstance(blueprint, BlueprintRecord)
    assert (first.platforms, first.elevation_required, [item["name"] for item in first.inputs]) == (
        ["Linux"],
        True,
        ["host.file"],
    )
    assert [item["description"] for item in first.dependencies] == [
        "Payload x.sh lies on the target.",
        "CALDERA requirement plugins.x.paw",
    ]
    assert first.techniques == [TechniqueLink("T1564.001", "discovery")]
    assert (third.executor, third.cleanup) == ("powershell", "a\nb")
    assert [(step["ability"], step["known"], len(step["templates"])) for step in blueprint.steps] == [
        ("two", True, 2),
        ("gone", False, 0),
        ("one", True, 2),
    ]


def test_caldera_reads_what_other_releases_write() -> None:
    ability = """
- ability_id: one
  name: First
  tactic: Lateral Movement
  technique_id: T1021.002 (SMB)
  executors: [{name: sh, platform: linux, command: ls}]
"""
    adversary = "id: adv\nname: Phased\nphases: {10: [last], 1: [one], 2: [{ability_id: two}]}\n"
    records, problems = _read(CALDERA, **{"data/abilities/x/one.yml": ability, "data/adversaries/adv.yml": adversary})
    assert problems == []
    first, blueprint = records
    assert isinstance(first, TemplateRecord)
    assert isinstance(blueprint, BlueprintRecord)
    assert (first.key, first.techniques) == ("caldera:one:linux:sh", [TechniqueLink("T1021.002", "lateral-movement")])
    assert [step["ability"] for step in blueprint.steps] == ["one", "two", "last"]


def test_atomic_reads_lists_of_commands_and_words_for_yes() -> None:
    text = """
attack_technique: T1003
atomic_tests:
- name: One
  auto_generated_guid: g
  supported_platforms: linux
  dependencies: [{description: d, prereq_command: [a, b]}]
  executor: {name: sh, command: [one, two], cleanup_command: null, elevation_required: "true"}
"""
    [record], problems = _read(ATOMIC, **{"atomics/T1003/T1003.yaml": text})
    assert isinstance(record, TemplateRecord)
    assert (record.procedure, record.cleanup, record.elevation_required, record.platforms) == (
        "one\ntwo",
        "",
        True,
        ["Linux"],
    )
    assert (record.dependencies[0]["prereq_command"], problems) == ("a\nb", [])


def test_lolbas_reads_other_spellings_and_several_techniques() -> None:
    text = """
name: Tool.exe
Full_Path: [C:\\Tool.exe, {Path: C:\\x86\\Tool.exe}]
commands:
  - {command: tool a, UseCase: Run, MitreId: "T1218.011, T1105 and AML.T0051"}
"""
    [record], problems = _read(LOLBAS, **{"yml/New/Deep/Tool.yml": text})
    assert isinstance(record, TemplateRecord)
    assert ([link.attack_id for link in record.techniques], problems) == (["T1218.011", "T1105"], [])
    assert (record.name, "C:\\Tool.exe\nC:\\x86\\Tool.exe" in record.description) == ("Tool.exe: Run", True)
    records, problems = _read(LOLBAS, **{"yml/A.yml": "Name: A.exe\nCommands:\n"})
    assert (records, [problem.code for problem in problems]) == ([], ["missing_field"])


def test_lolbas_turns_placeholders_into_inputs_and_joins_equal_commands() -> None:
    text = """
Name: Tool.exe
Description: A tool
Author: Somebody
Created: 2020-01-01
Commands:
  - {Command: "tool {PATH:.exe} {PATH:.exe} {other}", Usecase: Run it, MitreID: T1218, Privileges: Administrator}
  - {Command: "tool {PATH:.exe} {PATH:.exe} {other}", Usecase: Load it, MitreID: t1105, Privileges: Local Admin}
  - {Usecase: nothing}
Detection:
  - Sigma: https://example.org/rule
  - IOC: a word
Resources:
"""
    records, problems = _read(LOLBAS, **{"yml/OSBinaries/Tool.yml": text, "Archive-Old-Version/Old.yml": text})
    assert [(problem.path, problem.code) for problem in problems] == [
        ("yml/OSBinaries/Tool.yml#2", "duplicate_key"),
        ("yml/OSBinaries/Tool.yml#3", "missing_field"),
    ]
    record = records[0]
    assert isinstance(record, TemplateRecord)
    assert record.key == f"lolbas:Tool:{_short('tool {PATH:.exe} {PATH:.exe} {other}')}"
    assert (record.name, record.procedure) == ("Tool.exe: Run it", "tool #{path_exe} #{path_exe_2} {other}")
    assert [item["name"] for item in record.inputs] == ["path_exe", "path_exe_2"]
    assert (record.elevation_required, record.references) == (True, ["https://example.org/rule"])
    assert [link.attack_id for link in record.techniques] == ["T1218", "T1105"]


def test_gtfobins_reads_the_new_form_with_techniques_of_the_table() -> None:
    table = """
reverse-shell:
  label: Reverse shell
  description: It can.
  mitre: [T1059, T1071]
  extra: {listener: {tcp-server: {comment: Listen., code: nc -l}}}
inherit: {label: Inherit}
"""
    entry = """---
comment: About it.
functions:
  reverse-shell:
  - code: |-
      run it
    listener: tcp-server
    contexts: {sudo: , suid: {code: other}}
  - {code: mine, mitre: [T1001], contexts: {unprivileged: }}
  inherit:
  - {code: more, from: less}
  - {comment: no code}
...
"""
    files = {"_gtfobins/ld.so": entry, "_gtfobins/other": "---\nalias: ld.so\n...\n", "_data/functions.yml": table}
    records, problems = _read(GTFOBINS, **files)
    assert [(problem.path, problem.code) for problem in problems] == [("_gtfobins/ld.so#inherit/2", "missing_field")]
    shell, own, inherited = (record for record in records if isinstance(record, TemplateRecord))
    assert shell.key == f"gtfobins:ld.so:reverse-shell:{_short('run it')}"
    assert ([link.attack_id for link in shell.techniques], shell.elevation_required) == (["T1059", "T1071"], True)
    assert "With suid:\nother" in shell.description
    assert [(item["description"], item["get_prereq_command"]) for item in shell.dependencies] == [("Listen.", "nc -l")]
    assert ([link.attack_id for link in own.techniques], own.elevation_required) == (["T1001"], False)
    assert (inherited.name, inherited.techniques) == ("ld.so: Inherit from less", [])


def test_gtfobins_reads_contexts_as_a_list_and_leaves_hidden_files() -> None:
    entry = "---\nfunctions:\n  shell:\n  - {code: a, contexts: [sudo, suid]}\n...\n"
    records, problems = _read(GTFOBINS, **{"_gtfobins/x.yml": entry, "_gtfobins/.dir-locals.el": "((nil))"})
    [record] = records
    assert isinstance(record, TemplateRecord)
    assert (record.key, record.elevation_required, problems) == (f"gtfobins:x:shell:{_short('a')}", True, [])
    assert "Contexts: sudo, suid" in record.description


def test_gtfobins_reads_the_old_form_without_techniques() -> None:
    entry = "---\ndescription: Old.\nfunctions:\n  sudo:\n    - {description: As root., code: sudo x}\n---\n# Text: [\n"
    records, problems = _read(GTFOBINS, **{"_gtfobins/x.md": entry, "_data/functions.yml": "shell: {label: Shell}"})
    assert problems == []
    record = asdict(records[0])
    assert (record["name"], record["procedure"], record["elevation_required"], record["techniques"]) == (
        "x: Sudo",
        "sudo x",
        True,
        [],
    )
