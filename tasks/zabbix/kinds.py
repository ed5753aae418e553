"""What Zabbix' API knows: how each kind is asked for, and by what ours is known.

A class each of zabbix/zabbix 7.0, ui/include/classes/api/services.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

GROUP: Final = "Catalogue"
"""The group of all hosts that records speak of: one of it that no record wants is removed."""
TEMPLATE: Final = "Linux by Zabbix agent active"
PAGES: Final = "Pages"
"""The host that web scenarios belong to: no server, since each is a public address."""
ACTION: Final = "Mail of the catalogue"
OLD_ACTION: Final = "Agents of the catalogue"
"""It made a host of every agent that reported; records say now which there are."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One service of the API."""

    word: str
    """What a person calls it."""
    id: str
    """Empty for what there is once."""
    key: str
    """The field by which ours is known from others; empty for what there is once."""
    get: Mapping[str, Any]
    """Parameters; `output` is the id and the key, and what stands in `also`."""
    only: bool = False
    """There is one of ours, and it has no name."""
    also: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    """Fields whose names in an answer are others than in a call."""
    fixed: frozenset[str] = frozenset()
    """Fields that no update takes."""

    @property
    def question(self) -> dict[str, Any]:
        return {"output": [*filter(None, (self.id, self.key)), *self.also], **self.get}


MAIL: Final = (
    *("status", "smtp_server", "smtp_port", "smtp_helo", "smtp_email", "smtp_security", "smtp_verify_peer"),
    *("smtp_verify_host", "smtp_authentication", "username", "passwd"),
)
SAML: Final = ("idp_entityid", "sp_entityid", "sso_url", "username_attribute", "group_name", "user_username")
STEP: Final = ["name", "no", "url", "follow_redirects", "timeout", "status_codes"]

KINDS: Final[Mapping[str, Kind]] = {
    "hostgroup": Kind(word="host group", id="groupid", key="name", get={"filter": {"name": [GROUP]}}),
    "template": Kind(word="template", id="templateid", key="host", get={"filter": {"host": [TEMPLATE]}}),
    "role": Kind(word="role", id="roleid", key="name", get={}),
    "usergroup": Kind(
        word="user group", id="usrgrpid", key="name", get={"selectHostGroupRights": ["id", "permission"]}
    ),
    "mediatype": Kind(
        word="media type", id="mediatypeid", key="name", get={"filter": {"name": ["Email"]}}, also=MAIL
    ),
    "user": Kind(
        word="account",
        id="userid",
        key="username",
        get={
            "filter": {"username": ["Admin"]},
            "selectMedias": ["mediatypeid", "sendto", "active", "severity", "period"],
        },
    ),
    "action": Kind(
        word="action",
        id="actionid",
        key="name",
        get={
            "filter": {"name": [ACTION, OLD_ACTION]},
            "selectOperations": "extend",
            "selectRecoveryOperations": "extend",
        },
        also=("eventsource", "status", "esc_period"),
        fixed=frozenset({"eventsource"}),
    ),
    "userdirectory": Kind(
        word="login",
        id="userdirectoryid",
        key="idp_type",
        only=True,
        get={"filter": {"idp_type": 2}, "selectProvisionGroups": ["name", "roleid", "user_groups"]},
        also=(*SAML, "provision_status"),
    ),
    "authentication": Kind(
        word="authentication",
        id="",
        key="",
        only=True,
        get={},
        also=("saml_auth_enabled", "saml_jit_status", "disabled_usrgrpid"),
    ),
    "host": Kind(
        word="host",
        id="hostid",
        key="host",
        get={"selectHostGroups": ["groupid"], "selectParentTemplates": ["templateid"]},
        also=("status", "active_available"),
        answers={"hostgroups": "groups", "parentTemplates": "templates"},
    ),
    "httptest": Kind(
        word="web scenario",
        id="httptestid",
        key="name",
        get={"selectSteps": STEP},
        also=("hostid", "delay", "retries", "status"),
        fixed=frozenset({"hostid"}),
    ),
    "trigger": Kind(
        word="trigger",
        id="triggerid",
        key="description",
        get={"host": PAGES, "expandExpression": True},
        also=("expression", "priority", "status", "comments"),
    ),
}
"""In the order in which they are made: what others name comes first."""
QUESTIONS: Final[Sequence[tuple[str, Mapping[str, Any]]]] = [
    (f"{name}.get", kind.question) for name, kind in KINDS.items()
]
