"""`python -m lab`: the lab from the command line."""

import argparse
import sys
from collections.abc import Sequence

from lab import bench, demo, lifecycle, ssh
from lab.errors import LabError


def main(words: Sequence[str]) -> int:
    """Carry out a command; 0 done, 1 not, with one line that says why."""
    options = _parser().parse_args(words)
    try:
        return _carried_out(options)
    except LabError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        return _fail("interrupted; `guildhall lab up` goes on from here")


def _carried_out(options: argparse.Namespace) -> int:
    match options.command:
        case "up":
            lifecycle.up()
        case "down":
            lifecycle.down()
        case "reset":
            lifecycle.reset()
        case "status":
            return 0 if lifecycle.status() else 1
        case "demo":
            demo.demo()
        case "bench":
            bench.bench()
        case "ssh":
            ssh.enter(options.host, options.words)
    return 0


def _fail(reason: str) -> int:
    sys.stderr.write(f"lab: {reason}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab", description="Three throwaway hosts on this machine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start what is not running")
    commands.add_parser("down", help="stop everything; images stay")
    commands.add_parser("demo", help="deploy everything, prove it, and say what there is to see")
    commands.add_parser("bench", help="measure runs; makes the hosts anew")
    commands.add_parser("reset", help="stop everything and delete all that the lab ever made")
    commands.add_parser("status", help="say what runs")
    shell = commands.add_parser("ssh", help="a shell or a command on a host")
    shell.add_argument("host")
    shell.add_argument("words", nargs=argparse.REMAINDER, metavar="command")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
