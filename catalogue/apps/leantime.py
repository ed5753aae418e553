from catalogue.model import (
    App,
    FirstAdmin,
    Health,
    Image,
    Oidc,
    Route,
    Rule,
    Secret,
    Service,
    Sidecar,
    Upgrade,
    Volume,
)

LEANTIME = Image(repository="docker.io/leantime/leantime", tag="3.9.8")
MARIADB = Image(repository="docker.io/library/mariadb", tag="11.8.8")
LOGIN = "curl -so /dev/null -w '%{http_code}' http://127.0.0.1:8080/auth/login | grep -q 200"
OWNER = """said=$(MYSQL_PWD=$MARIADB_PASSWORD mariadb --user=leantime --skip-column-names leantime --execute="
    UPDATE zp_user SET role = 50 WHERE username = '$1';
    SELECT username FROM zp_user WHERE username = '$1'") || exit
[ "$said" ] || { echo "Leantime has no account $1: log in once, then type this again"; exit 1; }
echo "$said owns Leantime" """
LEANTIME_WRITES = "It keeps views and caches below its own folder."

APP = App(
    name="leantime",
    purpose="Plans projects, tasks and time.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=True),
    services=(
        Service(
            name="leantime",
            image=LEANTIME,
            # A page that needs the database: 200, not the redirect to an installation that is not done.
            health=Health(command=("sh", "-c", LOGIN), start_seconds=120),
            memory_mb=1024,
            user="1000:1000",
            because=LEANTIME_WRITES,
            read_only=False,
            stop_seconds=30,
        ),
        Service(
            name="migrate",
            image=LEANTIME,
            one_shot=True,
            memory_mb=512,
            user="1000:1000",
            because=LEANTIME_WRITES,
            read_only=False,
        ),
        # After `migrate`, which makes the table.
        Service(name="passwords", image=MARIADB, one_shot=True, memory_mb=64, user="999:999"),
        Service(
            name="mariadb",
            image=MARIADB,
            health=Health(command=("healthcheck.sh", "--connect", "--innodb_initialized"), start_seconds=90),
            memory_mb=768,
            user="999:999",
            tmpfs=("/tmp", "/run/mysqld"),
            stop_seconds=60,
            sidecar=Sidecar(engine="mariadb"),
        ),
    ),
    routes=(
        Route(
            host="projects",
            domain="public",
            service="leantime",
            port=8080,
            # The installation: whoever came first would become its owner. Logins by password, new ones and
            # invitations lead past the identity provider, from where an account comes with an empty password
            # (Leantime/leantime v3.9.8, app/Domain/Oidc/Services/Oidc.php). `/index.php` leads to all of
            # them.
            closed_paths=("/install", "/auth/login", "/auth/resetPw", "/auth/userInvite", "/index.php"),
            # Where the program sends strangers: the page with the button that leads to the identity provider.
            viewed_paths=("/auth/login",),
            own_headers=True,
            login_path="/oidc/login",
        ),
    ),
    mail=True,
    oidc=Oidc(callback="/oidc/callback"),
    secrets=(
        Secret(name="SESSION_PASSWORD", rule=Rule(kind="hex", size=32)),
        Secret(name="ADMIN_PASSWORD", rule=Rule(kind="password", size=32)),
        Secret(name="MARIADB_PASSWORD", rule=Rule(kind="password", size=32)),
        Secret(name="MARIADB_ROOT_PASSWORD", rule=Rule(kind="password", size=32)),
    ),
    volumes=(
        Volume(name="mariadb", owner="999:999", backup=True),
        Volume(name="files", owner="1000:1000", backup=True),
        Volume(name="public-files", owner="1000:1000", backup=True),
        Volume(name="plugins", owner="1000:1000", backup=True),
        # Without it a new release would log everybody out: sessions are files here, and nothing else can be
        # chosen but a Redis (Leantime/leantime v3.9.8, app/Core/Configuration/laravelConfig.php).
        Volume(name="sessions", owner="1000:1000", backup=False),
    ),
    ready_seconds=300,
    first_admin=FirstAdmin(service="mariadb", command=("sh", "-c", OWNER, "sh"), asks=("MAIL",)),
)
