"""What the provider makes for an app: asked for once, stored at once, and never left lying about."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tasks.secrets.iam import MAIL, OBJECTS, Iam, Key
from tasks.secrets.needs import COMMAND, MAIL_NAMES, Needed, Place, look_up, rules
from tasks.secrets.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A bundle with a key of the provider's: the app's own, or the one of who runs the site."""

    bundle: str
    names: tuple[str, str, str]
    """Of access key, secret key, and what follows from them: the principal, or the mail account's name."""
    issued: bool
    """Whether the provider is asked for the key; else a person brings it, and only whose it is is asked."""

    @property
    def mail(self) -> bool:
        """Whether it is a mail account's; else it is a bucket's."""
        return self.names == MAIL_NAMES

    @property
    def who(self) -> str:
        """What IAM's application is called: one that may send mail may not read files."""
        return f"{self.bundle} mail" if self.mail else self.bundle

    @property
    def places(self) -> tuple[Place, Place, Place]:
        access, secret, third = self.names
        return (self.bundle, access), (self.bundle, secret), (self.bundle, third)

    @property
    def required(self) -> tuple[Place, Place]:
        """What there must be, whoever made the key: mail servers know no access keys."""
        access, secret, third = self.places
        return (secret, third) if self.mail else (access, secret)

    def lacks_key(self, found: Mapping[Place, str]) -> bool:
        """Whether the provider has to make one."""
        return self.issued and any(where not in found for where in self.required)

    def lacks_principal(self, found: Mapping[Place, str]) -> bool:
        """Whether there is a key and nothing that says whose it is."""
        access, secret, third = self.places
        return not self.mail and access in found and secret in found and third not in found


def holders(needed: Needed) -> tuple[Holder, ...]:
    """Every bundle with a key: the operator's, then those of buckets and of mail in the catalogue's order."""
    known = rules(needed)
    principals = [where for where, rule in known.items() if rule.kind == "principal"]
    named = [(bundle, key.removesuffix("PRINCIPAL")) for bundle, key in principals]
    return (
        *(
            Holder(
                bundle=bundle,
                names=(f"{prefix}ACCESS_KEY", f"{prefix}SECRET_KEY", f"{prefix}PRINCIPAL"),
                issued=known[bundle, f"{prefix}ACCESS_KEY"].issued,
            )
            for bundle, prefix in named
        ),
        *(
            Holder(bundle=bundle, names=MAIL_NAMES, issued=True)
            for bundle, key in known
            if key == MAIL_NAMES[1]
        ),
    )


def issue(needed: Needed, store: Store, open_iam: Callable[[], Iam]) -> Iterator[str]:
    """Ask for every key that is missing, and whose those are that are there; a line for each thing done.

    The provider is not asked at all where nothing is missing.
    """
    found = look_up({bundle for bundle, _ in rules(needed)}, store)
    lacking = [each for each in holders(needed) if each.lacks_key(found) or each.lacks_principal(found)]
    if not lacking:
        return
    iam = _opened(open_iam, lacking)
    for each in lacking:
        if each.lacks_key(found):
            yield from _issued(each, store, iam)
        else:
            yield _looked_up(each, store, iam, found[each.places[0]])


def _opened(open_iam: Callable[[], Iam], lacking: Iterable[Holder]) -> Iam:
    try:
        return open_iam()
    except ValueError as error:
        keys = ", ".join("/".join(each.required[0]) for each in lacking)
        raise ValueError(f"{error}; or bring by {COMMAND} set what another provider made: {keys}") from None


def renew(needed: Needed, store: Store, iam: Iam, app: str) -> Iterator[str]:
    """Another key for each that an app has; the old are good until `retire`: the app runs with them."""
    for each in _held(needed, store, app):
        yield from _issued(each, store, iam)
    yield f"{app}: the old keys are good until you type {COMMAND} retire {app}; deploy first"


def retire(needed: Needed, store: Store, iam: Iam, app: str) -> Iterator[str]:
    """Delete all keys of an app's applications but the stored ones; ValueError if one of these is missing."""
    stored = store.read(app) or {}
    keys = {stored.get(each.names[0]): iam.keys(each.who) for each in _held(needed, store, app)}
    if any(kept not in found for kept, found in keys.items()):
        raise ValueError(f"{app}: the stored key is none of its application's; type {COMMAND} renew {app}")
    for each in (each for found in keys.values() for each in found if each not in keys):
        iam.delete(each)
        yield f"{app}: key {each} deleted"


def _held(needed: Needed, store: Store, app: str) -> list[Holder]:
    """The keys that an app has of the provider's; a mail account that a person brought is none."""
    stored = store.read(app) or {}
    known = [each for each in holders(needed) if each.issued]
    held = [each for each in known if each.bundle == app and not (each.mail and each.names[0] not in stored)]
    if not held:
        others = ", ".join(dict.fromkeys(each.bundle for each in known))
        raise ValueError(f"{app} has no key that the provider issued; those of {others} may have")
    return held


def _issued(holder: Holder, store: Store, iam: Iam) -> Iterator[str]:
    leftover = iam.keys(holder.who)
    key = iam.issue(holder.who, MAIL if holder.mail else OBJECTS)
    _keep(holder, store, iam, key)
    yield f"{holder.bundle}: key {key.access} issued to '{iam.name(holder.who)}'"
    if leftover:
        others = f"its application has other keys, {', '.join(leftover)}"
        yield f"{holder.bundle}: {others}; deploy, then type {COMMAND} retire {holder.bundle}"


def _keep(holder: Holder, store: Store, iam: Iam, key: Key) -> None:
    """Store a key whole, or delete it again: its secret half is never shown a second time."""
    values = (key.access, key.secret.reveal(), iam.project if holder.mail else key.principal)
    named = dict(zip(holder.names, values, strict=True))
    try:
        store.write(holder.bundle, named, replace=True)
    except ValueError as error:
        raise ValueError(f"{error}; {_undone(iam, key.access)}") from None


def _undone(iam: Iam, access_key: str) -> str:
    try:
        iam.delete(access_key)
    except ValueError as error:
        return f"the key that was made for it is left over: {error}"
    return "the key that was made for it is deleted again"


def _looked_up(holder: Holder, store: Store, iam: Iam, access_key: str) -> str:
    principal, (_, _, name) = iam.principal(access_key), holder.names
    if principal is None:
        command = f"renew {holder.bundle}" if holder.issued else f"set {holder.bundle} {name}"
        raise ValueError(
            f"{iam.place} has no key {access_key}, which {holder.bundle} has: it is deleted, or of another "
            f"provider; type {COMMAND} {command}"
        )
    store.write(holder.bundle, {name: principal})
    return f"{holder.bundle}/{name}: the key {access_key} is one of {principal}"
