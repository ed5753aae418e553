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
from catalogue.shared import redis, redis_exporter

APP = App(
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
                # Its first start makes its tables in some three hundred steps (outline/outline v1.9.2,
                # server/migrations).
                start_seconds=300,
            ),
            memory_mb=1024,
            user="1001:1001",
            tmpfs=("/tmp",),
            stop_seconds=30,
        ),
        redis(),
        redis_exporter(9121),
    ),
    routes=(Route(host="wiki", domain="public", service="outline", port=3000, login_path="/auth/oidc"),),
    database=Database(extensions=("uuid-ossp", "unaccent", "pg_trgm")),
    bucket=Bucket(browser_uploads=True),
    mail=True,
    # It ends a session when the access token is over (outline/outline v1.9.2,
    # server/models/UserAuthentication.ts). With refresh tokens (offline_access) none would end: they ask no
    # policy, so who was taken out of the group would stay in for good.
    oidc=Oidc(callback="/auth/oidc.callback", token_hours=12),
    secrets=(
        Secret(name="SECRET_KEY", rule=Rule(kind="hex", size=32)),
        Secret(name="UTILS_SECRET", rule=Rule(kind="hex", size=32)),
    ),
    volumes=(Volume(name="redis", owner="999:999", backup=False),),
    ready_seconds=420,
)
