from catalogue.model import App, Bucket, Health, Image, Metrics, Port, Service, Upgrade, Volume

RCLONE = Image(repository="docker.io/rclone/rclone", tag="1.75.2")

APP = App(
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
                Port(host=80, container=8080, public=True, because="Proves names, and leads to HTTPS."),
                Port(host=443, container=8443, public=True, because="Serves every route."),
                Port(host=8082, container=8082),
            ),
            # Where it tells of itself: a name on the network that it has to itself, so that no app can ask.
            aliases=("traefik-metrics",),
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
    bucket=Bucket(browser_uploads=False),
    volumes=(Volume(name="acme", owner="65532:65532", backup=True),),
)
