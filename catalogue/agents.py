"""What runs on every host."""

from catalogue.model import App, Health, Image, Metrics, Port, Service, Upgrade, Volume

AGENTS = (
    App(
        name="traefik",
        purpose="Ends TLS and leads each public hostname to its program.",
        group="all",
        edge=True,
        upgrade=Upgrade(step="any", one_way=False),
        services=(
            Service(
                name="traefik",
                image=Image(repository="docker.io/library/traefik", tag="v3.7.15"),
                health=Health(
                    command=("traefik", "healthcheck", "--configFile=/etc/traefik/traefik.yml"),
                    start_seconds=20,
                    interval_seconds=5,
                ),
                memory_mb=256,
                user="65532:65532",
                ports=(
                    Port(host=80, container=8080, public=True),
                    Port(host=443, container=8443, public=True),
                    Port(host=8082, container=8082),
                ),
                metrics=Metrics(port=8082),
            ),
        ),
        volumes=(Volume(name="acme", owner="65532:65532", backup=True),),
    ),
    App(
        name="node-exporter",
        purpose="Measures the host itself: processor, memory, disks, network.",
        group="all",
        monitoring=True,
        upgrade=Upgrade(step="any", one_way=False),
        services=(
            Service(
                name="node-exporter",
                image=Image(repository="quay.io/prometheus/node-exporter", tag="v1.12.1"),
                health=Health(
                    command=("sh", "-c", "wget -q -O /dev/null http://$PRIVATE_IP:9100/"), start_seconds=10
                ),
                memory_mb=64,
                user="65534:65534",
                host_network=True,
                because="It counts what the host's own network carries.",
                metrics=Metrics(port=9100),
            ),
        ),
    ),
)
