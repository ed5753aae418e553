"""Where an operation has its place in a run: by the lines from which it was called, as pyinfra has it."""

import sys
import traceback

from pyinfra.api import State
from pyinfra.api.util import PYINFRA_INSTALL_DIR


def of_stack(state: State) -> list[int]:
    """What `pyinfra.api.util.get_operation_order_from_stack` gives, without reading each caller's source.

    That was more than half of what a host without changes cost this machine.
    """
    stack = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_stack(sys._getframe(1))]
    files = [file for file, _ in reversed(stack)]
    deploy = state.current_deploy_filename
    start = files.index(deploy) if deploy in files else len(files) - 1 if deploy else 0
    below = list(reversed(stack))[start:]
    lines = [line for file, line in below if not file.startswith(PYINFRA_INSTALL_DIR)]
    return [state.current_op_file_number, *lines]
