from catalogue.model import App, Health, Service, Upgrade, Volume
from catalogue.shared import REDIS

APP = App(
    name="redis",
    purpose="Counts requests to the identity provider, so that a restart forgives no guesser.",
    group="authentik",
    upgrade=Upgrade(step="any", one_way=False),
    services=(
        Service(
            name="redis",
            image=REDIS,
            health=Health(command=("redis-cli", "ping"), start_seconds=10),
            memory_mb=64,
            user="999:1000",
            on_edge=True,
        ),
    ),
    volumes=(Volume(name="data", owner="999:1000", backup=False),),
)
