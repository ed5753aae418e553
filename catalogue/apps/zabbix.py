from catalogue.model import App, Database, Health, Image, Port, Route, Rule, Saml, Secret, Service, Upgrade
from catalogue.shared import ZABBIX_VERSION

APP = App(
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
            # The last two are declared as volumes (zabbix/zabbix-docker 7.0.5,
            # Dockerfiles/server-pgsql/alpine/Dockerfile): each container would leave two nameless ones
            # behind.
            tmpfs=(
                "/tmp",
                "/var/lib/zabbix/export:uid=1997,gid=1995",
                "/var/lib/zabbix/snmptraps:uid=1997,gid=1995",
            ),
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
    mail=True,
    zabbix=True,
    saml=Saml(acs="/index_sso.php?acs"),
    # Of the account `Admin`, for the day that the identity provider is down.
    secrets=(Secret(name="ADMIN_PASSWORD", rule=Rule(kind="password", size=32)),),
    ready_seconds=300,
)
