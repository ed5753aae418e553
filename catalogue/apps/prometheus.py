from catalogue.model import App, Check, Health, Image, Metrics, Port, Service, Upgrade, Volume

APP = App(
    name="prometheus",
    purpose="Collects the metrics of every host and program and keeps them for a month.",
    group="management",
    monitoring=True,
    collects_metrics=True,
    internet=False,
    names=False,
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
)
