from catalogue.model import App, Database, Health, Image, Oidc, Route, Rule, Secret, Service, Upgrade, Volume

ESPOCRM = Image(repository="docker.io/library/espocrm", tag="10.0.8")

APP = App(
    name="espocrm",
    purpose="Knows members, donors and partners.",
    group="tools",
    upgrade=Upgrade(step="major", one_way=True),
    services=(
        Service(
            name="espocrm",
            image=ESPOCRM,
            # `app-check` is content with a database that answers, tables or not (espocrm/espocrm 10.0.0,
            # application/Espo/Classes/ConsoleCommands/AppCheck.php): Apache is what starts after them. As
            # www-data: what it writes as root, the program could not write any more.
            health=Health(
                command=(
                    *("sh", "-c"),
                    "curl -fsS -o /dev/null http://127.0.0.1/"
                    " && setpriv --reuid=33 --regid=33 --clear-groups bin/command app-check",
                ),
                start_seconds=180,
            ),
            memory_mb=768,
            user="0:0",
            because="Its entry point hands the volumes to www-data; then Apache changes to that user.",
            read_only=False,
            capabilities=("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"),
            stop_seconds=30,
        ),
        Service(
            name="daemon",
            image=ESPOCRM,
            health=Health(
                command=("sh", "-c", "grep -q daemon /proc/1/cmdline && bin/command app-check"),
                start_seconds=60,
            ),
            memory_mb=512,
            user="33:33",
            tmpfs=("/tmp",),
            stop_seconds=30,
        ),
        Service(
            name="websocket",
            image=ESPOCRM,
            # Whatever it answers to what is no websocket: it listens.
            health=Health(
                command=("curl", "-s", "-o", "/dev/null", "http://127.0.0.1:8080/"), start_seconds=60
            ),
            memory_mb=256,
            user="33:33",
            tmpfs=("/tmp",),
        ),
    ),
    routes=(
        Route(
            host="espo",
            domain="public",
            service="espocrm",
            port=80,
            login_path="/api/v1/Oidc/authorizationData",
        ),
        Route(host="espo", domain="public", service="websocket", port=8080, paths=("/ws",)),
    ),
    database=Database(),
    mail=True,
    oidc=Oidc(callback="/oauth-callback.php"),
    secrets=(Secret(name="ADMIN_PASSWORD", rule=Rule(kind="password", size=32)),),
    volumes=(
        Volume(name="data", owner="33:33", backup=True),
        Volume(name="custom", owner="33:33", backup=True),
        Volume(name="client", owner="33:33", backup=True),
    ),
    ready_seconds=420,
)
