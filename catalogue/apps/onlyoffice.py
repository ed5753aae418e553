from catalogue.model import App, Health, Image, Route, Rule, Secret, Service, Upgrade, Volume

APP = App(
    name="onlyoffice",
    purpose="Opens text documents, tables and slides in the browser, for several people at once.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=False),
    services=(
        Service(
            name="onlyoffice",
            image=Image(repository="docker.io/onlyoffice/documentserver", tag="9.4.0.1"),
            health=Health(
                command=("sh", "-c", "curl -fsS http://127.0.0.1/healthcheck | grep -q true"),
                start_seconds=150,
            ),
            memory_mb=4096,
            user="0:0",
            because="Its start script writes settings into /etc; a supervisor starts each part as `ds`.",
            read_only=False,
            capabilities=("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"),
            # Open documents are saved before it ends (ONLYOFFICE/Docker-DocumentServer v9.3.0.17,
            # run-document-server.sh, docker-compose.yml).
            stop_seconds=60,
        ),
    ),
    # Programs show it in a frame of theirs: no header may forbid that.
    routes=(
        Route(
            host="docs",
            domain="public",
            service="onlyoffice",
            port=80,
            closed_paths=("/admin", "/info", "/internal"),
            # Nextcloud's pages show it in a frame.
            own_headers=True,
        ),
    ),
    secrets=(Secret(name="JWT_SECRET", rule=Rule(kind="hex", size=32)),),
    volumes=(
        Volume(name="data", owner="0:0", backup=False),
        Volume(name="cache", owner="0:0", backup=False),
    ),
    ready_seconds=300,
)
