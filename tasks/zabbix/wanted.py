"""What Zabbix shall have, from the records: pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalogue import views
from catalogue.model import App, Site
from tasks.secrets import Sensitive
from tasks.zabbix.kinds import ACTION, GROUP, PAGES, TEMPLATE

CLAIMS: Final = "http://schemas.xmlsoap.org"
NAME_CLAIM: Final = "http://schemas.goauthentik.io/2021/02/saml/username"
SEVERE: Final = 0b111000
"""Average, high and disaster; those of the lower kinds are on the page."""
ACTIVE, OFF = 0, 1
READ: Final = 2


@dataclass(frozen=True)
class Ref:
    """Something else of Zabbix', whose id is known only there."""

    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One object; fields that are not named are left as they are."""

    kind: str
    name: str
    fields: Mapping[str, Any]
    after: Ref | None = None
    """What must be there before, and stands in no field."""
    made: bool = True
    """False: it comes with Zabbix' schema, and is not missed if somebody removed it."""

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.name)


def wanted(app: App, apps: Sequence[App], site: Site, mail: Mapping[str, Sensitive]) -> list[Thing]:
    """All that records say, in the order in which it can be made; `mail` is the account of the app."""
    return [
        Thing(kind="hostgroup", name=GROUP, fields={}),
        *_logins(app, apps, site),
        *_mails(app, site, mail),
        *_hosts(app, apps, site),
        *_pages(apps, site),
    ]


def reporting(app: App, apps: Sequence[App], site: Site) -> list[str]:
    """Hosts whose agent reports: those of apps that reach for this one's ports."""
    agents = [each for each in views.present(apps) if any(reach.app == app.name for reach in each.reaches)]
    return sorted({host.name for each in agents for host in site.hosts_of(each.group)})


def _logins(app: App, apps: Sequence[App], site: Site) -> Iterator[Thing]:
    """Whom the identity provider lets in may look, and its administrators may do everything."""
    rights = [{"id": Ref("hostgroup", GROUP), "permission": READ}]
    yield Thing(kind="usergroup", name="Members", fields={"hostgroup_rights": rights})
    if not app.saml:
        return
    # The identity provider's own name is the address of its metadata.
    provider = f"{views.identity_provider(apps, site)}/application/saml/{app.name}/"
    saml = {
        "idp_entityid": f"{provider}metadata/",
        "sp_entityid": app.name,
        "sso_url": provider,
        "username_attribute": NAME_CLAIM,
        "provision_status": 1,
        "group_name": f"{CLAIMS}/claims/Group",
        "user_username": f"{CLAIMS}/ws/2005/05/identity/claims/name",
        "provision_groups": [
            _provisioned("authentik Admins", "Super admin role", "Zabbix administrators"),
            _provisioned(app.name, "User role", "Members"),
        ],
    }
    yield Thing(kind="userdirectory", name="2", fields=saml)
    off = {"saml_auth_enabled": 1, "saml_jit_status": 1, "disabled_usrgrpid": Ref("usergroup", "Disabled")}
    yield Thing(kind="authentication", name="", fields=off)


def _provisioned(name: str, role: str, group: str) -> dict[str, Any]:
    groups = [{"usrgrpid": Ref("usergroup", group)}]
    return {"name": name, "roleid": Ref("role", role), "user_groups": groups}


def _mails(app: App, site: Site, mail: Mapping[str, Sensitive]) -> Iterator[Thing]:
    """Over TLS from the first byte, verified, to whoever gets the other alerts: as Admin's medium."""
    medium = Ref("mediatype", "Email")
    server = {
        "status": ACTIVE,
        "smtp_server": site.smtp_host,
        "smtp_port": site.smtp_port,
        "smtp_helo": site.mail_from.partition("@")[2],
        "smtp_email": site.mail_from,
        "smtp_security": 2,
        "smtp_verify_peer": 1,
        "smtp_verify_host": 1,
        "smtp_authentication": 1,
        "username": mail["SMTP_USERNAME"],
        "passwd": mail["SMTP_PASSWORD"],
    }
    yield Thing(kind="mediatype", name=medium.name, fields=server)
    person = {
        "active": ACTIVE,
        "severity": SEVERE,
        "period": "1-7,00:00-24:00",
        "sendto": [site.alerts_email],
    }
    yield Thing(kind="user", name="Admin", fields={"medias": [{"mediatypeid": medium, **person}]}, made=False)
    yield _action(views.url(app, site), medium)


def _action(url: str, medium: Ref) -> Thing:
    since = "on {HOST.NAME}, since {EVENT.TIME} of {EVENT.DATE}; severity: {EVENT.SEVERITY}"
    where = f"{url}/tr_events.php?triggerid={{TRIGGER.ID}}&eventid={{EVENT.ID}}"
    bad = {"default_msg": 0, "subject": "{EVENT.NAME}", "mediatypeid": medium}
    bad["message"] = f"{{EVENT.NAME}}\n{since}\n{{TRIGGER.DESCRIPTION}}\n\n{where}\n"
    good = {"default_msg": 0, "subject": "Resolved: {EVENT.NAME}"}
    good["message"] = f"{{EVENT.NAME}}\nresolved after {{EVENT.DURATION}}\n\n{where}\n"
    whom = [{"userid": Ref("user", "Admin")}]
    fields = {
        "eventsource": 0,
        "status": ACTIVE,
        "esc_period": "1h",
        "operations": [{"operationtype": 0, "opmessage": bad, "opmessage_usr": whom}],
        "recovery_operations": [{"operationtype": 11, "opmessage": good}],
    }
    return Thing(kind="action", name=ACTION, fields=fields)


def _hosts(app: App, apps: Sequence[App], site: Site) -> Iterator[Thing]:
    groups, templates = [{"groupid": Ref("hostgroup", GROUP)}], [{"templateid": Ref("template", TEMPLATE)}]
    for name in reporting(app, apps, site):
        fields = {"status": ACTIVE, "groups": groups, "templates": templates}
        yield Thing(kind="host", name=name, fields=fields)
    yield Thing(kind="host", name=PAGES, fields={"status": ACTIVE, "groups": groups, "templates": []})
    # It looks for an agent beside the server, where there is none.
    yield Thing(kind="host", name="Zabbix server", fields={"status": OFF}, made=False)


def _pages(apps: Sequence[App], site: Site) -> Iterator[Thing]:
    """Each public address is opened as Prometheus does it; one that fails for a quarter of an hour is mailed.

    Prometheus has told of it long before, unless it is ill itself.
    """
    for probe in views.probes(apps, site):
        name = probe.address.removeprefix("https://").removesuffix("/")
        step = {
            "name": "page",
            "no": 1,
            "url": probe.address,
            "follow_redirects": 0,
            "timeout": "15s",
            "status_codes": "200,204,301-303,307,308,401",
        }
        scenario = {"delay": "1m", "retries": 2, "status": ACTIVE, "hostid": Ref("host", PAGES)}
        yield Thing(kind="httptest", name=name, fields={**scenario, "steps": [step]})
        fields = {
            "expression": f"min(/{PAGES}/web.test.fail[{name}],15m)>0",
            "priority": 3,
            "status": ACTIVE,
            "comments": f"{probe.app}: open {probe.address} yourself; guildhall status says what is ill.",
        }
        after = Ref("httptest", name)
        yield Thing(kind="trigger", name=f"{name} cannot be opened", fields=fields, after=after)
