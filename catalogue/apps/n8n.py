from catalogue.model import (
    App,
    Database,
    Health,
    Image,
    Metrics,
    Port,
    Route,
    Rule,
    Secret,
    Service,
    Upgrade,
    Volume,
)

APP = App(
    name="n8n",
    purpose="Automates work between programs, by workflows that are drawn.",
    group="management",
    upgrade=Upgrade(step="major", one_way=True),
    services=(
        Service(
            name="n8n",
            image=Image(repository="docker.n8n.io/n8nio/n8n", tag="2.41.3"),
            health=Health(
                command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:5678/healthz/readiness"),
                start_seconds=120,
            ),
            memory_mb=1536,
            user="1000:1000",
            # Its pages are written out at each start: 47 MB, which count as memory.
            tmpfs=("/tmp", "/home/node/.cache:uid=1000,gid=1000"),
            stop_seconds=60,
            ports=(Port(host=5678, container=5678),),
            metrics=Metrics(port=5678),
        ),
    ),
    routes=(
        Route(
            host="n8n",
            domain="ops",
            service="n8n",
            port=5678,
            forward_auth=True,
            closed_paths=("/metrics",),
        ),
        # What other programs call; each workflow decides what it lets in.
        Route(
            host="n8n",
            domain="ops",
            service="n8n",
            port=5678,
            paths=(
                "/webhook/",
                "/webhook-test/",
                "/webhook-waiting/",
                "/form/",
                "/form-test/",
                "/form-waiting/",
                "/rest/oauth2-credential/callback",
            ),
        ),
    ),
    database=Database(),
    mail=True,
    # It encrypts the credentials of workflows: lost, they are lost with it.
    secrets=(Secret(name="ENCRYPTION_KEY", rule=Rule(kind="hex", size=32)),),
    volumes=(Volume(name="data", owner="1000:1000", backup=True),),
)
