"""Every secret that an app, or a deploy for it, needs."""

from collections.abc import Collection, Iterable, Sequence

from catalogue.model import App, Rule, Secret
from catalogue.views.names import present, variable

GENERATED_PASSWORD = Rule(kind="password", size=40)
BUCKET_KEYS = (
    Secret(name="S3_ACCESS_KEY", rule=Rule(kind="given", size=16), bundle="s3", key="ACCESS_KEY"),
    Secret(name="S3_SECRET_KEY", rule=Rule(kind="given", size=16), bundle="s3", key="SECRET_KEY"),
    Secret(name="S3_PRINCIPAL", rule=Rule(kind="principal"), bundle="s3", key="PRINCIPAL"),
)
"""The key that makes buckets and says who may use them, and whose it is: no app and no host ever sees it."""
APP_BUCKET_KEYS = (
    Secret(name="S3_ACCESS_KEY", rule=Rule(kind="issued", size=16)),
    Secret(name="S3_SECRET_KEY", rule=Rule(kind="issued", size=16)),
)
PRINCIPAL = "S3_PRINCIPAL"
MAIL_ACCOUNT = (
    Secret(name="SMTP_USERNAME", rule=Rule(kind="issued", size=1)),
    Secret(name="SMTP_PASSWORD", rule=Rule(kind="issued", size=8)),
)
"""The app's own: one that loses it loses nobody else's, and is shut out of mail alone."""
DATABASE_ADMIN = Secret(
    name="POSTGRES_ADMIN_PASSWORD", rule=Rule(kind="given", size=12), bundle="postgres", key="PASSWORD"
)
"""The password of the managed PostgreSQL's administrator, which no app ever sees."""


def secrets(app: App, apps: Sequence[App]) -> tuple[Secret, ...]:
    """Every secret of an app's `.env`: its own, and those that its database, bucket and logins bring."""
    return (
        *app.secrets,
        *([Secret(name="DATABASE_PASSWORD", rule=GENERATED_PASSWORD)] if app.database else []),
        *([Secret(name="OIDC_CLIENT_SECRET", rule=GENERATED_PASSWORD)] if app.oidc else []),
        *(APP_BUCKET_KEYS if app.bucket else []),
        *(MAIL_ACCOUNT if app.mail else []),
        *(_client_secrets(apps) if app.login_provider else []),
    )


def shared(app: App, other: App, apps: Sequence[App]) -> frozenset[str]:
    """Variables of an app's `.env` whose values another app has as well: one alone cannot get a new one."""
    theirs = _places(other, apps).keys()
    return frozenset(name for place, name in _places(app, apps).items() if place in theirs)


def partners(app: App, apps: Sequence[App]) -> dict[str, frozenset[str]]:
    """Apps that share secrets with one, as the identity provider with its clients: those variables."""
    others = (other for other in present(apps) if other != app)
    return {other.name: names for other in others if (names := shared(other, app, apps))}


def _places(app: App, apps: Sequence[App]) -> dict[tuple[str, str], str]:
    """Where each secret of an app is stored, and its variable."""
    found = secrets(app, apps) if app.present else ()
    return {(each.bundle or app.name, each.key or each.name): each.name for each in found}


def principal(app: App) -> Secret:
    """Whose key an app's is: only what sets the policy of its bucket asks."""
    return Secret(
        name=f"{variable(app)}_PRINCIPAL", rule=Rule(kind="principal"), bundle=app.name, key=PRINCIPAL
    )


def _client_secrets(apps: Iterable[App]) -> tuple[Secret, ...]:
    return tuple(
        Secret(
            name=f"{variable(app)}_CLIENT_SECRET",
            rule=GENERATED_PASSWORD,
            bundle=app.name,
            key="OIDC_CLIENT_SECRET",
        )
        for app in present(apps)
        if app.oidc
    )


def all_secrets(apps: Sequence[App]) -> dict[str, tuple[Secret, ...]]:
    """Every secret an environment needs, by the app that needs it, or by what the deploy makes with it."""
    return {app.name: secrets(app, apps) for app in present(apps)} | provisioning_secrets(present(apps))


def provisioning_secrets(apps: Collection[App]) -> dict[str, tuple[Secret, ...]]:
    """The secrets by which a deploy makes the `databases` and the `buckets` of some apps."""
    kept = [app for app in apps if app.bucket]
    needed = {
        "databases": (DATABASE_ADMIN,) if any(app.database for app in apps) else (),
        "buckets": (*BUCKET_KEYS, *map(principal, kept)) if kept else (),
    }
    return {what: secrets for what, secrets in needed.items() if secrets}
