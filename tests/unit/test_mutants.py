"""What `make mutants` tells of a run of mutmut: what was noticed, by package, and what is the same."""

import json
import os
import tomllib
from pathlib import Path

from tasks.settings import ROOT
from tests import mutants

RESULTS = """
    tasks.dns.zones.x__found__mutmut_1: killed
    tasks.dns.zones.x__found__mutmut_2: survived
    tasks.dns.planning.xǁPlanǁchanges__mutmut_1: timeout
    catalogue.views.dns.x_dns_records__mutmut_1: no tests
    catalogue.views.dns.x_dns_records__mutmut_2: not checked
"""
DIFF = """# tasks.dns.zones.x__found__mutmut_2: survived
--- tasks/dns/zones.py
+++ tasks/dns/zones.py
@@ -1,3 +1,3 @@
 def _found(record):
-    return record.comment == OURS
+    return record.comment != OURS
"""


def test_what_was_not_tried_yet_is_no_result() -> None:
    assert mutants.results(RESULTS) == {
        "tasks.dns.zones.x__found__mutmut_1": "killed",
        "tasks.dns.zones.x__found__mutmut_2": "survived",
        "tasks.dns.planning.xǁPlanǁchanges__mutmut_1": "timeout",
        "catalogue.views.dns.x_dns_records__mutmut_1": "no tests",
    }


def test_what_no_test_noticed_is_tried_again_and_a_changed_test_is_a_new_one(tmp_path: Path) -> None:
    stats, meta = tmp_path / "mutants/mutmut-stats.json", tmp_path / "mutants/tasks/dns/zones.py.meta"
    mutants.forget(stats.parent)
    meta.parent.mkdir(parents=True)
    tests = {f"tests/unit/test_{name}.py::test_it[a]": 0.1 for name in ("old", "changed", "gone")}
    stats.write_text(json.dumps({"duration_by_test": tests, "stats_time": 1}))
    meta.write_text(json.dumps({"exit_code_by_key": {"a": 1, "b": 0, "c": 33, "d": None}, "more": 2}))
    (tmp_path / "tests/unit").mkdir(parents=True)
    for name, moment in (("old", 1), ("changed", 3)):
        (tmp_path / f"tests/unit/test_{name}.py").touch()
        os.utime(tmp_path / f"tests/unit/test_{name}.py", (moment, moment))
    os.utime(stats, (2, 2))
    mutants.forget(stats.parent)

    known = {"duration_by_test": {"tests/unit/test_old.py::test_it[a]": 0.1}, "stats_time": 1}
    assert json.loads(stats.read_text()) == known
    assert json.loads(meta.read_text()) == {
        "exit_code_by_key": {"a": 1, "b": None, "c": None, "d": None}, "more": 2
    }  # fmt: skip


def test_a_function_that_no_test_comes_by_is_told_once() -> None:
    assert mutants.untouched(mutants.results(RESULTS)) == [
        "no test comes by: catalogue.views.dns.x_dns_records: 1 mutants"
    ]


def test_a_mutant_that_only_took_too_long_is_told() -> None:
    assert mutants.cut_off(mutants.results(RESULTS)) == [
        "counted as killed, by its time limit: tasks.dns.planning.xǁPlanǁchanges__mutmut_1"
    ]


def test_a_mutant_is_known_by_the_line_that_it_changed() -> None:
    assert mutants.changed(DIFF) == "return record.comment != OURS"
    assert mutants.changed("-    del a\n") == "(a line less)"


def test_a_package_is_a_folder() -> None:
    of = [
        "tasks.dns.zones.x__found__mutmut_1",
        "tasks.faults.x_line__mutmut_1",
        "onhost.files.x_switch__mutmut_2",
    ]

    assert [mutants.package(name) for name in of] == ["tasks.dns", "tasks", "onhost"]


def test_each_package_must_notice_enough_of_those_that_are_not_the_same() -> None:
    ended = {f"tasks.dns.zones.x_{number}": "killed" for number in range(17)}
    ended |= {f"tasks.dns.zones.x_{number}": "survived" for number in (17, 18, 19)}
    ended |= {"catalogue.views.x_1": "no tests"}

    lines, enough = mutants.table(ended, ["catalogue.views.x_1"])
    assert lines == [
        "package              mutants killed survived percent",
        "tasks.dns                 20     17        3    85.0",
    ]
    assert enough
    assert not mutants.table(ended, [])[1]
    assert not mutants.table({**ended, "tasks.dns.zones.x_20": "survived"}, ["catalogue.views.x_1"])[1]


def test_a_change_that_is_the_same_has_a_reason_and_is_of_a_package_that_is_changed() -> None:
    known = tomllib.loads((ROOT / "tests/equivalent.toml").read_text())
    only = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]["only_mutate"]
    packages = {mutants.package(path.replace("/", ".")) for path in only}

    assert known.keys() <= packages
    assert all(reason for lines in known.values() for reason in lines.values())
