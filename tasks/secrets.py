"""What secrets are needed, what is wrong with them, and what brings them: see `--help`."""

import argparse
import getpass
import secrets
import string
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from catalogue import APPS, views
from catalogue.model import Rule, Secret
from tasks.secret_store import Store, open_store
from tasks.sensitive import Sensitive
from tasks.settings import load

Needed = Mapping[str, tuple[Secret, ...]]
"""The secrets of each app."""
Place = tuple[str, str]
"""Where a value lies in the store: bundle and key."""
Opened = Callable[[], Store]
Command = Callable[[argparse.Namespace, Needed, Opened], int]

COMMAND: Final = "python -m tasks.secrets"
LETTERS: Final = string.ascii_letters + string.digits  # safe in a shell, a URL and a connection string


def place(app: str, secret: Secret) -> Place:
    return secret.bundle or app, secret.key or secret.name


def resolve(needed: Needed, store: Store) -> dict[str, dict[str, Sensitive]]:
    """Each app's secrets by variable; ValueError lists every missing and malformed one with what to do."""
    found = look_up({bundle for bundle, _ in rules(needed)}, store)
    if wrong := problems(needed, found):
        raise ValueError("\n  ".join([f"{store.place}: {len(wrong)} problems with secrets", *wrong]))
    return {
        app: {secret.name: Sensitive(found[place(app, secret)]) for secret in wanted}
        for app, wanted in needed.items()
    }


def rules(needed: Needed) -> dict[Place, Rule]:
    """Every needed place once, with the rule of its value."""
    return {place(app, secret): secret.rule for app, wanted in needed.items() for secret in wanted}


def look_up(bundles: Iterable[str], store: Store) -> dict[Place, str]:
    """All values of these bundles, read at once."""
    names = sorted(bundles)
    with ThreadPoolExecutor(max_workers=20) as pool:
        contents = list(pool.map(store.read, names))
    return {
        (bundle, key): value
        for bundle, content in zip(names, contents, strict=True)
        for key, value in (content or {}).items()
    }


def problems(needed: Needed, found: Mapping[Place, str]) -> list[str]:
    """One line for each secret that an app cannot use: who needs it, where it was sought, what to type."""
    lines = [_problem(app, secret, found) for app, wanted in needed.items() for secret in wanted]
    return [line for line in lines if line]


def _problem(app: str, secret: Secret, found: Mapping[Place, str]) -> str | None:
    where = place(app, secret)
    bundle, key = where
    if where in found:
        what, command = secret.rule.problem(found[where]), f"set {bundle} {key} --replace"
    else:
        what, command = "is missing", f"set {bundle} {key}" if secret.rule.kind == "given" else "generate"
    return what and f"{app}: {secret.name} ({bundle}/{key}) {what}; type {COMMAND} {command}"


def generate(needed: Needed, store: Store) -> list[Place]:
    """Make every missing secret that has a rule; what is there stays. The places that were filled."""
    wanted = {where: rule for where, rule in rules(needed).items() if rule.kind != "given"}
    found = look_up({bundle for bundle, _ in wanted}, store)
    new = {where: made(rule) for where, rule in wanted.items() if where not in found}
    by_bundle: dict[str, dict[str, str]] = defaultdict(dict)
    for (bundle, key), value in new.items():
        by_bundle[bundle][key] = value
    for bundle, values in by_bundle.items():
        store.write(bundle, values)
    return list(new)


def made(rule: Rule) -> str:
    """A new random value after the rule."""
    if rule.kind == "hex":
        return secrets.token_hex(rule.size)
    return "".join(secrets.choice(LETTERS) for _ in range(rule.size))


def _check(_args: argparse.Namespace, needed: Needed, opened: Opened) -> int:
    store, known = opened(), rules(needed)
    found = look_up({*store.names(), *(bundle for bundle, _ in known)}, store)
    wrong = problems(needed, found)
    unused = [
        f"{bundle}/{key} is unused: no app of the catalogue needs it" for bundle, key in found.keys() - known
    ]
    _say(
        *wrong,
        *sorted(unused),
        f"{store.place}: {len(known)} secrets are needed, {'not all' if wrong else 'all'} can be used",
    )
    return 1 if wrong else 0


def _generate(_args: argparse.Namespace, needed: Needed, opened: Opened) -> int:
    store = opened()
    new = generate(needed, store)
    _say(
        *(f"{bundle}/{key} generated" for bundle, key in new), f"{store.place}: {len(new)} secrets generated"
    )
    return 0


def _show_names(_args: argparse.Namespace, needed: Needed, _opened: Opened) -> int:
    users: dict[Place, list[str]] = defaultdict(list)
    for app, wanted in needed.items():
        for secret in wanted:
            users[place(app, secret)].append(app)
    known = rules(needed)
    _say(
        *(f"{'/'.join(where):<40} {known[where].kind:<9} {', '.join(apps)}" for where, apps in users.items())
    )
    return 0


def _set(args: argparse.Namespace, needed: Needed, opened: Opened) -> int:
    where = args.bundle, args.key
    if where not in rules(needed):
        sys.stderr.write(
            f"no app needs {args.bundle}/{args.key}; {COMMAND} show-names lists what is needed\n"
        )
        return 2
    store = opened()
    if where in look_up({args.bundle}, store) and not args.replace:
        raise ValueError(f"{args.bundle}/{args.key} has a value; add --replace to give it another")
    value = _typed(f"{args.bundle}/{args.key}: ")
    if problem := rules(needed)[where].problem(value):
        raise ValueError(f"{args.bundle}/{args.key} {problem}; nothing was written")
    store.write(args.bundle, {args.key: value}, replace=True)
    _say(f"{args.bundle}/{args.key} set")
    return 0


def _typed(prompt: str) -> str:
    """A value from the terminal without echo, or from standard input without its last newline."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.read().removesuffix("\n")


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=COMMAND, description="Names, never values, of what the store must hold."
    )
    commands = parser.add_subparsers(required=True)

    def command(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    command("check", _check, "say what is missing, malformed or unused; exit code 1 if anything is unusable")
    command("generate", _generate, "make what is missing and can be made; never change what is there")
    command("show-names", _show_names, "list every secret: where it lies, its rule, which apps use it")
    change = command("set", _set, "store a value that you type, or that standard input holds")
    change.add_argument("bundle", help="as in show-names, before the slash")
    change.add_argument("key", help="as in show-names, after the slash")
    change.add_argument("--replace", action="store_true", help="also if it has a value")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done, 1 a problem, 2 wrong usage."""
    args = _parser().parse_args(arguments)
    try:
        return int(args.run(args, views.all_secrets(APPS), lambda: open_store(load())))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
    except (KeyboardInterrupt, EOFError):
        sys.stderr.write("stopped before the end; it can be run again\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
