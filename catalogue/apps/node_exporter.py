from catalogue.model import App, Health, Image, Metrics, Service, Upgrade

APP = App(
    name="node-exporter",
    purpose="Measures the host itself: processor, memory, disks, network.",
    group="all",
    monitoring=True,
    internet=False,
    names=False,
    upgrade=Upgrade(step="any", one_way=False),
    services=(
        Service(
            name="node-exporter",
            image=Image(repository="quay.io/prometheus/node-exporter", tag="v1.12.1"),
            health=Health(
                command=("sh", "-c", "wget -q -O /dev/null http://$PRIVATE_IP:9100/"), start_seconds=10
            ),
            memory_mb=64,
            # Not 65534, as the image has it (prometheus/node_exporter v1.12.1, Dockerfile): with the host's
            # processes in sight, it would be the same user as Prometheus and every other program that is
            # "nobody", and could enter them.
            user="65530:65530",
            host_network=True,
            host_pid=True,
            host_mounts=("/:/host:ro,rslave",),
            # Over the host's, with the sockets of systemd, D-Bus, the journal and sshd.
            tmpfs=("/host/run",),
            because="It counts the host's traffic, the disks that process 1 has mounted, and their space.",
            metrics=Metrics(port=9100),
        ),
    ),
)
