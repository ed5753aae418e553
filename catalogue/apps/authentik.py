from catalogue.model import (
    App,
    Database,
    Exec,
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
# Its first start migrates the database before it answers, for minutes on a small server (99 s were seen, of
# 2026.8.0-rc1); a container that gets unhealthy meanwhile ends the deploy, whatever `ready_seconds` says.
HEALTH = Health(command=("ak", "healthcheck"), start_seconds=540)
# Its log begins with hundreds of lines that say what it imports.
APPLY = (
    *("env", "AUTHENTIK_LOG_LEVEL=warning", "ak", "shell", "-c"),
    "exec(open('/blueprints/custom/apply.py').read())",
)

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
        # Each step of a login, and so each password, passes here: ten requests for one login, three at once.
        # It lets an office come in and slows guessers down; what stops them is in the blueprint.
        Route(
            host="gateway",
            domain="public",
            service="server",
            port=9000,
            paths=("/api/v3/flows/executor/",),
            rate_limit=RateLimit(per_minute=180, burst=6, store="redis-redis"),
        ),
    ),
    database=Database(),
    mail=True,
    secrets=(
        Secret(name="SECRET_KEY", rule=Rule(kind="password", size=60)),
        Secret(name="BOOTSTRAP_PASSWORD", rule=Rule(kind="password", size=32)),
    ),
    ready_seconds=600,
    # The worker is healthy whether or not it could apply the blueprint. It tries by itself, at some time, and
    # tells nobody (goauthentik/authentik version/2026.2.2, authentik/blueprints/v1/tasks.py). At a first
    # start this waits until it has found the blueprints that ours builds on.
    after_up=(Exec(service="worker", command=APPLY, seconds=420),),
)
