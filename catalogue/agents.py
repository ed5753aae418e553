"""What runs on every host."""

from catalogue.model import App, Bucket, Check, Health, Image, Metrics, Port, Service, Upgrade, Volume

RCLONE = Image(repository="docker.io/rclone/rclone", tag="1.75.2")

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
            Service(
                name="restore",
                image=RCLONE,
                health=None,
                memory_mb=128,
                user="65532:65532",
                tmpfs=("/tmp",),
                one_shot=True,
            ),
            Service(
                name="keeper",
                image=RCLONE,
                health=Health(
                    command=("sh", "/certificates.sh", "health"), start_seconds=10, interval_seconds=10
                ),
                memory_mb=128,
                user="65532:65532",
                tmpfs=("/tmp",),
            ),
        ),
        # What was issued for each host: a host that is new under an old name asks the authority for nothing.
        bucket=Bucket(browser_uploads=False, own_key=True),
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
    App(
        name="cadvisor",
        purpose="Measures each container: processor, memory, network.",
        group="all",
        monitoring=True,
        upgrade=Upgrade(step="any", one_way=False),
        services=(
            Service(
                name="cadvisor",
                image=Image(repository="ghcr.io/google/cadvisor", tag="0.60.6"),
                health=Health(
                    command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/healthz"),
                    start_seconds=30,
                ),
                memory_mb=256,
                user="0:0",
                because="It reads the control groups and network counters of other users' processes.",
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
            ),
        ),
    ),
    App(
        name="alloy",
        purpose="Sends the host's journal, and with it every container's log, to Loki.",
        group="all",
        monitoring=True,
        upgrade=Upgrade(step="any", one_way=False),
        services=(
            Service(
                name="alloy",
                image=Image(repository="docker.io/grafana/alloy", tag="v1.19.2"),
                health=Health(
                    command=(
                        "bash",
                        "-c",
                        "exec 3<>/dev/tcp/127.0.0.1/12345 && printf 'GET /-/ready HTTP/1.0\\r\\n\\r\\n' >&3"
                        " && grep -q ' 200 ' <&3",
                    ),
                    start_seconds=30,
                ),
                memory_mb=256,
                user="0:0",
                because="The journal's files are root's.",
                tmpfs=("/tmp",),
                stop_seconds=15,
                ports=(Port(host=12345, container=12345),),
                metrics=Metrics(port=12345),
                check=Check(entrypoint="/bin/alloy", arguments=("validate", "/etc/alloy/config.alloy")),
            ),
        ),
        # How far the journal was read: lost, half a day of it is sent again.
        volumes=(Volume(name="data", owner="0:0", backup=False),),
    ),
    App(
        name="zabbix-agent",
        purpose="Tells Zabbix how the host is.",
        group="all",
        monitoring=True,
        upgrade=Upgrade(step="any", one_way=False),
        services=(
            Service(
                name="agent",
                image=Image(repository="docker.io/zabbix/zabbix-agent2", tag="alpine-7.0.31"),
                health=Health(command=("pidof", "zabbix_agent2"), start_seconds=20),
                memory_mb=128,
                user="1997:1995",
                read_only=False,
                host_network=True,
                because="It counts the host's own traffic; its entry point writes its configuration.",
                tmpfs=("/tmp",),
            ),
        ),
    ),
)
