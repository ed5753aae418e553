from catalogue.model import App, Health, Service, Upgrade
from catalogue.shared import REDIS, redis_exporter

# While it is away the edge of its host answers 500 on every route with a rate limit, at once, or within a
# quarter of a minute where it hangs: nobody can log in, and LoginsRefused says so. Sessions go on until they
# have to be renewed. Once it is back, logins work again by themselves (tests/cli/test_real_edge.py).
# It holds counters alone, each for two seconds (RateLimit says why), so it needs neither a volume nor a
# backup. No full disk stops it; however many addresses ask, the oldest counters go, and it goes on counting.
APP = App(
    name="redis",
    purpose="Counts requests to the identity provider, so that a restart of the edge forgives no guesser.",
    group="authentik",
    internet=False,
    names=False,
    upgrade=Upgrade(step="any", one_way=False),
    services=(
        Service(
            name="redis",
            image=REDIS,
            health=Health(command=("redis-cli", "ping"), start_seconds=10),
            memory_mb=64,
            user="999:999",
            # Where an image declares a volume there, each container would leave a nameless one behind: 7.4
            # does, 8.6.4 does not (redis/docker-library-redis e5650da9, 7.4/debian/Dockerfile; 0076c90a80,
            # debian/Dockerfile).
            tmpfs=("/data",),
            on_edge=True,
        ),
        redis_exporter(9121),
    ),
)
