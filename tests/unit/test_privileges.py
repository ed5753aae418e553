"""Commands that pyinfra does not run by itself have the rights of the operation at hand."""

from typing import cast

import pytest
from pyinfra.api import Config, Host, Inventory, State, StringCommand
from pyinfra.connectors.util import make_unix_command

from tasks.privileges import privileges

NONE = {"_success_exit_codes", "_get_pty", "_timeout", "_stdin"}
"""What a connector takes for itself, before the command is made."""


class Running:
    """A host in the middle of an operation."""

    def __init__(self, **arguments: object) -> None:
        self.current_op_global_arguments = arguments


def shown(**arguments: object) -> str:
    """The command that reaches the host."""
    told = privileges(cast(Host, Running(**arguments)))
    return str(
        make_unix_command(StringCommand("ss -tln"), **{k: v for k, v in told.items() if k not in NONE})
    )


def test_a_command_is_run_by_sudo_where_the_operation_is() -> None:
    assert shown(_sudo=True) == "sudo -H -n sh -c 'ss -tln'"
    assert shown(_sudo=False) == "sh -c 'ss -tln'"


def test_another_user_of_sudo_and_the_environment_come_along() -> None:
    assert shown(_sudo=True, _sudo_user="deploy") == "sudo -H -n -u deploy sh -c 'ss -tln'"
    assert shown(_env={"LC_ALL": "C"}) == "sh -c 'export LC_ALL=C && ss -tln'"


def test_what_an_operation_is_called_and_its_input_stay_with_it() -> None:
    told = privileges(cast(Host, Running(_sudo=True, _stdin="secret", name="databases: roles")))

    assert told == {"_sudo": True}


@pytest.mark.parametrize("sudo", [True, False])
def test_outside_an_operation_it_is_what_the_inventory_says(sudo: bool) -> None:
    inventory = Inventory((["tools-prod"], {"_sudo": sudo}))  # type: ignore[no-untyped-call]
    State(inventory, Config())  # type: ignore[no-untyped-call]
    told = privileges(inventory.get_host("tools-prod"))

    assert told["_sudo"] is sudo
    assert "_stdin" not in told
