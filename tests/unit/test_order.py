"""Operations are in the order that pyinfra itself would give them."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pyinfra
import pytest
from pyinfra.api import util

from tasks import order

HOW = (order.of_stack, util.get_operation_order_from_stack)


def inner(ask: Callable[[Any], list[int]], state: Any) -> list[int]:
    return ask(state)


@pytest.mark.parametrize("deploy", [None, __file__])
def test_the_lines_are_those_that_pyinfra_finds(monkeypatch: pytest.MonkeyPatch, deploy: str | None) -> None:
    monkeypatch.setattr(pyinfra, "is_cli", True)
    state: Any = SimpleNamespace(current_deploy_filename=deploy, current_op_file_number=3)
    ours, pyinfras = [inner(each, state) for each in HOW]

    assert ours == pyinfras
    assert ours[0] == 3
    assert len(ours) > 2


def test_where_no_deploy_file_is_under_way_there_are_no_lines_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyinfra, "is_cli", True)
    state: Any = SimpleNamespace(current_deploy_filename="elsewhere.py", current_op_file_number=3)

    assert len(order.of_stack(state)) <= 2
