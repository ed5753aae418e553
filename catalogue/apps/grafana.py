from catalogue.model import (
    App,
    Database,
    Health,
    Image,
    Metrics,
    Oidc,
    Port,
    Reach,
    Route,
    Rule,
    Secret,
    Service,
    Upgrade,
    Volume,
)

APP = App(
    name="grafana",
    purpose="Shows metrics and logs on dashboards.",
    group="management",
    monitoring=True,
    dashboards=True,
    reaches=(
        Reach(app="prometheus", port=9090, because="It draws its metrics."),
        Reach(app="loki", port=3100, because="It shows its logs."),
    ),
    upgrade=Upgrade(step="major", one_way=True),
    services=(
        Service(
            name="grafana",
            image=Image(repository="docker.io/grafana/grafana", tag="13.2.3"),
            # Its own health says nothing of the data sources: a plugin's files are served while it is loaded
            # (grafana/grafana v12.4.0, pkg/api/http_server.go, pkg/api/plugins.go).
            health=Health(
                command=(
                    "sh",
                    "-c",
                    "for page in api/health public/plugins/prometheus/plugin.json"
                    " public/plugins/loki/plugin.json;"
                    " do wget -q -O /dev/null http://127.0.0.1:3000/$page || exit 1; done",
                ),
                start_seconds=120,
            ),
            memory_mb=1024,
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
)
