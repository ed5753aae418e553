"""What the operators use, on the management servers."""

from catalogue.model import (
    App,
    Database,
    Health,
    Image,
    Metrics,
    Port,
    Route,
    Rule,
    Saml,
    Secret,
    Service,
    Upgrade,
    Volume,
)

# The server and its pages speak to one database, so they are of one version.
# renovate: docker.io/zabbix/zabbix-server-pgsql
ZABBIX_VERSION = "alpine-7.0.31"

MANAGEMENT = (
    App(
        name="n8n",
        purpose="Automates work between programs, by workflows that are drawn.",
        group="management",
        upgrade=Upgrade(step="major", one_way=True),
        services=(
            Service(
                name="n8n",
                image=Image(repository="docker.n8n.io/n8nio/n8n", tag="2.41.3"),
                health=Health(
                    command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:5678/healthz/readiness"),
                    start_seconds=120,
                ),
                memory_mb=1536,
                user="1000:1000",
                tmpfs=("/tmp",),
                stop_seconds=60,
                ports=(Port(host=5678, container=5678),),
                metrics=Metrics(port=5678),
            ),
        ),
        routes=(
            Route(
                host="n8n",
                domain="ops",
                service="n8n",
                port=5678,
                guarded=True,
                closed_paths=("/metrics",),
            ),
            # What other programs call; each workflow decides what it lets in.
            Route(
                host="n8n",
                domain="ops",
                service="n8n",
                port=5678,
                paths=(
                    "/webhook/",
                    "/webhook-test/",
                    "/webhook-waiting/",
                    "/form/",
                    "/form-test/",
                    "/form-waiting/",
                    "/rest/oauth2-credential/callback",
                ),
            ),
        ),
        database=Database(),
        mail=True,
        # It encrypts the credentials of workflows: lost, they are lost with it.
        secrets=(Secret(name="ENCRYPTION_KEY", rule=Rule(kind="hex", size=32)),),
        volumes=(Volume(name="data", owner="1000:1000", backup=True),),
    ),
    App(
        name="wobbler",
        purpose="Buttons for the operators: back up a database, snapshot a disk, clean up Docker.",
        group="management",
        upgrade=Upgrade(step="any", one_way=False),
        services=(
            Service(
                name="wobbler",
                image=Image(repository="ghcr.io/guildhall/wobbler", tag="1.18.0"),
                health=Health(
                    command=(
                        "python3",
                        "-c",
                        "import urllib.request as u; u.urlopen('http://127.0.0.1:5000/index.html')",
                    ),
                    start_seconds=30,
                ),
                memory_mb=256,
                user="1000:1000",
                tmpfs=("/tmp", "/app/temp:uid=1000,gid=1000"),
                stop_seconds=30,
            ),
        ),
        routes=(Route(host="wobbler", domain="ops", service="wobbler", port=5000, guarded=True),),
        secrets=(
            Secret(name="SCW_SECRET_KEY", rule=Rule(kind="given", size=36)),
            Secret(name="SCW_DATABASE_INSTANCE", rule=Rule(kind="given", size=36)),
            Secret(name="CLEANUP_SSH_KEY", rule=Rule(kind="given", size=100)),
        ),
        volumes=(
            # What was run, by whom, and what it said.
            Volume(name="logs", owner="1000:1000", backup=True),
            Volume(name="schedules", owner="1000:1000", backup=True),
        ),
    ),
    App(
        name="zabbix",
        purpose="Watches hosts the other way: agents report, and rules in its own database judge.",
        group="management",
        upgrade=Upgrade(step="any", one_way=True),
        services=(
            Service(
                name="server",
                image=Image(repository="docker.io/zabbix/zabbix-server-pgsql", tag=ZABBIX_VERSION),
                health=Health(
                    command=("sh", "-c", "zabbix_server -R diaginfo=locks >/dev/null 2>&1"),
                    start_seconds=180,
                ),
                memory_mb=1024,
                user="1997:1995",
                read_only=False,
                because="Its entry point writes the configuration from the variables.",
                tmpfs=("/tmp",),
                stop_seconds=60,
                ports=(Port(host=10051, container=10051),),
            ),
            Service(
                name="web",
                image=Image(repository="docker.io/zabbix/zabbix-web-nginx-pgsql", tag=ZABBIX_VERSION),
                health=Health(
                    command=("curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/ping"),
                    start_seconds=60,
                ),
                memory_mb=512,
                user="1997:1995",
                read_only=False,
                because="Its entry point writes the configuration from the variables.",
                tmpfs=(
                    "/tmp",
                    "/var/lib/php/session:uid=1997,gid=1995",
                    "/etc/zabbix/web/certs:uid=1997,gid=1995",
                ),
            ),
        ),
        routes=(Route(host="zabbix", domain="ops", service="web", port=8080, login_path="/index_sso.php"),),
        database=Database(),
        saml=Saml(acs="/index_sso.php?acs"),
        # Of the account `Admin`, for the day that the login gateway is down.
        secrets=(Secret(name="ADMIN_PASSWORD", rule=Rule(kind="password", size=32)),),
        ready_seconds=300,
    ),
)
