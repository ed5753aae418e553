"""Keys of Scaleway's IAM: an application for each bucket and each mail account, one policy and one key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from scaleway import ScalewayException
from scaleway.iam.v1alpha1 import APIKey, Application, RuleSpecs

from tasks.clients import TIMEOUT_SECONDS, IamApi, client
from tasks.secrets.sensitive import Sensitive

T = TypeVar("T")
OBJECTS: Final = ("ObjectStorageObjectsDelete", "ObjectStorageObjectsRead", "ObjectStorageObjectsWrite")
"""What an app does with objects; in the whole project, so the bucket's policy says of which bucket."""
MAIL: Final = ("TransactionalEmailEmailSmtpCreate",)
"""Sends by SMTP, as any address of the project's domains, and does nothing else.

The account's name is the project's ID, its password the secret key:
https://www.scaleway.com/en/docs/transactional-email/reference-content/smtp-configuration/
"""
TAG: Final = "guildhall"
LONGEST: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key and whose it is."""

    access: str
    secret: Sensitive = field(repr=False)
    principal: str


class Iam:
    """The IAM of an organisation, for the apps of one project and environment; ValueError says what fails."""

    place = "Scaleway IAM"

    def __init__(self, environment: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self.environment, self._api = environment, IamApi(client(), timeout)
        if not self._api.client.default_organization_id:
            raise ValueError("Scaleway: SCW_DEFAULT_ORGANIZATION_ID is missing; set it, see .env.example")
        self.project = str(self._api.client.default_project_id)

    def name(self, who: str) -> str:
        """What the application and the policy are called of an app's bucket, or of its mail account."""
        return f"guildhall {self.environment} {who}"

    def principal(self, access_key: str) -> str | None:
        """Whose key that is; None if the organisation has no such key."""
        found = self._explained("look up whose a key is", lambda: self._key(access_key))
        if found is None:
            return None
        if found.application_id:
            return f"application_id:{found.application_id}"
        return f"user_id:{found.user_id}"

    def keys(self, who: str) -> list[str]:
        """The access keys of an application, none where there is no application."""
        found = self._application(who)
        return self._keys(who, found.id) if found else []

    def issue(self, who: str, sets: Sequence[str]) -> Key:
        """A new key that may do so much; application and policy are made only where there are none."""
        found = self._application(who) or self._made(who)
        self._allow(who, found.id, sets)
        before = self._keys(who, found.id)
        try:
            made = self._explained(
                f"make the key of {who}",
                lambda: self._api.create_api_key(
                    application_id=found.id, default_project_id=self.project, description=self.name(who)
                ),
            )
        except ValueError as error:
            raise ValueError(f"{error}{self._cleared(who, found.id, before)}") from None
        principal = f"application_id:{found.id}"
        return Key(access=made.access_key, secret=Sensitive(str(made.secret_key)), principal=principal)

    def delete(self, access_key: str) -> None:
        self._explained(
            f"delete the key {access_key}", lambda: self._api.delete_api_key(access_key=access_key)
        )

    def _application(self, who: str) -> Application | None:
        """The one of this project; ValueError if somebody made a second one of its name."""
        listed = self._explained(
            "list applications", lambda: self._api.list_applications_all(name=self.name(who), page_size=100)
        )
        found = [each for each in listed if each.name == self.name(who) and self.project in each.tags]
        if len(found) > 1:
            numbers = " and ".join(each.id for each in found)
            raise ValueError(
                f"{self.place}: {numbers} are both called '{self.name(who)}'; delete the one without use"
            )
        return found[0] if found else None

    def _made(self, who: str) -> Application:
        name = self.name(who)
        if len(name) > LONGEST:
            raise ValueError(f"{self.place}: '{name}' is longer than {LONGEST} characters; rename the app")
        return self._explained(
            f"make the application of {who}",
            lambda: self._api.create_application(
                name=name, description=f"Has the key of {who}", tags=[TAG, self.project]
            ),
        )

    def _allow(self, who: str, application: str, sets: Sequence[str]) -> None:
        """Give an application its policy unless it has one."""
        what = f"make the policy of {who}"
        listed = self._explained(
            what, lambda: self._api.list_policies_all(application_ids=[application], page_size=100)
        )
        if any(each.application_id == application for each in listed):
            return
        rule = RuleSpecs(condition="", permission_set_names=list(sets), project_ids=[self.project])
        self._explained(
            what,
            lambda: self._api.create_policy(
                name=self.name(who),
                description=f"What the key of {who} may do",
                application_id=application,
                rules=[rule],
                tags=[TAG],
            ),
        )

    def _key(self, access_key: str) -> APIKey | None:
        try:
            return self._api.get_api_key(access_key=access_key)
        except ScalewayException as error:
            if error.status_code == 404:
                return None
            raise

    def _keys(self, who: str, application: str) -> list[str]:
        listed = self._explained(
            f"list the keys of {who}",
            lambda: self._api.list_api_keys_all(bearer_id=application, page_size=100),
        )
        return [each.access_key for each in listed if each.application_id == application]

    def _cleared(self, who: str, application: str, before: list[str]) -> str:
        """Delete the key of a call whose answer was lost, since nobody knows it; what is left, in words."""
        try:
            for key in self._keys(who, application):
                if key not in before:
                    self.delete(key)
        except ValueError as error:
            return f"; a key may have been made all the same: {error}"
        return ""

    def _explained(self, what: str, call: Callable[[], T]) -> T:
        return self._api.explained(f"{self.place}: cannot {what}", call)
