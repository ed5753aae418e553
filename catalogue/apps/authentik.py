from catalogue.model import (
    App,
    Database,
    Health,
    Image,
    Metrics,
    Port,
    RateLimit,
    Route,
    Rule,
    Secret,
    Service,
    Upgrade,
)

AUTHENTIK = Image(repository="ghcr.io/goauthentik/server", tag="2026.8.3")
HEALTH = Health(command=("ak", "healthcheck"), start_seconds=120)

APP = App(
    name="authentik",
    purpose="The identity provider: one account for every program.",
    group="authentik",
    login_provider=True,
    upgrade=Upgrade(
        step="listed",
        one_way=True,
        versions=("2025.10", "2025.12", "2026.2", "2026.5", "2026.8", "2026.11"),
    ),
    services=(
        Service(
            name="server",
            image=AUTHENTIK,
            health=HEALTH,
            memory_mb=1024,
            user="1000:1000",
            tmpfs=("/tmp", "/dev/shm"),
            # The edge of every host asks at 9000 whether a visitor may pass.
            ports=(Port(host=9000, container=9000), Port(host=9300, container=9300)),
            metrics=Metrics(port=9300),
        ),
        Service(
            name="worker",
            image=AUTHENTIK,
            health=HEALTH,
            memory_mb=1024,
            user="1000:1000",
            tmpfs=("/tmp", "/dev/shm"),
            stop_seconds=60,
            ports=(Port(host=9301, container=9300),),
            metrics=Metrics(port=9301),
        ),
    ),
    routes=(
        Route(
            host="gateway",
            domain="public",
            service="server",
            port=9000,
            rate_limit=RateLimit(per_minute=600, burst=20, store="redis-redis"),
        ),
        # Scripts and pictures of its pages: a browser wants dozens at once, and there is nothing to guess.
        Route(host="gateway", domain="public", service="server", port=9000, paths=("/static/",)),
    ),
    database=Database(),
    mail=True,
    secrets=(
        Secret(name="SECRET_KEY", rule=Rule(kind="password", size=60)),
        Secret(name="BOOTSTRAP_PASSWORD", rule=Rule(kind="password", size=32)),
    ),
)
