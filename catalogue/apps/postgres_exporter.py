from catalogue.model import App, Database, Health, Image, Metrics, Port, Service, Upgrade

APP = App(
    name="postgres-exporter",
    purpose="Tells Prometheus how the managed PostgreSQL is: connections, sizes, settings.",
    group="management",
    monitoring=True,
    internet=False,
    upgrade=Upgrade(step="any", one_way=False),
    services=(
        Service(
            name="postgres-exporter",
            image=Image(repository="docker.io/prometheuscommunity/postgres-exporter", tag="v0.20.1"),
            # Well without a database, too: DatabaseDown says so, and this container has nothing to mend.
            health=Health(
                command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9187/"), start_seconds=10
            ),
            memory_mb=64,
            user="65534:65534",
            ports=(Port(host=9187, container=9187),),
            metrics=Metrics(port=9187),
        ),
    ),
    # Its own, which stays empty: it has to log in somewhere, and no other database lets it.
    database=Database(statistics=True),
)
