from catalogue.model import App, Health, Image, Metrics, Port, Service, Upgrade

APP = App(
    name="cadvisor",
    purpose="Measures each container: processor, memory, network.",
    group="all",
    monitoring=True,
    internet=False,
    upgrade=Upgrade(step="any", one_way=False),
    services=(
        Service(
            name="cadvisor",
            image=Image(repository="ghcr.io/google/cadvisor", tag="0.60.6"),
            # Its own `/healthz` is fine without Docker, when it measures no container: it measures itself.
            health=Health(
                command=(
                    "sh",
                    "-c",
                    "wget -q -O - http://127.0.0.1:8080/metrics"
                    " | grep -q 'com_docker_compose_project=\"cadvisor\"'",
                ),
                start_seconds=60,
            ),
            memory_mb=256,
            user="0:0",
            because="It reads the control groups and network counters of other users' processes.",
            # Not the whole host: its processes' counters, its control groups, Docker's list of layers.
            host_mounts=(
                "/proc:/rootfs/proc:ro",
                "/sys:/sys:ro",
                "/var/lib/docker/image:/rootfs/var/lib/docker/image:ro",
            ),
            ports=(Port(host=8081, container=8080),),
            metrics=Metrics(port=8081),
        ),
        Service(
            name="socket-proxy",
            image=Image(repository="ghcr.io/wollomatic/socket-proxy", tag="1.13.1"),
            health=Health(command=("/healthcheck",), start_seconds=10),
            memory_mb=64,
            user="0:0",
            because="Docker's socket is root's; the proxy passes on the few questions that cAdvisor has.",
            host_mounts=("/var/run/docker.sock:/var/run/docker.sock:ro",),
        ),
    ),
)
