"""What measures and watches, on the management servers."""

from catalogue.model import (
    App,
    Bucket,
    Check,
    Database,
    Health,
    Image,
    Metrics,
    Oidc,
    Port,
    Route,
    Rule,
    Secret,
    Service,
    Upgrade,
    Volume,
)

MONITORING = (
    App(
        name="prometheus",
        purpose="Collects the metrics of every host and program and keeps them for a month.",
        group="management",
        monitoring=True,
        collects_metrics=True,
        upgrade=Upgrade(step="any", one_way=False),
        services=(
            Service(
                name="prometheus",
                image=Image(repository="docker.io/prom/prometheus", tag="v3.16.0"),
                health=Health(
                    command=("/bin/promtool", "check", "ready", "--url=http://127.0.0.1:9090"),
                    start_seconds=60,
                ),
                memory_mb=1024,
                user="65534:65534",
                stop_seconds=60,
                ports=(Port(host=9090, container=9090),),
                metrics=Metrics(port=9090),
                check=Check(
                    entrypoint="/bin/promtool",
                    arguments=("check", "config", "/etc/prometheus/prometheus.yml"),
                ),
            ),
        ),
        volumes=(Volume(name="data", owner="65534:65534", backup=False),),
    ),
    App(
        name="alertmanager",
        purpose="Mails alerts: grouped, once, and again when they last.",
        group="management",
        monitoring=True,
        upgrade=Upgrade(step="any", one_way=False),
        services=(
            Service(
                name="alertmanager",
                image=Image(repository="docker.io/prom/alertmanager", tag="v0.34.1"),
                health=Health(
                    command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9093/-/healthy"),
                    start_seconds=20,
                ),
                memory_mb=128,
                user="65534:65534",
                tmpfs=("/tmp",),
                ports=(Port(host=9093, container=9093),),
                metrics=Metrics(port=9093),
                check=Check(
                    entrypoint="/bin/amtool",
                    arguments=("check-config", "/etc/alertmanager/alertmanager.yml"),
                ),
            ),
        ),
        mail=True,
        # Silences and what was already mailed: lost, they cost one mail too many.
        volumes=(Volume(name="data", owner="65534:65534", backup=False),),
    ),
    App(
        name="blackbox",
        purpose="Asks every public address what a visitor would, for Prometheus.",
        group="management",
        monitoring=True,
        upgrade=Upgrade(step="any", one_way=False),
        services=(
            Service(
                name="blackbox",
                image=Image(repository="docker.io/prom/blackbox-exporter", tag="v0.28.0"),
                health=Health(
                    command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9115/-/healthy"),
                    start_seconds=10,
                ),
                memory_mb=64,
                user="65534:65534",
                ports=(Port(host=9115, container=9115),),
                metrics=Metrics(port=9115),
                check=Check(
                    entrypoint="/bin/blackbox_exporter",
                    arguments=("--config.check", "--config.file=/etc/blackbox_exporter/config.yml"),
                ),
            ),
        ),
    ),
    App(
        name="loki",
        purpose="Keeps the logs of every host and program for a month.",
        group="management",
        monitoring=True,
        upgrade=Upgrade(step="minor", one_way=True),
        services=(
            Service(
                name="loki",
                image=Image(repository="docker.io/grafana/loki", tag="3.7.8"),
                # The image has no shell: the program asks itself. It is ready 15 seconds after its start.
                health=Health(command=("/usr/bin/loki", "-health"), start_seconds=60),
                memory_mb=1024,
                user="10001:10001",
                tmpfs=("/tmp",),
                stop_seconds=60,
                ports=(Port(host=3100, container=3100),),
                metrics=Metrics(port=3100),
                check=Check(
                    entrypoint="/usr/bin/loki",
                    arguments=("-config.file=/etc/loki/loki.yml", "-verify-config"),
                ),
            ),
        ),
        bucket=Bucket(browser_uploads=False),
        # What is not in the bucket yet: the last hours.
        volumes=(Volume(name="data", owner="10001:10001", backup=False),),
    ),
    App(
        name="grafana",
        purpose="Shows metrics and logs on dashboards.",
        group="management",
        monitoring=True,
        upgrade=Upgrade(step="major", one_way=True),
        services=(
            Service(
                name="grafana",
                image=Image(repository="docker.io/grafana/grafana", tag="13.2.3"),
                health=Health(
                    command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/api/health"),
                    start_seconds=90,
                ),
                memory_mb=512,
                user="472:0",
                tmpfs=("/tmp",),
                stop_seconds=30,
                ports=(Port(host=3000, container=3000),),
                metrics=Metrics(port=3000),
            ),
        ),
        routes=(
            Route(
                host="grafana",
                domain="ops",
                service="grafana",
                port=3000,
                closed_paths=("/metrics",),
                login_path="/login/generic_oauth",
            ),
        ),
        database=Database(),
        oidc=Oidc(callback="/login/generic_oauth"),
        secrets=(
            Secret(name="SECRET_KEY", rule=Rule(kind="hex", size=32)),
            Secret(name="ADMIN_PASSWORD", rule=Rule(kind="password", size=32)),
        ),
        # Sessions and dashboards are in the database; here lie only plugins and caches.
        volumes=(Volume(name="data", owner="472:0", backup=False),),
    ),
)
