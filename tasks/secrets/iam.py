"""Keys of Scaleway's IAM: for each app one application, which has one policy and one API key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from scaleway import ScalewayException
from scaleway.iam.v1alpha1 import APIKey, Application, RuleSpecs

from tasks.clients import TIMEOUT_SECONDS, IamApi, client
from tasks.secrets.sensitive import Sensitive

T = TypeVar("T")
OBJECTS: Final = ("ObjectStorageObjectsDelete", "ObjectStorageObjectsRead", "ObjectStorageObjectsWrite")
"""What an app does with objects; in the whole project, so the bucket's policy says of which bucket."""
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
        self._project = str(self._api.client.default_project_id)

    def name(self, app: str) -> str:
        """What an app's application and policy are called."""
        return f"guildhall {self.environment} {app}"

    def principal(self, access_key: str) -> str | None:
        """Whose key that is; None if the organisation has no such key."""
        found = self._explained("look up whose a key is", lambda: self._key(access_key))
        if found is None:
            return None
        if found.application_id:
            return f"application_id:{found.application_id}"
        return f"user_id:{found.user_id}"

    def keys(self, app: str) -> list[str]:
        """The access keys of an app's application, none where there is no application."""
        found = self._application(app)
        return self._keys(app, found.id) if found else []

    def issue(self, app: str) -> Key:
        """A new key; application and policy are made only where there are none."""
        found = self._application(app) or self._made(app)
        self._allow(app, found.id)
        before = self._keys(app, found.id)
        try:
            made = self._explained(
                f"make the key of {app}",
                lambda: self._api.create_api_key(
                    application_id=found.id, default_project_id=self._project, description=self.name(app)
                ),
            )
        except ValueError as error:
            raise ValueError(f"{error}{self._cleared(app, found.id, before)}") from None
        principal = f"application_id:{found.id}"
        return Key(access=made.access_key, secret=Sensitive(str(made.secret_key)), principal=principal)

    def delete(self, access_key: str) -> None:
        self._explained(
            f"delete the key {access_key}", lambda: self._api.delete_api_key(access_key=access_key)
        )

    def _application(self, app: str) -> Application | None:
        """The app's own in this project; ValueError if somebody made a second one of its name."""
        listed = self._explained(
            "list applications", lambda: self._api.list_applications_all(name=self.name(app), page_size=100)
        )
        found = [each for each in listed if each.name == self.name(app) and self._project in each.tags]
        if len(found) > 1:
            numbers = " and ".join(each.id for each in found)
            raise ValueError(
                f"{self.place}: {numbers} are both called '{self.name(app)}'; delete the one without use"
            )
        return found[0] if found else None

    def _made(self, app: str) -> Application:
        name = self.name(app)
        if len(name) > LONGEST:
            raise ValueError(f"{self.place}: '{name}' is longer than {LONGEST} characters; rename the app")
        return self._explained(
            f"make the application of {app}",
            lambda: self._api.create_application(
                name=name, description=f"The key of {app}'s bucket", tags=[TAG, self._project]
            ),
        )

    def _allow(self, app: str, application: str) -> None:
        """Give an application its policy unless it has one."""
        what = f"make the policy of {app}"
        listed = self._explained(
            what, lambda: self._api.list_policies_all(application_ids=[application], page_size=100)
        )
        if any(each.application_id == application for each in listed):
            return
        rule = RuleSpecs(condition="", permission_set_names=list(OBJECTS), project_ids=[self._project])
        self._explained(
            what,
            lambda: self._api.create_policy(
                name=self.name(app),
                description=f"What {app} may do with objects",
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

    def _keys(self, app: str, application: str) -> list[str]:
        listed = self._explained(
            f"list the keys of {app}",
            lambda: self._api.list_api_keys_all(bearer_id=application, page_size=100),
        )
        return [each.access_key for each in listed if each.application_id == application]

    def _cleared(self, app: str, application: str, before: list[str]) -> str:
        """Delete the key of a call whose answer was lost, since nobody knows it; what is left, in words."""
        try:
            for key in self._keys(app, application):
                if key not in before:
                    self.delete(key)
        except ValueError as error:
            return f"; a key may have been made all the same: {error}"
        return ""

    def _explained(self, what: str, call: Callable[[], T]) -> T:
        return self._api.explained(f"{self.place}: cannot {what}", call)
