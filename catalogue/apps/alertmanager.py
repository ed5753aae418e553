from catalogue.model import App, Check, Health, Image, Metrics, Port, Service, Upgrade, Volume

APP = App(
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
    sends_alerts=True,
    mail=True,
    # Silences and what was already mailed: lost, they cost one mail too many.
    volumes=(Volume(name="data", owner="65534:65534", backup=False),),
)
