from catalogue.model import App, Check, Health, Image, Metrics, Port, Service, Upgrade

APP = App(
    name="blackbox",
    purpose="Asks every public address what a visitor would, for Prometheus.",
    group="management",
    monitoring=True,
    internet=False,
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
)
