"""What runs on the tools servers: the programs that members use."""

from catalogue.model import (
    App,
    Bucket,
    Database,
    Health,
    Image,
    Oidc,
    Route,
    Rule,
    Secret,
    Service,
    Upgrade,
    Volume,
)

REDIS = Image(repository="docker.io/library/redis", tag="8.10.1")


def redis() -> Service:
    """A Redis of the app's own, which its other services reach as `redis:6379`."""
    return Service(
        name="redis",
        image=REDIS,
        health=Health(command=("redis-cli", "ping"), start_seconds=10),
        memory_mb=128,
        user="999:1000",
    )


TOOLS = (
    App(
        name="outline",
        purpose="The wiki.",
        group="tools",
        upgrade=Upgrade(step="any", one_way=True),
        services=(
            Service(
                name="outline",
                image=Image(repository="docker.io/outlinewiki/outline", tag="1.9.2"),
                health=Health(
                    command=("sh", "-c", "wget -qO- http://127.0.0.1:3000/_health | grep -q OK"),
                    start_seconds=90,
                ),
                memory_mb=1024,
                user="1001:1001",
                tmpfs=("/tmp",),
                stop_seconds=30,
            ),
            redis(),
        ),
        routes=(Route(host="wiki", domain="public", service="outline", port=3000, login_path="/auth/oidc"),),
        database=Database(extensions=("uuid-ossp", "unaccent", "pg_trgm")),
        bucket=Bucket(browser_uploads=True),
        mail=True,
        oidc=Oidc(callback="/auth/oidc.callback"),
        secrets=(
            Secret(name="SECRET_KEY", rule=Rule(kind="hex", size=32)),
            Secret(name="UTILS_SECRET", rule=Rule(kind="hex", size=32)),
        ),
        volumes=(Volume(name="redis", owner="999:1000", backup=False),),
    ),
)
