from catalogue.model import App, Check, Health, Image, Metrics, Port, Reach, Service, Upgrade, Volume

APP = App(
    name="alloy",
    purpose="Sends the host's journal, and with it every container's log, to Loki.",
    group="all",
    monitoring=True,
    internet=False,
    reaches=(Reach(app="loki", port=3100, because="It sends what the journal says."),),
    upgrade=Upgrade(step="any", one_way=False),
    services=(
        Service(
            name="alloy",
            image=Image(repository="docker.io/grafana/alloy", tag="v1.19.2"),
            # Ready it is even when it cannot open the journal: only its health says so (grafana/alloy
            # v1.19.0-rc.3, internal/service/http/http.go).
            health=Health(
                command=(
                    "bash",
                    "-c",
                    "exec 3<>/dev/tcp/127.0.0.1/12345 && printf 'GET /-/healthy HTTP/1.0\\r\\n\\r\\n' >&3"
                    " && grep -q ' 200 ' <&3",
                ),
                start_seconds=30,
            ),
            memory_mb=256,
            user="0:0",
            because="The journal's files are root's.",
            host_mounts=("/var/log/journal:/var/log/journal:ro",),
            tmpfs=("/tmp",),
            # It takes 15 s at most to send what it holds. If Loki is away then, that is lost: 11 MB at most,
            # a queue and a batch (grafana/alloy v1.19.0-rc.3, internal/component/loki/write/types.go).
            stop_seconds=20,
            ports=(Port(host=12345, container=12345),),
            metrics=Metrics(port=12345),
            check=Check(entrypoint="/bin/alloy", arguments=("validate", "/etc/alloy/config.alloy")),
        ),
    ),
    # How far the journal was read: lost, a week of it is sent again.
    volumes=(Volume(name="positions", owner="0:0", backup=False),),
)
