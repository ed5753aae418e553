"""What secrets are needed, what is wrong with them, and what makes them."""

import base64
import secrets
import string
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from catalogue.model import Rule, Secret
from tasks.secrets.keys import key_problem, private_key, public_half
from tasks.secrets.sensitive import Sensitive
from tasks.secrets.store import Store

Needed = Mapping[str, tuple[Secret, ...]]
"""The secrets of each app."""
Place = tuple[str, str]
"""Where a value lies in the store: bundle and key."""

COMMAND: Final = "guildhall secrets"
MAIL_NAMES: Final = ("SMTP_ACCESS_KEY", "SMTP_PASSWORD", "SMTP_USERNAME")
"""An app's mail account; its access key is for `retire` alone, and only accounts that IAM issued have one."""
LETTERS: Final = string.ascii_letters + string.digits  # safe in a shell, a URL and a connection string


def place(app: str, secret: Secret) -> Place:
    return secret.bundle or app, secret.key or secret.name


def resolve(needed: Needed, store: Store) -> dict[str, dict[str, Sensitive]]:
    """Each app's secrets by variable; ValueError lists every missing and malformed one with what to do."""
    found = look_up({bundle for bundle, _ in rules(needed)}, store)
    if rules(needed) and not found:
        raise ValueError(_nothing(needed, store))
    if wrong := problems(needed, found):
        raise ValueError("\n  ".join([f"{store.place}: {len(wrong)} problems with secrets", *wrong]))
    return {
        app: {name: Sensitive(value) for name, value in variables(app, wanted, found).items()}
        for app, wanted in needed.items()
    }


def _nothing(needed: Needed, store: Store) -> str:
    """A store that holds nothing is more often another one than a new one."""
    count = len(rules(needed))
    return (
        f"{store.place} holds none of {count} secrets: either {store.doubt}, "
        f"or it is new; then type {COMMAND} generate"
    )


def variables(app: str, wanted: Iterable[Secret], found: Mapping[Place, str]) -> dict[str, str]:
    """What the secrets of an app put into its `.env`: each value, and the public half of a key pair."""
    values = {}
    for secret in wanted:
        values[secret.name] = found[place(app, secret)]
        if secret.public:
            values[secret.public] = public_half(values[secret.name])
    return values


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
        what, command = problem(secret.rule, found[where]), f"set {bundle} {key} --replace"
    else:
        what, command = "is missing", f"set {bundle} {key}" if secret.rule.kind == "given" else "generate"
    return what and f"{app}: {secret.name} ({bundle}/{key}) {what}; type {COMMAND} {command}"


def problem(rule: Rule, value: str) -> str | None:
    """What is wrong with a value, in words that do not show it; None if nothing is."""
    return rule.problem(value) or (key_problem(value, rule.size) if rule.kind == "keypair" else None)


def generate(needed: Needed, store: Store) -> list[Place]:
    """Make every missing secret that has a rule; what is there stays. The places that were filled."""
    wanted = {
        where: rule for where, rule in rules(needed).items() if rule.kind != "given" and not rule.issued
    }
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
    match rule.kind:
        case "hex":
            return secrets.token_hex(rule.size)
        case "base64":
            return base64.b64encode(secrets.token_bytes(rule.size)).decode()
        case "uuid":
            return str(uuid.uuid4())
        case "keypair":
            return private_key(rule.size)
    return "".join(secrets.choice(LETTERS) for _ in range(rule.size))


def put(needed: Needed, store: Store, where: Place, value: str, *, replace: bool) -> None:
    """Store a value that a person brings; ValueError if it cannot be used or would replace one unasked."""
    check_place(needed, store, where, replace=replace)
    if wrong := problem(rules(needed)[where], value):
        raise ValueError(f"{'/'.join(where)} {wrong}; nothing was written")
    bundle, key = where
    store.write(bundle, {key: value}, replace=True)


def check_place(needed: Needed, store: Store, where: Place, *, replace: bool) -> None:
    """ValueError if no app needs such a secret, or if it has a value and is not to be replaced."""
    bundle, _ = where
    if where not in rules(needed):
        raise ValueError(f"no app needs {'/'.join(where)}; {COMMAND} list says what is needed")
    if where in look_up({bundle}, store) and not replace:
        raise ValueError(f"{'/'.join(where)} has a value; add --replace to give it another")


def listed(needed: Needed) -> list[str]:
    """Every secret, a line each: where it lies, its rule, which apps use it."""
    users: dict[Place, list[str]] = defaultdict(list)
    for app, wanted in needed.items():
        for secret in wanted:
            users[place(app, secret)].append(app)
    known = rules(needed)
    return [
        f"{'/'.join(where):<40} {known[where].kind:<9} {', '.join(apps)}" for where, apps in users.items()
    ]


def checked(needed: Needed, store: Store) -> tuple[list[str], bool]:
    """What is wrong with a store, a line each and a last one of all; and whether every secret can be used."""
    known = rules(needed)
    found = look_up({*store.names(), *(bundle for bundle, _ in known)}, store)
    wrong = [*([] if found else [_nothing(needed, store)]), *problems(needed, found)]
    beside = {(bundle, MAIL_NAMES[0]) for bundle, key in known if key == MAIL_NAMES[1]}
    unused = [
        f"{'/'.join(where)} is unused: no app of the catalogue needs it"
        for where in found.keys() - known - beside
    ]
    state = f"{store.place}: {len(known)} secrets are needed, {'not all' if wrong else 'all'} can be used"
    return [*wrong, *sorted(unused), state], not wrong
