"""An app that is told something once it is up, and what it answers."""

from collections.abc import Callable
from dataclasses import replace

from onhost.orders import Exec
from tests.support.engine import Answer
from tests.support.host import Release, World, release

APPLY = Exec("worker", ("ak", "apply"), 3)
PATIENT = replace(APPLY, seconds=20)


def idp(revision: str, apply: Exec = APPLY, **order: object) -> Release:
    secret = {".env": 'SECRET="canary-secret"\n'}
    compose = f"services: {{worker: {{x-digest: {revision}}}}}"
    return release(revision, compose, secret, after_up=(apply,), **order)


def answers(*given: Answer | Callable[[], Answer]) -> Callable[[list[str]], Answer | None]:
    """One answer after the other to what is done in the app; the last one for good."""
    left = list(given)

    def answer(words: list[str]) -> Answer | None:
        if words[0] != "exec":
            return None
        now = left.pop(0) if len(left) > 1 else left[0]
        return now() if callable(now) else now

    return answer


REFUSED = (1, "Blueprint invalid: canary-secret: signing_kp\n")


def is_at(world: World, revision: str) -> bool:
    return world.stack.current.endswith(f"-{revision.ljust(12, '0')}")
