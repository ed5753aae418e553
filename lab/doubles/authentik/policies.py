"""Whether policies that are bound to something pass for a person who is at it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .accounts import PEOPLE, Accounts, Reputation
from .expressions import Asked, User, evaluated
from .models import EXPRESSION, POLICY_BINDING, REPUTATION
from .query import Query, modules
from .store import Object, Objects


@dataclass(frozen=True, kw_only=True)
class Policies:
    """The stored policies, for one visitor."""

    objects: Objects
    accounts: Accounts
    reputation: Reputation
    address: str

    def passed(self, target: str, mode: str, username: str, context: Mapping[str, Any]) -> bool:
        """Whether any, or all, of the policies bound to a target pass; true where none is bound."""
        bound = [found for found in self.objects.values() if _binds(found, target)]
        asked = Asked(user=self._user(username), context=context)
        results = [self._passes(self.objects[binding["policy"]], asked) for binding in bound]
        return (all if mode == "all" else any)(results) if results else True

    def _user(self, username: str) -> User:
        person = PEOPLE.get(username)
        if not person:
            return User(username=username)
        factor = bool(self.accounts.second_factor(username))
        return User(username=username, is_superuser=person.superuser, groups=person.groups, factor=factor)

    def _passes(self, policy: Object, asked: Asked) -> bool:
        if policy["model"] == REPUTATION:
            return self._guessed(policy, asked.user.username)
        if policy["model"] == EXPRESSION:
            return bool(self._evaluated(policy["expression"], asked))
        raise TypeError(f"the double cannot decide {policy['model']}")

    def _guessed(self, policy: Object, username: str) -> bool:
        score = self.reputation.of_address(self.address) if policy.get("check_ip") else 0
        score += self.reputation.of_name(username) if policy.get("check_username") else 0
        return score <= int(policy.get("threshold", -5))

    def _evaluated(self, expression: str, asked: Asked) -> Any:
        """With the tables that it may import."""

        class Reputation:
            objects = Query(self.reputation.rows())

        sys.modules.update(modules({"authentik.policies.reputation.models": {"Reputation": Reputation}}))
        return evaluated(expression, asked, ak_client_ip=self.address)


def _binds(found: Object, target: str) -> bool:
    return bool(found["model"] == POLICY_BINDING and found["target"] == target and found.get("policy"))
