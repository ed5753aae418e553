"""What several records share: a service that each has for itself, a version that all take together."""

from catalogue.model import Health, Image, Metrics, Port, Service

REDIS = Image(repository="docker.io/library/redis", tag="8.10.1")

# Server, pages and agents speak one protocol, the first two to one database: they are of one version.
# renovate: docker.io/zabbix/zabbix-server-pgsql
ZABBIX_VERSION = "alpine-7.0.31"


def redis() -> Service:
    """A Redis of the app's own, which its other services reach as `redis:6379`.

    Twice what its template lets it keep: while it saves, pages that change are there twice.
    999 is the image's user and group (redis/docker-library-redis 0076c90a80, debian/Dockerfile).
    """
    return Service(
        name="redis",
        image=REDIS,
        health=Health(command=("redis-cli", "ping"), start_seconds=10),
        memory_mb=256,
        user="999:999",
    )


def redis_exporter(port: int) -> Service:
    """Tells Prometheus, at this port of the host, of the `redis` beside it, which nobody else can ask.

    59000 is the image's user (oliver006/redis_exporter v1.88.0, Dockerfile).
    """
    return Service(
        name="redis-exporter",
        # Its other images have no command to ask itself with.
        image=Image(repository="docker.io/oliver006/redis_exporter", tag="v1.88.0-alpine"),
        health=Health(
            command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9121/health"), start_seconds=10
        ),
        memory_mb=64,
        user="59000:59000",
        ports=(Port(host=port, container=9121),),
        metrics=Metrics(port=port),
    )
