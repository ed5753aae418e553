"""What the provider makes for an app: asked for once, stored at once, and never left lying about."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tasks.secrets.iam import Iam, Key
from tasks.secrets.needs import COMMAND, Needed, Place, look_up, rules
from tasks.secrets.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A bundle with a key of the provider's: the app's own, or the one of who runs the site."""

    bundle: str
    prefix: str
    """What its three places begin with: `S3_`, or nothing."""
    issued: bool
    """Whether the provider is asked for the key; else a person brings it, and only whose it is is asked."""

    @property
    def places(self) -> tuple[Place, Place, Place]:
        """Where access key, secret key and principal lie."""
        access, secret, principal = (
            f"{self.prefix}{each}" for each in ("ACCESS_KEY", "SECRET_KEY", "PRINCIPAL")
        )
        return (self.bundle, access), (self.bundle, secret), (self.bundle, principal)

    def lacks_key(self, found: Mapping[Place, str]) -> bool:
        """Whether the provider has to make one."""
        return self.issued and any(where not in found for where in self.places[:2])

    def lacks_principal(self, found: Mapping[Place, str]) -> bool:
        """Whether there is a key and nothing that says whose it is."""
        access, secret, principal = self.places
        return access in found and secret in found and principal not in found


def holders(needed: Needed) -> tuple[Holder, ...]:
    """Every bundle with a principal: the operator's, then the apps' in the catalogue's order."""
    known = rules(needed)
    principals = [where for where, rule in known.items() if rule.kind == "principal"]
    named = [(bundle, key.removesuffix("PRINCIPAL")) for bundle, key in principals]
    return tuple(
        Holder(bundle=bundle, prefix=prefix, issued=known[bundle, f"{prefix}ACCESS_KEY"].issued)
        for bundle, prefix in named
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
        keys = ", ".join("/".join(each.places[0]) for each in lacking)
        raise ValueError(f"{error}; or bring by {COMMAND} set what another provider made: {keys}") from None


def renew(needed: Needed, store: Store, iam: Iam, app: str) -> Iterator[str]:
    """Another key for an app; the old one opens its bucket until `retire`: the running app still has it."""
    yield from _issued(_holder(needed, app), store, iam)
    yield f"{app}: the old key is good until you type {COMMAND} retire {app}; deploy first"


def retire(needed: Needed, store: Store, iam: Iam, app: str) -> Iterator[str]:
    """Delete every key of an app's application but the stored one; ValueError if none of them is stored."""
    (bundle, key), _, _ = _holder(needed, app).places
    kept = (store.read(bundle) or {}).get(key)
    keys = iam.keys(app)
    if kept not in keys:
        raise ValueError(f"{app}: the stored key is none of its application's; type {COMMAND} renew {app}")
    for each in keys:
        if each != kept:
            iam.delete(each)
            yield f"{app}: key {each} deleted"


def _holder(needed: Needed, app: str) -> Holder:
    known = {each.bundle: each for each in holders(needed) if each.issued}
    if app not in known:
        raise ValueError(f"{app} has no key of its own; there are those of {', '.join(known)}")
    return known[app]


def _issued(holder: Holder, store: Store, iam: Iam) -> Iterator[str]:
    leftover, key = iam.keys(holder.bundle), iam.issue(holder.bundle)
    _keep(holder, store, iam, key)
    yield f"{holder.bundle}: key {key.access} issued to '{iam.name(holder.bundle)}'"
    if leftover:
        others = f"its application has other keys, {', '.join(leftover)}"
        yield f"{holder.bundle}: {others}; deploy, then type {COMMAND} retire {holder.bundle}"


def _keep(holder: Holder, store: Store, iam: Iam, key: Key) -> None:
    """Store a key whole, or delete it again: its secret half is never shown a second time."""
    values = (key.access, key.secret.reveal(), key.principal)
    named = {where[1]: value for where, value in zip(holder.places, values, strict=True)}
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
    principal, (_, _, (_, name)) = iam.principal(access_key), holder.places
    if principal is None:
        command = f"renew {holder.bundle}" if holder.issued else f"set {holder.bundle} {name}"
        raise ValueError(
            f"{iam.place} has no key {access_key}, which {holder.bundle} has: it is deleted, or of another "
            f"provider; type {COMMAND} {command}"
        )
    store.write(holder.bundle, {name: principal})
    return f"{holder.bundle}/{name}: the key {access_key} is one of {principal}"
