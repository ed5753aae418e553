from catalogue.model import App, Health, Image, Reach, Route, Rule, Secret, Service, Upgrade, Volume

APP = App(
    name="wobbler",
    purpose="Buttons for the operators: back up a database, snapshot a disk, clean up Docker.",
    group="management",
    reaches=(Reach(app=None, port=22, because="It asks a host to clean up Docker."),),
    upgrade=Upgrade(step="any", one_way=False),
    services=(
        Service(
            name="wobbler",
            image=Image(repository="ghcr.io/guildhall/wobbler", tag="1.18.0"),
            health=Health(
                command=(
                    "python3",
                    "-c",
                    "import urllib.request as u; u.urlopen('http://127.0.0.1:5000/index.html')",
                ),
                start_seconds=30,
            ),
            memory_mb=256,
            user="1000:1000",
            tmpfs=("/tmp", "/app/temp:uid=1000,gid=1000"),
            stop_seconds=30,
        ),
    ),
    routes=(Route(host="wobbler", domain="ops", service="wobbler", port=5000, forward_auth=True),),
    secrets=(
        Secret(name="SCW_SECRET_KEY", rule=Rule(kind="given", size=36)),
        Secret(name="SCW_DATABASE_INSTANCE", rule=Rule(kind="given", size=36)),
        Secret(name="CLEANUP_SSH_KEY", rule=Rule(kind="given", size=100)),
    ),
    volumes=(
        # What was run, by whom, and what it said.
        Volume(name="logs", owner="1000:1000", backup=True),
        Volume(name="schedules", owner="1000:1000", backup=True),
    ),
)
