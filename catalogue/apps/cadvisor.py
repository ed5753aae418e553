from catalogue.model import App, Health, Image, Metrics, Port, Service, Upgrade

# It asks no Docker. It would ask for each container's whole definition, with every secret of its environment
# (google/cadvisor v0.60.5, container/docker/handler.go), and a proxy before Docker's socket passes answers
# on whole or not at all. Who a container is, the host itself says: files/host/containers.sh.
APP = App(
    name="cadvisor",
    purpose="Measures each container: processor and memory.",
    group="all",
    monitoring=True,
    internet=False,
    upgrade=Upgrade(step="any", one_way=False),
    services=(
        Service(
            name="cadvisor",
            image=Image(repository="ghcr.io/google/cadvisor", tag="0.60.6"),
            # Its own `/healthz` is fine whatever it measures (google/cadvisor v0.60.5,
            # cmd/internal/healthz/healthz.go).
            health=Health(
                command=(
                    "sh",
                    "-c",
                    "wget -q -O - http://127.0.0.1:8080/metrics"
                    " | grep -q '^container_cpu_usage_seconds_total{.*id=\"[^\"]*docker[-/]'",
                ),
                start_seconds=60,
            ),
            memory_mb=256,
            # No other container's, and nobody's on the host: it reads what everybody may.
            user="65531:65531",
            because="The kernel counts what each container uses in the host's control groups.",
            host_mounts=("/sys/fs/cgroup:/sys/fs/cgroup:ro",),
            ports=(Port(host=8081, container=8080),),
            metrics=Metrics(port=8081),
        ),
    ),
)
