"""mutmut with tests that are collected once: each mutant's process is forked from there, and runs its own.

It is started by `tests/mutants.py` in the copy that mutmut works on, and takes mutmut's own words. One more,
`diffs`, shows all mutants at once that no test noticed, as JSON.
"""

import functools
import gc
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

import mutmut.__main__
import pytest
from _pytest.config import _prepareconfig
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.runners.harness import PytestRunner
from mutmut.utils.file_utils import change_cwd, walk_mutatable_files
from mutmut.workers.isolation import ForkRunner

OURS = ("catalogue.", "cli.", "lab.", "onhost.", "tasks.", "tests.")
KILLED = 1
found: list[pytest.Session] = []


def collected(runner: ForkRunner) -> None:
    """What pytest does up to the first test."""
    begin(runner)
    words = ["--rootdir=.", "--tb=native", "--capture=no", "-qq", *config().pytest_add_cli_args]
    with change_cwd("mutants"):
        settings = _prepareconfig([*words, *config().pytest_add_cli_args_test_selection])
        settings._do_configure()
        session = pytest.Session.from_config(settings)
        settings.hook.pytest_sessionstart(session=session)
        settings.hook.pytest_collection(session=session)
    found.append(session)


def noticed(runner: PytestRunner, *, mutant_name: str | None, tests: Iterable[str]) -> int:
    """Exit code of a mutant's process, which ends with the first test that fails."""
    if not (mutant_name and found):
        return int(run(runner, mutant_name=mutant_name, tests=tests))
    items = {item.nodeid: item for item in found[0].items}
    order = [items[name] for name in tests]
    with change_cwd("mutants"):
        if _fails(order):
            return KILLED
        _forget()  # what is kept in caches was made before, without the mutant
        return KILLED if _fails(order) else 0


def _fails(order: list[pytest.Item]) -> bool:
    """Whether one of these tests does; nothing of this process may go on as mutmut."""
    for item, after in zip_longest(order, order[1:]):
        try:
            item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
        except BaseException:
            return True
        if found[0].testsfailed:
            return True
    return False


class Anew:
    """Each test calls what it needs itself, and is not given what an earlier one had made."""

    @functools.cached_property
    def caches(self) -> list[Any]:
        return list(_caches())

    def pytest_runtest_setup(self) -> None:
        for each in self.caches:
            each.cache_clear()


def mapped(runner: PytestRunner, *, tests: Iterable[str]) -> int:
    """Which test calls what."""
    executed = runner.execute_pytest
    with pytest.MonkeyPatch.context() as patch:
        more = lambda words, plugins: executed(words, plugins=[*plugins, Anew()])  # noqa: E731
        patch.setattr(runner, "execute_pytest", more)
        return int(stats(runner, tests=tests))


def _forget() -> None:
    for each in _caches():
        each.cache_clear()


def _caches() -> Iterator[Any]:
    gc.unfreeze()  # else it knows nothing of what was there when the tests were collected
    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper) and each.__module__.startswith(OURS):
            yield each


def diffs() -> dict[str, str]:
    """Mutant: what it changed, of those that the tests ran over without noticing."""
    made: dict[str, str] = {}
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        unnoticed = [name for name, code in data.exit_code_by_key.items() if code not in (None, KILLED)]
        made |= {name: get_diff_for_mutant(name, path=path) for name in unnoticed}
    return made


begin, run, stats = ForkRunner.startup, PytestRunner.run_tests, PytestRunner.run_stats
ForkRunner.startup, PytestRunner.run_tests, PytestRunner.run_stats = collected, noticed, mapped

if __name__ == "__main__":
    if sys.argv[1] == "diffs":
        json.dump(diffs(), sys.stdout)
    else:
        mutmut.__main__.cli()
