from catalogue.model import (
    App,
    Bucket,
    Database,
    Health,
    Image,
    Oidc,
    Redirect,
    Route,
    Rule,
    Secret,
    Service,
    Upgrade,
    Volume,
)
from catalogue.shared import redis, redis_exporter

NEXTCLOUD = Image(repository="docker.io/library/nextcloud", tag="34.0.3-apache")

APP = App(
    name="nextcloud",
    purpose="Keeps and shares files, calendars and contacts.",
    group="tools",
    upgrade=Upgrade(step="major", one_way=True),
    services=(
        Service(
            name="nextcloud",
            image=NEXTCLOUD,
            health=Health(
                command=(
                    "sh",
                    "-c",
                    """curl -fsS http://127.0.0.1/status.php | grep -q '"installed":true'""",
                ),
                # The first start copies the program and installs it (nextcloud/docker 4de1eed,
                # 34/apache/entrypoint.sh).
                start_seconds=600,
            ),
            memory_mb=2048,
            user="0:0",
            because="Its entry point copies the program and writes PHP's settings; `su` asks PAM.",
            read_only=False,
            capabilities=("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"),
            stop_seconds=30,
        ),
        Service(
            name="cron",
            image=NEXTCLOUD,
            health=Health(command=("grep", "-q", "crond", "/proc/1/cmdline"), start_seconds=30),
            memory_mb=1024,
            user="0:0",
            because="Its cron daemon must be root to run jobs as www-data.",
            capabilities=("SETGID", "SETUID"),
            tmpfs=("/tmp",),
        ),
        redis(),
        redis_exporter(9122),
    ),
    routes=(
        Route(
            host="cloud",
            domain="public",
            service="nextcloud",
            port=80,
            closed_paths=("/metrics",),
            # Names of files.
            encoded="%#?;",
            redirects=(
                Redirect(
                    pattern="^https://([^/]+)/[.]well-known/(?:card|cal)dav",
                    replacement="https://${1}/remote.php/dav",
                ),
            ),
            login_path="/apps/user_oidc/login/1",
        ),
    ),
    database=Database(),
    bucket=Bucket(browser_uploads=False),
    mail=True,
    oidc=Oidc(callback="/apps/user_oidc/code", subject="user_uuid"),
    secrets=(
        Secret(name="ADMIN_PASSWORD", rule=Rule(kind="password", size=32)),
        Secret(
            name="ONLYOFFICE_JWT_SECRET",
            rule=Rule(kind="hex", size=32),
            bundle="onlyoffice",
            key="JWT_SECRET",
        ),
    ),
    volumes=(
        Volume(name="html", owner="33:33", backup=True),
        Volume(name="redis", owner="999:999", backup=False),
    ),
    ready_seconds=900,
)
