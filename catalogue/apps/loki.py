from catalogue.model import App, Bucket, Check, Health, Image, Metrics, Port, Reach, Service, Upgrade, Volume

APP = App(
    name="loki",
    purpose="Keeps the logs of every host and program for a month.",
    group="management",
    monitoring=True,
    keeps_logs=True,
    upgrade=Upgrade(step="minor", one_way=True),
    services=(
        Service(
            name="loki",
            image=Image(repository="docker.io/grafana/loki", tag="3.7.8"),
            # The image has no shell: the program asks itself (grafana/loki v3.7.6, cmd/loki/Dockerfile,
            # cmd/loki/health.go). It is ready 15 seconds after its start (min_ready_duration).
            health=Health(command=("/usr/bin/loki", "-health"), start_seconds=60),
            memory_mb=1024,
            user="10001:10001",
            tmpfs=("/tmp",),
            stop_seconds=60,
            ports=(Port(host=3100, container=3100),),
            metrics=Metrics(port=3100),
            check=Check(
                entrypoint="/usr/bin/loki",
                arguments=("-config.file=/etc/loki/loki.yml", "-verify-config"),
            ),
        ),
    ),
    bucket=Bucket(browser_uploads=False),
    reaches=(Reach(app="alertmanager", port=9093, because="It sends alerts on what lines say."),),
    # What is not in the bucket yet: the last hours.
    volumes=(Volume(name="data", owner="10001:10001", backup=False),),
)
